"""Versions as tags spell them, and the newest one that a commit contains."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.host import Host
from fixtures.repository import Repository
from fixtures.version import is_newer, numbers, reached
from tests.unit import repositories
from tests.unit.repositories import git


@pytest.mark.parametrize(
    ("version", "than", "newer"),
    [
        ("2.0.0", "v1.5.0", True),
        ("v1.10.0", "1.9.0", True),
        ("1.5.0", "1.5.0", False),
        ("2.0.0rc1", "2.0.0", False),
        ("Unreleased", "1.5.0", True),
        ("2026.1-hotfix", "1.5.0", True),
    ],
)
def test_versions_are_compared_as_versions(version: str, than: str, newer: bool) -> None:
    assert is_newer(version, than) is newer


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("v1.5.0", "1.5.0"),
        ("1.10", "1.10"),
        ("v2.0.0rc1", "2.0.0rc1"),
        ("v2.0.1-loses-rows", "2.0.1"),
        ("backup-20261122", "None"),
        ("", "None"),
    ],
)
def test_a_tag_begins_with_its_numbers(tag: str, found: str) -> None:
    assert str(numbers(tag)) == found


def test_a_commit_has_reached_the_newest_version_before_it(tmp_path: Path) -> None:
    directory = repositories.new(tmp_path / "shop")
    first = repositories.commit(directory, {"a": "1"})
    for number, tag in enumerate(["v1.9.0", "v1.10.0", "latest"]):
        repositories.commit(directory, {"a": tag, "b": str(number)})
        git(directory, "tag", tag)
    untagged = repositories.commit(directory, {"a": "4"})
    repository = Repository(Host(), directory)
    assert reached(untagged, repository) == "v1.10.0"
    assert reached(first, repository) == ""
    elsewhere = Repository(Host(), repositories.new(tmp_path / "other"))
    assert reached(untagged, elsewhere, repository) == "v1.10.0"
