"""All runs at a glance, on one page: how long each stage took and how long users were out, run by run."""

from __future__ import annotations

import io
import json
import statistics
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from reports import tables
from reports.timeline import DOWN, FAINT, INK
from reports.words import duration
from runbook.plans import BY_NAME, label

FILE = "trend.html"
MOST_RUNS = 40
REPORT = "report.html"
SYMBOLS = {"done": "✓", "nothing-to-do": "✓", "refused": "✗", "rolled-back": "↩", "interrupted": "■"}
COLOURS = {"done": "#3aa76d", "rolled-back": "#f0a93b", "refused": "#8a94a3", "interrupted": "#b07cc6"}
# Calm while the old version serves, warm while nobody is served, green afterwards.
STAGE_COLOURS = {
    "old": ["#1f4e9c", "#3a6fc4", "#5b8def", "#83aaf3", "#a8c4f7", "#cbdcfb"],
    "nobody": ["#b86a00", "#dc8a15", "#f0a93b", "#f6c877"],
    "new": ["#237a4c", "#3aa76d"],
}
INCHES_FOR_A_RUN = 0.32

Run = dict[str, Any]


def write(reports: Path) -> Path:
    """Write the page from the records of all runs in a directory of reports; return its path."""
    path = reports / FILE
    partial = path.with_name(f".{FILE}")
    partial.write_text(page(read(reports / "runs"), reports), "utf-8")
    partial.replace(path)
    return path


def read(runs: Path) -> list[Run]:
    """The records of the newest runs, the oldest of them first; one that cannot be read is left out."""
    found = [(path, readable(path)) for path in runs.glob("[!.]*/run.json")]
    records = [run | {"directory": path.parent.name} for path, run in found if run]
    return sorted(records, key=lambda run: str(run["begun_at"]))[-MOST_RUNS:]


def readable(path: Path) -> Run:
    """A record; empty when it is none."""
    try:
        run = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return run if isinstance(run, dict) and {"run", "begun_at", "stages"} <= run.keys() else {}


def page(runs: Sequence[Run], reports: Path) -> str:
    """The page as HTML; it asks the network for nothing."""
    if not runs:
        return tables.page("<h1>Runs</h1><p>There is no run yet.</p>")
    changing = [run for run in runs if any(stage["name"] == "migration" for stage in run["stages"])]
    return tables.page(
        f"<title>Runs</title><h1>{len(runs)} runs, the newest first</h1>{table_of_runs(runs, reports)}"
        f"<h2>Seconds by stage, and how long users were out</h2>{drawn(changing or runs)}"
        f"<h2>Stages</h2>{table_of_stages(runs)}"
    )


def table_of_runs(runs: Sequence[Run], reports: Path) -> str:
    """A line for each run, the newest first, with the way to its report."""
    heads = ["", "begun", "plan", "target", "from", "to", "outcome", "took", "users out"]
    lines = []
    for run in reversed(runs):
        outcome = str(run["outcome"])
        told = [
            SYMBOLS.get(outcome, "✗"),
            str(run["begun_at"])[:19].replace("T", " "),
            str(run["plan"]),
            str((run.get("target") or {}).get("name", "")),
            version(run.get("from")),
            version(run.get("to")),
            outcome.replace("-", " "),
            duration(float(run["seconds"])),
            duration(float(run["downtime_seconds"])) if run["downtime_seconds"] else "–",
        ]
        place = f"runs/{run['directory']}/{REPORT}"
        linked = f'<a href="{escape(place)}">{escape(told[1])}</a>' if (reports / place).exists() else escape(told[1])
        cells = [escape(told[0]), linked, *map(escape, told[2:])]
        lines.append(f'<tr style="--outcome:{colour(outcome)}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>')
    head = "".join(f"<th>{text}</th>" for text in heads)
    marked = "<style>tr[style] td:first-child { color: var(--outcome); font-weight: 700 }</style>"
    return f"{marked}<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def version(found: dict[str, str] | None) -> str:
    """A version as it stands in a record; a dash where it was not known."""
    return str((found or {}).get("version") or "–")


def colour(outcome: str) -> str:
    """The colour of an outcome."""
    return COLOURS.get(outcome, DOWN)


def table_of_stages(runs: Sequence[Run]) -> str:
    """For each stage that passed: how often, and its seconds, the last beside the middle and the extremes."""
    heads = ["stage", "passed", "last", "median", "shortest", "longest"]
    rows = []
    for name in stage_names(runs):
        seconds = [one for run in runs if (one := seconds_of(run, name, passed=True)) is not None]
        if seconds:
            told = (seconds[-1], statistics.median(seconds), min(seconds), max(seconds))
            rows.append((label(name), len(seconds), *map(duration, told)))
    return tables.table(heads, rows)


def stage_names(runs: Iterable[Run]) -> list[str]:
    """The stages of all runs, in the order in which a run has them."""
    found = dict.fromkeys(stage["name"] for run in runs for stage in run["stages"])
    return sorted(found, key=list(BY_NAME).index) if found.keys() <= BY_NAME.keys() else list(found)


def seconds_of(run: Run, name: str, *, passed: bool = False) -> float | None:
    """The seconds of a stage of a run; None where it was not run, or did not pass where that is asked for."""
    for stage in run["stages"]:
        if stage["name"] == name and stage["verdict"] != "not run" and (stage["verdict"] == "passed" or not passed):
            return float(stage["seconds"])
    return None


def drawn(runs: Sequence[Run]) -> str:
    """The runs as two pictures side by side: their stages, and the time without service."""
    from matplotlib import rc_context  # slow to import
    from matplotlib.figure import Figure

    with rc_context({"font.family": "sans-serif", "svg.fonttype": "none", "font.size": 10}):
        figure = Figure(figsize=(12, 1.8 + INCHES_FOR_A_RUN * len(runs)), layout="constrained")
        stages, out = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
        draw_stages(stages, runs)
        figure.legend(loc="outside upper left", ncols=7, frameon=False, fontsize=9)
        for row, run in enumerate(reversed(runs)):
            seconds = float(run["downtime_seconds"])
            out.barh(row, seconds, height=0.62, color=colour(str(run["outcome"])))
            out.text(seconds, row, f" {duration(seconds)}" if seconds else " –", va="center", color=INK, fontsize=9)
        out.set_title("users out", loc="left", color=INK, fontsize=11)
        out.margins(x=0.25)
        for axes in (stages, out):
            axes.tick_params(length=0, colors=INK)
            axes.grid(axis="x", color=FAINT, linewidth=0.8)
            axes.set_axisbelow(True)
            axes.spines[:].set_visible(False)
            axes.set_xlabel("seconds", color=INK)
        stages.invert_yaxis()
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def draw_stages(axes: Any, runs: Sequence[Run]) -> None:
    """A bar for each run, the newest on top, in pieces as long as its stages took."""
    names = stage_names(runs)
    lefts = [0.0] * len(runs)
    for name in names:
        widths = [seconds_of(run, name) or 0.0 for run in reversed(runs)]
        axes.barh(range(len(runs)), widths, left=lefts, height=0.62, color=stage_colour(name), label=label(name))
        lefts = [left + width for left, width in zip(lefts, widths, strict=True)]
    told = [f"{str(run['begun_at'])[5:16].replace('T', ' ')}  → {version(run.get('to'))}" for run in reversed(runs)]
    axes.set_yticks(range(len(runs)), told)
    axes.set_title("stages", loc="left", color=INK, fontsize=11)


def stage_colour(name: str) -> str:
    """The colour of a stage: one of those for who is served meanwhile."""
    if name == "rollback":
        return DOWN
    stage = BY_NAME.get(name)
    served_by = stage.served_by if stage else "old"
    alike = [one.name for one in BY_NAME.values() if one.served_by == served_by]
    shades = STAGE_COLOURS[served_by]
    return shades[alike.index(name) % len(shades)] if name in alike else shades[0]
