"""Whether it is a stage's turn, and, if not, why its functions are not run: a sentence for the report."""

from __future__ import annotations

from runbook.plans import ALTERATIONS, RESTORE
from runbook.runner import Runner

ALREADY_DEPLOYED = "the release is deployed already"
ALREADY = {
    RESTORE: "what is live is what is in the backup",
    **dict.fromkeys(ALTERATIONS, "the database is at that revision already"),
}


def reason(runner: Runner, stage: str, *, is_check: bool = False) -> str:
    """Why the functions of a stage are not run; empty when it is its turn.

    A check of a stage that an earlier process came through has nothing to look at: what it looked at is gone.
    """
    if is_check and runner.is_recalled(stage):
        return f"{stage} proved earlier, at {runner.earlier[stage].at}, before this run was cut short"
    if runner.failed_stage == stage and runner.records[stage].earlier_at:
        return f"{stage} not run: it had failed before this run was cut short"
    if runner.failed_stage:
        return f"{stage} not run: {runner.failed_stage} failed"
    if runner.has_nothing_to_do and stage != runner.stages[0]:
        return f"{stage} not needed: {ALREADY.get(runner.run.plan, ALREADY_DEPLOYED)}"
    if runner.verdict(stage) == "waived":
        return f"{stage} failed and was waived: {runner.run.waived.get(stage, 'no reason is known')}"
    return ""


def rollback_reason(runner: Runner) -> str:
    """Why the functions of the rollback are not run; empty when it is due, on its way or asked for by name."""
    verdict = runner.verdict("rollback")
    if verdict == "failed":
        return "rollback not run to its end: it failed"
    if verdict == "running" or runner.is_rollback_due or runner.run.plan == "rollback":
        return ""
    failed = runner.failed_stage
    why = f"{failed} failed before anything changed" if failed else "nothing failed"
    return f"rollback not needed: {why}"
