"""What is only told, as it is printed: what stands in the way of a plan, for a person and for a machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures import lock
from runbook import telling
from runbook.planned import Plan
from tests.unit.runs import INSPECTION, make_run
from tests.unit.test_history import CLOSED, write_run

ROOT = Path(__file__).parents[2]
RUN = "20261122T021000Z-aaaa"
Tell = Callable[..., tuple[int | None, str]]


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Tell]:
    """Have a command line answered; return the exit code and all that was printed."""
    monkeypatch.chdir(ROOT)
    made: list[pytest.Config] = []

    def told(*arguments: str) -> tuple[int | None, str]:
        made.append(pytest.Config.fromdictargs({}, list(arguments)))
        return telling.pytest_cmdline_main(made[-1]), capsys.readouterr().out

    yield told
    for config in made:
        config._ensure_unconfigure()


@pytest.fixture
def shop(tmp_path: Path) -> tuple[str, ...]:
    """The options of a target that exists on paper only, whose upgrade died behind the closed door."""
    (tmp_path / "shop").mkdir()
    write_run(tmp_path / "shop.runbook", RUN, *CLOSED)
    settings = tmp_path / "runbook.toml"
    settings.write_text(f'[targets.shop]\ndirectory = "{tmp_path}/shop"\nurl = "http://127.0.0.1:9"\n')
    return ("--plan", "--target", "shop", f"--settings={settings}")


@pytest.mark.parametrize(
    "plan", [("upgrade",), ("trial",), ("restore", f"--backup={RUN}"), ("downgrade", "--revision=-1")], ids=" ".join
)
def test_an_unfinished_run_stands_in_the_way_of_a_plan_and_its_two_commands_are_named(
    tell: Tell, shop: tuple[str, ...], plan: tuple[str, ...]
) -> None:
    code, told = tell("-m", *plan, *shop)
    assert code == 10
    assert told.startswith("The upgrade to v2.0.0 did not finish; nothing was changed now.\n")
    options = " ".join(shop[1:])
    assert f"`pytest -m upgrade --resume {options}` goes on with it" in told
    assert f"`pytest -m rollback {options}` ends it with the old version" in told


def test_a_run_that_is_at_work_is_waited_for(tell: Tell, shop: tuple[str, ...], tmp_path: Path) -> None:
    held = lock.Lock(tmp_path / "shop.runbook" / lock.NAME)
    held.take("upgrade")
    code, told = tell("-m", "upgrade", *shop)
    held.free()
    assert code == 10
    assert told.startswith("Another run is at work on this deployment; nothing was changed.\n")
    assert "doing upgrade\n" in told


def test_a_machine_reads_why_there_is_no_plan(tell: Tell, shop: tuple[str, ...]) -> None:
    code, told = tell("-m", "upgrade", *shop, "--json")
    assert code == 10
    refused = json.loads(told)["refused"]
    assert list(refused) == ["what", "expected", "found", "next"]
    assert refused["what"] == "The upgrade to v2.0.0 did not finish; nothing was changed now."
    assert refused["found"].startswith(f"run {RUN}, last word: ")
    assert f"pytest -m rollback {' '.join(shop[1:])}" in refused["next"]


def test_a_plan_that_cannot_be_made_at_all_is_refused_to_a_machine_as_well(tell: Tell, tmp_path: Path) -> None:
    code, told = tell("-m", "upgrade", "--plan", "--json", "--target", "shop", f"--settings={tmp_path}/none.toml")
    assert code == 10
    assert json.loads(told)["refused"]["found"] == "No such file or directory"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_plan_says_that_the_rehearsal_is_made_anew_where_there_is_one(
    tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    target = make_run(tmp_path).deployment.target
    made = Plan("upgrade", target, [], INSPECTION, ["From v1.4.0"])
    monkeypatch.setattr(telling, "plan_of_new_rehearsal", lambda *given: made)
    if is_there:
        (tmp_path / "port").write_text("28769")
    code, told = tell("-m", "upgrade", "--plan", f"--place={tmp_path}")
    assert (code, "From v1.4.0" in told) == (0, True)
    assert (telling.MADE_ANEW in told) is is_there
