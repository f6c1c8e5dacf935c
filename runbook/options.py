"""The command line of the gate: its options, and what it refuses because it would make the order meaningless."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import pytest

from fixtures.backup_files import DATABASE, MEDIA, PARTS
from fixtures.errors import Refused
from fixtures.settings_gates import NAMES as GATES
from runbook import plans

PLAN = pytest.StashKey[str]()
DEFAULT_SETTINGS = Path("runbook.toml")
COMMAND = re.compile(r"pytest -m \w+\b(?: --resume\b| --backup [\w-]+(?![\w-]))?(?! --(?!accept-data-loss\b))")
# Options that only some plans know: the option's name, the flag, the plans.
OF_SOME_PLANS = {
    "backup": ("--backup", (plans.RESTORE, plans.MINOR)),
    "no_restart": ("--no-restart", (plans.MINOR,)),
    "follow": ("--follow", ("logs",)),
    "message": ("--message", (plans.MIGRATION_NEW,)),
    "revision": ("--revision", plans.ALTERATIONS[1:]),
    "reason": ("--reason", plans.ALTERATIONS[2:]),
    "nobody_wrote": ("--nobody-wrote", ("verification",)),
    "accept_data_loss": ("--accept-data-loss", (plans.RESTORE, "rollback", *plans.ALTERATIONS[:2])),
}
# What `--backup` is without a name: the guide's flag.
ALWAYS = "always"
# Options without which an operation is not run.
NEEDED = {
    plans.MIGRATION_NEW: {"message": "--message"},
    "downgrade": {"revision": "--revision"},
    "stamp": {"revision": "--revision", "reason": "--reason"},
}

# What else pytest can be told that would choose, repeat or reorder stages: the option's name, its neutral value.
REFUSED_OPTIONS = {
    "keyword": ("-k", ""),
    "deselect": ("--deselect", None),
    "numprocesses": ("-n", None),
    "reruns": ("--reruns", None),
    "random_order_bucket": ("--random-order", None),
    "stepwise": ("--stepwise", False),
    "lf": ("--last-failed", False),
    "failedfirst": ("--failed-first", False),
    "collectonly": ("--collect-only", False),
    "setupplan": ("--setup-plan", False),
    "setuponly": ("--setup-only", False),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the runbook's options."""
    group = parser.getgroup("runbook", "upgrade runbook (pytest -m upgrade)")
    group.addoption("--target", default="rehearsal", help="which deployment of the settings file (default: rehearsal)")
    group.addoption("--settings", type=Path, default=DEFAULT_SETTINGS, help="the settings file")
    group.addoption("--init", type=Path, metavar="DIR", help="write the settings file of the deployment in DIR")
    group.addoption("--from", dest="from_version", default="v1.4.0", help="rehearsal: the version it starts as")
    group.addoption("--to", default="", help="the release: tag, branch or commit (default: the deployed branch)")
    group.addoption("--plan", action="store_true", help="print the numbered plan and what is known; do nothing")
    group.addoption("--json", action="store_true", help="with --plan: the plan for machines, or why there is none")
    group.addoption("--keep", action="store_true", help="rehearsal: use the deployment that is there as it is")
    group.addoption("--resume", action="store_true", help="upgrade, restore: go on with the one cut short")
    group.addoption(
        "--waive",
        action="append",
        default=[],
        metavar="NAME=REASON",
        help="go on though the trial fails, or a gate of a production target is closed",
    )
    group.addoption("--approve", default="", metavar="TARGET:RELEASE", help="production: approve this upgrade")
    group.addoption("--notes-read", default="", metavar="RELEASE", help="production: say that its notes were read")
    group.addoption("--db-only", action="store_true", help="backup, restore: the database alone")
    group.addoption("--media-only", action="store_true", help="backup, restore: the uploaded files alone")
    group.addoption(
        "--backup",
        nargs="?",
        const=ALWAYS,
        default="",
        metavar="NAME",
        help="restore: the backup's name, or its directory; minor: as the guide has it, a backup is taken anyhow",
    )
    group.addoption("--no-restart", action="store_true", help="minor: fetch, build and try it; restart nothing")
    group.addoption(
        "--accept-data-loss", default=None, metavar="REASON", help="restore, rollback: though it loses newer data"
    )
    group.addoption(
        "--nobody-wrote",
        action="store_true",
        help="verification: users were out since the last preflight, so all data must be as it was then",
    )
    group.addoption("--follow", action="store_true", help="logs: go on until Ctrl-C")
    group.addoption("--message", default="", metavar="TEXT", help="migration_new: what the migration is for")
    group.addoption("--revision", default="", metavar="REV", help="downgrade, stamp: to which, such as --revision=-1")
    group.addoption("--reason", default="", metavar="TEXT", help="stamp: why nothing is run; it stands in the report")
    group.addoption("--reports", type=Path, default=None, help="where reports are written (default: reports)")
    group.addoption("--place", type=Path, default=None, help="rehearsal: where it is made (default: .rehearsal)")


def plan_name(config: pytest.Config) -> str:
    """The plan that `-m` names; empty when the suite's own tests are meant."""
    expression = str(config.option.markexpr).strip()
    return expression if expression in plans.PLANS else ""


def refuse_bad_options(config: pytest.Config) -> None:
    """Raise Refused for an expression or an option under which the order of the stages would mean nothing."""
    expression = str(config.option.markexpr).strip()
    reason = plans.refusal(expression)
    if reason:
        raise Refused(f"{reason}\n  nothing was changed.")
    if not plan_name(config):
        return
    if config.option.resume and (
        expression not in (*plans.UPGRADES, plans.RESTORE, *plans.ALTERATIONS) or config.option.plan
    ):
        raise Refused(
            "--resume goes on with an upgrade or a restore; nothing was changed.",
            next_step="pytest -m upgrade --resume, or pytest -m restore --resume",
        )
    if config.option.json and not config.option.plan:
        raise Refused(
            "--json is the form in which a plan is told; nothing was changed.",
            next_step=f"pytest -m {expression} --plan --json",
        )
    if config.option.to and expression == plans.REBUILD:
        raise Refused(
            "-m rebuild has no --to: it is about the deployed version; nothing was changed.",
            next_step="pytest -m rebuild, or pytest -m upgrade --to RELEASE",
        )
    refuse_wrong_parts(config)
    refuse_wrong_restore(config)
    refuse_missing_words(config)
    given = [
        flag
        for name, (flag, neutral) in REFUSED_OPTIONS.items()
        if getattr(config.option, name, neutral) not in (neutral, None, [], "")
    ]
    if given:
        raise Refused(
            f"{', '.join(given)} cannot be used with a plan: stages run all, once and in order; nothing was changed.",
            next_step=f"pytest -m {expression}",
        )


def refuse_wrong_parts(config: pytest.Config) -> None:
    """Raise Refused for `--db-only` and `--media-only` where they leave out what the plan needs."""
    one_sided = config.option.db_only or config.option.media_only
    if one_sided and (plan_name(config) not in ("backup", plans.RESTORE) or parts(config) == ()):
        raise Refused(
            "--db-only and --media-only, one of them, are for a backup or a restore alone; nothing was changed.",
            next_step="pytest -m backup --db-only, or pytest -m backup --media-only; pytest -m backup takes both parts",
        )


def refuse_wrong_restore(config: pytest.Config) -> None:
    """Raise Refused for what only a restore or a rollback knows with another plan, and for a loss without a reason."""
    plan = plan_name(config)
    given = [
        flag
        for name, (flag, known_to) in OF_SOME_PLANS.items()
        if getattr(config.option, name) and (plan not in known_to or config.option.resume)
    ]
    if given:
        raise Refused(
            f"{', '.join(given)} can be used only {where(given)}; nothing was changed.",
            next_step=f"pytest -m {plan} without it",
        )
    if (
        plan in OF_SOME_PLANS["accept_data_loss"][1]
        and config.option.accept_data_loss is not None
        and not config.option.accept_data_loss.strip()
    ):
        raise Refused(
            "--accept-data-loss needs a reason; nothing was changed.",
            expected='--accept-data-loss "why what was written since may be lost": it stands in the report',
        )


def refuse_missing_words(config: pytest.Config) -> None:
    """Raise Refused for an operation that is not told what it is about."""
    plan = plan_name(config)
    if config.option.backup and (plan == plans.MINOR) != (config.option.backup == ALWAYS):
        raise Refused(
            f"--backup {'takes no name' if plan == plans.MINOR else 'needs a name'} here; nothing was changed.",
            next_step="pytest -m minor --backup, or pytest -m restore --backup NAME",
        )
    lacking = [flag for name, flag in NEEDED.get(plan, {}).items() if not getattr(config.option, name).strip()]
    if lacking and not config.option.resume:
        raise Refused(
            f"-m {plan} needs {' and '.join(lacking)}; nothing was changed.",
            next_step=f"pytest -m {plan} " + " ".join(f'{flag} "…"' for flag in lacking),
        )


def where(flags: Collection[str]) -> str:
    """The plans that know some flags."""
    known = {plan: None for flag, knowing in OF_SOME_PLANS.values() if flag in flags for plan in knowing}
    return "where a run begins with " + ", ".join(f"-m {plan}" for plan in known)


def parts(config: pytest.Config) -> tuple[str, ...]:
    """What a backup of this run is of; nothing when the options exclude each other."""
    left_out = {MEDIA: config.option.db_only, DATABASE: config.option.media_only}
    return tuple(part for part in PARTS if not left_out[part])


def with_target(config: pytest.Config, text: str) -> str:
    """Given a text that names commands of ours, return it with the options of this target, ready to be typed."""
    given = [
        f"--target {config.option.target}" if config.option.target != "rehearsal" else "",
        f"--settings={config.option.settings}" if config.option.settings != DEFAULT_SETTINGS else "",
        f"--place={config.option.place}" if config.option.place else "",
    ]
    options = "".join(f" {option}" for option in given if option)
    return COMMAND.sub(lambda command: command[0] + options, text)


def waivers(config: pytest.Config) -> dict[str, str]:
    """What is waived, each with its reason; raise Refused for what cannot be waived or has no reason."""
    given = dict(text.partition("=")[::2] for text in config.option.waive)
    for stage, reason in given.items():
        if stage not in ("trial", *GATES) or not reason.strip():
            raise Refused(
                f"--waive {stage}={reason} is not possible; nothing was changed.",
                expected='--waive NAME="why", of the trial or a gate of a production target: ' + ", ".join(GATES),
            )
    return given
