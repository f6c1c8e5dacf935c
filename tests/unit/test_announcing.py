"""What users are told and when, the upgrade log, and that neither can change a run."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from fixtures import door
from fixtures.prober import Timeline
from fixtures.run import Run
from fixtures.settings import Target
from fixtures.settings_notifications import Notifications
from reports import announcing, sending, upgrade_log
from reports.sending import Message, Sent
from reports.story import Proof, Story
from runbook.outcome import Outcome
from tests.unit.runs import INSPECTION, make_run

SERVED, OUT, BACK = 1_800_000_000.0, 1_800_000_010.0, 1_800_000_135.0
UP = Timeline([(SERVED, True), (OUT, False), (BACK, True)], asked=30, ended_at=BACK + 5)
DOWN = Timeline([(SERVED, True), (OUT, False)], asked=30, ended_at=BACK)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """What leaves by the one way that there is; nothing goes anywhere."""
    found: list[Message] = []
    monkeypatch.setattr(sending, "ways", lambda wanted: {"webhook": found.append})
    return found


def story_of(place: Path, *events: str, plan: str = "upgrade", **fields: Any) -> Story:
    """A run with these records in its journal."""
    run = make_run(place, plan=plan, **fields)
    run.put(INSPECTION)
    for event in events:
        run.journal.write(event, "maintenance")
    story = Story(plan)
    story.begin(run)
    story.proofs["stage_07_maintenance::x"] = Proof("stage_07_maintenance::x", "maintenance", "X")
    return story


def ended(story: Story, outcome: Outcome, timeline: Timeline = UP) -> Story:
    story.end(outcome, None, timeline)
    return story


def test_users_are_told_before_the_door_closes_and_only_then(tmp_path: Path, sent: list[Message]) -> None:
    story = story_of(tmp_path, notifications={"name": "Punk Eco"})
    assert announcing.before(story, "migration") == []
    assert announcing.before(story, "maintenance") == [Sent("door-closing", "webhook")]
    assert announcing.before(story, "maintenance") == []
    (message,) = sent
    assert message.subject == "Punk Eco : interruption pour mise à jour vers v2.0.0"
    assert "quelques minutes" in message.text and "Punk Eco: interrupted for an update to v2.0.0" in message.text


def test_a_door_that_an_earlier_process_closed_is_not_announced_again(tmp_path: Path, sent: list[Message]) -> None:
    assert announcing.before(story_of(tmp_path, door.CLOSING), "maintenance") == []
    assert sent == []


@pytest.mark.parametrize(
    ("events", "outcome", "timeline", "event"),
    [
        ((), Outcome.REFUSED, UP, ""),
        ((door.CLOSING, door.OPENING), Outcome.DONE, UP, "done"),
        ((door.CLOSING, door.REOPENING), Outcome.ROLLED_BACK, UP, "rolled-back"),
        ((door.CLOSING, door.OPENING), Outcome.NEEDS_OPERATOR, UP, "done"),
        ((door.CLOSING, door.REOPENING), Outcome.NEEDS_OPERATOR, UP, "rolled-back"),
        ((door.CLOSING,), Outcome.NEEDS_OPERATOR, DOWN, "unavailable"),
        ((door.CLOSING,), Outcome.INTERRUPTED, DOWN, ""),
    ],
)
def test_users_are_told_what_they_will_find(
    tmp_path: Path, events: tuple[str, ...], outcome: Outcome, timeline: Timeline, event: str
) -> None:
    assert announcing.event_of_end(ended(story_of(tmp_path, *events), outcome, timeline)) == event


def test_an_interruption_that_was_announced_and_refused_is_called_off(tmp_path: Path, sent: list[Message]) -> None:
    story = story_of(tmp_path)
    announcing.before(story, "maintenance")
    assert announcing.after(ended(story, Outcome.REFUSED)) == [Sent("called-off", "webhook")]
    assert "v1.4.0" in sent[1].text


def test_a_plan_that_looks_tells_nobody(tmp_path: Path) -> None:
    story = story_of(tmp_path, plan="diagnose")
    assert announcing.event_of_end(ended(story, Outcome.DONE)) == ""


@pytest.mark.parametrize("event", ["door-closing", "done", "rolled-back", "unavailable", "called-off"])
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("plan", ["upgrade", "restore", "late_rollback"])
def test_every_message_can_be_written_for_every_plan(tmp_path: Path, event: str, language: str, plan: str) -> None:
    story = ended(story_of(tmp_path, door.CLOSING, plan=plan), Outcome.DONE)
    message, problems = announcing.written(story, event, Notifications.model_validate({"languages": [language]}))
    assert problems == []
    assert message.subject and "{" not in message.subject + message.text
    assert message.facts["downtime_seconds"] == 125.0


def test_a_template_of_the_operators_is_used_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "done.fr.txt").write_text("C'est fait\n\nVersion {serving}, {downtime}.\n", "utf-8")
    (tmp_path / "done.en.txt").write_text("Done\n\n{nonsense}\n", "utf-8")
    story = ended(story_of(tmp_path, door.CLOSING, door.OPENING), Outcome.DONE)
    message, problems = announcing.written(story, "done", Notifications(templates=tmp_path))
    assert (message.subject, problems) == ("C'est fait", ["done.en.txt: KeyError: 'nonsense'"])
    assert "Version v2.0.0, environ 3 min." in message.text and "The interruption lasted about 3 min." in message.text


def test_what_fails_or_is_slow_is_told_and_raises_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(message: Message) -> None:
        raise OSError("no route")

    monkeypatch.setattr(sending, "ways", lambda wanted: {"webhook": fail})
    found = announcing.after(ended(story_of(tmp_path, door.CLOSING, door.OPENING), Outcome.DONE))
    assert found == [Sent("done", "webhook", "OSError: no route")]


# settings -------------------------------------------------------------------------------------------------------------


def test_s8_a_webhook_in_plain_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_URL", "http://127.0.0.1/hooks/abc")
    with pytest.raises(ValueError, match="https only") as refused:
        Notifications.model_validate({"webhook": {"url": {"env": "HOOK_URL"}}})
    assert "hooks/abc" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tls": "off", "host": "smtp.punk-eco.example"},
        {"tls": "off", "user": "a", "password": {"env": "X"}},
        {"user": "a"},
        {"recipients": []},
        {"sender": "nobody"},
    ],
)
def test_a_mail_server_that_would_be_told_a_secret_in_plain_is_refused(wrong: dict[str, Any]) -> None:
    right = {"host": "localhost", "sender": "a@punk-eco.example", "recipients": ["b@punk-eco.example"], "tls": "off"}
    assert Notifications.model_validate({"email": right}).email
    with pytest.raises(ValueError):
        Notifications.model_validate({"email": right | wrong})


def test_an_upgrade_log_in_the_clone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="local edit"):
        Target(name="shop", directory=tmp_path, url="http://127.0.0.1:1", upgrade_log=tmp_path / "CHANGELOG.md")


# upgrade log ----------------------------------------------------------------------------------------------------------


def log_of(run: Run) -> Path:
    return run.deployment.target.log


def test_a_run_that_closed_the_door_is_added_for_its_owner_only(tmp_path: Path) -> None:
    story = ended(story_of(tmp_path, door.CLOSING, door.OPENING), Outcome.DONE)
    assert story.run is not None
    path = log_of(story.run)
    assert upgrade_log.append(story, tmp_path / "report.html") == path
    upgrade_log.append(story, tmp_path / "report.html")
    text = path.read_text("utf-8")
    assert (text.count("# Upgrade log\n"), text.count("\n## 2")) == (1, 2)
    lines = (
        "- from: v1.4.0",
        "- to: v2.0.0",
        "- serves: ",
        "- downtime: 2 min 05 s",
        f"- report: {tmp_path}/report.html",
    )
    assert [line for line in lines if line not in text] == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("events", "plan", "outcome", "is_due"),
    [
        ((), "upgrade", Outcome.REFUSED, False),
        ((door.CLOSING,), "upgrade", Outcome.INTERRUPTED, False),
        ((door.CLOSING,), "upgrade", Outcome.ROLLED_BACK, True),
        ((door.CLOSING,), "rollback", Outcome.ROLLED_BACK, True),
        ((door.CLOSING,), "late_rollback", Outcome.ROLLED_BACK, True),
        ((door.CLOSING,), "restore", Outcome.NEEDS_OPERATOR, True),
        ((), "backup", Outcome.DONE, False),
    ],
)
def test_which_runs_are_added(
    tmp_path: Path, events: tuple[str, ...], plan: str, outcome: Outcome, is_due: bool
) -> None:
    assert upgrade_log.is_due(ended(story_of(tmp_path, *events, plan=plan), outcome)) is is_due


def test_a_log_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    story = ended(story_of(tmp_path, door.CLOSING), Outcome.ROLLED_BACK)
    assert story.run is not None
    log_of(story.run).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        upgrade_log.append(story, tmp_path)
