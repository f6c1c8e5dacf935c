"""The pytest plugin of the reports: listens to the runbook in plan mode, and can neither change nor fail a run."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from fixtures.command import CommandResult
from fixtures.connection import ConnectionLost
from fixtures.errors import Problem
from fixtures.prober import Timeline
from fixtures.run import Run
from reports import announcing, diagnosing, junit, raw_results, redaction, silence, story, telling
from reports.console import Narrator
from reports.html import RESULTS
from reports.redaction import Redactor
from reports.screen import Screen, open_console
from reports.story import Story
from runbook import options, session
from runbook.options import PLAN
from runbook.outcome import Outcome
from runbook.plans import DIAGNOSE
from runbook.record import StageRecord
from runbook.runner import Runner
from runbook.selection import STAGE

Hook = TypeVar("Hook", bound=Callable[..., Any])


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """In plan mode, listen, and have allure-pytest write its results where this run's can be found."""
    plan = config.stash.get(PLAN, "") or session.plan(config)
    if plan and not config.option.plan:
        config.pluginmanager.register(Listener(config, plan), "runbook-reports")


def harmless(hook: Hook) -> Hook:
    """A hook that warns in one line instead of raising: nothing in a report may fail or hide a run."""

    @functools.wraps(hook)
    def guarded(self: Listener, *arguments: Any, **named: Any) -> Any:
        try:
            return hook(self, *arguments, **named)
        except (Exception, ConnectionLost) as error:
            self.narrator.warn(f"{type(error).__name__}: {error}".splitlines()[0])
            return None

    return guarded  # type: ignore[return-value]


class Listener:
    """Notes what happens in a run, shows it, and has the reports written when it is over."""

    def __init__(self, config: pytest.Config, plan: str) -> None:
        self.config = config
        self.story = Story(plan)
        self.redactor = Redactor()
        self.is_alone = config.option.verbose < 1
        console = open_console(lambda text: options.with_target(config, self.redactor.text(text)))
        self.narrator = Narrator(console, self.story, is_live=self.is_alone, tells_all=not self.is_alone)
        self.place: Path | None = None
        self.asked_for: str | None = config.option.allure_report_dir
        self.reports: Path = (config.option.reports or config.rootpath / "reports").resolve()
        telling.forget_dead(self.reports)
        telling.forget_latest(self.reports)
        self.results = telling.unfinished(self.reports, os.getpid())
        config.option.allure_report_dir = str(self.results)
        raw_results.mask(config, self.redactor.text)
        if self.is_alone:
            silence.prepare(config)

    @harmless
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """From here on pytest itself says nothing, unless asked to with `-v`."""
        if self.is_alone:
            silence.begin(session)
        else:
            silence.speak_to(session, Screen(self.redactor.text))

    @harmless
    def pytest_internalerror(self, excrepr: object) -> None:
        """Something is wrong with pytest or a plugin."""
        if self.is_alone:
            silence.show_internal_error(self.redactor.text(str(excrepr)))

    @harmless
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Say what made pytest end early, unless it was the operator."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            self.narrator.trouble(str(excinfo.value))

    @harmless
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note everything that is going to be proved."""
        for item in session.items:
            self.story.expect(item)

    @harmless
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Show what cannot even be read."""
        if report.failed:
            self.narrator.trouble(f"{report.nodeid} cannot be read:\n{report.longreprtext}")

    @harmless
    def pytest_runbook_begun(self, run: Run) -> None:
        """Note the run and learn its secrets before anything is said."""
        telling.make_private(self.results)
        self.story.begin(run)
        self.redactor.learn(redaction.secrets_of(run.deployment))
        run.mask = self.redactor.text
        self.write_junit()
        self.narrator.begin(run)
        for stage in (chapter.stage for chapter in self.story.chapters.values() if chapter.begun_at):
            self.narrator.begin_stage(stage)

    @harmless
    def pytest_runbook_stage_begun(self, stage: str) -> None:
        """A stage begins."""
        if self.story.run is not None:
            self.narrator.begin_stage(stage)
        else:
            self.narrator.prepare(self.config.option.target)
        self.story.begin_stage(stage)
        telling.warn_of_unsent(self.narrator, announcing.before(self.story, stage))

    @harmless
    def pytest_runbook_command(self, stage: str, result: CommandResult) -> None:
        """A command has ended."""
        self.story.add_command(stage, result)
        if not self.is_alone:
            self.narrator.command(self.redactor.text(result.command), result.seconds, result.exit_code)

    @harmless
    def pytest_runbook_said(self, line: str, is_news: bool) -> None:
        """Something that lasts has said a line. Secrets go before it is cut to the terminal's width."""
        self.narrator.said(self.redactor.text(line), is_news=is_news)

    @harmless
    def pytest_runbook_told(self, text: str) -> None:
        """An operation has been answered something."""
        self.narrator.show(text)

    @harmless
    def pytest_runbook_stage_over(self, runner: Runner, record: StageRecord) -> None:
        """A stage was judged."""
        self.story.end_stage(record, runner.problem)
        if record.name == DIAGNOSE:
            diagnosing.look(self.story, record.name)
        self.narrator.end_stage(self.story.chapters[record.name])
        self.write_junit()

    def write_junit(self) -> None:
        """Write what is proved by now into JUnit's file, if there is to be one."""
        if self.config.option.xmlpath:
            path = Path(os.path.expandvars(self.config.option.xmlpath)).expanduser().absolute()
            junit.write(self.story, path, self.redactor.text)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note how a proof ended, and keep secrets out of what pytest prints and of JUnit's file."""
        report = yield
        self.note(item, call, report)
        return report

    @harmless
    def note(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Note one report and mask it."""
        raised = call.excinfo.value if call.excinfo else None
        if self.story.run is None and self.story.problem is None and isinstance(raised, Problem):
            self.story.problem = raised
        story.note_report(self.story.proofs[story.key(item)], report, raised, self.redactor.text)
        mask(report, self.redactor)
        if report.failed:
            diagnosing.look(self.story, item.stash[STAGE])
            self.write_junit()

    @harmless
    def pytest_runbook_interrupted(self, item: pytest.Item, reason: str) -> None:
        """A function of a stage was cut short."""
        self.story.interrupt(self.story.proofs[story.key(item)], reason)

    @harmless
    def pytest_runbook_ended(self, runner: Runner, outcome: Outcome, timeline: Timeline) -> None:
        """Say how the run ended, then write its reports."""
        self.story.end(outcome, runner.problem, timeline)
        if not runner.run.is_out_of_reach:
            self.redactor.learn(redaction.secrets_of(runner.run.deployment))
        self.narrator.end()
        self.place = telling.new_directory(runner.run, self.reports)
        telling.conclude(self.story, self.narrator, self.place)
        telling.tell(self.story, self.narrator, self.redactor, self.results, self.place)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Say why there was no run, where there was none; hand the results to who asked for them."""
        yield
        self.finish(session)

    @harmless
    def finish(self, session: pytest.Session) -> None:
        """Leave nothing behind that belongs to no run."""
        if self.story.run is None:
            reasons = (proof.reason for proof in self.story.proofs.values() if proof.reason)
            reason = str(self.story.problem or next(reasons, "The run did not begin."))
            self.narrator.trouble(f"{reason}\n  exit code  {session.exitstatus}")
        shutil.rmtree(self.results, ignore_errors=True)
        if self.asked_for and self.place is not None:
            shutil.copytree(self.place / RESULTS, Path(self.asked_for), dirs_exist_ok=True)


def mask(report: pytest.TestReport, redactor: Redactor) -> None:
    """Take the secrets out of a report's traceback and captured output."""
    if report.longrepr is not None and not isinstance(report.longrepr, tuple):
        text = str(report.longrepr)
        if redactor.text(text) != text:
            report.longrepr = redactor.text(text)
    report.sections = [(name, redactor.text(content)) for name, content in report.sections]
