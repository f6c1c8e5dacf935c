"""The versions that must not be skipped: which stops lie between two versions, and how a skipped one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.errors import Refused
from fixtures.host import Host
from fixtures.release import Release
from fixtures.repository import Repository
from fixtures.required_versions import RequiredVersion, read, refuse_skipped_versions, skipped
from fixtures.settings import Target
from tests.unit import repositories
from tests.unit.repositories import git

PLACE = "migrations/required-versions.toml"
STOPS = (
    RequiredVersion(through="v1.10.0"),
    RequiredVersion(through="v1.5.0", below="1.4.0"),
    RequiredVersion(through="v2.0.0"),
)
LIST = """\
[[required]]
through = "v1.5.0"
because = "it converts the prices"
"""


@pytest.mark.parametrize(
    ("here", "requested", "through"),
    [
        ("v1.3.0", "v3.0.0", "v1.5.0 v1.10.0 v2.0.0"),
        ("v1.4.0", "v3.0.0", "v1.10.0 v2.0.0"),
        ("v1.10.0", "v3.0.0", "v2.0.0"),
        ("v1.10.0-hotfix", "v2.0.1-hotfix", "v2.0.0"),
        ("v2.0.0", "v3.0.0", ""),
        ("v1.3.0", "v1.10.0", "v1.5.0"),
        ("v1.3.0", "v1.4.0", ""),
        ("v1.10.0", "main", "v2.0.0"),
        ("", "v3.0.0", "v1.5.0 v1.10.0 v2.0.0"),
    ],
)
def test_the_stops_between_two_versions_are_in_their_order(here: str, requested: str, through: str) -> None:
    assert [stop.through for stop in skipped(STOPS, here, requested, [])] == through.split()


def test_the_stop_that_was_asked_for_by_its_branch_is_not_in_its_own_way() -> None:
    assert skipped(STOPS, "v1.10.0", "main", [STOPS[2]]) == []


@pytest.fixture
def history(tmp_path: Path) -> Repository:
    """Three releases, of which the last must not be deployed over the first."""
    directory = repositories.new(tmp_path / "shop")
    for tag in ("v1.4.0", "v1.5.0", "v2.0.0"):
        repositories.commit(directory, {PLACE: LIST if tag == "v2.0.0" else "", "app.py": tag})
        git(directory, "tag", tag)
    return Repository(Host(), directory)


def between(history: Repository, old: str, new: str, name: str = "shop") -> None:
    """Ask whether one release may be deployed over another."""
    target = Target(name=name, directory=history.directory, url="http://127.0.0.1:1")
    releases = [Release(history, history.resolve(tag)) for tag in (old, new)]
    refuse_skipped_versions(target, releases[0], releases[1], new)


def test_a_skipped_version_is_refused_with_the_commands_that_reach_the_release(history: Repository) -> None:
    with pytest.raises(Refused, match=r"v2\.0\.0 must not be deployed over v1\.4\.0") as refused:
        between(history, "v1.4.0", "v2.0.0")
    assert refused.value.expected == "v1.5.0 → v2.0.0"
    assert refused.value.found == "\nfrom below v1.5.0 go through v1.5.0 first: it converts the prices"
    assert refused.value.next_step.splitlines()[1:] == [
        "pytest -m upgrade --target shop --to v1.5.0",
        "pytest -m upgrade --target shop --to v2.0.0",
    ]


@pytest.mark.parametrize(("old", "new"), [("v1.5.0", "v2.0.0"), ("v1.4.0", "v1.5.0"), ("v1.4.0", "main")])
def test_one_step_at_a_time_is_allowed(history: Repository, old: str, new: str) -> None:
    git(history.directory, "branch", "--force", "side", "v1.5.0")
    between(history, old, "side" if new == "main" else new)


def test_a_list_of_this_machine_is_read_for_a_release_that_has_none(history: Repository, tmp_path: Path) -> None:
    file = tmp_path / "stops.toml"
    file.write_text(LIST)
    release = Release(history, history.resolve("v1.4.0"))
    assert [stop.through for stop in read(str(file), release).required] == ["v1.5.0"]
    assert read(PLACE, release).required == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[[required]\n", "Expected"),
        ('[[required]]\nbelow = "1.5.0"\n', "required.0.through: Field required"),
        ('[[required]]\nthrough = "v1.5.0"\nfrom = "1.4.0"\n', "required.0.from: Extra inputs"),
        ('[[required]]\nthrough = "--upload-pack=x"\n', "required.0.through: Value error"),
    ],
)
def test_a_list_with_a_mistake_is_refused_with_its_place(history: Repository, text: str, found: str) -> None:
    commit = repositories.commit(history.directory, {PLACE: text})
    with pytest.raises(Refused, match="cannot be used; nothing was changed") as refused:
        read(PLACE, Release(history, commit))
    assert found in refused.value.found
