"""What happens when a run is over: every report is written, each one whatever becomes of the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from fixtures.run import Run
from reports import html, record, results, timeline
from reports.console import Narrator
from reports.html import RESULTS
from reports.redaction import Redactor
from reports.story import Story

UNFINISHED = ".unfinished-"


def directory(run: Run, root: Path) -> Path:
    """Where the artefacts of a run are written."""
    return root / "reports" / "runs" / run.name


def unfinished(root: Path, process: int) -> Path:
    """Where a process keeps the results of its run until the run is over."""
    return root / "reports" / "runs" / f"{UNFINISHED}{process}"


def forget_dead(root: Path) -> None:
    """Remove the unfinished results of processes that are gone."""
    for path in (root / "reports" / "runs").glob(f"{UNFINISHED}*"):
        if not Path("/proc", path.name.removeprefix(UNFINISHED)).exists():
            shutil.rmtree(path, ignore_errors=True)


def tell(story: Story, narrator: Narrator, redactor: Redactor, raw: Path, root: Path) -> None:
    """Write everything that is told of a run into its directory; a part that fails is warned of and left out."""
    if story.run is None:
        return
    place = directory(story.run, root)
    place.mkdir(parents=True, exist_ok=True)
    shutil.move(raw, place / RESULTS)
    attempt(narrator, "record", lambda: record.write(story, place))
    attempt(narrator, "timeline", lambda: timeline.write(story, place / timeline.FILE))
    attempt(narrator, "results", lambda: results.rewrite(story, place / RESULTS, place))
    redactor.files(place)
    made = attempt(narrator, "html", lambda: html.make(place))
    narrator.point_to("report", (place / html.FILE).relative_to(root) if made else "see above; `make report` makes it")
    narrator.point_to("record", (place / record.FILE).relative_to(root))


def attempt(narrator: Narrator, what: str, write: Callable[[], object]) -> bool:
    """Write one report; warn in one line and return False when that is impossible."""
    try:
        write()
    except Exception as error:
        narrator.warn(f"{what} not written: {type(error).__name__}: {error}".splitlines()[0])
        return False
    return True
