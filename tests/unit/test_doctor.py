"""The doctor: one list, every look made that can be made, and nothing changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.deployment import Deployment
from fixtures.errors import Refused
from fixtures.host import Host
from fixtures.settings import Target
from runbook import doctor, looks
from runbook.doctor import LOOKS, Look
from tests.unit.recording import RecordingHost, answering_config


def deployment(place: Path, **fields: Any) -> Deployment:
    """A deployment whose directory is there and whose engine answers nothing."""
    place.joinpath("shop").mkdir(exist_ok=True)
    target = Target(name="shop", directory=place / "shop", url="http://127.0.0.1:1", **fields)
    return Deployment(target, RecordingHost(answers=answering_config({"name": "shop", "services": {}})))


def here(of: Deployment) -> Deployment:
    """The same on this machine, which knows its own programs."""
    return Deployment(of.target, Host())


def told(of: Deployment) -> tuple[list[str], Refused]:
    """What the doctor says of a deployment that lacks something, and how it ends."""
    lines: list[str] = []
    with pytest.raises(Refused) as ended:
        lines.extend(doctor.examine(of))
    return lines, ended.value


def examined(of: Deployment, looks: tuple[Look, ...], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines of some looks, however it ends."""
    monkeypatch.setattr(doctor, "LOOKS", looks)
    lines: list[str] = []
    try:
        for line in doctor.examine(of):
            lines.append(line)
    except Refused as refused:
        lines.append(str(refused))
    return lines


def missing(_: Deployment) -> str:
    """A look that finds something missing."""
    raise Refused("It is not there; nothing was changed.", next_step="put it there")


def test_everything_is_looked_at_though_the_first_thing_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    looks = (Look("first", missing), Look("second", missing), Look("third", lambda _: "well"))
    lines = examined(deployment(tmp_path), looks, monkeypatch)
    assert [line.split()[:2] for line in lines[1:4]] == [["✗", "first"], ["✗", "second"], ["✓", "third"]]
    assert lines[4].startswith("2 of 3 are missing or were not looked at; nothing was changed.")


def test_what_follows_from_something_missing_is_not_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    looks = (Look("first", missing), Look("second", missing, ("first",)), Look("third", missing, ("second",)))
    lines = examined(deployment(tmp_path), looks, monkeypatch)
    assert lines[2:4] == [
        "  – second            not looked at: first first",
        "  – third             not looked at: second first",
    ]


def test_with_nothing_missing_it_names_the_first_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = examined(deployment(tmp_path), (Look("first", lambda _: "well"),), monkeypatch)
    assert lines[1:] == [
        "  ✓ first             well",
        "Nothing is missing. Next: pytest -m trial, which changes nothing of the deployment either",
    ]


def test_a_look_comes_after_those_that_it_needs() -> None:
    names = [look.name for look in LOOKS]
    assert [need for number, look in enumerate(LOOKS) for need in look.needs if need not in names[:number]] == []
    assert len(set(names)) == len(names)


def test_a_directory_that_is_not_there_is_one_line_of_the_list(tmp_path: Path) -> None:
    found = deployment(tmp_path)
    found.target.directory.rmdir()
    lines, ended = told(found)
    assert f"{found.target.directory} is no directory" in lines[1]
    assert any(line.startswith("  – git clone") for line in lines)
    assert ended.next_step == "mend them, then pytest -m doctor once more"


def test_every_secret_that_cannot_be_read_is_named_at_once(tmp_path: Path) -> None:
    accounts = [{"name": name, "password": {"env": f"NO_{name}"}} for name in ("ada", "bob")]
    with pytest.raises(Refused, match="2 of 2 secrets cannot be read") as refused:
        looks.secrets(deployment(tmp_path, accounts=accounts))
    assert [place in refused.value.found for place in ("accounts.ada.password", "accounts.bob.password")] == [True] * 2


def test_secrets_in_plain_are_warned_of(tmp_path: Path) -> None:
    found = looks.secrets(deployment(tmp_path, configuration={"SECRET_KEY": "hunter2"}))
    assert (
        found
        == "0 can be read\n⚠ targets.shop.configuration.SECRET_KEY holds a secret in plain: keep it out of the file"
    )


def test_scripts_and_files_that_are_named_must_be_there(tmp_path: Path) -> None:
    named = {"backups": {"script": ["./backup.sh"]}, "minor": {"script": ["no-such-program-here"]}}
    with pytest.raises(Refused) as refused:
        looks.files(here(deployment(tmp_path, **named, notifications={"templates": str(tmp_path / "none")})))
    assert refused.value.found.splitlines()[1:] == [
        f"{tmp_path}/shop/backup.sh cannot be run",
        "no-such-program-here cannot be run",
        f"{tmp_path}/none is not there",
    ]


def test_a_production_target_must_say_when_and_how_long_users_may_be_out(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        looks.production(deployment(tmp_path, production=True, gates={"allow_root": True}))
    assert "gates.windows" in refused.value.found
    assert "gates.downtime_seconds" in refused.value.found
    gates = {"allow_root": True, "windows": ["any time"], "downtime_seconds": 60}
    assert looks.production(deployment(tmp_path, production=True, gates=gates)) == "any time, at most 60 s"


def test_a_target_without_a_scenario_lacks_one(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No scenario is declared"):
        looks.scenarios(deployment(tmp_path))


def test_a_target_without_an_account_lacks_one(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No account is declared"):
        looks.accounts(deployment(tmp_path))


def test_a_state_directory_in_the_clone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is in the git clone"):
        looks.state(deployment(tmp_path, state_directory=str(tmp_path / "shop" / "state")))
    assert looks.state(deployment(tmp_path)) == f"{tmp_path}/shop.runbook, which will be made"
