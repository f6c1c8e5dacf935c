"""What is remembered of an answer, and what counts as a difference."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from fixtures import answers
from fixtures.settings_application import Page

ORDERS = {
    "items": [{"id": 1, "note": None, "by": {"name": "a"}}, {"id": 2, "note": "x", "by": {"name": "b"}}],
    "total": 2,
}


def answer(body: Any, status: int = 200) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return made


def remembered(body: Any, **page: Any) -> answers.Remembered:
    return answers.remember(Page(path="/api/orders", **page), answer(body))


def test_elements_of_a_list_have_one_place() -> None:
    assert remembered(ORDERS).shape == {
        "": ["object"],
        "items": ["list"],
        "items[]": ["object"],
        "items[].by": ["object"],
        "items[].by.name": ["text"],
        "items[].id": ["number"],
        "items[].note": ["null", "text"],
        "total": ["number"],
    }


def test_lists_are_counted_but_not_those_in_other_lists() -> None:
    assert remembered({"items": [{"lines": [1, 2]}], "more": {"tags": []}}).lengths == {"items[]": 1, "more.tags[]": 0}
    assert remembered([1, 2, 3]).lengths == {"[]": 3}


def test_elements_of_a_page_are_counted() -> None:
    page = "<table><thead><tr></tr></thead><tbody><tr></tr><tr></tr></tbody></table>"
    assert remembered(page, elements="tbody tr") == answers.Remembered(status=200, lengths={"tbody tr": 2})


def test_chosen_values_are_remembered() -> None:
    values = ("items.1.by.name", "total", "items.7.id", "items.first", "none.at.all")
    assert remembered(ORDERS, values=values).values == {
        "items.1.by.name": "b",
        "total": 2,
        "items.7.id": None,
        "items.first": None,
        "none.at.all": None,
    }


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"a": 1}, []),
        ({"a": 1.5, "b": "new"}, []),
        ({"a": None}, []),
        ({"a": "1"}, [("a", "number before, text now")]),
        ({"a": True}, [("a", "number before, yes or no now")]),
        ({"b": 1}, [("a", "number before, gone now")]),
        ([], [("", "object before, list now"), ("a", "number before, gone now")]),
    ],
)
def test_what_is_gone_or_of_another_kind_is_told_and_what_is_new_is_not(now: Any, told: list[tuple[str, str]]) -> None:
    assert list(answers.other_shape(remembered({"a": 1}), remembered(now))) == told


@pytest.mark.parametrize(
    ("before", "now"), [({"items": [{"a": {"b": 1}}]}, {"items": []}), ([{"a": 1}], [])], ids=["inner", "outer"]
)
def test_of_a_list_that_is_empty_now_no_element_can_be_missed(before: Any, now: Any) -> None:
    assert list(answers.other_shape(remembered(before), remembered(now))) == []
    assert list(answers.shorter_lists(remembered(before), remembered(now))) != []


@pytest.mark.parametrize(("length", "told"), [(2, []), (3, []), (1, ["2 before, 1 now"]), (0, ["2 before, 0 now"])])
def test_a_list_may_grow_but_not_shrink(length: int, told: list[str]) -> None:
    found = answers.shorter_lists(remembered({"items": [0, 0]}), remembered({"items": [0] * length}))
    assert [text for _, text in found] == told


def test_a_list_that_is_gone_is_shorter() -> None:
    assert list(answers.shorter_lists(remembered({"items": [0]}), remembered({}))) == [("items[]", "1 before, 0 now")]


def test_another_value_is_told_with_both() -> None:
    before, now = (remembered({"name": name}, values=("name",)) for name in ("a", "b"))
    assert list(answers.other_values(before, now)) == [("name", "'a' before, 'b' now")]
    assert list(answers.other_values(before, before)) == []


def test_a_value_that_is_not_chosen_any_more_is_not_missed() -> None:
    assert list(answers.other_values(remembered({"a": 1}, values=("a",)), remembered({}))) == []


@pytest.mark.parametrize(
    ("declared", "is_told"),
    [
        ("/api: items[].by", False),
        ("/api: items[]", False),
        ("/api: items", False),
        ("/api: items[].b", True),
        ("/api: total", True),
        ("/other: items[].by", True),
    ],
)
def test_a_declared_place_and_what_is_below_it_may_differ(declared: str, is_told: bool) -> None:
    found = answers.unexpected("/api", iter([("items[].by.name", "gone now")]), (declared,))
    assert bool(found) is is_told
