"""The end of a run in a few lines: what happened, how long users were out, what became of the data, what next."""

from __future__ import annotations

from pathlib import Path

from fixtures import door
from fixtures.errors import Problem
from fixtures.inspection import Inspection
from fixtures.run import Run
from fixtures.trial import Trial
from reports import facts, replaced
from reports.story import Chapter, Story
from reports.words import count, duration
from runbook import plan_text, prediction, resuming
from runbook.outcome import Outcome
from runbook.plans import ALTERATIONS, CHANGING, LATE_ROLLBACK, LOOKING, RESTORE, label

MEANINGS = {
    Outcome.DONE: "done and verified",
    Outcome.NOTHING_TO_DO: "nothing to do: this release is deployed already",
    Outcome.REFUSED: "refused: nothing was changed, the old version was never stopped",
    Outcome.ROLLED_BACK: "rolled back: the old version serves with the data it had",
    Outcome.NEEDS_OPERATOR: "needs a person: read what is known below",
    Outcome.INTERRUPTED: "interrupted: the deployment is as the last stage left it",
}
# What is said otherwise of a restore: not the version is another one, but the data.
OF_A_RESTORE = {
    Outcome.NOTHING_TO_DO: "nothing to do: what is live is what is in the backup",
    Outcome.REFUSED: "refused: nothing was changed, users were never sent away",
    Outcome.ROLLED_BACK: "rolled back: the data that was to be replaced serves",
}
# What is said otherwise of a rollback after the opening: its own way back leads to the new version.
OF_A_LATE_ROLLBACK = {
    Outcome.REFUSED: "refused: nothing was changed, the new version was never stopped",
    Outcome.ROLLED_BACK: "rolled back: the old version serves with what users wrote since",
}
GIVEN_UP = (
    "rolled back: the old version serves with the data of when the door closed; what users wrote since was given up"
)
INTERRUPTED_WHILE = {
    "old": "nothing was changed, the old version was never stopped",
    "nobody": "the door is closed, so users wait until one of the two commands is typed",
    "new": "the door was opened, so users may be there",
    "back": "the old version was let back in with its data, so users may be there",
}
SYMBOLS = {
    Outcome.DONE: "✓",
    Outcome.NOTHING_TO_DO: "✓",
    Outcome.REFUSED: "✗",
    Outcome.ROLLED_BACK: "↩",
    Outcome.NEEDS_OPERATOR: "✗",
    Outcome.INTERRUPTED: "■",
}
NEXT_STEPS = {
    Outcome.REFUSED: "mend what is named above and start again; users notice nothing meanwhile",
    Outcome.ROLLED_BACK: "nothing tonight; mend the release and rehearse it before the next attempt",
    Outcome.NEEDS_OPERATOR: "start nothing by hand; `pytest -m rollback` goes back if that is safe, or says why not",
    Outcome.INTERRUPTED: "`pytest -m upgrade --resume` goes on, `pytest -m rollback` ends it with the old version",
}


NEXT_OF_A_RESTORE = {
    Outcome.REFUSED: "mend what is named above and start again; users notice nothing meanwhile",
    Outcome.ROLLED_BACK: "look in the report which proof failed on the restored data; nothing is lost",
    Outcome.INTERRUPTED: "`pytest -m restore --resume` goes on, `pytest -m rollback` puts back what was replaced",
}


NEXT_OF_A_LATE_ROLLBACK = {
    Outcome.REFUSED: "mend what is named above, then `pytest -m rollback` again",
    Outcome.NEEDS_OPERATOR: "`pytest -m status` says what serves and what to do",
    Outcome.INTERRUPTED: "`pytest -m rollback` goes on with it",
}
# What is said otherwise of a command of the migration tool alone.
OF_AN_ALTERATION = {
    Outcome.NOTHING_TO_DO: "nothing to do: the database is at that revision already",
    Outcome.REFUSED: "refused: nothing was changed, users were never sent away",
    Outcome.ROLLED_BACK: "rolled back: the database serves as it was before",
}
NEXT_OF_AN_ALTERATION = {
    Outcome.ROLLED_BACK: "look in the report what failed on the altered database; nothing is lost",
    Outcome.INTERRUPTED: "the same command with `--resume` goes on, `pytest -m rollback` puts the database back",
}
OTHERWISE = {
    "": ({}, {}),
    **dict.fromkeys(ALTERATIONS, (OF_AN_ALTERATION, NEXT_OF_AN_ALTERATION)),
    RESTORE: (OF_A_RESTORE, NEXT_OF_A_RESTORE),
    LATE_ROLLBACK: (OF_A_LATE_ROLLBACK, NEXT_OF_A_LATE_ROLLBACK),
}


def otherwise(story: Story) -> tuple[dict[Outcome, str], dict[Outcome, str]]:
    """What is said of this kind of run in another way: what its outcomes mean, and what is to be done then."""
    kind = RESTORE if story.is_restore else story.plan if story.plan in OTHERWISE else ""
    meanings, steps = OTHERWISE[kind]
    if kind == LATE_ROLLBACK and story.run is not None and replaced.given_up(story.run):
        meanings = meanings | {Outcome.ROLLED_BACK: GIVEN_UP}
    if kind == LATE_ROLLBACK and story.run is not None:
        meanings = meanings | {Outcome.NEEDS_OPERATOR: f"needs a person: {left_by_late_rollback(story.run)}"}
    return meanings, steps


def left_by_late_rollback(run: Run) -> str:
    """How a rollback after the opening that did not succeed has left the deployment."""
    if door.was_reopened(run.journal):
        return "the way back failed, and the new version serves again with all data"
    return "read what is known below" if door.was_closed(run.journal) else "nothing was changed, the new version serves"


def headline(story: Story) -> str:
    """The outcome, its exit code and what it means."""
    outcome = story.outcome or Outcome.REFUSED
    what = f"{story.plan} {versions(story)}" if story.has_release else subject(story)
    return f"{what}: {meaning(story)} (exit {outcome.exit_code})"


def subject(story: Story) -> str:
    """The plan, and the backup where one is restored."""
    if story.plan == LATE_ROLLBACK:
        return f"rollback {versions(story)}".rstrip()
    asked = story.run.requested if story.run and story.plan == RESTORE else ""
    return f"{story.plan} of {Path(asked).name}" if asked else story.plan


def meaning(story: Story) -> str:
    """What the outcome means to a person; a plan that changes nothing was never about a running version."""
    outcome = story.outcome or Outcome.REFUSED
    if story.plan in CHANGING and outcome is Outcome.INTERRUPTED:
        return f"interrupted: {INTERRUPTED_WHILE[served_by(story)]}"
    if story.is_changing:
        return (MEANINGS | otherwise(story)[0])[outcome]
    word = {Outcome.REFUSED: "failed", Outcome.DONE: "done"}.get(outcome, outcome.word.replace("-", " "))
    return f"{word}: nothing of the deployment was changed"


def versions(story: Story) -> str:
    """From which version to which; what was asked for where neither could be read."""
    run = story.run
    if run is None:
        return ""
    if not run.has(Inspection):
        return f"to {run.requested}"
    inspection = run.get(Inspection)
    return f"{inspection.from_version} → {inspection.version}"


def rows(story: Story) -> dict[str, str]:
    """What a person asks after a run, each with its answer; what has no answer is left out."""
    if story.run is None:
        return {}
    target = story.run.deployment.target
    answers = {
        "downtime": downtime(story),
        "data": facts.data(story),
        "kept": replaced.kept(story.run),
        "given up": replaced.given_up(story.run),
        "since": replaced.since(story.run),
        "backups": facts.backups(story),
        "waived": "; ".join(f"{stage}: {reason}" for stage, reason in story.run.waived.items()),
        "serves": f"{serving(story) or unknown_server(story)} at {target.url}",
        "took": f"{duration(story.seconds)} (run {story.run.name})",
    }
    return {name: answer for name, answer in answers.items() if answer}


def downtime(story: Story) -> str:
    """How long the public door was not answered."""
    seen, asked = story.timeline, count(story.timeline.asked, "time")
    outages = seen.outages()
    if not seen.asked:
        return "not measured"
    since = f"; this part of the run only: the door was closed at {closed_at(story)}" if closed_at(story) else ""
    if not outages:
        return f"none: the door was asked {asked} and always answered{since}"
    so_far = " so far" if is_left_closed(story) else ""
    seconds = f"{duration(seen.downtime_seconds)}{so_far} in {count(len(outages), 'outage')}{predicted(story)}"
    return f"{seconds}; the door was asked {asked}{since}"


def served_by(story: Story) -> str:
    """Who serves users now that the run was interrupted, as its journal has it: `old`, `nobody` or `new`."""
    if story.run is None:
        return "old"
    return "back" if door.was_reopened(story.run.journal) else resuming.served_by(story.run.journal)


def closed_at(story: Story) -> str:
    """When an earlier part of this run closed the door; empty when none did."""
    resumed = story.run.journal.last("run-resumed") if story.run else None
    closing = story.run.journal.last(door.CLOSING) if story.run else None
    was_before = resumed is not None and closing is not None and closing.sequence < resumed.sequence
    return closing.at[11:19] if closing is not None and was_before else ""


def serving(story: Story) -> str:
    """Which version serves now; empty where that is not certain."""
    run = story.run
    if run is None or not run.has(Inspection) or story.outcome in (Outcome.NEEDS_OPERATOR, Outcome.INTERRUPTED):
        return ""
    inspection, reached = run.get(Inspection), Outcome.ROLLED_BACK if story.plan == LATE_ROLLBACK else Outcome.DONE
    return inspection.version if story.outcome is reached and story.is_changing else inspection.from_version


def unknown_server(story: Story) -> str:
    """What is said in place of the version that serves, where that is none, or is not certain."""
    return "nobody" if is_left_closed(story) else "look"


def is_left_closed(story: Story) -> bool:
    """Whether a run that was interrupted has left users before a closed door."""
    return story.outcome is Outcome.INTERRUPTED and story.plan in CHANGING and served_by(story) == "nobody"


def what_next(story: Story) -> str:
    """What failed, what was expected and found, how things are now, what to do; empty when all is well."""
    problem, outcome = story.problem, story.outcome
    if outcome is None or story.went_well:
        return ""
    parts = {
        "because": why_back(story),
        "expected": problem.expected if problem else "",
        "found": problem.found if problem else "",
        "now": meaning(story).partition(": ")[2],
        "next": (problem.next_step if problem else "") or next_step(story),
        "evidence": problem.evidence if problem else "",
    }
    told = [f"  {word:<9} {indented(said)}" for word, said in parts.items() if said]
    return "\n".join([what_failed(story, problem), *told])


def next_step(story: Story) -> str:
    """What to do after an outcome, where the problem itself does not say."""
    if story.outcome is Outcome.INTERRUPTED and not story.is_changing:
        return "start again whenever you like"
    if story.plan == LATE_ROLLBACK:
        return otherwise(story)[1].get(story.outcome or Outcome.REFUSED, "")
    if story.plan in LOOKING and story.outcome is Outcome.REFUSED:
        return "mend what is named above: users are served by what was looked at"
    if story.outcome is Outcome.INTERRUPTED and served_by(story) == "new":
        return f"`pytest -m {story.plan} --resume` goes on; there is no way back, as users may have written"
    return (NEXT_STEPS | otherwise(story)[1])[story.outcome or Outcome.REFUSED]


def what_failed(story: Story, problem: Problem | None) -> str:
    """One sentence: the problem's own, or the first proof that failed and how many more did, or what was cut short."""
    cut = [chapter for chapter in story.chapters.values() if chapter.verdict == "interrupted"]
    if cut:
        return f"{label(cut[0].stage)} was {cut[0].reasons[0]}."
    stage = "rollback" if why_back(story) else story.failed_stage
    first = first_failure(story, stage)
    if first:
        return f"{label(stage)} failed: {first}"
    return problem.what if problem else "The run did not come to its end."


def why_back(story: Story) -> str:
    """Why the way back was gone that failed; empty when it did not fail, or there is none as users were let in."""
    failed = [chapter for chapter in story.chapters.values() if chapter.verdict == "failed"]
    is_opened = story.run is not None and door.was_opened(story.run.journal)
    if is_opened or len(failed) < 2 or failed[-1].stage != "rollback":
        return ""
    return f"{label(failed[0].stage)} failed: {in_one_line(story, failed[0])}"


def first_failure(story: Story, stage: str) -> str:
    """The proof of a stage that failed and tells most, why, and how many more did; empty when none did.

    Where containers are not as they should be, the rest follows from that.
    """
    failed = sorted(story.own_failures(stage), key=lambda proof: proof.subject != "containers")
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{failed[0].title}: {failed[0].reason.rstrip('.')}{more}" if failed else ""


def in_one_line(story: Story, chapter: Chapter) -> str:
    """What there is to say of a stage: its fact when it passed, else why it did not; nothing when it never ran."""
    if chapter.verdict == "passed":
        proved = f"proved at {chapter.earlier_at[11:19]}, before it was cut short; " if chapter.earlier_at else ""
        return proved + facts.fact(story, chapter.stage)
    reason = chapter.reasons[0].splitlines()[0] if chapter.reasons else ""
    return first_failure(story, chapter.stage) or reason


def indented(text: str) -> str:
    """A text whose further lines stand under its first one."""
    return text.strip("\n").replace("\n", "\n" + " " * 12)


def predicted(story: Story) -> str:
    """What the downtime is held against, in brackets: the trial's prediction, and what the target may be down.

    How far earlier predictions were out stands there, too; without a trial and a budget there is nothing to tell.
    """
    run, told = story.run, []
    if run is not None and run.has(Trial) and not run.is_out_of_reach:
        earlier = prediction.errors(run.deployment.target.state, but=run.name)
        told.append(f"{duration(run.get(Trial).predicted_downtime_seconds)} predicted{plan_text.out_by(earlier)}")
    budget = run.deployment.target.gates.downtime_seconds if run else 0
    if budget:
        kept = "within" if story.timeline.downtime_seconds <= budget else "over"
        told.append(f"{kept} the {budget} s that are allowed")
    return f" ({'; '.join(told)})" if told else ""
