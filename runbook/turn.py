"""Whether it is a stage's turn, and, if not, why its functions are not run: a sentence for the report."""

from __future__ import annotations

from runbook.runner import Runner


def reason(runner: Runner, stage: str) -> str:
    """Why the functions of a stage are not run; empty when it is its turn."""
    if runner.failed_stage:
        return f"{stage} not run: {runner.failed_stage} failed"
    if runner.has_nothing_to_do and stage != "preflight":
        return f"{stage} not needed: the release is deployed already"
    if runner.verdict(stage) == "waived":
        return f"{stage} failed and was waived: {runner.run.waived[stage]}"
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
