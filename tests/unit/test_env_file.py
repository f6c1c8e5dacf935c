"""`.env`: the operator's values stay whatever the release says; what is new, gone or missing is named."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.environment import Proposal, parse, propose

KEYS = st.text(string.ascii_uppercase + "_", min_size=1, max_size=4)
# As Compose reads a line: no line ends in it, no spaces around it.
VALUES = st.text(string.ascii_letters + string.digits + "$#'\"=:/ ", max_size=8).map(str.strip)
FILES = st.dictionaries(KEYS, VALUES, max_size=6)


def text_of(values: dict[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in values.items())


@given(FILES, FILES, FILES, FILES)
def test_no_value_in_use_is_ever_changed(
    used: dict[str, str], old: dict[str, str], new: dict[str, str], own: dict[str, str]
) -> None:
    proposal = propose(text_of(used), text_of(old), text_of(new), own)
    assert used.items() <= parse(proposal.text).items()


@given(FILES, FILES, FILES, FILES)
def test_after_it_every_key_of_the_release_has_a_value_or_is_named_missing(
    used: dict[str, str], old: dict[str, str], new: dict[str, str], own: dict[str, str]
) -> None:
    proposal = propose(text_of(used), text_of(old), text_of(new), own)
    assert new.keys() <= parse(proposal.text).keys() | set(proposal.missing)
    assert set(proposal.missing) <= set(proposal.added) == new.keys() - used.keys()


@given(st.text(max_size=60), FILES)
def test_the_lines_in_use_stay_byte_for_byte(current: str, new: dict[str, str]) -> None:
    assert propose(current, "", text_of(new), {}).text.startswith(current.rstrip("\n"))


def test_nothing_new_leaves_the_file_as_it_is() -> None:
    current = "# ours\n\nexport A = 1\n  B='x y'\n\n"
    assert propose(current, "A=0\n", "A=0\nB=0\n", {}).text == current


@pytest.mark.parametrize(
    ("current", "expected"),
    [("A=1\n", "A=1\nNEW=5\n"), ("A=1", "A=1\nNEW=5\n"), ("A=1\n\n\n", "A=1\nNEW=5\n"), ("", "\nNEW=5\n")],
    ids=["plain", "no newline at the end", "blank lines at the end", "empty"],
)
def test_a_new_key_gets_a_line_of_its_own(current: str, expected: str) -> None:
    assert propose(current, "", "A=0\nNEW=5\n" if "A" in current else "NEW=5\n", {}).text == expected


@pytest.mark.parametrize(
    ("used", "old", "new", "own", "named"),
    [
        ("A=1", "A=0", "A=0\nB=7", {}, {"added": ("B",)}),
        ("A=1", "A=0", "A=0\nB=", {"B": "9"}, {"added": ("B",)}),
        ("A=1", "A=0", "A=0\nB=", {}, {"added": ("B",), "missing": ("B",)}),
        ("A=1\nOLD=2", "A=0\nOLD=0", "A=0", {}, {"removed": ("OLD",)}),
        ("A=1", "A=0\nOLD=0", "A=0", {}, {}),
        ("A=1", "A=0", "A=5", {}, {"changed": ("A",)}),
        ("A=1", "", "A=0", {"A": "9"}, {}),
    ],
    ids=["added", "added, ours", "missing", "removed", "removed, unused", "other example", "ours does not override"],
)
def test_what_changes_is_named(
    used: str, old: str, new: str, own: dict[str, str], named: dict[str, tuple[str, ...]]
) -> None:
    proposal = propose(used, old, new, own)
    nothing: dict[str, tuple[str, ...]] = {"added": (), "removed": (), "changed": (), "missing": ()}
    assert proposal == Proposal(text=proposal.text, **(nothing | named))


def test_the_operators_value_goes_before_the_examples() -> None:
    assert parse(propose("", "", "B=7", {"B": "9"}).text) == {"B": "9"}


def test_a_key_the_release_no_longer_knows_stays_in_use() -> None:
    assert parse(propose("OLD=2", "OLD=0", "", {}).text) == {"OLD": "2"}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("A=1", {"A": "1"}),
        ("  export A = 1 ", {"A": "1"}),
        ("A='x # y'", {"A": "'x # y'"}),
        ("A=pa$$word", {"A": "pa$$word"}),
        ("A=b=c", {"A": "b=c"}),
        ("A=", {"A": ""}),
        ("# A=1", {}),
        ("A", {"A": ""}),
        ("1A=1", {}),
        ("", {}),
    ],
)
def test_a_line_is_read_raw(line: str, found: dict[str, str]) -> None:
    assert parse(line) == found
