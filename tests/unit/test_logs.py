"""Logs: which lines count as errors, with the patterns that stand in the settings by default."""

from __future__ import annotations

import pytest

from fixtures import logs
from fixtures.logs import kinds, matching_lines, plain
from fixtures.settings import Limits, Logs

DEFAULT = Logs()


@pytest.mark.parametrize(
    "line",
    [
        "[2026-11-22 02:10:41] ERROR in app: no such table",
        "2026-11-22 02:10:41 UTC [31] FATAL:  password authentication failed",
        "PANIC:  could not write",
        "CRITICAL - worker died",
        "Traceback (most recent call last):",
        '172.18.0.1 - - [22/Nov/2026] "GET /login HTTP/1.1" 500 290 "-"',
        '"POST /orders HTTP/1.1" 503 0',
    ],
)
def test_lines_that_are_errors(line: str) -> None:
    assert matching_lines([line], DEFAULT.errors, DEFAULT.allowed) == [line]


@pytest.mark.parametrize(
    "line",
    [
        '"GET /orders HTTP/1.1" 200 500 "-"',
        '"GET /none HTTP/1.1" 404 12',
        "INFO loaded ERRORS_PER_PAGE",
        "LOG:  checkpoint complete",
        "",
    ],
)
def test_lines_that_are_not(line: str) -> None:
    assert matching_lines([line], DEFAULT.errors, DEFAULT.allowed) == []


def test_an_allowed_line_is_left_out_and_the_others_stay_in_their_order() -> None:
    lines = ["ERROR two", "fine", "ERROR known: cache is cold", "ERROR one"]
    assert matching_lines(lines, DEFAULT.errors, [r"cache is (cold|warm)"]) == ["ERROR two", "ERROR one"]


def test_a_line_that_is_wrong_in_two_ways_is_told_once() -> None:
    assert matching_lines(["ERROR Traceback"], DEFAULT.errors, ()) == ["ERROR Traceback"]


def test_without_patterns_nothing_is_an_error() -> None:
    assert matching_lines(["ERROR"], (), ()) == []


def test_what_a_terminal_would_obey_is_taken_out() -> None:
    assert plain("\x1b[2Kweb-1  | \x1b[31mred\x1b[0m\tbell\x07\n") == "web-1  | red\tbell\n"


TRACEBACK = [
    "[2026-11-22 02:10:41] ERROR in app: Exception on /login",
    "Traceback (most recent call last):",
    '  File "app.py", line 3, in login',
    "    raise RuntimeError",
    "RuntimeError: no such column",
    '172.18.0.1 "GET /login HTTP/1.1" 500 12',
]


def test_lines_that_say_the_same_are_one_kind_and_the_first_is_told() -> None:
    lines = ["ERROR order 12 at 0xab3f is gone", "fine", "ERROR order 7 at 0xffff is gone", "ERROR disk"]
    found = kinds("web", lines, matching_lines(lines, DEFAULT.errors, ()))
    assert [(kind.count, kind.first) for kind in found] == [(2, (lines[0],)), (1, ("ERROR disk",))]


def test_a_traceback_is_told_with_its_end() -> None:
    found = kinds("web", TRACEBACK, matching_lines(TRACEBACK, DEFAULT.errors, ()))
    assert [kind.first for kind in found] == [(TRACEBACK[0],), tuple(TRACEBACK[1:5]), (TRACEBACK[5],)]
    assert str(found[1]).splitlines()[0] == "web, once:"


@pytest.mark.parametrize(
    ("before", "now", "minutes", "told"),
    [
        ({"web": 10}, {"web": 30}, 10, {}),
        ({"web": 10}, {"web": 31}, 10, {"web": (10, 31)}),
        ({}, {"web": 20, "db": 21}, 10, {"db": (0, 21)}),
        ({"web": 100}, {"web": 31}, 1, {"web": (100, 31)}),
    ],
    ids=["within", "more", "none before", "in a shorter time"],
)
def test_known_errors_are_held_against_those_of_before(
    before: dict[str, int], now: dict[str, int], minutes: float, told: dict[str, tuple[int, int]]
) -> None:
    assert logs.more_frequent(Limits(), before, now, minutes) == told
