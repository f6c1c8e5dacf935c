"""A picture of a run: when each stage ran, and when the public door was answered, as the prober saw it."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from reports import verdict
from reports.story import Chapter, Story
from reports.words import duration
from runbook.plans import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FILE = "timeline.svg"
COLOURS = {"old": "#5b8def", "nobody": "#f0a93b", "new": "#3aa76d"}
FAILED, SERVED, DOWN, INK, FAINT = "#d64545", "#cfe9da", "#d64545", "#2b2f36", "#dfe3e8"
ROW_INCHES = 0.34
TITLE_LETTERS = 95


def write(story: Story, path: Path) -> None:
    """Draw the run into an SVG file."""
    from matplotlib import rc_context  # slow to import, and needed only at the end of a run
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    chapters = [chapter for chapter in story.chapters.values() if chapter.verdict != "not run"]
    with rc_context({"font.family": "sans-serif", "svg.fonttype": "none", "font.size": 10}):
        margins = ConstrainedLayoutEngine(h_pad=0.12, w_pad=0.12)
        figure = Figure(figsize=(11, 1.7 + ROW_INCHES * (len(chapters) + 1)), layout=margins)
        axes = figure.add_subplot()
        draw_stages(axes, story, chapters)
        draw_door(axes, story, len(chapters))
        dress(axes, story, chapters)
        figure.savefig(path, format="svg", metadata={"Date": None})


def draw_stages(axes: Axes, story: Story, chapters: list[Chapter]) -> None:
    """A bar for each stage, coloured by who served users meanwhile, red where it failed."""
    end = max(story.seconds, 1.0)
    for row, chapter in enumerate(chapters):
        colour = FAILED if chapter.verdict == "failed" else COLOURS[story.served_by(chapter.stage)]
        begin = chapter.begun_at - story.begun_at
        axes.barh(row, max(chapter.seconds, end / 400), left=begin, height=0.62, color=colour)
        text = duration(chapter.seconds) + ("" if chapter.verdict == "passed" else f"  {chapter.verdict}")
        label_bar(axes, row, text, begin / end, chapter.seconds / end, end)


def label_bar(axes: Axes, row: int, text: str, begin: float, length: float, end: float) -> None:
    """Write behind a bar, before one that ends late, or into one that leaves no room; its place in parts of the run."""
    is_late, leaves_room = begin + length > 0.85, begin > 0.15
    at = begin - 0.008 if leaves_room else begin + length - 0.008
    if not is_late:
        at = begin + length + 0.008
    colour = INK if leaves_room or not is_late else "white"
    axes.text(at * end, row, text, va="center", ha="right" if is_late else "left", color=colour, fontsize=9)


def draw_door(axes: Axes, story: Story, row: int) -> None:
    """A last row: when the public door was answered, and when it was not."""
    changes = [(at - story.begun_at, served) for at, served in story.timeline.changes]
    ends = [at for at, _ in changes[1:]] + [story.timeline.ended_at - story.begun_at]
    for (at, served), end in zip(changes, ends, strict=True):
        axes.barh(row, end - at, left=at, height=0.62, color=SERVED if served else DOWN)
        if not served:
            axes.axvspan(at, end, color=DOWN, alpha=0.08, linewidth=0)
            axes.text(
                at - story.seconds * 0.008, row, f"down {duration(end - at)}", va="center", ha="right", color=DOWN
            )


def dress(axes: Axes, story: Story, chapters: list[Chapter]) -> None:
    """Title, names, legend; nothing that is not read."""
    title = textwrap.fill(verdict.headline(story), TITLE_LETTERS)
    axes.set_title(title, loc="left", color=INK, fontsize=12, fontweight="bold", pad=26)
    axes.set_yticks(range(len(chapters) + 1), [label(c.stage) for c in chapters] + ["public door"])
    axes.set_xlim(0, max(story.seconds, 1.0))
    axes.set_xlabel("seconds since the run began", color=INK)
    axes.invert_yaxis()
    axes.tick_params(length=0, colors=INK)
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    from matplotlib.patches import Patch

    meanings = {text: COLOURS[who] for who, text in reversed(story.serving.items())}
    swatches = [Patch(color=colour, label=text) for text, colour in reversed(meanings.items())]
    axes.legend(
        handles=[*swatches, Patch(color=DOWN, label="failed, or door not answered")],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=4,
        frameon=False,
        fontsize=9,
        borderaxespad=0.2,
    )
