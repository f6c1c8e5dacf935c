"""What is installed where, what is refused, and what a killed daemon leaves behind."""

import os
import socket
from pathlib import Path

import pytest

from staging import debian, engine, steps
from staging.debian import Distribution
from staging.steps import SetupError

BOOKWORM = Distribution("debian", 12, "Debian GNU/Linux 12 (bookworm)")
FEDORA = Distribution("fedora", 44, "Fedora Linux 44")


@pytest.mark.parametrize(
    ("system", "packages"),
    [
        (BOOKWORM, "docker.io/trixie docker-cli/trixie docker-compose/trixie docker-buildx/trixie iptables"),
        (
            Distribution("debian", 13, "Debian 13"),
            "docker.io docker-cli docker-compose docker-buildx iptables",
        ),
        (
            Distribution("debian", 0, "Debian forky"),
            "docker.io docker-cli docker-compose docker-buildx iptables",
        ),
        (Distribution("ubuntu", 24, "Ubuntu 24.04"), "docker.io docker-compose-v2 docker-buildx iptables"),
    ],
    ids=["debian-12", "debian-13", "debian-testing", "ubuntu"],
)
def test_packages_for_each_distribution(system: Distribution, packages: str) -> None:
    assert engine.packages_for(system) == packages.split()


@pytest.mark.parametrize("system", [FEDORA, Distribution("debian", 11, "Debian GNU/Linux 11 (bullseye)")])
def test_another_distribution_is_told_by_name_what_to_install(system: Distribution) -> None:
    with pytest.raises(SetupError) as refusal:
        engine.packages_for(system)
    assert system.name in str(refusal.value)
    assert "install Docker Engine and Compose v2" in str(refusal.value)


def test_a_plain_user_is_told_what_to_install() -> None:
    with pytest.raises(SetupError, match=r"No Docker Engine with Compose v2 answers: install .* or let root"):
        engine.refuse_if_not_ours_to_mend({}, BOOKWORM, is_root=False, is_closed=False)


def test_a_user_outside_the_docker_group_is_told_to_join_it() -> None:
    with pytest.raises(SetupError, match="join the group docker"):
        engine.refuse_if_not_ours_to_mend({}, BOOKWORM, is_root=False, is_closed=True)


def test_an_engine_elsewhere_is_never_replaced_by_one_here() -> None:
    with pytest.raises(SetupError, match="DOCKER_HOST is set"):
        engine.refuse_if_not_ours_to_mend({"DOCKER_HOST": "ssh://elsewhere"}, BOOKWORM, is_root=True, is_closed=False)


def test_root_may_install_on_debian() -> None:
    engine.refuse_if_not_ours_to_mend({}, BOOKWORM, is_root=True, is_closed=False)


@pytest.mark.parametrize(
    ("version", "is_enough"),
    [("2.26.1-4", True), ("v2.40.0", True), ("5.0.1", True), ("1.29.2", False), ("", False), ("dev", False)],
)
def test_compose_must_be_of_version_2_or_later(version: str, is_enough: bool) -> None:
    assert engine.is_compose_version(version) is is_enough


def test_what_runs_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "engine_version", lambda: "29.0.0")
    monkeypatch.setattr(engine, "compose_command", lambda: ["docker-compose"])
    monkeypatch.setattr(debian, "distribution", lambda: FEDORA)
    engine.ensure_engine()


def test_a_second_set_up_waits_for_the_first_and_gives_up_in_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(debian, "is_root", lambda: False)
    monkeypatch.setattr(steps, "LOG", tmp_path / "engine.log")
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0)
    with (
        engine.only_one_at_a_time(),
        pytest.raises(SetupError, match=r"Another set-up has held .* for 0 s"),
        engine.only_one_at_a_time(),
    ):
        pass


def test_a_daemon_that_dies_at_its_start_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "engine_version", lambda: None)
    with pytest.raises(SetupError, match=r"exit code 1 at its start; read the end of /the/log\."):
        engine.wait_for_engine(lambda: 1, "/the/log")


def test_a_daemon_that_never_answers_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "engine_version", lambda: None)
    monkeypatch.setattr(engine, "START_SECONDS", 0)
    with pytest.raises(SetupError, match="did not answer within 0 s"):
        engine.wait_for_engine(lambda: None, "/the/log")


@pytest.fixture
def leftovers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    """Return the places of a daemon's pid file and of containerd's socket, in a scratch directory."""
    pid_file, containerd = tmp_path / "docker.pid", tmp_path / "containerd.sock"
    monkeypatch.setattr(engine, "DAEMON_PID_FILES", (pid_file,))
    monkeypatch.setattr(engine, "CONTAINERD_SOCKET", containerd)
    return pid_file, containerd


@pytest.mark.parametrize("pid", ["4194305", str(os.getpid()), ""], ids=["gone", "another-process", "empty"])
def test_a_stale_pid_file_is_removed(leftovers: tuple[Path, Path], pid: str) -> None:
    pid_file, _ = leftovers
    pid_file.write_text(pid, "utf-8")
    engine.remove_leftovers()
    assert not pid_file.exists()


def test_a_socket_that_nobody_listens_on_is_removed(leftovers: tuple[Path, Path]) -> None:
    _, containerd = leftovers
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(containerd))
    engine.remove_leftovers()
    assert not containerd.exists()


def test_the_socket_of_a_living_containerd_stays(leftovers: tuple[Path, Path]) -> None:
    _, containerd = leftovers
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(containerd))
        living.listen()
        engine.remove_leftovers()
    assert containerd.exists()


@pytest.mark.engine
def test_the_engine_of_this_machine_answers_after_ensure() -> None:
    engine.ensure_engine()
    assert engine.engine_version()
    assert engine.compose_command()
