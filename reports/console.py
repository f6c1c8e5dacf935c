"""What the operator sees of a run: a line for each stage as it begins and as it ends, and the verdict."""

from __future__ import annotations

import re
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from fixtures.run import Run
from reports import verdict
from reports.heartbeat import Heartbeat
from reports.story import Chapter, Story
from reports.words import duration, shortened
from runbook.outcome import Outcome
from runbook.plans import CHANGING, label

WIDTH_OF_LABEL, WIDTH_OF_TIME = 16, 10
# Of a finding, what stands on the terminal; the rest is in the report.
BELOW_A_CHECK = ("measured", "such as")
# A line without one, such as the number that a program answers another one with, tells a person nothing.
WORD = re.compile(r"""(?<!\S)[(\["']*[^\W\d_]{3,}[.,:;!?)\]"'…]*(?!\S)""")
SERVED_BY = {"old": "users are served", "nobody": "users wait", "new": "users are served"}
STYLES = {
    Outcome.DONE: "bold green",
    Outcome.NOTHING_TO_DO: "bold green",
    Outcome.ROLLED_BACK: "bold yellow",
    Outcome.INTERRUPTED: "bold yellow",
}


class Narrator:
    """Tells a story on a console, as it happens."""

    def __init__(self, console: Console, story: Story, *, is_live: bool, tells_all: bool = False) -> None:
        self.console = console
        self.story = story
        self.is_live = is_live and console.is_terminal and not console.is_dumb_terminal
        self.tells_all = tells_all
        self.progress: Progress | None = None
        self.heartbeat: Heartbeat | None = None

    def prepare(self, target: str) -> None:
        """Say that the target is being looked for or, if it is the rehearsal, made."""
        self.console.print(f"… preparing the target {target}", style="dim")

    def begin(self, run: Run) -> None:
        """Say what is going to happen, to what, and under which name."""
        target = run.deployment.target
        what = f"{self.story.plan} to {run.requested}" if self.story.has_release else verdict.subject(self.story)
        what = f"going on with {what}" if run.is_resumed and self.story.plan in CHANGING else what
        self.console.print(f"{what}  ·  {target.name} at {target.url}", style="bold")
        self.console.print(f"run {run.name}  ·  {target.where}", style="dim")
        for stage, reason in run.waived.items():
            self.console.print(f"⚠ {stage} is waived should it fail: {reason}", style="yellow")
        if run.accepted_loss:
            self.console.print(f"⚠ what was written since may be lost: {run.accepted_loss}", style="yellow")

    def begin_stage(self, stage: str) -> None:
        """Say that a stage begins; on a terminal its time runs until it is over."""
        text = f"{label(stage):<{WIDTH_OF_LABEL}}  {SERVED_BY[self.story.served_by(stage)]}"
        if not self.is_live:
            self.console.print(f"▸ {label(stage)} …", style="dim")
            self.heartbeat = None if self.tells_all else Heartbeat(self.still_at_it)
            return
        said = TextColumn("{task.fields[said]}", style="dim", markup=False, table_column=Column(no_wrap=True, ratio=1))
        columns = SpinnerColumn(), TextColumn(text), TimeElapsedColumn(), said
        # pytest has its own plans for the standard streams while tests run: rich must leave them alone.
        self.progress = Progress(
            *columns, console=self.console, transient=True, redirect_stdout=False, redirect_stderr=False, expand=True
        )
        self.progress.add_task(stage, total=None, said="")
        self.progress.start()

    def said(self, line: str, *, is_news: bool = False) -> None:
        """Show what a stage says while it lasts: the last line on a terminal, news and what `-v` wants everywhere."""
        if is_news or self.tells_all:
            self.console.print(f"    {line}", style="yellow" if is_news else "dim")
        if not WORD.search(line):
            return
        if self.progress is not None:
            self.progress.update(self.progress.task_ids[0], said=line)
        if self.heartbeat is not None:
            self.heartbeat.last_line = line

    def still_at_it(self, seconds: float, last_line: str) -> None:
        """Say on a line of its own that a stage lasts, and what it said last."""
        self.console.print(f"    {duration(seconds)}  {shortened(last_line)}".rstrip(), style="dim")

    def command(self, text: str, seconds: float, exit_code: int) -> None:
        """Say that a command has ended."""
        ended = f"{duration(seconds)}, exit code {exit_code}" if exit_code else duration(seconds)
        self.console.print(f"  $ {text}  ({ended})", style="dim")

    def show(self, text: str) -> None:
        """Show what a person asked to see, as it is."""
        self.console.print(text.rstrip("\n"))

    def end_stage(self, chapter: Chapter) -> None:
        """Say how a stage went: its time, its one fact, and what failed."""
        self.end_progress()
        symbol, style = {
            "passed": ("✓", "green"),
            "waived": ("⚠", "yellow"),
            "nothing to do": ("–", "green"),
        }.get(chapter.verdict, ("✗", "bold red"))
        failed = self.story.own_failures(chapter.stage)
        many = f"{len(failed)} of {len(self.story.proofs_of(chapter.stage))} proofs failed"
        self.tell(head(symbol, chapter), many if failed else verdict.in_one_line(self.story, chapter), style)
        for proof in failed:
            self.console.print(f"    ✗ {proof.title}: {proof.reason}", style=style)
            for word in (word for word in BELOW_A_CHECK if word in proof.evidence):
                self.console.print(f"      {word:<9} {shortened(proof.evidence[word])}", style="dim")

    def tell(self, head: str, text: str, style: str) -> None:
        """Print a line that begins with a head; on a terminal, what is too long for it goes on below its text."""
        if not self.console.is_terminal:
            self.console.print(head + text)
            return
        line = Table.grid()
        line.add_column(no_wrap=True)
        line.add_column(overflow="fold")
        line.add_row(Text(head, style), Text(text))
        self.console.print(line, soft_wrap=False)

    def end_progress(self) -> None:
        """Take the running time off the terminal, and say no more that the stage lasts."""
        if self.progress is not None:
            self.progress.stop()
            self.progress = None
        if self.heartbeat is not None:
            self.heartbeat.stop()
            self.heartbeat = None

    def end(self) -> None:
        """Say how the run ended, and on red what is known and what to do."""
        self.end_progress()
        for chapter in self.story.chapters.values():
            if chapter.verdict == "interrupted":
                self.tell(head("■", chapter), chapter.reasons[0], "bold yellow")
        outcome = self.story.outcome or Outcome.REFUSED
        self.console.print()
        headline = f"{verdict.SYMBOLS[outcome]} {verdict.headline(self.story)}"
        self.console.print(headline, style=STYLES.get(outcome, "bold red"))
        for word, answer in verdict.rows(self.story).items():
            self.console.print(f"  {word:<9} {answer}")
        if verdict.what_next(self.story):
            self.console.print()
            self.console.print(verdict.what_next(self.story))

    def point_to(self, word: str, path: Path | str) -> None:
        """Say where something is."""
        self.console.print(f"  {word:<9} {path}")

    def trouble(self, text: str) -> None:
        """Say why there is no run at all."""
        self.end_progress()
        self.console.print(f"✗ {text}", style="bold red")

    def warn(self, text: str) -> None:
        """Say that a report is not what it should be; the run itself is not affected."""
        self.console.print(f"⚠ report: {text} (the run is not affected)", style="yellow")


def head(symbol: str, chapter: Chapter) -> str:
    """How the line of a stage that is over begins: how it went, which it was, how long it took."""
    return f"{symbol} {label(chapter.stage):<{WIDTH_OF_LABEL}}{duration(chapter.seconds):>{WIDTH_OF_TIME}}  "
