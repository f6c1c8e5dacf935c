"""Make sure that Docker Engine, Compose v2 and the base images are there: `python3 -m staging.engine`.

Uses what runs. On Debian and Ubuntu, as root, it installs and starts what is missing; elsewhere it says in
one sentence what to install. Standard library only: it runs before the virtual environment exists.
"""

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from staging import base_images, debian, steps
from staging.steps import SetupError

SOCKET = Path("/var/run/docker.sock")
DAEMON_LOG = Path("/var/log/punk-eco-dockerd.log")
DAEMON_PID_FILES = (Path("/var/run/docker.pid"), Path("/var/run/docker/containerd/containerd.pid"))
CONTAINERD_SOCKET = Path("/run/containerd/containerd.sock")
START_SECONDS = 60
LOCK_SECONDS = 900
OTHERWISE = "install Docker Engine and Compose v2 (https://docs.docker.com/engine/install/) and start them"


def ensure() -> None:
    """Make sure of the engine and the base images. Raise SetupError where that is impossible."""
    with only_one_at_a_time():
        ensure_engine()
        base_images.ensure()


def ensure_engine() -> None:
    """Make sure that an engine answers and Compose v2 is there. Raise SetupError where that is impossible."""
    missing_compose = compose_command() is None
    if engine_version() and not missing_compose:
        return
    system = debian.distribution()
    is_closed = SOCKET.exists() and not os.access(SOCKET, os.R_OK | os.W_OK)
    refuse_if_not_ours_to_mend(os.environ, system, is_root=debian.is_root(), is_closed=is_closed)
    if missing_compose or not shutil.which("dockerd", path=steps.administration_environment()["PATH"]):
        _install(system)
    if engine_version() is None:
        _start()
    if compose_command() is None:
        raise SetupError("Compose v2 was installed, but `docker compose version` fails: try it by hand.")


def engine_version() -> str | None:
    """Return the version of the engine that answers, or None."""
    return steps.answer(["docker", "info", "--format", "{{.ServerVersion}}"]) or None


def compose_command() -> list[str] | None:
    """Return the command of a Compose of version 2 or later, or None."""
    for command in (["docker", "compose"], ["docker-compose"]):
        version = steps.answer([*command, "version", "--short"]) or ""
        if is_compose_version(version):
            return command
    return None


def is_compose_version(version: str) -> bool:
    """Tell whether a version such as "2.26.1-4" or "v2.40.0" is one of Compose v2 or later."""
    major = version.removeprefix("v").split(".")[0]
    return major.isdigit() and int(major) >= 2


def refuse_if_not_ours_to_mend(
    environment: Mapping[str, str], system: debian.Distribution, *, is_root: bool, is_closed: bool
) -> None:
    """Raise SetupError, saying what to do instead, where this must not or cannot install or start an engine.

    `is_closed` tells that an engine's socket is there, which this user may not use.
    """
    if environment.get("DOCKER_HOST"):
        raise SetupError(
            "DOCKER_HOST is set, but no engine with Compose v2 answers there: start it, or unset DOCKER_HOST."
        )
    if is_root:
        packages_for(system)
    elif is_closed:
        raise SetupError("Docker's socket is closed to you: join the group docker, then log in again.")
    else:
        raise SetupError(f"No Docker Engine with Compose v2 answers: {OTHERWISE}, or let root run this.")


def packages_for(system: debian.Distribution) -> list[str]:
    """Return the packages of engine, client, Compose v2 and buildx. Raise SetupError if there are none."""
    if system.id == "ubuntu":
        return ["docker.io", "docker-compose-v2", "docker-buildx", "iptables"]
    packages = ["docker.io", "docker-cli", "docker-compose", "docker-buildx"]
    if system.id == "debian" and system.version == 12:
        return [*(f"{package}/trixie" for package in packages), "iptables"]
    if system.id == "debian" and (system.version >= 13 or system.version == 0):
        return [*packages, "iptables"]
    raise SetupError(
        f"Docker is installed for you on Debian 12 or later and Ubuntu, not on {system.name}: {OTHERWISE}."
    )


def _install(system: debian.Distribution) -> None:
    """Install the packages; on Debian 12, whose own Docker is too old, those of Debian 13."""
    packages = packages_for(system)
    steps.say(f"engine   installing {', '.join(packages)}")
    debian.update()
    if any(package.endswith("/trixie") for package in packages):
        debian.add_trixie()
    debian.install(packages)


def _start() -> None:
    """Start the engine, by systemd where that is in charge, and wait until it answers."""
    if Path("/run/systemd/system").is_dir():
        steps.run(["systemctl", "start", "docker"], timeout_seconds=START_SECONDS)
        wait_for_engine(lambda: None, "`journalctl -u docker`")
    elif _is_alive(DAEMON_PID_FILES[0]):
        wait_for_engine(lambda: None, "its log")
    else:
        remove_leftovers()
        wait_for_engine(_spawn_daemon().poll, str(DAEMON_LOG))
    steps.say(f"engine   started Docker Engine {engine_version()}")


def _spawn_daemon() -> subprocess.Popen[bytes]:
    """Start dockerd so that it outlives this process and its terminal."""
    with DAEMON_LOG.open("ab") as log:
        return subprocess.Popen(
            ["dockerd"],
            cwd="/",
            env=steps.administration_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def wait_for_engine(exit_code: Callable[[], int | None], log: str) -> None:
    """Poll until the engine answers. Raise SetupError if the daemon ends first, or after START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while engine_version() is None:
        if exit_code() is not None:
            raise SetupError(f"dockerd ended with exit code {exit_code()} at its start; read the end of {log}.")
        if time.monotonic() > deadline:
            raise SetupError(f"dockerd did not answer within {START_SECONDS} s; read the end of {log}.")
        time.sleep(0.2)


def remove_leftovers() -> None:
    """Remove what a killed daemon or a reboot left and a new daemon would take for a living one."""
    for pid_file in DAEMON_PID_FILES:
        if pid_file.exists() and not _is_alive(pid_file):
            pid_file.unlink()
    if CONTAINERD_SOCKET.exists() and not _is_listening(CONTAINERD_SOCKET):
        CONTAINERD_SOCKET.unlink()


def _is_alive(pid_file: Path) -> bool:
    """Tell whether a pid file names a living Docker daemon: after a reboot the number may be another's."""
    try:
        command_line = Path("/proc", pid_file.read_text("utf-8").strip(), "cmdline").read_text("utf-8")
    except OSError:
        return False
    # Empty for a process that was killed and that nobody has waited for yet.
    return Path(command_line.split("\0")[0]).name in ("dockerd", "containerd")


def _is_listening(path: Path) -> bool:
    """Tell whether something accepts connections on a socket."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold the set-up's lock, one per machine for root; the kernel drops it when the process ends."""
    path = Path("/run/punk-eco-setup.lock") if debian.is_root() else steps.LOG.with_suffix(".lock")
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as lock:
        deadline = time.monotonic() + LOCK_SECONDS
        while not _locked(lock):
            if time.monotonic() > deadline:
                raise SetupError(f"Another set-up has held {path} for {LOCK_SECONDS} s: wait, or end it.")
            time.sleep(0.2)
        yield


def _locked(lock: IO[str]) -> bool:
    """Try to take a file's lock, without waiting."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def main() -> int:
    """Make everything ready, say what is there, and return the exit code."""
    try:
        ensure()
    except SetupError as error:
        return steps.fail(error)
    steps.say(f"engine   Docker Engine {engine_version()} answers, the base images are there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
