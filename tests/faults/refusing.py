"""Calls of the gate that must be refused, and the releases that are to be refused."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from staging import origin
from staging.deployment import Rehearsal
from tests.rehearsal import gate
from tests.rehearsal.gate import Ended

DATE = "2026-11-20T10:00:00+00:00"


def preflight(rehearsal: Rehearsal, release: str = "v2.0.0") -> Ended:
    """Look whether the deployment can take a release."""
    return gate.call("-m", "preflight", "--keep", "--to", release, f"--place={rehearsal.place}")


def assert_refused(ended: Ended, *told: str) -> None:
    """Assert that a call was refused, and that it told all of this."""
    assert ended.exit_code == 10, ended.output
    assert [text for text in told if text not in ended.output] == [], ended.output
    assert "Traceback" not in ended.output


def make_release(rehearsal: Rehearsal, tag: str, change: Callable[[Path], None], base: str = "v2.0.0") -> str:
    """Make a release at the remote: another one with a change to its files. Return its tag."""
    with tempfile.TemporaryDirectory(prefix="release-") as directory:
        work = Path(directory) / "work"
        origin.git("clone", "--quiet", "--branch", base, str(rehearsal.origin), str(work))
        change(work)
        origin.git("add", "--all", "--force", directory=work)
        origin.git("commit", "--quiet", "--message", f"Version {tag}", directory=work, date=DATE)
        origin.git("tag", tag, directory=work)
        origin.git("push", "--quiet", "origin", tag, directory=work)
    return tag


def replacing(file: str, *pairs: tuple[str, str]) -> Callable[[Path], None]:
    """A change of one file: texts in it become others. Raise LookupError where one of them is not in it."""

    def change(work: Path) -> None:
        text = (work / file).read_text("utf-8")
        for old, new in pairs:
            if old not in text:
                raise LookupError(f"{file} has no {old!r}")
            text = text.replace(old, new)
        (work / file).write_text(text, "utf-8")

    return change


def adding(file: str, text: str) -> Callable[[Path], None]:
    """A change: one file more."""

    def change(work: Path) -> None:
        (work / file).parent.mkdir(exist_ok=True)
        (work / file).write_text(text, "utf-8")

    return change
