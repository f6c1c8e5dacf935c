"""Diagnostics by themselves: when a stage fails, how things are is looked at before anything is put back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fixtures import clone, diagnosis
from reports.story import Story

DIRECTORY = "diagnosis"
# The stages that look at a clone while there is one; it is removed when the last of their proofs was given.
OF_A_CLONE = ("trial", "attempt", "proof")


def look(story: Story, stage: str) -> None:
    """Note how things are, once for a stage: at its first failure, or at its end where nothing failed."""
    chapter = story.chapter(stage)
    if story.run is None or chapter.diagnosis:
        return
    deployment = story.run.deployment
    chapter.diagnosis = diagnosis.of(deployment).everything()
    if stage in OF_A_CLONE and clone.is_described(story.run):
        found = diagnosis.of(deployment, clone.as_described(story.run)).everything()
        chapter.diagnosis |= {f"{name} of the clone": said for name, said in found.items()}


def write(story: Story, place: Path) -> None:
    """Write what was found beside the reports, a file each, for who has no browser."""
    for path, said in files(story, place):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said.rstrip() + "\n", "utf-8")


def files(story: Story, place: Path) -> Iterator[tuple[Path, str]]:
    """The files of all diagnostics, each with what it says."""
    for chapter in story.chapters.values():
        for name, said in chapter.diagnosis.items():
            yield place / DIRECTORY / chapter.stage / f"{name.replace(' ', '-')}.txt", said
