"""The gate: pytest's face of the runner. Runs a plan's items in order, goes the way back, decides the exit code."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import suppress

import pytest

from fixtures import lock
from fixtures.command import CommandResult
from fixtures.errors import NeedsOperator, Problem, Refused
from fixtures.lock import Lock
from fixtures.prober import Prober, Timeline
from runbook import going_back, hooks, options, selection, session, turn
from runbook.options import PLAN
from runbook.outcome import Outcome
from runbook.plans import (
    ALTERING,
    MINOR,
    OF_A_LATE_ROLLBACK,
    OF_A_RESTORE,
    OF_AN_ALTERATION,
    OPERATIONS,
    PLANS,
    REBUILD,
    STAGES,
    TOLD,
)
from runbook.runner import Runner
from runbook.selection import STAGE, is_check
from runbook.signals import Signals
from runbook.together import Together


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare what the runbook tells its listeners."""
    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers in the order of the stages; enter plan mode when `-m` names a plan."""
    add_markers(config)
    try:
        options.refuse_bad_options(config)
    except Refused as refused:
        pytest.exit(str(refused), returncode=Outcome.REFUSED.exit_code)
    plan = session.plan(config)
    if plan and (config.option.plan or plan in TOLD):
        reason = f"--plan, -m {' and -m '.join(TOLD)} are only told; that did not happen, so nothing is run."
        pytest.exit(reason, returncode=Outcome.REFUSED.exit_code)
    if plan:
        config.stash[PLAN] = plan
        selection.choose_places(config)
        config.option.maxfail = 0
        config.option.make_anew = session.is_made_anew(config, plan)
        config.pluginmanager.register(Gate(config, plan), "runbook-gate")


def add_markers(config: pytest.Config) -> None:
    """Register the markers, those of the stages in their order."""
    config.addinivalue_line("markers", "upgrade: all stages of the guide, in this order")
    config.addinivalue_line("markers", f"{MINOR}: the same, to a release of the same major version alone")
    config.addinivalue_line("markers", f"{REBUILD}: the same, to the deployed commit, built anew without the cache")
    for stage in STAGES:
        part = "" if stage.name in PLANS else " (part of upgrade, not alone)"
        config.addinivalue_line("markers", f"{stage.name}: {stage.guide}{part}")
    config.addinivalue_line(
        "markers", "restore: data and files of a backup (--backup) in the place of those that are live"
    )
    for stage in OF_A_RESTORE:
        config.addinivalue_line("markers", f"{stage.name}: {stage.guide} (part of restore, not alone)")
    for stage in OF_A_LATE_ROLLBACK:
        config.addinivalue_line("markers", f"{stage.name}: {stage.guide} (part of rollback after the opening)")
    for stage in OF_AN_ALTERATION:
        config.addinivalue_line("markers", f"{stage.name}: {stage.guide} (part of downgrade and others, not alone)")
    for name, what in (OPERATIONS | ALTERING).items():
        config.addinivalue_line("markers", f"{name}: {what}")


@pytest.fixture(scope="session")
def runner(request: pytest.FixtureRequest) -> Runner:
    """The runner of this run, on the target that was asked for. Takes the target's lock."""
    gate = request.config.pluginmanager.get_plugin("runbook-gate")
    assert isinstance(gate, Gate), "runner is asked for by stages and checks only, and they run in plan mode only"
    try:
        return gate.begin(request)
    except Exception as error:
        gate.refused = error if isinstance(error, Problem) else Refused(f"The run could not begin: {error}")
        raise


class Gate:
    """One run of a plan, from pytest's side. Registered in plan mode only."""

    def __init__(self, config: pytest.Config, plan: str) -> None:
        self.config = config
        self.plan = plan
        self.runner: Runner | None = None
        self.lock: Lock | None = None
        self.prober: Prober | None = None
        self.refused: Problem | None = None
        self.signals = Signals()
        self.together = Together()
        self.goes_back = False
        self.stage = ""
        self.failures: dict[str, list[str]] = {}

    def begin(self, request: pytest.FixtureRequest) -> Runner:
        """Make the run, take the lock, begin to probe the public door."""
        self.signals.install()
        rehearsal_settings = None
        if self.config.option.target == session.REHEARSAL:
            rehearsal_settings = request.getfixturevalue("rehearsal").settings_file
        deployment = session.deployment(self.config, rehearsal_settings)
        self.lock = lock.of(deployment.host, deployment.target.state)
        self.lock.take(f"pytest -m {self.plan}")
        run = session.make_run(self.config, self.plan, deployment)
        run.deployment.host.observers.append(self.tell_command)
        run.deployment.host.listeners.append(self.tell_line)
        runner = Runner(run, PLANS[self.plan])
        runner.begin()
        self.runner = runner
        self.config.hook.pytest_runbook_begun(run=run, config=self.config)
        for text in session.notes(self.config, self.plan, run.deployment.target):
            self.config.hook.pytest_runbook_told(text=text)
        url = run.deployment.target.url + run.deployment.target.probe
        self.prober = Prober(url, run.deployment.host.way_to(url))
        self.prober.start()
        return self.runner

    def tell_command(self, result: CommandResult) -> None:
        """Pass a command on to whoever listens."""
        self.config.hook.pytest_runbook_command(stage=self.stage, result=result)

    def tell_line(self, line: str, is_news: bool) -> None:
        """Pass on to whoever listens what is said while a stage lasts."""
        self.config.hook.pytest_runbook_said(stage=self.stage, line=line, is_news=is_news)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Let an item run only in its turn; a skip here is never a pass."""
        reason = self.reason_not_to_run(item.stash[STAGE], is_check=is_check(item))
        if reason:
            pytest.skip(reason)

    def reason_not_to_run(self, stage: str, *, is_check: bool = False) -> str:
        """Why an item of a stage is not run; empty when it is its turn."""
        if self.refused:
            return f"{stage} not run: {self.refused.what.splitlines()[0]}"
        if self.runner is None:
            return ""
        if stage == "rollback":
            return turn.rollback_reason(self.runner)
        return turn.reason(self.runner, stage, is_check=is_check)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Note where a stage begins, and judge it when its last item is over."""
        stage = item.stash[STAGE]
        if stage != self.stage:
            self.stage = stage
            if not self.reason_not_to_run(stage):
                self.config.hook.pytest_runbook_stage_begun(stage=stage)
        try:
            result = yield
        except KeyboardInterrupt as interrupt:
            self.note_interrupted(item, interrupt)
            raise
        if nextitem is None or nextitem.stash[STAGE] != stage:
            self.judge(stage)
        return result

    def note_interrupted(self, item: pytest.Item, interrupt: KeyboardInterrupt) -> None:
        """Report an item that was cut short as failed: pytest reports nothing, which JUnit's file shows as passed."""
        said = f"interrupted: {interrupt or 'SIGINT received'}"
        now = time.time()
        report = pytest.TestReport(
            item.nodeid, item.location, {}, "failed", said, "call", duration=0, start=now, stop=now
        )
        item.ihook.pytest_runtest_logreport(report=report)
        self.config.hook.pytest_runbook_interrupted(item=item, reason=said)

    def judge(self, stage: str) -> None:
        """Have the runner judge a stage by its items' failures, and tell whoever listens."""
        if self.runner is None:
            return
        self.runner.stage_over(stage, self.failures.get(stage, []))
        record = self.runner.records.get(stage)
        if record is not None:
            self.config.hook.pytest_runbook_stage_over(runner=self.runner, record=record)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Let checks that disturb nobody happen together."""
        return self.together.answer(pyfuncitem) or None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Collect what failed in each stage, in words."""
        report = yield
        if report.failed and call.excinfo is not None:
            self.failures.setdefault(item.stash[STAGE], []).append(f"{item.name}: {call.excinfo.exconly()}")
        return report

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that a person ended the run."""
        if self.runner is not None:
            self.runner.interrupted = True

    def outcome_without_runner(self) -> Outcome:
        """How a run ended that could not begin."""
        return Outcome.NEEDS_OPERATOR if isinstance(self.refused, NeedsOperator) else Outcome.REFUSED

    def end_of(self, runner: Runner) -> Outcome:
        """End the run; a signal that comes while it ends leaves it interrupted, and in order."""
        try:
            return runner.end()
        except KeyboardInterrupt:
            runner.interrupted = True
            return runner.end()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End the run and let its outcome, not pytest's, be the exit code."""
        if self.runner is None:
            if session.exitstatus != pytest.ExitCode.INTERRUPTED:
                session.exitstatus = self.outcome_without_runner().exit_code
            return
        outcome = self.end_of(self.runner)
        self.goes_back = going_back.is_wanted(self.runner, outcome)
        session.exitstatus = outcome.exit_code
        with suppress(KeyboardInterrupt):  # What a signal ends from here on is only the telling of it.
            timeline = self.prober.stop() if self.prober else Timeline()
            self.config.hook.pytest_runbook_ended(runner=self.runner, outcome=outcome, timeline=timeline)
        self.signals.remove()
        if self.lock is not None:
            self.lock.free()

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Go back by itself, once everything is told, where a watch failed that the settings trust that much."""
        if self.goes_back:
            going_back.go(config)
