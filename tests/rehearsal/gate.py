"""The gate as an operator calls it: a process of its own, judged by its exit code and by what it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

NO_PAGE = ("-p", "tests.rehearsal.no_page")
ROOT = Path(__file__).parents[2]
REPORTS = ROOT / ".rehearsal" / "reports"
LONGEST_SECONDS = 1200


@dataclass(frozen=True)
class Ended:
    """How a call ended: its exit code, all that it printed, and why each of its functions that failed did."""

    exit_code: int
    output: str
    failures: dict[str, str]


def call(
    *arguments: str,
    timeout_seconds: float = LONGEST_SECONDS,
    extra: dict[str, str] | None = None,
    with_page: bool = False,
) -> Ended:
    """Call pytest at the project's root and wait for its end. Raise TimeoutExpired when that does not come.

    `extra` is added to its environment.
    """
    with tempfile.TemporaryDirectory(prefix="gate-") as directory:
        report = Path(directory) / "junit.xml"
        done = subprocess.run(
            argv(*arguments, f"--junitxml={report}", with_page=with_page),
            cwd=ROOT,
            env=environment() | (extra or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_seconds,
        )
        return Ended(done.returncode, done.stdout, failures(report) if report.exists() else {})


def argv(*arguments: str, with_page: bool = False) -> list[str]:
    """The command line of a call; its reports are kept apart from those of an operator's runs.

    Allure's page and the pictures take seconds of a processor and most tests do not look at them: they are not made
    unless asked for.
    """
    return [sys.executable, "-m", "pytest", f"--reports={REPORTS}", *([] if with_page else NO_PAGE), *arguments]


def environment() -> dict[str, str]:
    """This process's environment without what this pytest has put there."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def failures(report: Path) -> dict[str, str]:
    """Given a JUnit report, return the text of each function that failed, by its name."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        problems = [*case.findall("failure"), *case.findall("error")]
        if problems:
            found[case.get("name", "")] = "\n".join(f"{p.get('message')}\n{p.text}" for p in problems)
    return found
