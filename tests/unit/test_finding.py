"""What a failed check says: the line for everybody first."""

from __future__ import annotations

from fixtures.finding import finding


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
