"""Scenarios: steps that hand values on, all of them played, and what was not as declared told in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures import scenario
from fixtures.fingerprint import TableContent
from fixtures.settings_application import Account, Login, Scenario, Step
from fixtures.settings_types import Secret
from tests.unit.doors import Asked, Door, Reply, json_reply, serving
from tests.unit.runs import EMPTY, make_instance

CREATE: dict[str, Any] = {"request": "POST /orders", "json": {"product": 3}, "status": 201, "capture": {"order": "id"}}
READ: dict[str, Any] = {"request": "GET /orders/{order}", "expect": {"product": 3, "state": "open"}}
DELETE: dict[str, Any] = {"request": "DELETE /orders/{order}", "status": 204}
ORDERING = [CREATE, READ, DELETE]


class Orders:
    """An API that takes orders, shows them and deletes them; `broken` answers some requests in its own way."""

    def __init__(self, broken: dict[str, Reply] | None = None) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.broken = broken or {}

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            return json_reply({"token": "t1"})
        act: Callable[[Asked], Reply] = getattr(self, asked.method.lower())
        reply = act(asked)
        return self.broken.get(asked.method, reply)

    def post(self, asked: Asked) -> Reply:
        number = f"{len(self.kept) + 7}"
        self.kept[number] = json.loads(asked.body) | {"state": "open"}
        return json_reply({"id": number}, 201)

    def get(self, asked: Asked) -> Reply:
        found = self.kept.get(asked.path.removeprefix("/orders/"))
        return json_reply(found) if found else Reply(404)

    def delete(self, asked: Asked) -> Reply:
        return Reply(204 if self.kept.pop(asked.path.removeprefix("/orders/"), None) else 404)


@pytest.fixture
def ada(tmp_path: Path) -> Account:
    (tmp_path / "password").write_text("hunter2\n")
    return Account(name="ada", password=Secret(file=tmp_path / "password"))


@pytest.fixture
def play(ada: Account) -> Iterator[Callable[..., tuple[list[str], Door]]]:
    """Play steps against an API; hand out what went wrong and what was asked."""

    def played(api: Orders, steps: list[dict[str, Any]]) -> tuple[list[str], Door]:
        with serving(api) as door:
            instance = make_instance(door.url, login=Login(token_path="/token"), accounts=(ada,))
            declared = Scenario(name="order", account="ada", steps=tuple(Step.model_validate(step) for step in steps))
            return scenario.play(instance, declared), door

    yield played


Play = Callable[[Orders, list[dict[str, Any]]], tuple[list[str], Door]]


def test_a_scenario_that_works_says_nothing_and_leaves_nothing(play: Play) -> None:
    api = Orders()
    failures, door = play(api, ORDERING)
    assert failures == []
    assert api.kept == {}
    assert [f"{asked.method} {asked.path}" for asked in door.asked[1:]] == [
        "POST /orders",
        "GET /orders/7",
        "DELETE /orders/7",
    ]


def test_the_body_is_sent_as_json_by_the_scenarios_account(play: Play) -> None:
    _, door = play(Orders(), ORDERING)
    created = door.asked[1]
    assert json.loads(created.body) == {"product": 3}
    assert created.headers["Authorization"] == "Bearer t1"


def test_another_status_is_told_with_both(play: Play) -> None:
    failures, _ = play(Orders({"DELETE": Reply(500)}), ORDERING)
    assert failures == ["order: DELETE /orders/7 answered 500, not 204"]


def test_another_value_is_told_with_both(play: Play) -> None:
    failures, _ = play(Orders({"GET": json_reply({"product": 4, "state": "open"})}), ORDERING)
    assert failures == ["order: GET /orders/7 has product = 4, not 3"]


def test_all_values_that_differ_are_told(play: Play) -> None:
    failures, _ = play(Orders({"GET": json_reply({"product": 4})}), ORDERING)
    assert failures == [
        "order: GET /orders/7 has product = 4, not 3",
        "order: GET /orders/7 has state = None, not 'open'",
    ]


def test_what_was_created_is_deleted_though_a_step_between_was_not_answered(play: Play) -> None:
    api = Orders({"GET": Reply(302, headers={"Location": "http://127.0.0.1:1/gone"})})
    failures, _ = play(api, ORDERING)
    assert len(failures) == 1
    assert api.kept == {}


@pytest.mark.parametrize("body", [b"<html>", b"[1, 2]", b""], ids=["a page", "a list", "nothing"])
def test_an_answer_that_is_no_json_object_has_no_values(play: Play, body: bytes) -> None:
    failures, _ = play(Orders({"GET": Reply(200, body)}), ORDERING)
    assert "order: GET /orders/7 has product = None, not 3" in failures


def test_what_was_created_is_deleted_though_a_step_between_failed(play: Play) -> None:
    api = Orders({"GET": Reply(500)})
    failures, _ = play(api, ORDERING)
    assert failures == ["order: GET /orders/7 answered 500, not 200"]
    assert api.kept == {}


def test_steps_that_lack_a_value_say_so_and_send_nothing(play: Play) -> None:
    failures, door = play(Orders({"POST": Reply(500)}), ORDERING)
    assert failures == [
        "order: POST /orders answered 500, not 201",
        "order: GET /orders/{order} lacks 'order', which no earlier step captured",
        "order: DELETE /orders/{order} lacks 'order', which no earlier step captured",
    ]
    assert len(door.asked) == 2


def test_an_answer_without_the_value_to_capture_is_told(play: Play) -> None:
    failures, door = play(Orders({"POST": json_reply({"number": 7}, 201)}), ORDERING)
    assert [asked.path for asked in door.asked if "None" in asked.path] == []
    assert "id" in failures[0]


def test_what_was_created_with_another_status_is_deleted(play: Play) -> None:
    api = Orders({"POST": json_reply({"id": "7"}, 200)})
    play(api, ORDERING)
    assert api.kept == {}


@pytest.mark.parametrize(
    ("table", "file", "told"),
    [
        ("a", "1", []),
        ("b", "1", ["table public.orders: 1 rows #a became 1 rows #b"]),
        ("a", "2", ["file photo.png"]),
    ],
)
def test_what_a_scenario_leaves_behind_is_told_but_not_the_numbers_it_took(
    monkeypatch: pytest.MonkeyPatch, table: str, file: str, told: list[str]
) -> None:
    prints = iter(EMPTY.model_copy(update=held) for held in (held("a", 1), held(table, 2)))
    files = iter([{"photo.png": "1"}, {"photo.png": file}])
    instance = make_instance("http://127.0.0.1:1")
    monkeypatch.setattr(instance, "database", lambda: SimpleNamespace(fingerprint=lambda: next(prints)))
    monkeypatch.setattr(instance, "media_tree", lambda: next(files))
    assert scenario.traces(instance) == told


def held(digest: str, last: int) -> dict[str, Any]:
    """A table and how far its sequence is."""
    content = TableContent(rows=1, digest=digest)
    return {"tables": {"public.orders": content}, "sequences": {"orders_id_seq": last}}
