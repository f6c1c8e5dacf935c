"""The customer who keeps account notices what is lost, changed, there twice, or given without having been asked for."""

from __future__ import annotations

import socket
import threading
from typing import cast

import pytest

from staging.deployment import Rehearsal
from tests.faults import writing
from tests.faults.writing import Account, Wanted
from tests.unit.doors import Asked, Reply, json_reply, serving

NOWHERE = cast(Rehearsal, None)
BEFORE = {1: [(1, 1)]}


@pytest.mark.parametrize(
    ("held", "wrongs"),
    [
        ({1: [(1, 1)], 2: [(1, 2)]}, []),
        ({1: [(1, 1)], 2: [(1, 2)], 3: [(1, 3)]}, []),
        ({1: [(1, 1)]}, ["order 2 is None, not [(1, 2)]"]),
        ({2: [(1, 2)]}, ["order 1 is None, not [(1, 1)]"]),
        ({1: [(1, 1)], 2: [(1, 9)]}, ["order 2 is [(1, 9)], not [(1, 2)]"]),
        ({1: [(1, 1)], 2: [(1, 2), (1, 2)]}, ["order 2 is [(1, 2), (1, 2)], not [(1, 2)]"]),
        ({1: [(1, 1)], 2: [(1, 2)], 3: [(1, 2)]}, ["(1, 2) is there 1 times more than acknowledged"]),
        (
            {1: [(1, 1)], 2: [(1, 2)], 3: [(1, 3)], 4: [(1, 3)]},
            ["(1, 3) is there 2 times more than acknowledged"],
        ),
    ],
)
def test_every_order_is_there_once_and_as_it_was_acknowledged(
    held: dict[int, list[Wanted]], wrongs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "orders", lambda rehearsal: held)
    account = Account(BEFORE, acknowledged=[(2, (1, 2))], unheard=[(1, 3)])
    assert account.wrongs(NOWHERE) == wrongs


def test_a_number_that_is_given_twice_and_an_answer_that_nobody_expects_are_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing, "orders", lambda rehearsal: {2: [(1, 2)]})
    account = Account({}, acknowledged=[(2, (1, 2)), (2, (1, 2))], denied=[401])
    assert account.wrongs(NOWHERE) == ["the number 2 was given 2 times", "status 401"]


@pytest.mark.parametrize(
    ("reply", "account"),
    [
        (Reply(201, b'{"id": 7}'), Account({}, acknowledged=[(7, (2, 3))])),
        (Reply(503, b"closed"), Account({})),
        (json_reply({"error": "no"}), Account({}, denied=[200])),
    ],
)
def test_what_is_answered_is_noted(reply: Reply, account: Account) -> None:
    def answer(asked: Asked) -> Reply:
        return reply

    found = Account({})
    with serving(answer) as door:
        writing.order(door.url, "token", found, (2, 3))
    assert found == account


def test_nobody_hears_a_request_at_a_closed_door() -> None:
    found = Account({})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    writing.order(f"http://127.0.0.1:{port}", "token", found, (2, 3))
    assert found == Account({})


def test_a_connection_that_ends_without_an_answer_may_have_been_heard() -> None:
    found = Account({})
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(10)

        def hang_up() -> None:
            listening.accept()[0].close()

        other = threading.Thread(target=hang_up)
        other.start()
        writing.order(f"http://127.0.0.1:{listening.getsockname()[1]}", "token", found, (2, 3))
        other.join()
    assert found.unheard == [(2, 3)]
