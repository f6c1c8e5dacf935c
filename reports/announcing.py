"""What users are told of an outage: that it begins, and how it ended. What fails in that is a warning, and no more."""

from __future__ import annotations

import math
import time
from datetime import datetime
from pathlib import Path

from fixtures import door
from fixtures.inspection import Inspection
from fixtures.run import Run
from fixtures.settings_notifications import Notifications
from fixtures.trial import Trial
from reports import sending, verdict
from reports.sending import Message, Sent
from reports.story import Story
from runbook.outcome import Outcome
from runbook.plans import CHANGING, LATE_ROLLBACK, RESTORE

MESSAGES = Path(__file__).parent / "messages"
CLOSING, DONE, ROLLED_BACK, UNAVAILABLE, CALLED_OFF = (
    *("door-closing", "done", "rolled-back"),
    *("unavailable", "called-off"),
)
# The stages that begin with the door open and end with it closed.
CLOSING_STAGES = ("maintenance", "replacement")
PURPOSES = {
    "fr": ("mise à jour vers {to}", "restauration des données", "retour à la version {to}"),
    "en": ("an update to {to}", "a restore of its data", "a return to version {to}"),
}
LESS_THAN_A_MINUTE = {"fr": "moins d'une minute", "en": "less than a minute"}
ABOUT = {"fr": "environ {} min", "en": "about {} min"}
NOT_KNOWN = {"fr": "quelques minutes", "en": "a few minutes"}
MOMENT = {"fr": "le %d/%m/%Y à %H:%M (%Z)", "en": "on %Y-%m-%d at %H:%M (%Z)"}


def before(story: Story, stage: str) -> list[Sent]:
    """Tell users that the door is about to close, if it is; return what was sent."""
    run = story.run
    if run is None or stage not in CLOSING_STAGES or door.was_closed(run.journal) or story.announced:
        return []
    return announce(story, CLOSING)


def after(story: Story) -> list[Sent]:
    """Tell users how the outage ended, if there was one or if one was announced; return what was sent."""
    event = event_of_end(story)
    return announce(story, event) if event else []


def event_of_end(story: Story) -> str:
    """How the outage ended for users; empty when there was none, or when a person is to choose how it goes on."""
    run = story.run
    if run is None or story.outcome is Outcome.INTERRUPTED or story.plan not in (*CHANGING, "rollback"):
        return ""
    if not door.was_closed(run.journal):
        return CALLED_OFF if story.announced else ""
    if story.outcome in (Outcome.DONE, Outcome.ROLLED_BACK):
        return DONE if story.outcome is Outcome.DONE else ROLLED_BACK
    if not (story.timeline.changes and story.timeline.changes[-1][1]):
        return UNAVAILABLE
    return DONE if door.was_opened(run.journal) and not door.was_reopened(run.journal) else ROLLED_BACK


def announce(story: Story, event: str) -> list[Sent]:
    """Send one message by every way that is configured; none of them is waited for longer than the settings say."""
    assert story.run is not None
    wanted = story.run.deployment.target.notifications
    ways, found = sending.ways(wanted), list[Sent]()
    if not ways:
        return found
    message, problems = written(story, event, wanted)
    found += [Sent(event, "template", problem) for problem in problems]
    for name, way in ways.items():
        found.append(Sent(event, name, sending.send(way, message, wanted.timeout_seconds)))
    story.announced.extend(found)
    return found


def written(story: Story, event: str, wanted: Notifications) -> tuple[Message, list[str]]:
    """A message in all languages, and what is wrong with templates of the operator's, in whose place ours are used."""
    assert story.run is not None
    texts, problems = list[str](), list[str]()
    for language in wanted.languages:
        values, own = facts(story, language), f"{event}.{language}.txt"
        try:
            path = wanted.templates / own if wanted.templates else MESSAGES / own
            texts.append((path if path.exists() else MESSAGES / own).read_text("utf-8").format(**values))
        except (OSError, ValueError, LookupError, AttributeError) as error:
            problems.append(f"{own}: {type(error).__name__}: {error}")
            texts.append((MESSAGES / own).read_text("utf-8").format(**values))
    first, *rest = texts
    subject, _, body = first.partition("\n")
    text = "\n\n--\n\n".join(part.strip() for part in (body, *rest))
    return Message(event, subject.strip(), f"{text}\n", machine_facts(story)), problems


def facts(story: Story, language: str) -> dict[str, str]:
    """What a template may name."""
    run = story.run
    assert run is not None
    target, seconds = run.deployment.target, expected_seconds(run)
    upgrade, restore, back = PURPOSES[language]
    purpose = restore if story.is_restore else back if story.plan == LATE_ROLLBACK else upgrade
    old, new = versions(run)
    return {
        "name": target.notifications.name or target.name,
        "url": target.url,
        "purpose": purpose.format(to=new),
        "from": old,
        "to": new,
        "serving": verdict.serving(story) or (new if door.was_opened(run.journal) else old),
        "at": datetime.now().astimezone().strftime(MOMENT[language]),
        "expected": spoken(seconds, language) if seconds is not None else NOT_KNOWN[language],
        "downtime": spoken(outage_seconds(story), language),
    }


def machine_facts(story: Story) -> dict[str, str | float | None]:
    """What a program may want to know of it."""
    run = story.run
    assert run is not None
    old, new = versions(run)
    return {
        "target": run.deployment.target.name,
        "url": run.deployment.target.url,
        "run": run.name,
        "plan": story.plan,
        "outcome": story.outcome.word if story.outcome else None,
        "from": old,
        "to": new,
        "expected_downtime_seconds": expected_seconds(run),
        "downtime_seconds": round(outage_seconds(story), 1) if story.outcome else None,
    }


def versions(run: Run) -> tuple[str, str]:
    """From which version to which; what was asked for where they are not known."""
    if not run.has(Inspection):
        return "", "" if run.plan == RESTORE else run.requested
    return run.get(Inspection).from_version, run.get(Inspection).version


def expected_seconds(run: Run) -> float | None:
    """How long the trial said that users would be out; None without a trial."""
    return run.get(Trial).predicted_downtime_seconds if run.has(Trial) else None


def outage_seconds(story: Story) -> float:
    """How long users were out: as the door was seen, or since an earlier part of this run closed it."""
    run, seen = story.run, story.timeline
    assert run is not None
    if not verdict.closed_at(story):
        return seen.downtime_seconds
    served = [at for at, is_served in seen.changes if is_served]
    closed = datetime.fromisoformat(door.closed_at(run.journal)).timestamp()
    return max(0.0, (served[-1] if served else time.time()) - closed)


def spoken(seconds: float, language: str) -> str:
    """A length of time as users are told it: in whole minutes, rounded up."""
    if seconds < 60:
        return LESS_THAN_A_MINUTE[language]
    return ABOUT[language].format(math.ceil(seconds / 60))
