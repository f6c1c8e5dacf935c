"""How the set-up of a machine speaks and runs things: one line per thing done, the details in a log file."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / ".setup/engine.log"
# Left out of PATH by `su`, needed by dpkg and dockerd.
ADMINISTRATION_PATH = "/usr/local/sbin:/usr/sbin:/sbin"


class SetupError(Exception):
    """The machine cannot be made ready; the message is one sentence with the next step."""


def say(line: str) -> None:
    """Print one line at once, also when the output is a pipe."""
    print(line, flush=True)


def answer(arguments: Sequence[str], timeout_seconds: float = 20) -> str | None:
    """Given a command that changes nothing, return its standard output, or None if it fails or hangs."""
    try:
        result = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_seconds
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def run(
    arguments: Sequence[str],
    *,
    timeout_seconds: float,
    log: Path = LOG,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a command, its output in the log. Raise SetupError, naming the log, if it fails or is too slow."""
    log.parent.mkdir(exist_ok=True)
    started = time.monotonic()
    with log.open("a", encoding="utf-8") as output:
        print(f"\n$ {' '.join(arguments)}", file=output, flush=True)
        exit_code = _exit_code(arguments, output.fileno(), timeout_seconds, environment)
        print(f"[exit {exit_code} after {time.monotonic() - started:.1f} s]", file=output)
    if exit_code != 0:
        ending = f"ended with exit code {exit_code}"
        if exit_code is None:
            ending = f"took more than {timeout_seconds:.0f} s"
        raise SetupError(f"`{' '.join(arguments[:3])} …` {ending}; read the end of {log}.")


def _exit_code(
    arguments: Sequence[str], output: int, timeout_seconds: float, environment: Mapping[str, str] | None
) -> int | None:
    """Return the command's exit code, 127 if it does not exist, or None after the time limit."""
    try:
        return subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=timeout_seconds,
            env=administration_environment() | dict(environment or {}),
        ).returncode
    except FileNotFoundError:
        return 127
    except subprocess.TimeoutExpired:
        return None


def administration_environment() -> dict[str, str]:
    """Return this process's environment with the commands of system administration on its PATH."""
    return dict(os.environ) | {"PATH": f"{os.environ.get('PATH', os.defpath)}:{ADMINISTRATION_PATH}"}


def fail(error: SetupError) -> int:
    """Say a set-up error on standard error and return the exit code for it."""
    print(f"error: {error}", file=sys.stderr)
    return 1
