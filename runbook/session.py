"""Makes a run out of the command line: the target, its deployment, the run's directory, journal and lock."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures import hosts, settings_file, settings_types
from fixtures.deployment import Deployment
from fixtures.errors import Problem, Refused
from fixtures.inspection import Inspection
from fixtures.journal import Journal
from fixtures.run import Run
from fixtures.settings import Target
from runbook import history, late, prediction
from runbook.options import parts, plan_name, waivers
from runbook.plans import (
    ALTERATIONS,
    LATE_ROLLBACK,
    MIGRATION_NEW,
    MINOR,
    MINOR_NO_RESTART,
    OPERATIONS,
    PLANS,
    REBUILD,
    RESTORE,
    UPGRADES,
)
from staging.deployment import PLACES

REHEARSAL = "rehearsal"


def deployment(config: pytest.Config, rehearsal_settings: Path | None) -> Deployment:
    """The deployment that was asked for, from the rehearsal's own settings file or from the operator's."""
    found = described(config, rehearsal_settings)
    if not found.target.directory.is_dir():
        raise Refused(
            f"The deployment directory {found.target.directory} does not exist; nothing was changed.",
            next_step=f"correct targets.{found.target.name}.directory in {settings_path(config, rehearsal_settings)}",
        )
    return found


def described(config: pytest.Config, rehearsal_settings: Path | None) -> Deployment:
    """The deployment that was asked for as its settings describe it, whether it is there or not."""
    settings = settings_file.load(settings_path(config, rehearsal_settings))
    return hosts.deployment_of(settings_file.choose(settings, config.option.target))


def settings_path(config: pytest.Config, rehearsal_settings: Path | None) -> Path:
    """The settings file that describes the target."""
    return rehearsal_settings or Path(config.rootpath / config.option.settings)


def known_deployment(config: pytest.Config) -> Deployment:
    """The deployment that was asked for; raise Refused when its settings cannot be read."""
    return deployment(config, settings_of_rehearsal(config))


def described_deployment(config: pytest.Config) -> Deployment:
    """The same, whether it is there or not."""
    return described(config, settings_of_rehearsal(config))


def settings_of_rehearsal(config: pytest.Config) -> Path | None:
    """The rehearsal's own settings file; None where another target was asked for."""
    return rehearsal_place(config) / "runbook.toml" if config.option.target == REHEARSAL else None


def rehearsal_place(config: pytest.Config) -> Path:
    """Where the rehearsal deployment is, or would be."""
    return Path(config.option.place or PLACES / "deployment").resolve()


def is_made_anew(config: pytest.Config, plan: str) -> bool:
    """Whether a plan begins with a new rehearsal: an upgrade does, unless the one that is there is to be used."""
    return plan in (*UPGRADES, MINOR_NO_RESTART) and not config.option.keep and not config.option.resume


def plan(config: pytest.Config) -> str:
    """The plan that is going to run: the one that `-m` names, but a rollback after users were let in is another one.

    Where that cannot be found out it is the plain rollback, which says why.
    """
    named = plan_name(config)
    if named == "rollback" and not config.option.plan:
        with suppress(Problem, OSError):
            return LATE_ROLLBACK if late.is_due(known_deployment(config).target.state) else named
    return MINOR_NO_RESTART if named == MINOR and config.option.no_restart else named


def notes(config: pytest.Config, plan: str, target: Target) -> list[str]:
    """What a person should know: secrets that stand in the settings, and what the guide's flags mean here."""
    told = [f"⚠ {line}" for line in settings_file.in_plain(target)]
    if plan in (MINOR, MINOR_NO_RESTART) and config.option.backup:
        told.append("--backup: a backup is taken in every run, and restored to prove it")
    if plan == MINOR_NO_RESTART:
        told.append(
            "--no-restart: the release is fetched, built and tried while the old version serves. Database and services "
            "change together, with the door closed; when that suits: pytest -m minor"
            + f" --to {config.option.to}"
            * bool(config.option.to)
        )
    return told


def make_run(config: pytest.Config, plan: str, deployment: Deployment) -> Run:
    """The run of a plan on a deployment: a new one, or the one that is to be gone on with or rolled back.

    Whoever asks holds the target's lock, so that no other run is alive. Raise Refused when an earlier upgrade is
    unfinished, or when there is nothing to go on with or to roll back.
    """
    state = deployment.target.state
    history.settle_dead_runs(deployment)
    if plan == "rollback":
        run = history.reopen(deployment)
        run.accepted_loss = config.option.accept_data_loss or ""
        return run
    if plan == LATE_ROLLBACK:
        return late.go_on(deployment) or late_rollback(config, deployment)
    if config.option.resume:
        return history.resume(deployment, plan, str(config.option.to), waivers(config))
    if begins_something(plan):
        history.refuse_unfinished(state)
    requested = asked_for(config, plan, deployment)
    run = new_run(config, plan, deployment, requested)
    run.remainders = prediction.remainders(state) if "trial" in PLANS[plan] else ()
    return run


def begins_something(plan: str) -> bool:
    """Whether a plan can begin only when no unfinished run has left anything to decide."""
    return "preflight" in PLANS[plan] or plan in (RESTORE, MIGRATION_NEW, *ALTERATIONS)


def new_run(config: pytest.Config, plan: str, deployment: Deployment, requested: str) -> Run:
    """A run that begins now, with a directory and a journal of its own."""
    state, waived, name = deployment.target.state, waivers(config), run_name()
    number = history.next_number(state)
    deployment.host.mark = name
    directory = deployment.host.make_directory(state / "runs" / name)
    journal = Journal.open(directory / "journal.jsonl")
    run = Run(name, plan, deployment, journal, directory, requested, waived, number=number, stages=PLANS[plan])
    run.parts, run.accepted_loss = parts(config), config.option.accept_data_loss or ""
    run.approval, run.notes_read = config.option.approve, config.option.notes_read
    run.reason, run.nobody_wrote = str(config.option.reason), config.option.nobody_wrote
    return run


def late_rollback(config: pytest.Config, deployment: Deployment) -> Run:
    """The run that takes the deployment back to the version before, though users were let in to the new one."""
    undone = late.upgrade_to_undo(deployment)
    run = new_run(config, LATE_ROLLBACK, deployment, undone.get(Inspection).from_version)
    run.undone = undone
    return run


def asked_for(config: pytest.Config, plan: str, deployment: Deployment) -> str:
    """What a run is about: a backup, a migration's message, whether logs are followed; else a release."""
    if plan == RESTORE:
        return str(config.option.backup)
    if plan in ALTERATIONS:
        return str(config.option.revision)
    if plan == REBUILD:
        return deployment.repository.commit
    if plan in OPERATIONS:
        return str(config.option.message) or ("--follow" if config.option.follow else "")
    return release(config, deployment.target)


def release(config: pytest.Config, chosen: Target) -> str:
    """The release that was asked for: the deployed branch unless `--to` says otherwise."""
    try:
        return settings_types.safe_reference(config.option.to or chosen.git.branch)
    except ValueError as error:
        raise Refused(f"--to cannot be used: {error}; nothing was changed.") from error


def run_name() -> str:
    """A name for a run that says when it began and is never given twice, such as 20261122T021000Z-4f1a."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
