"""Opening: users are let in only at ports that can be had, and who holds one is told."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures import maintenance_page, opening, start
from fixtures.errors import Refused, StageFailed
from fixtures.host import Host
from fixtures.maintenance_page import PageServer
from fixtures.page_server import PORT
from fixtures.run import Run
from fixtures.work import RUN_LABEL
from tests.unit.recording import RecordingHost, answering_config, project
from tests.unit.runs import WORK, make_run


class HalfRealHost(RecordingHost):
    """A host whose ports are this machine's, and on which no command runs."""

    is_port_free = Host.is_port_free


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


def config(port: int, address: str = "127.0.0.1") -> dict[str, Any]:
    published = [{"target": 8000, "published": str(port), "host_ip": address}]
    return {"name": "shop", "services": {"web": {"build": {}, "ports": published}}}


def run_at(tmp_path: Path, port: int, **fields: Any) -> Run:
    """A run of a deployment whose door publishes a port."""
    return make_run(tmp_path, HalfRealHost(answers=answering_config(config(port))), **fields)


def test_a_port_that_somebody_has_is_refused_with_what_to_do(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "PORT_SECONDS", 0.3)
    run = run_at(tmp_path, taken)
    with pytest.raises(StageFailed, match=f"taken the door's port 127.0.0.1:{taken}/tcp") as failed:
        opening.refuse_taken_ports(run, run.deployment.compose())
    assert "pytest -m rollback" in failed.value.next_step
    assert f"port {taken}" in failed.value.found


def test_a_port_that_is_let_go_of_in_time_is_had(tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def is_port_free(host: Host, address: str, port: int) -> bool:
        asked.append(port)
        return len(asked) > 2

    monkeypatch.setattr(HalfRealHost, "is_port_free", is_port_free)
    run = run_at(tmp_path, taken)
    opening.refuse_taken_ports(run, run.deployment.compose())
    assert asked == [taken] * 3


@pytest.mark.parametrize("holder", ["service", "page"])
def test_what_the_deployment_or_its_page_holds_is_nobody_elses(tmp_path: Path, taken: int, holder: str) -> None:
    run = run_at(tmp_path, taken)
    assert isinstance(run.deployment.host, RecordingHost)
    bound = [{"HostConfig": {"PortBindings": {"8000/tcp": [{"HostPort": str(taken)}]}}}]
    of_page: dict[tuple[str, ...], str] = {
        ("--filter", f"name=^/{WORK}-maintenance-page$"): "running\n",
        ("container", "inspect"): json.dumps(bound),
    }
    run.deployment.host.answers |= of_page if holder == "page" else {("docker", "ps"): "aaa\n", **of_page}
    opening.refuse_taken_ports(run, run.deployment.compose())


def test_a_port_that_only_the_release_publishes_is_looked_at_though_the_page_is_up(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "PORT_SECONDS", 0.3)
    run = run_at(tmp_path, taken)
    assert isinstance(run.deployment.host, RecordingHost)
    bound = [{"HostConfig": {"PortBindings": {"8000/tcp": [{"HostPort": "1"}]}}}]
    run.deployment.host.answers |= {
        ("--filter", f"name=^/{WORK}-maintenance-page$"): "running\n",
        ("container", "inspect"): json.dumps(bound),
    }
    with pytest.raises(StageFailed, match="has taken the door's port"):
        opening.refuse_taken_ports(run, run.deployment.compose())


def test_a_port_is_free_when_nobody_has_it(taken: int) -> None:
    host = Host()
    assert not host.is_port_free("127.0.0.1", taken)
    assert not host.is_port_free("", taken)
    assert host.is_port_free("127.0.0.1", 0)


# the page ------------------------------------------------------------------------------------------------------------


def paged(tmp_path: Path, page: str = "plain", server: PageServer | None = None) -> Run:
    run = run_at(tmp_path, 8080, maintenance={"page": page, "retry_after_seconds": 60})
    run.put(server or PageServer(image="sha256:db", interpreter="perl"))
    return run


def test_the_page_is_made_before_the_door_closes_with_its_ports_and_nothing_of_an_images_rights(tmp_path: Path) -> None:
    run = paged(tmp_path)
    maintenance_page.prepare(run)
    assert isinstance(run.deployment.host, RecordingHost)
    (made,) = [words for words in run.deployment.host.commands if words[:2] == ["docker", "create"]]
    assert made[:6] == ["docker", "create", "--name", f"{WORK}-maintenance-page", "--label", f"{RUN_LABEL}={WORK}"]
    assert ["--publish", f"127.0.0.1:8080:{PORT}"] == made[made.index("--publish") :][:2]
    assert {"--cap-drop", "no-new-privileges", "unless-stopped", "never"} <= set(made)
    assert made[-3:] == [maintenance_page.PLACE, str(PORT), "60"]
    copied = run.deployment.host.commands[-1]
    assert copied[:2] == ["docker", "cp"]
    assert Path(copied[3]).read_text("utf-8").startswith("<!doctype html>")
    assert not any(words[:2] == ["docker", "start"] for words in run.deployment.host.commands)


def test_without_a_page_nothing_is_made_and_nothing_is_started(tmp_path: Path) -> None:
    run = paged(tmp_path, server=PageServer())
    maintenance_page.prepare(run)
    maintenance_page.show(run)
    assert isinstance(run.deployment.host, RecordingHost)
    assert [words for words in run.deployment.host.commands if words[1] in ("create", "start")] == []


@pytest.mark.parametrize("content", [None, b""], ids=["missing", "empty"])
def test_a_page_of_the_deployments_own_that_tells_nothing_is_refused(tmp_path: Path, content: bytes | None) -> None:
    own = tmp_path / "page.html"
    if content is not None:
        own.write_bytes(content)
    with pytest.raises(Refused, match="nothing was changed"):
        maintenance_page.choose(paged(tmp_path, page=str(own)))


def test_a_door_that_speaks_tls_cannot_have_the_page(tmp_path: Path) -> None:
    described = {"services": {"proxy": {"ports": [{"target": 443, "published": "443"}]}}}
    host = RecordingHost(answers=answering_config(described | {"name": "shop"}))
    run = make_run(tmp_path, host, maintenance={"page": "plain"})
    object.__setattr__(run.deployment.target, "url", "https://shop.example")
    with pytest.raises(Refused, match="no certificate"):
        maintenance_page.choose(run)


def test_the_page_stays_as_long_as_nobody_is_served(tmp_path: Path) -> None:
    run = paged(tmp_path)
    assert maintenance_page.standing(run) == ()
    run.journal.write("door-closing", "maintenance")
    assert maintenance_page.standing(run) == ("maintenance-page",)
    run.journal.write("door-reopening", "rollback")
    assert maintenance_page.standing(run) == ()


# settling ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("container", "young"),
    [
        ({"State": {"StartedAt": "2999-01-01T00:00:00.123456789Z"}, "RestartCount": 0}, ["web"]),
        ({"State": {"StartedAt": "2001-01-01T00:00:00.123456789Z"}, "RestartCount": 0}, []),
        ({"State": {"StartedAt": "2999-01-01T00:00:00Z"}, "RestartCount": 2}, []),
        ({"State": {"StartedAt": "2999-01-01T00:00:00Z", "Health": {}}, "RestartCount": 0}, []),
    ],
    ids=["just started", "long up", "came back", "has a health check"],
)
def test_only_what_just_started_without_a_health_check_is_waited_for(
    container: dict[str, Any], young: list[str]
) -> None:
    answers: dict[tuple[str, ...], str] = {("docker", "ps"): "aaa\n", ("container", "inspect"): json.dumps([container])}
    host = RecordingHost(answers={**answers, **answering_config(config(80))})
    assert start.young(project(host)) == young
