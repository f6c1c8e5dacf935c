"""What kind of trouble something is, so that a report groups it, and how much it matters."""

from __future__ import annotations

from typing import Any

from reports.story import Proof

LABEL = "kind"

# In the order in which the report lists them: a name, and the regular expression that finds the label.
NAMES = {
    "refused": "Refused: it must not start",
    "data": "Data: lost, changed or not readable",
    "migration": "Migration",
    "configuration": "Configuration",
    "build": "Source and build",
    "runtime": "Runtime: the application does not do what it did",
    "rolled-back": "Rolled back: the old version serves again",
    "needs-operator": "Needs a person",
    "interrupted": "Interrupted",
    "not run": "Not run: an earlier stage failed, or the run was interrupted",
    "waived": "Waived: failed, and a person said to go on",
    "not needed": "Not needed: nothing had to be undone",
    "not looked at": "Not looked at: what that takes is not there, or not wanted",
    "proved earlier": "Proved before the run was cut short",
}
CATEGORIES: list[dict[str, Any]] = [
    {
        "name": name,
        "matchers": [{"labels": {LABEL: f"^{kind}$"}}],
        "groupByMessage": kind not in ("not needed", "not run", "proved earlier"),
    }
    for kind, name in NAMES.items()
]

BY_STAGE = {
    "preflight": "refused",
    "backup": "data",
    "source": "build",
    "dependencies": "build",
    "configuration": "configuration",
    "trial": "migration",
    "maintenance": "runtime",
    "migration": "migration",
    "restart": "runtime",
    "verification": "runtime",
    "acceptance": "runtime",
    "watch": "runtime",
    "rollback": "data",
    "selection": "refused",
    "proof": "data",
    "replacement": "data",
    "decision": "refused",
    "attempt": "data",
    "reversal": "data",
    "intention": "refused",
    "alteration": "migration",
}
BY_SUBJECT = {
    "database": "data",
    "data access": "data",
    "uploads": "data",
    "containers": "runtime",
    "logs": "runtime",
    "resources": "runtime",
    "logins": "runtime",
    "critical features": "runtime",
}
SEVERITY_BY_SUBJECT = {
    "database": "blocker",
    "data access": "blocker",
    "uploads": "blocker",
    "logins": "critical",
    "critical features": "critical",
    "resources": "minor",
}


def of_stage(stage: str) -> str:
    """What kind of trouble it is when a stage fails."""
    return BY_STAGE.get(stage, "runtime")


def kind(proof: Proof) -> str:
    """What kind of trouble a proof is; empty when it passed."""
    if proof.verdict == "passed":
        return ""
    if proof.verdict == "failed":
        return BY_SUBJECT.get(proof.subject, "") or of_stage(proof.stage)
    return state(proof)


def state(proof: Proof) -> str:
    """How a proof that neither passed nor failed is told from others at a glance: waived, not needed, not run."""
    if proof.verdict == "interrupted":
        return "interrupted"
    if "proved earlier" in proof.reason:
        return "proved earlier"
    if proof.reason.startswith("not looked at"):
        return "not looked at"
    if "waived" in proof.reason:
        return "waived"
    return "not needed" if "not needed" in proof.reason else "not run"


def severity(proof: Proof) -> str:
    """How much a proof matters, in Allure's words: losing data is worse than being slow."""
    if proof.subject:
        return SEVERITY_BY_SUBJECT.get(proof.subject, "normal")
    return "critical"
