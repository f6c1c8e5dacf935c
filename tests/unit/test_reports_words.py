"""Names and reasons as a person reads them."""

from pathlib import PurePath

import pytest

from reports import words
from runbook.actions import INSTANCES


def test_every_moment_at_which_checks_look_is_said_in_words() -> None:
    assert words.MOMENTS.keys() == INSTANCES.keys()


def test_a_check_is_called_what_it_checks() -> None:
    assert words.title("check_real_accounts_log_in") == "Real accounts log in"
    assert words.subject(PurePath("checks/check_data_access.py")) == "data access"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("AssertionError: 4 of 4 accounts cannot log in\nassert ['a'] == []\n", "4 of 4 accounts cannot log in"),
        ("assert 500 == 200", "500 == 200"),
        ("ValueError: no such thing", "no such thing"),
        ("", "no reason was given"),
        (
            "assert {'/': 500} == {'/': 200}\n  Differing items:\n  {'/': 500} != {'/': 200}\n  Full diff:\n  {",
            "{'/': 500} != {'/': 200}",
        ),
        (
            "assert {'web': ['boom']} == {}\n  Left contains 1 more item:\n  {'web': ['boom']}\n  Full diff:",
            "{'web': ['boom']}",
        ),
        (
            "AssertionError: It counts fewer.\n    measured   1 fewer\n    expected   as many\n    look at    the log\n"
            "assert {'/orders': (2, 1)} == {}\n  Left contains 1 more item:\n  {'/orders': (2, 1)}\n  Full diff:",
            "It counts fewer.",
        ),
    ],
)
def test_the_reason_of_a_failure_is_one_line(said: str, reason: str) -> None:
    assert words.reason(said) == reason


def test_a_long_reason_is_cut_and_says_so() -> None:
    assert words.reason("x" * 500) == "x" * (words.LONGEST_REASON - 1) + "…"


def test_numbers_carry_their_units() -> None:
    assert words.size(682_000) == "682.0 kB"
    assert words.count(1, "row") == "1 row"
    assert words.count(66240, "row") == "66,240 rows"
    assert words.count(2, "look") == "2 looks"
    assert (words.duration(7.61), words.duration(125)) == ("7.6 s", "2 min 05 s")
