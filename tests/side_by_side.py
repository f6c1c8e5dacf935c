"""Tests that need the engine happen side by side, a few at a time: most of each is waiting.

A test marked `beside` is a group of its own; the others of a file are one, as they share what its fixtures make. Each
group happens in a process of its own, begun as soon as all tests are known. A test is judged in its turn, by what its
process reported of it. Tests that need no engine happen meanwhile; before all others, with nothing beside them, those
that are marked `alone`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

AT_ONCE = 2
LONGEST_SECONDS = 3600
TIDYING_SECONDS = 300
NAME = "side-by-side"
# In the environment of a group's process: the file that it writes its reports into.
REPORTS = "SIDE_BY_SIDE_REPORTS"


def pytest_configure(config: pytest.Config) -> None:
    """Have the groups happen side by side; in a group's own process, have its reports written down."""
    if config.pluginmanager.has_plugin(NAME) or config.option.usepdb or config.option.collectonly:
        return
    # What a shell starts in the background ignores Ctrl-C, and so does all that it starts; tests send it to runs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    file = os.environ.pop(REPORTS, "")
    config.pluginmanager.register(Reporter(config, Path(file)) if file else SideBySide(config), NAME)


def is_marked(item: pytest.Item, mark: str) -> bool:
    """Whether a test has a mark."""
    return item.get_closest_marker(mark) is not None


def group_of(item: pytest.Item) -> str:
    """The group of a test: its own name, or its file's; empty for one that happens in this process."""
    is_skipped = any(mark.args[0] for mark in item.iter_markers("skipif"))
    if not (is_marked(item, "engine") or is_marked(item, "beside")) or is_marked(item, "alone") or is_skipped:
        return ""
    return item.nodeid if is_marked(item, "beside") else item.nodeid.partition("::")[0]


def groups_of(items: Sequence[pytest.Item]) -> dict[str, list[pytest.Item]]:
    """The groups of these tests, those that take longest first: whole files, and what is said to be long."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(group_of(item), []).append(item)
    groups.pop("", None)
    return dict(sorted(groups.items(), key=lambda group: (is_short(group[1]), -len(group[1]))))


def is_short(group: Sequence[pytest.Item]) -> bool:
    """Whether a group is one test that is not said to be a long one."""
    mark = group[0].get_closest_marker("beside")
    return mark is not None and not mark.kwargs.get("long")


@dataclass
class Reporter:
    """In a group's process: writes each report into the file that the main process reads."""

    config: pytest.Config
    file: Path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write down a report: a line of JSON."""
        data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        with self.file.open("a") as file:
            file.write(json.dumps(data) + "\n")


@dataclass
class SideBySide:
    """In the main process: begins the groups, and judges each test by what its group's process reported."""

    config: pytest.Config
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=AT_ONCE))
    begun: dict[str, Future[Ended]] | None = None
    living: set[subprocess.Popen[str]] = field(default_factory=set)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """First what is alone, then what happens in this process, then what was begun beside it."""
        items.sort(key=lambda item: (not is_marked(item, "alone"), bool(group_of(item))))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Wait for the group of a test, and tell what was reported of it."""
        if self.begun is None and not is_marked(item, "alone"):
            self.begun = self.begin(groups_of(item.session.items))
        group = (self.begun or {}).get(group_of(item))
        if group is None:
            return None
        ended = group.result()
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in ended.reports(item):
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def begin(self, groups: dict[str, list[pytest.Item]]) -> dict[str, Future[Ended]]:
        """Begin all groups; a single one happens in this process, where it can be looked at."""
        if len(groups) < 2:
            return {}
        names = {group: [item.nodeid for item in items] for group, items in groups.items()}
        return {group: self.pool.submit(self.perform, tests) for group, tests in names.items()}

    def perform(self, tests: list[str]) -> Ended:
        """Have these tests happen in a process of their own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        is_shown = self.config.option.capture == "no"
        with tempfile.TemporaryDirectory(prefix="side-by-side-") as directory:
            file = Path(directory) / "reports.jsonl"
            process = subprocess.Popen(
                [sys.executable, "-m", "pytest", "-p", __name__, *["-s"] * is_shown, *tests],
                cwd=self.config.rootpath,
                env=kept | {REPORTS: str(file)},
                stdin=subprocess.DEVNULL,
                stdout=None if is_shown else subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
            self.living.add(process)
            try:
                output, _ = process.communicate(timeout=LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                output = interrupted(process)
            self.living.discard(process)
            lines = file.read_text().splitlines() if file.exists() else []
            return Ended([json.loads(line) for line in lines], output or "")

    def pytest_sessionfinish(self) -> None:
        """Begin nothing more; interrupt what was begun, and wait for it: it removes what it made."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        for process in list(self.living):
            process.send_signal(signal.SIGINT)
        self.pool.shutdown()


def interrupted(process: subprocess.Popen[str]) -> str:
    """Have a group's process remove what it made and end, or else be ended; return what it printed."""
    process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=TIDYING_SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]


@dataclass(frozen=True)
class Ended:
    """What the process of a group reported, and all that it printed."""

    told: list[dict[str, Any]]
    output: str

    def reports(self, item: pytest.Item) -> list[pytest.TestReport]:
        """The reports of one test; a failure when its process died before it told how it ended."""
        restore = item.config.hook.pytest_report_from_serializable
        found = [restore(config=item.config, data=data) for data in self.told if data["nodeid"] == item.nodeid]
        if found and found[-1].when == "teardown":
            return found
        said = f"The process of this test did not come to its end:\n{self.output}"
        return [*found, pytest.TestReport(item.nodeid, item.location, {}, "failed", said, "call")]
