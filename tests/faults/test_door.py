"""B14, D11, F5, F7, F10 and the closed door: what users get meanwhile, who writes, and what serves afterwards."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from staging.clean import docker
from staging.deployment import Rehearsal, compose
from tests.faults import deployments, failpoint, fronted, invariants
from tests.faults.injected import eventually
from tests.faults.killing import KILLED
from tests.faults.living import begun
from tests.faults.refusing import assert_refused, preflight
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside(long=True)]

FORTH = ("-m", "upgrade", "--keep", "--to")
ASKED_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Answer:
    """What the public door answered: when it was asked, the status (0 for none), `Retry-After`, the text."""

    at: float
    status: int
    retry_after: str = ""
    text: str = ""


def ask(url: str) -> Answer:
    """Ask the public door once."""
    at = time.time()
    try:
        answer = requests.get(f"{url}/", timeout=5)
    except requests.RequestException:
        return Answer(at, 0)
    return Answer(at, answer.status_code, answer.headers.get("Retry-After", ""), answer.text)


@contextmanager
def asking(url: str) -> Iterator[list[Answer]]:
    """Ask the public door all the time; the answers gather in the list."""
    answers, over = [], threading.Event()

    def work() -> None:
        while not over.wait(ASKED_EVERY_SECONDS):
            answers.append(ask(url))

    asker = threading.Thread(target=work, name="asker")
    asker.start()
    try:
        yield answers
    finally:
        over.set()
        asker.join()


def upgrade(rehearsal: Rehearsal, release: str, point: str, meanwhile: Callable[[], Any]) -> Ended:
    """Upgrade; at one record of the journal the run stands still while something is done to the deployment."""
    command = (*FORTH, release, f"--place={rehearsal.place}")
    with begun(*failpoint.PLUGIN, *command, extra=failpoint.at(point, "SIGSTOP")) as living:
        living.until_stopped()
        meanwhile()
        living.go_on()
        return Ended(living.wait(), living.said(), {})


def test_f7_f10_the_door_answers_503_while_it_is_closed_and_opens_to_what_was_verified() -> None:
    with fronted.fronted("door") as rehearsal:
        refused_while_somebody_runs_the_application(rehearsal)
        other_content_is_not_let_in(rehearsal)
        before = outside.look(rehearsal)
        with asking(rehearsal.url) as answers:
            died = gate.call(
                *(*failpoint.PLUGIN, *FORTH, "v1.5.0", f"--place={rehearsal.place}"),
                extra=failpoint.at("intended acceptance", "after"),
            )
            assert died.exit_code == KILLED, died.output
            assert ask(rehearsal.url).status == 503
            ended = gate.call("-m", "upgrade", "--resume", f"--place={rehearsal.place}")
        assert ended.exit_code == 0, ended.output
        assert invariants.violations(rehearsal, before, ended, "v1.5.0") == []
        users_were_told(rehearsal, answers)
        nobody_wrote_meanwhile(rehearsal)
        a_plain_up_changes_nothing(rehearsal)


def refused_while_somebody_runs_the_application(rehearsal: Rehearsal) -> None:
    """F7: a container of the application that no setting declares is found by its image, before anything is changed."""
    name = f"{rehearsal.project}-by-hand"
    compose(rehearsal, "run", "--detach", "--no-deps", "--name", name, "web", "sleep", "600")
    try:
        assert_refused(preflight(rehearsal, "v1.5.0"), "would not be stopped", name, "services.writers")
    finally:
        docker("rm", "--force", "--volumes", name)


def users_were_told(rehearsal: Rehearsal, answers: list[Answer]) -> None:
    """While the door was closed users got the page, in both languages, and were told when to come back."""
    records = outside.last_journal(rehearsal)
    closing = outside.time_of(records, "door-closing", "maintenance")
    opening = outside.time_of(records, "door-opening", "acceptance")
    told = [answer for answer in answers if answer.status == 503]
    between = [answer for answer in answers if told[0].at <= answer.at < opening]
    assert closing <= told[0].at
    assert {answer.status for answer in between} == {503}
    assert {answer.retry_after for answer in told} == {"77"}
    assert all("Maintenance en cours" in answer.text and "in progress" in answer.text for answer in told)
    gap = told[0].at - max(answer.at for answer in answers if answer.status == 200 and answer.at < told[0].at)
    print(f"\nfrom the last page to the first 503: {gap:.2f} s; 503 for {told[-1].at - told[0].at:.1f} s")
    assert answers[-1].status == 200


def nobody_wrote_meanwhile(rehearsal: Rehearsal) -> None:
    """The old worker wrote until the door closed, the new one not before it opened."""
    records = outside.last_journal(rehearsal)
    taken = next(r for r in records if r["event"] == "intended" and "rollback point" in r["evidence"].get("what", ""))
    stopped = outside.time_of([taken], "intended", "maintenance")
    opening = outside.time_of(records, "door-opening", "acceptance")
    eventually("the new worker writes", lambda: fronted.beats(rehearsal)[-1].version == "1.5.0")
    found = fronted.beats(rehearsal)
    assert max(beat.at for beat in found if beat.version == "1.4.0") < stopped
    assert min(beat.at for beat in found if beat.version == "1.5.0") > opening


def a_plain_up_changes_nothing(rehearsal: Rehearsal) -> None:
    """A person's `docker compose up -d` leaves every container as it is."""
    before = outside.containers(rehearsal)
    compose(rehearsal, "up", "--detach")
    assert outside.containers(rehearsal) == before
    assert set(before) == {"db", "proxy", "web", "worker"}


def other_content_is_not_let_in(rehearsal: Rehearsal) -> None:
    """F10: what the proxy mounts changes after the verification: the old version comes back, nobody meets the new."""
    before, proxy = outside.look(rehearsal), rehearsal.place / "proxy.py"
    text = proxy.read_text("utf-8")

    def spoil() -> None:
        proxy.write_text(text.replace('"Via", "proxy"', '"Via", "another"'), "utf-8")

    ended = upgrade(rehearsal, "v1.5.0", "stage-passed verification", spoil)
    assert ended.exit_code == 11, ended.output
    assert f"proxy: content of {proxy}" in ended.output
    after = outside.look(rehearsal)
    assert (after.version, after.source, after.images) == (before.version, before.source, before.images)
    assert invariants.nothing_left(rehearsal) == []


def test_b14_d11_f5_f7_a_port_that_is_taken_and_an_old_container_that_stays_lead_back() -> None:
    with deployments.deployed("taken") as rehearsal:
        before = outside.look(rehearsal)
        the_old_version_under_another_name_leads_back(rehearsal, before)
        before = outside.look(rehearsal)
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

            def take() -> None:
                other.bind(("", rehearsal.port))
                other.listen()

            ended = upgrade(rehearsal, "v2.0.0", "stage-passed verification", take)
            assert ended.exit_code == 12, ended.output
            told = ("has taken the door's port", str(rehearsal.port), "pytest -m rollback")
            assert [words for words in told if words not in ended.output] == [], ended.output
            records = outside.last_journal(rehearsal)
            assert "door-opening" not in {record["event"] for record in records}
        ended = gate.call("-m", "rollback", f"--place={rehearsal.place}")
        assert ended.exit_code == 11, ended.output
        assert invariants.violations(rehearsal, before, ended) == []
        d11_a_restart_applies_no_new_environment(rehearsal)


def the_old_version_under_another_name_leads_back(rehearsal: Rehearsal, before: outside.Look) -> None:
    """F5, F7: a container of the old image that no file describes is found by the project's label."""
    name = f"{rehearsal.project}-old-jobs-1"
    labels = {
        "com.docker.compose.project": rehearsal.project,
        "com.docker.compose.service": "old-jobs",
        "com.docker.compose.oneoff": "False",
    }
    options = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]

    def leave() -> None:
        docker("run", "--detach", "--name", name, *options, before.images["web"], "sleep", "600")

    try:
        ended = upgrade(rehearsal, "v2.0.0", "stage-passed maintenance", leave)
        assert ended.exit_code == 11, ended.output
        assert f"{name} of service old-jobs" in ended.output
    finally:
        docker("rm", "--force", "--volumes", name)
    assert invariants.violations(rehearsal, before, ended) == []


def d11_a_restart_applies_no_new_environment(rehearsal: Rehearsal) -> None:
    """D11: a `restart` applied no new `.env`; told by name, and nothing of the value."""
    file = rehearsal.directory / ".env"
    file.write_text(file.read_text("utf-8").replace("SHOP_NAME=", "SHOP_NAME=Another "), "utf-8")
    compose(rehearsal, "restart", "web")
    assert_refused(preflight(rehearsal), "web: SHOP_NAME", "docker compose up -d", "nothing was changed")
