"""A release read from its files: its revisions in their order, its changelog; none of its code is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.changelog import Changes
from fixtures.errors import Refused
from fixtures.host import Host
from fixtures.release import Release, Revision, changed_lines, heads, parse_revision, pending
from fixtures.repository import Repository
from tests.unit import repositories

PLAIN = '''"""Add the invoice currency

Revision ID: 3f2a91
"""
from alembic import op

revision = "3f2a91"
down_revision = {parents}
branch_labels = None


def upgrade():
    raise SystemExit("this must never run")
'''
TYPED = 'revision: str = "3f2a91"\ndown_revision: str | None = "9c41d0"\n'


def graph(**parents: str) -> dict[str, Revision]:
    """Revisions from `name="parent parent"`."""
    return {name: Revision(revision=name, parents=tuple(text.split()), title="") for name, text in parents.items()}


CHAIN = graph(a="", b="a", c="b")
MERGED = graph(a="", b="a", c="a", d="b c", e="d")
BRANCHED = graph(a="", b="a", c="a")


@pytest.mark.parametrize(
    ("parents", "found"),
    [
        ("None", ()),
        ('"9c41d0"', ("9c41d0",)),
        ('("9c41d0", "77aa01")', ("9c41d0", "77aa01")),
        ('["9c41d0"]', ("9c41d0",)),
    ],
)
def test_a_revision_file_names_itself_and_its_parents(parents: str, found: tuple[str, ...]) -> None:
    read = parse_revision(PLAIN.format(parents=parents), "x.py")
    assert (read.revision, read.parents, read.title) == ("3f2a91", found, "Add the invoice currency")


def test_a_revision_file_of_todays_alembic_is_read() -> None:
    assert parse_revision(TYPED, "x.py") == Revision(revision="3f2a91", parents=("9c41d0",), title="")


@pytest.mark.parametrize("source", ["", "down_revision = None\n", "revision = 3\n", "revision = make()\n"])
def test_a_file_that_names_no_revision_is_refused(source: str) -> None:
    with pytest.raises(Refused, match=r"versions/x\.py is no Alembic revision"):
        parse_revision(source, "versions/x.py")


@pytest.mark.parametrize(
    ("revisions", "found"), [(CHAIN, ["c"]), (MERGED, ["e"]), (BRANCHED, ["b", "c"]), ({}, [])], ids=str
)
def test_heads_are_what_nothing_builds_on(revisions: dict[str, Revision], found: list[str]) -> None:
    assert heads(revisions) == found


@pytest.mark.parametrize(
    ("revisions", "current", "lacking"),
    [
        (CHAIN, [], "a b c"),
        (CHAIN, ["a"], "b c"),
        (CHAIN, ["c"], ""),
        (MERGED, [], "a b c d e"),
        (MERGED, ["b"], "c d e"),
        (MERGED, ["b", "c"], "d e"),
        (MERGED, ["d"], "e"),
        (BRANCHED, ["b"], "c"),
    ],
)
def test_pending_revisions_are_those_that_the_database_lacks(
    revisions: dict[str, Revision], current: list[str], lacking: str
) -> None:
    assert [revision.revision for revision in pending(revisions, current)] == lacking.split()


@st.composite
def histories(draw: st.DrawFn) -> dict[str, Revision]:
    """Any history: each revision builds on some of those before it."""
    names = [f"r{number}" for number in range(draw(st.integers(1, 8)))]
    parents = {
        name: draw(st.lists(st.sampled_from(names[:number]), unique=True, max_size=2)) if number else []
        for number, name in enumerate(names)
    }
    return graph(**{name: " ".join(found) for name, found in parents.items()})


@given(histories(), st.data())
def test_every_pending_revision_comes_after_its_parents_and_none_twice(
    revisions: dict[str, Revision], data: st.DataObject
) -> None:
    current = data.draw(st.lists(st.sampled_from(sorted(revisions)), max_size=2))
    order = [revision.revision for revision in pending(revisions, current)]
    for place, name in enumerate(order):
        assert not set(revisions[name].parents) & set(order[place:])
    assert len(set(order)) == len(order)
    assert not set(order) & set(current)


def test_a_circle_is_refused_with_its_members() -> None:
    with pytest.raises(Refused, match="form a circle") as refused:
        pending(graph(a="", b="a c", c="b"), ["a"])
    assert refused.value.found == "b, c"


def test_a_parent_that_the_release_does_not_carry_is_refused() -> None:
    with pytest.raises(Refused, match="9c41d0"):
        pending(graph(b="9c41d0", c="b"), ["b"])


def test_changed_lines_are_marked_as_lost_or_gained() -> None:
    assert changed_lines("flask==2\nrich==1\n", "flask==3\nrich==1\n") == ["- flask==2", "+ flask==3"]


def test_a_file_that_is_no_python_is_refused_with_its_line() -> None:
    with pytest.raises(Refused, match=r"versions/x\.py is no Python") as refused:
        parse_revision('revision = "a"\ndef upgrade(:\n', "versions/x.py")
    assert refused.value.found == "line 2"


# a release in a real repository --------------------------------------------------------------------------------------

CHANGELOG = """\
# Changelog

## [2.0.0] - 2026-10-01
- Invoices have a currency

## [1.5.0]
- Products can be archived

## 1.4.0 (2026-01-01)
- Orders
"""


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """A release with two revisions, a changelog, and a file that is no revision."""
    directory = repositories.new(tmp_path / "shop")
    files = {
        "CHANGELOG.md": CHANGELOG,
        "migrations/versions/a.py": 'revision = "a"\ndown_revision = None\n',
        "migrations/versions/b.py": 'revision = "b"\ndown_revision = "a"\n',
        "migrations/versions/README": "not Python",
    }
    commit = repositories.commit(directory, files)
    return Release(Repository(Host(), directory), commit)


@pytest.mark.parametrize(
    ("version", "headings"),
    [
        ("v1.4.0", ["## [2.0.0] - 2026-10-01", "## [1.5.0]"]),
        ("v1.5.0", ["## [2.0.0] - 2026-10-01"]),
        ("v2.0.0", []),
    ],
)
def test_the_changelog_since_a_version(release: Release, version: str, headings: list[str]) -> None:
    told = release.changelog_since(version).rest
    assert [line for line in told if line.startswith("##")] == headings


@pytest.mark.parametrize("path", ["NEWS.md", "migrations/versions/README"], ids=["no file", "no headings"])
def test_a_release_without_a_changelog_has_nothing_to_tell(release: Release, path: str) -> None:
    assert release.changelog_since("v1.4.0", path) == Changes()


def test_the_revisions_are_read_from_the_commit(release: Release) -> None:
    assert set(release.revisions("migrations/versions")) == {"a", "b"}


def test_what_is_edited_in_the_directory_is_not_the_release(release: Release) -> None:
    (release.repository.directory / "CHANGELOG.md").write_text("## [9.0.0]\n")
    assert release.read("CHANGELOG.md") == CHANGELOG.rstrip("\n")


def test_a_package_file_among_the_revisions_is_passed_over(release: Release) -> None:
    directory = release.repository.directory
    repositories.git(directory, "checkout", "--quiet", release.commit)
    commit = repositories.commit(directory, {"migrations/versions/__init__.py": "# a package\n"})
    assert set(Release(release.repository, commit).revisions("migrations/versions")) == {"a", "b"}
