"""A picture of what the containers used during a run: processor and memory, as docker stats told whenever asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from reports.readings import Reading
from reports.timeline import DOWN, FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from reports.story import Story

FILE = "resources.svg"
MOST_CONTAINERS = 8


def write(story: Story, path: Path) -> bool:
    """Draw the curves into an SVG file; False, and no file, where nothing was ever measured."""
    from matplotlib import rc_context  # slow to import, and needed only at the end of a run
    from matplotlib.figure import Figure

    by_container = curves(story.readings)
    if not by_container:
        return False
    with rc_context({"font.family": "sans-serif", "svg.fonttype": "none", "font.size": 10}):
        figure = Figure(figsize=(11, 5.2), layout="constrained")
        memory, cpu = figure.subplots(2, 1, sharex=True)
        for container, readings in by_container.items():
            at = [one.at - story.begun_at for one in readings]
            style = {"marker": "o", "markersize": 4, "linewidth": 1.6, "label": short(container, story)}
            memory.plot(at, [one.memory_bytes / 10**6 for one in readings], **style)
            cpu.plot(at, [one.cpu_percent for one in readings], **style)
        dress(memory, story, "memory, MB")
        dress(cpu, story, "processor, % of one core")
        cpu.set_xlabel("seconds since the run began", color=INK)
        figure.legend(*memory.get_legend_handles_labels(), loc="outside upper left", ncols=6, frameon=False, fontsize=9)
        figure.savefig(path, format="svg", metadata={"Date": None})
    return True


def curves(readings: Iterable[Reading]) -> dict[str, list[Reading]]:
    """The readings of each container in their order, those of the containers that were seen most often."""
    found: dict[str, list[Reading]] = {}
    for one in readings:
        found.setdefault(one.container, []).append(one)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1]))[:MOST_CONTAINERS])


def short(container: str, story: Story) -> str:
    """A container's name without what all names of a deployment and of a run begin with."""
    if story.run is None:
        return container
    name = container.removeprefix(f"{story.run.deployment.project}-")
    return name.removeprefix(f"{story.run.name.lower()}-")


def dress(axes: Axes, story: Story, title: str) -> None:
    """Name and lines of one picture; red where users were out."""
    axes.set_ylabel(title, color=INK)
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, max(story.seconds, 1.0))
    axes.tick_params(length=0, colors=INK)
    axes.grid(color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    for outage in story.timeline.outages():
        begun = outage.began_at - story.begun_at
        axes.axvspan(begun, begun + outage.seconds, color=DOWN, alpha=0.08, linewidth=0)
