"""What a failed check says: the line for everybody first."""

from __future__ import annotations

from fixtures.finding import evidence, finding


def test_a_finding_begins_with_the_line_for_everybody() -> None:
    told = finding("Nobody can log in.", "0 of 3", "3 of 3", look="the log", sample=["ada", "bob"])
    assert told.splitlines() == [
        "Nobody can log in.",
        "  measured   0 of 3",
        "  expected   3 of 3",
        "  such as    ada",
        "  such as    bob",
        "  look at    the log",
    ]


def test_of_many_a_few_are_shown_and_the_others_counted() -> None:
    told = (finding("Gone.", "9", "0", look="", sample=range(9))).splitlines()
    assert told[3:9] == [*(f"  such as    {number}" for number in range(5)), "             and 4 more"]


def test_the_lines_of_a_finding_are_found_again_in_what_pytest_says_of_it() -> None:
    told = finding("Gone.", "2 of 3", "3 of 3", look="the log", sample=["a.png", "b.png"]).replace("\n", "\n  ")
    assert evidence(f"AssertionError: {told}\nassert ['a.png'] == []") == {
        "measured": "2 of 3",
        "expected": "3 of 3",
        "such as": "a.png",
        "look at": "the log",
    }


def test_what_is_no_finding_has_no_lines_of_one() -> None:
    assert evidence("It failed.\n  expected  10 rows\n  found     9") == {}
    assert evidence("") == {}
