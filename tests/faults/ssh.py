"""A real SSH server on a loopback port, for this user and as long as a block lasts."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from staging import debian, steps
from staging.deployment import PORTS, is_free

SERVER = "/usr/sbin/sshd"
READY_SECONDS = 20
CONFIGURATION = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {place}/host_key
PidFile {place}/sshd.pid
AuthorizedKeysFile {place}/key.pub
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
"""


@dataclass(frozen=True)
class SshServer:
    """A server that runs: where its keys are, and where it listens."""

    place: Path
    port: int
    process: subprocess.Popen[bytes]

    def argv(self, command: list[str], directory: Path, environment: Mapping[str, str], *, terminal: bool) -> list[str]:
        """The command line that runs a command in a session on this server, its host key checked."""
        values = [f"{name}={value}" for name, value in environment.items()]
        remote = f"cd {shlex.quote(str(directory))} && exec env {shlex.join([*values, *command])}"
        options = ["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
        known = ["-o", f"UserKnownHostsFile={self.place}/known_hosts", "-i", str(self.place / "key")]
        return ["ssh", *options, *known, *(["-tt"] if terminal else []), "-p", str(self.port), "127.0.0.1", remote]

    def configuration(self, host: str, known_hosts: str = "known_hosts") -> Path:
        """A configuration file of ssh in which the server has a name, and its key is in one of the files beside it."""
        file = self.place / f"config-{host}-{known_hosts}"
        file.write_text(
            f"Host {host}\n  HostName 127.0.0.1\n  Port {self.port}\n"
            f"Host *\n  IdentityFile {self.place}/key\n  UserKnownHostsFile {self.place}/{known_hosts}\n"
            "  GlobalKnownHostsFile /dev/null\n  IdentitiesOnly yes\n"
        )
        return file

    def with_another_key(self) -> str:
        """The name of a file in which the server is known by a key that is not its own."""
        file = self.place / "known_otherwise"
        if not file.exists():
            keygen(self.place / "another_key")
            file.write_text(f"[127.0.0.1]:{self.port} {(self.place / 'another_key.pub').read_text()}")
        return file.name

    def cut(self) -> None:
        """End the server's side of every connection."""
        for session in self.sessions():
            os.kill(session, signal.SIGKILL)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Have the server's side of every connection say nothing, as in a network that swallows all; then end it."""
        stopped = self.sessions()
        for session in stopped:
            os.kill(session, signal.SIGSTOP)
        try:
            yield
        finally:
            for session in stopped:
                os.kill(session, signal.SIGKILL)

    def sessions(self) -> list[int]:
        """The processes that serve the connections of now: the children of the server, and theirs."""
        parents = {int(p.name): parent(p) for p in Path("/proc").iterdir() if p.name.isdigit()}
        children = [pid for pid, above in parents.items() if above == self.process.pid]
        return [
            *children,
            *(pid for pid, above in parents.items() if above in children and name(pid).startswith("sshd")),
        ]


def parent(process: Path) -> int:
    """The parent of a process; 0 for one that is gone."""
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def name(process: int) -> str:
    """The name of a process; empty for one that is gone."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""


@contextmanager
def server() -> Iterator[SshServer]:
    """Start an SSH server with keys of its own, and end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="sshd-") as directory:
        install()
        with served_from(Path(directory)) as started:
            yield started


@contextmanager
def served_from(place: Path) -> Iterator[SshServer]:
    """Start an SSH server whose keys are in a directory, and end it afterwards."""
    port = next(port for port in reversed(PORTS) if is_free(port))
    for key in ("host_key", "key"):
        keygen(place / key)
    place.chmod(0o755)  # Another user's keys are read by his own processes.
    (place / "known_hosts").write_text(f"[127.0.0.1]:{port} {(place / 'host_key.pub').read_text()}")
    (place / "sshd_config").write_text(CONFIGURATION.format(port=port, place=place))
    with (place / "log").open("wb") as log:
        process = subprocess.Popen([SERVER, "-D", "-e", "-f", str(place / "sshd_config")], stderr=log)
    try:
        wait_for(port)
        yield SshServer(place, port, process)
    finally:
        process.terminate()
        process.wait(READY_SECONDS)


def keygen(file: Path) -> None:
    """Make a pair of keys."""
    steps.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], timeout_seconds=30)


@contextmanager
def user() -> Iterator[str]:
    """A user of this machine who may use the engine and nothing else, as long as the block lasts."""
    name = f"shop{os.getpid()}"
    steps.run(["useradd", "--create-home", "--groups", "docker", "--password", "*", name], timeout_seconds=30)
    try:
        yield name
    finally:
        steps.run(["userdel", "--remove", "--force", name], timeout_seconds=30)


def install() -> None:
    """Make sure of the programs, and of the directory that the server wants for root."""
    if not Path(SERVER).exists() or not (shutil.which("ssh") and shutil.which("sudo")):
        debian.update()
        debian.install(["openssh-server", "openssh-client", "sudo"])
    if getpass.getuser() == "root":
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)


def wait_for(port: int) -> None:
    """Wait until something listens. Raise TimeoutError when nothing does in time."""
    deadline = time.monotonic() + READY_SECONDS
    while socket.socket().connect_ex(("127.0.0.1", port)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens on port {port} after {READY_SECONDS} s")
        time.sleep(0.05)
