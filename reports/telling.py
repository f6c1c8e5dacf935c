"""What happens when a run is over: every report is written, each one whatever becomes of the others."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from fixtures import disk
from fixtures.connection import ConnectionLost
from fixtures.run import Run
from reports import announcing, diagnosing, french, html, record, resources, results, timeline, trend, upgrade_log
from reports.console import Narrator
from reports.html import RESULTS
from reports.redaction import Redactor
from reports.sending import Sent
from reports.story import Story

UNFINISHED = ".unfinished-"
# What a gate and a CI job read, whatever the run is called.
LATEST = {"latest.json": record.FILE, "latest.md": record.SUMMARY}


def new_directory(run: Run, reports: Path) -> Path:
    """Where the artefacts of a run are written; each part of a run that was taken up has a directory of its own."""
    part = "-rollback" if run.plan == "rollback" else "-resumed" if run.is_resumed else ""
    names = itertools.chain([run.name + part], (f"{run.name}{part}-{number}" for number in itertools.count(2)))
    return next(place for place in (reports / "runs" / name for name in names) if not place.exists())


def unfinished(reports: Path, process: int) -> Path:
    """Where a process keeps the results of its run until the run is over."""
    return reports / "runs" / f"{UNFINISHED}{process}"


def make_private(place: Path) -> None:
    """Have a directory of one run that only its owner can enter: logs and findings name people."""
    place.parent.mkdir(parents=True, exist_ok=True)
    disk.make_directory(place)
    place.chmod(0o700)


def forget_dead(reports: Path) -> None:
    """Remove the unfinished results of processes that are gone."""
    for path in (reports / "runs").glob(f"{UNFINISHED}*"):
        if not Path("/proc", path.name.removeprefix(UNFINISHED)).exists():
            shutil.rmtree(path, ignore_errors=True)


def conclude(story: Story, narrator: Narrator, place: Path) -> None:
    """Add the run to the deployment's upgrade log and tell users how it ended; what fails in that is warned of."""

    def log() -> None:
        story.upgrade_log = str(upgrade_log.append(story, place / html.FILE) or "")

    attempt(narrator, "upgrade log", log)
    try:
        attempt(narrator, "notifications", lambda: warn_of_unsent(narrator, announcing.after(story)))
    except KeyboardInterrupt:  # The run is over: what a signal ends now is only the telling of it.
        narrator.warn("notifications were cut short")


def warn_of_unsent(narrator: Narrator, found: Iterable[Sent]) -> None:
    """Warn of each message that did not leave."""
    for sent in found:
        if sent.problem:
            narrator.warn(f"users not told ({sent.event}, {sent.way}): {sent.problem}")


def forget_latest(reports: Path) -> None:
    """Take away what leads to the record of an earlier run: who looks there must not take it for this run's."""
    for name in LATEST:
        (reports / name).unlink(missing_ok=True)


def point_to_latest(place: Path) -> None:
    """Have the paths that never change lead to the record and the summary of this run."""
    for name, file in LATEST.items():
        html.point_to(place / file, place.parent.parent / name)


def tell(story: Story, narrator: Narrator, redactor: Redactor, raw: Path, place: Path) -> None:
    """Write everything that is told of a run into its directory; a part that fails is warned of and left out."""
    make_private(place)
    shutil.move(raw, place / RESULTS)
    attempt(narrator, "record", lambda: record.write(story, place))
    attempt(narrator, "diagnosis", lambda: diagnosing.write(story, place))
    attempt(narrator, "timeline", lambda: timeline.write(story, place / timeline.FILE))
    attempt(narrator, "resources", lambda: resources.write(story, place / resources.FILE))
    is_french = story.run is not None and story.run.deployment.target.report.language == "fr"
    if is_french:
        attempt(narrator, "pictures in French", lambda: french.pictures(place))
    attempt(narrator, "results", lambda: results.rewrite(story, place / RESULTS, place))
    redactor.files(place)
    if is_french:
        attempt(narrator, "results in French", lambda: french.results(place / RESULTS))
    attempt(narrator, "latest", lambda: point_to_latest(place))
    made = attempt(narrator, "html", lambda: html.make(place))
    narrator.point_to("report", shown(place / html.FILE) if made else "see above; `make report` makes it")
    if (place / diagnosing.DIRECTORY).exists():
        narrator.point_to("diagnosis", shown(place / diagnosing.DIRECTORY))
    narrator.point_to("record", shown(place / record.FILE))
    if attempt(narrator, "trend", lambda: trend.write(place.parent.parent)):
        narrator.point_to("all runs", shown(place.parent.parent / trend.FILE))


def shown(path: Path) -> str:
    """A path as a person who stands in this directory would type it."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def attempt(narrator: Narrator, what: str, write: Callable[[], object]) -> bool:
    """Write one report; warn in one line and return False when that is impossible."""
    try:
        write()
    except (Exception, ConnectionLost) as error:
        narrator.warn(f"{what} not written: {type(error).__name__}: {error}".splitlines()[0])
        return False
    return True
