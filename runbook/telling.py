"""What is only told and never run: plans, status, backups, the doctor. They take no lock and leave no run behind."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures import backup_files, certificate, gates, inspection, lock, minor, rollback_point, selection, settings_file
from fixtures.comparison import Comparison, compare
from fixtures.compose import Compose
from fixtures.connection import ConnectionLost
from fixtures.deployment import Deployment
from fixtures.errors import NeedsOperator, Problem, Refused
from fixtures.gates import Asked, Gate
from fixtures.host import Host
from fixtures.inspection import Inspection
from fixtures.release import Release, heads
from fixtures.repository import Repository
from fixtures.rollback_point import SNAPSHOT, Kind
from fixtures.settings import Target
from runbook import (
    alteration_preview,
    asking_preview,
    backups_text,
    doctor,
    first_settings,
    history,
    late,
    late_preview,
    plan_text,
    planned,
    prediction,
    session,
    status_text,
)
from runbook.options import plan_name, waivers, with_target
from runbook.outcome import Outcome
from runbook.planned import Plan
from runbook.plans import ALTERATIONS, BACKUPS, DOCTOR, MINOR, OPERATIONS, PLANS, REBUILD, RESTORE, STATUS
from runbook.preview import Preview
from runbook.restore_preview import RestorePreview
from staging import maker
from staging.deployment import Rehearsal, at

# A new rehearsal has no past that these could be about.
ON_WHAT_IS_THERE = (RESTORE, "rollback", *ALTERATIONS, *OPERATIONS)
MADE_ANEW = "The rehearsal that is there is thrown away and made anew; --keep plans on what runs there now."


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Print the plan, or what else is only told, instead of running anything; return the exit code."""
    plan = plan_name(config)
    if config.option.init:
        return tell(config, lambda: [first_settings.write(config.option.init, config.option.settings)])
    if plan == STATUS:
        return tell(config, lambda: [status_text.render(session.known_deployment(config))])
    if plan == BACKUPS:
        return tell(config, lambda: backups_text.render(session.known_deployment(config)))
    if plan == DOCTOR:
        return tell(config, lambda: doctor.examine(session.described_deployment(config)))
    if plan and config.option.plan:
        return tell(config, lambda: [shown(config, plan_of(config, session.plan(config)))])
    return None


def tell(config: pytest.Config, pieces: Callable[[], Iterable[str]]) -> int:
    """Print a text, piece by piece as it becomes known; a problem in finding it out is printed instead.

    Return the exit code: 0, or the one of the problem.
    """
    try:
        for text in pieces():
            print(with_target(config, text), flush=True)
    except Problem as problem:
        print(refusal(config, problem))
        outcome = Outcome.NEEDS_OPERATOR if isinstance(problem, NeedsOperator) else Outcome.REFUSED
        return outcome.exit_code
    except ConnectionLost as lost:
        print(refusal(config, Problem(str(lost))))
        return Outcome.INTERRUPTED.exit_code
    return Outcome.DONE.exit_code


def refusal(config: pytest.Config, problem: Problem) -> str:
    """Why there is nothing to tell: for a person, or with `--json` for a machine."""
    if not config.option.json:
        return with_target(config, str(problem))
    parts = {"what": problem.what, "expected": problem.expected, "found": problem.found, "next": problem.next_step}
    told = {name: with_target(config, text) for name, text in parts.items()}
    return json.dumps({"refused": told}, indent=1, ensure_ascii=False)


def shown(config: pytest.Config, plan: Plan) -> str:
    """A plan as it was asked for: for a person, or with `--json` for a machine."""
    if config.option.json:
        return json.dumps(planned.record(plan), indent=1, ensure_ascii=False)
    return plan_text.render(plan)


def plan_of(config: pytest.Config, plan: str) -> Plan:
    """A plan on the target that was asked for, with what is known of the release."""
    place = session.rehearsal_place(config)
    is_rehearsal = config.option.target == session.REHEARSAL
    is_there = (place / "port").exists()
    if is_rehearsal and (session.is_made_anew(config, plan) or (not is_there and plan not in ON_WHAT_IS_THERE)):
        made = plan_of_new_rehearsal(config, plan, at(place))
        return replace(made, lines=[MADE_ANEW, *made.lines]) if is_there else made
    if is_rehearsal and not is_there:
        raise Refused("There is no rehearsal deployment; nothing was changed.", next_step="pytest -m upgrade makes one")
    deployment = session.known_deployment(config)
    target, asked = deployment.target, session.asked_for(config, plan, deployment)
    if session.begins_something(plan):
        refuse_on_top(deployment)
    if plan == RESTORE:
        return plan_of_restore(asked, deployment)
    if plan in ALTERATIONS:
        return alteration_preview.plan(deployment, plan, asked)
    if plan in OPERATIONS:
        return asking_preview.plan(deployment, plan, asked)
    if plan == "rollback" and late.is_due(target.state):
        return late_preview.plan(deployment, accepts_loss=bool(config.option.accept_data_loss))
    known = (inspected_by_the_run(deployment) if plan == "rollback" else None) or look(deployment, asked, plan)
    made = plan_of_release(plan, target, deployment.compose(), known, rollback_point.kind_of(deployment))
    return replace(made, lines=[*made.lines, *plan_text.gate_lines(gates_of(config, deployment, plan, known))])


def inspected_by_the_run(deployment: Deployment) -> Inspection | None:
    """What the run that a rollback takes back has found out of the deployment, as it was before the door closed."""
    journal = history.last_that_changed(deployment.target.state)
    run = history.taken_up(deployment, journal, "rollback") if journal is not None else None
    return run.get(Inspection) if run is not None and run.has(Inspection) else None


def refuse_on_top(deployment: Deployment) -> None:
    """Raise Refused where a run stands in the way of what is planned: one at work, or one that did not finish."""
    state = deployment.target.state
    at_work = lock.holder(state / lock.NAME)
    if at_work and history.unfinished(state) is not None:
        raise Refused(
            "Another run is at work on this deployment; nothing was changed.",
            found=at_work,
            next_step="wait for it to end: pytest -m status",
        )
    history.refuse_unfinished(state)


def plan_of_release(plan: str, target: Target, compose: Compose, known: Comparison, kind: Kind = SNAPSHOT) -> Plan:
    """A plan that is about a release, with what earlier runs and its trial say of how long it takes."""
    found = certificate.read(target.state, known.commit)
    if found and not found.is_valid(known.commit, known.revisions, datetime.now(UTC), target.trial.valid_days):
        found = None
    lines = plan_text.certificate_lines(found, prediction.errors(target.state))
    expected, downtime = prediction.stage_seconds(target.state), prediction.last_downtime(target.state)
    source = prediction.source("upgrade", downtime)
    if found is not None:
        expected |= {"migration": found.migration_seconds}
        downtime, source = found.predicted_downtime_seconds, "the trial of this release"
    stages = planned.stages(plan, Preview(target, compose, known, kind, plan), expected)
    return Plan(plan, target, stages, known, [*plan_text.known_lines(known), *lines], downtime, source)


def gates_of(config: pytest.Config, deployment: Deployment, plan: str, known: Comparison) -> list[Gate]:
    """The gates before a plan, as they are now; none for one that closes no door, and on no other target."""
    target = deployment.target
    if not target.production or "maintenance" not in PLANS[plan]:
        return []
    at, asked = datetime.now(UTC), Asked(approval=config.option.approve, notes_read=config.option.notes_read)
    found = gates.look(deployment, known, asked, at)
    return [gates.waive(gate, target, waivers(config), at) for gate in found]


def plan_of_restore(backup: str, deployment: Deployment) -> Plan:
    """A restore: what is known of the backup without reading it in full, and the stages."""
    target = deployment.target
    directory = selection.find(target.state, backup)
    manifest = backup_files.read_manifest(directory)
    preview = RestorePreview(target, deployment.compose(), directory)
    stages = planned.stages(RESTORE, preview, prediction.stage_seconds(target.state))
    lines, downtime = plan_text.backup_lines(directory, manifest), prediction.last_downtime(target.state, (RESTORE,))
    return Plan(RESTORE, target, stages, manifest, lines, downtime, prediction.source(RESTORE, downtime))


def look(deployment: Deployment, requested: str, plan: str) -> Comparison:
    """What is known of the release, found out with a copy of the remote that is thrown away."""
    with deployment.host.workspace() as workspace:
        copy = workspace / "release.git"
        known = inspection.inspect(deployment, requested, copy)
        if plan in inspection.MINOR:
            new = Release(Repository(deployment.host, copy), known.commit)
            minor.refuse_major(Release(deployment.repository, known.from_commit), new)
        if plan == MINOR:
            minor.refuse_unfit_script(deployment.target, known.requested)
        return known


def plan_of_new_rehearsal(config: pytest.Config, plan: str, rehearsal: Rehearsal) -> Plan:
    """A plan on a rehearsal deployment that the run would make from nothing."""
    with tempfile.TemporaryDirectory(prefix="runbook-plan-") as workspace:
        draft = maker.prepare(Path(workspace) / "draft", config.option.from_version)
        draft.settings_file.write_text(maker.render_settings(rehearsal))
        target = settings_file.choose(settings_file.load(draft.settings_file), session.REHEARSAL)
        repository = Repository(Host(), draft.directory)
        requested = repository.commit if plan == REBUILD else session.release(config, target)
        known = look_at_draft(repository, target, requested)
    named = target.model_copy(update={"compose": target.compose.model_copy(update={"project": rehearsal.project})})
    compose = Deployment(named, Host()).compose()
    stages = planned.stages(plan, Preview(target, compose, known, plan=plan), {})
    return Plan(plan, target, stages, known, plan_text.known_lines(known))


def look_at_draft(repository: Repository, target: Target, requested: str) -> Comparison:
    """What is known of the release before there is a database: it will be at the old version's head."""
    old = Release(repository, repository.commit)
    new = Release(repository, repository.resolve(requested, target.git.remote))
    current = heads(old.revisions(target.migrations.directory))
    in_use = (repository.directory / target.compose.env_file).read_text()
    return compare(target, requested, old, new, current, in_use)
