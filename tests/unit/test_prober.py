"""The prober: outages are what the door did, from the first unanswered question to the next answered one."""

from __future__ import annotations

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.prober import Outage, Prober, Timeline
from tests.unit.doors import Asked, Reply, serving
from tests.unit.waiting import PATIENCE_SECONDS, wait_for


def timeline(answers: str) -> Timeline:
    """What was seen when a door was asked once a second from second 0 on: `+` for served, `-` for not."""
    seen = Timeline()
    for at, answer in enumerate(answers):
        seen.add(float(at), answer == "+")
    return seen


@pytest.mark.parametrize(
    ("answers", "outages"),
    [
        ("", []),
        ("++++", []),
        ("++--++", [Outage(2, 2)]),
        ("+-+-+", [Outage(1, 1), Outage(3, 1)]),
        ("--++", [Outage(0, 2)]),
        ("++---", [Outage(2, 2)]),
        ("----", [Outage(0, 3)]),
    ],
)
def test_outages_last_until_the_next_answer(answers: str, outages: list[Outage]) -> None:
    assert timeline(answers).outages() == outages


@given(st.text("+-", max_size=30))
def test_the_downtime_is_the_outages_together_and_never_more_than_the_time_asked(answers: str) -> None:
    seen = timeline(answers)
    assert seen.asked == len(answers)
    assert seen.downtime_seconds == sum(outage.seconds for outage in seen.outages())
    assert 0 <= seen.downtime_seconds <= max(0, len(answers) - 1)
    assert len(seen.outages()) == len([run for run in answers.split("+") if run])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def is_served(prober: Prober) -> bool:
    return bool(prober.timeline.changes) and prober.timeline.changes[-1][1]


def test_a_door_that_goes_away_and_comes_back_is_one_outage() -> None:
    port = free_port()
    prober = Prober(f"http://127.0.0.1:{port}/health")
    with serving(lambda _: Reply(), port):
        prober.start()
        wait_for(lambda: is_served(prober))
    wait_for(lambda: not is_served(prober))
    with serving(lambda _: Reply(), port):
        wait_for(lambda: is_served(prober))
        seen = prober.stop()
    (outage,) = seen.outages()
    assert outage.seconds == seen.downtime_seconds > 0
    assert seen.changes[0][1]


@pytest.mark.parametrize(("status", "served"), [(200, True), (302, True), (404, False), (503, False), (500, False)])
def test_an_error_or_a_maintenance_page_is_no_service(status: int, served: bool) -> None:
    with serving(lambda _: Reply(status, headers={"Location": "/elsewhere"})) as door:
        prober = Prober(f"{door.url}/health")
        prober.start()
        wait_for(lambda: prober.timeline.asked > 0)
        prober.stop()
    assert {was_served for _, was_served in prober.timeline.changes} == {served}
    assert {asked.path for asked in door.asked} == {"/health"}


def test_it_asks_again_and_again_and_stops_when_told() -> None:
    with serving(lambda _: Reply()) as door:
        prober = Prober(door.url)
        prober.start()
        wait_for(lambda: prober.timeline.asked >= 3)
        asked = prober.stop().asked
        assert asked >= 3
    assert not [thread for thread in threading.enumerate() if thread.name == "prober"]


def test_stopping_one_that_never_began_shows_nothing() -> None:
    assert Prober("http://127.0.0.1:1").stop() == Timeline()


def test_a_slow_answer_counts_from_when_it_was_asked() -> None:
    released = threading.Event()

    def answer(asked: Asked) -> Reply:
        released.wait(PATIENCE_SECONDS)
        return Reply(503)

    times = iter(range(1000))
    with serving(answer) as door:
        prober = Prober(door.url, clock=lambda: float(next(times)))
        prober.start()
        wait_for(lambda: len(door.asked) == 1)
        released.set()
        wait_for(lambda: prober.timeline.asked >= 2)
        seen = prober.stop()
    assert seen.changes == [(0.0, False)]
