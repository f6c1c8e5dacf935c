"""A rehearsal deployment: where its parts are, what it is called, and how Compose is run in it.

Everything of a rehearsal is in its place (a directory) or carries its Compose project's label;
`staging.clean` removes both.
"""

import functools
import hashlib
import itertools
import os
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from staging import engine

PLACES = Path(__file__).resolve().parent.parent / ".rehearsal"
PORTS = range(20000, 30000)
COMPOSE_SECONDS = 900
LAST_CHARACTERS = 2000
PASSED_ON = re.compile(r"PATH|HOME|(DOCKER|BUILDKIT|XDG)_\w+")


class MakerFailed(Exception):
    """A deployment could not be made or filled; the message says which step, and what it printed last."""


@dataclass(frozen=True)
class Rehearsal:
    """A throwaway deployment and where its parts are."""

    place: Path
    origin: Path
    directory: Path
    project: str
    url: str
    port: int
    state_directory: Path
    settings_file: Path
    seed_password_file: Path


def load(place: Path) -> Rehearsal:
    """Return the deployment that `prepare` made in a place. Raise FileNotFoundError when it did not."""
    return at(place, int((place / "port").read_text("utf-8")))


def at(place: Path, port: int | None = None) -> Rehearsal:
    """Return how a deployment in this place is called and laid out, whether it exists or not."""
    place = place.resolve()
    port = port or free_port(place)
    return Rehearsal(
        place=place,
        origin=place / "origin.git",
        directory=place / "punk-eco",
        project=project_name(place),
        url=f"http://127.0.0.1:{port}",
        port=port,
        state_directory=place / "state",
        settings_file=place / "runbook.toml",
        seed_password_file=place / "seed-password",
    )


def project_name(place: Path) -> str:
    """Return the Compose project of a place: no two places share one."""
    return f"punk-eco-{place_digest(place)[:8]}"


def place_digest(place: Path) -> str:
    """Return what a place's name and port follow from."""
    return hashlib.sha256(str(place.resolve()).encode()).hexdigest()


def free_port(place: Path) -> int:
    """Return the place's own port or, when it is taken, the next free one. Raise MakerFailed without any."""
    first = int(place_digest(place), 16) % len(PORTS)
    for port in itertools.chain(PORTS[first:], PORTS[:first]):
        if is_free(port):
            return port
    raise MakerFailed(f"No port from {PORTS.start} to {PORTS.stop - 1} is free.")


def is_free(port: int) -> bool:
    """Tell whether nothing listens on a port of this machine."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("", port))
        except OSError:
            return False
    return True


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read, not even for a moment."""
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def compose(
    rehearsal: Rehearsal,
    *arguments: str,
    given: IO[bytes] | None = None,
    output: IO[bytes] | None = None,
    extra_environment: dict[str, str] | None = None,
) -> str:
    """Run Compose in the deployment's directory, with nothing of this process's environment over its `.env`.

    Return what it printed, unless that goes to `output`. Raise MakerFailed, with what was printed last, when it
    fails or takes longer than COMPOSE_SECONDS.
    """
    kept = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    step = f"`docker compose {' '.join(arguments[:6])}` in {rehearsal.place}"
    try:
        done = subprocess.run(
            [*compose_command(), *arguments],
            cwd=rehearsal.directory,
            env=kept | (extra_environment or {}),
            stdin=given or subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=COMPOSE_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise MakerFailed(f"{step} took more than {COMPOSE_SECONDS} s.") from error
    if done.returncode != 0:
        printed = ((done.stdout or b"") + done.stderr).decode(errors="replace")[-LAST_CHARACTERS:]
        raise MakerFailed(f"{step} ended with exit code {done.returncode}:\n{printed}")
    return (done.stdout or b"").decode()


@functools.cache
def compose_command() -> tuple[str, ...]:
    """Return the command of Compose. Raise MakerFailed where it is missing."""
    command = engine.compose_command()
    if command is None:
        raise MakerFailed("Compose v2 is missing: `make engine` installs it.")
    return tuple(command)
