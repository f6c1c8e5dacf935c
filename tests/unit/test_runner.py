"""The runner: every stage once and in its turn, the way back only when it is due, an exit code for each end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, create_model

from fixtures import rollback
from fixtures.connection import ConnectionLost
from fixtures.errors import NeedsOperator, Problem, Refused, StageFailed
from fixtures.inspection import Inspection
from fixtures.journal import JournalNotWritten
from fixtures.leftovers import candidate_environment
from fixtures.run import Run
from runbook import resuming, tidying, turn
from runbook import runner as running
from runbook.outcome import Outcome
from runbook.plans import NAMES, PLANS
from runbook.reality import Reality
from runbook.runner import Runner
from tests.unit.recording import RecordingHost, answering_config
from tests.unit.runs import IDENTITY, INSPECTION, make_run

FORWARD = [name for name in NAMES if name != "rollback"]
BEFORE = FORWARD[: FORWARD.index("maintenance")]
CLOSED = FORWARD[FORWARD.index("maintenance") : FORWARD.index("acceptance")]
KINDS: dict[str, type[BaseModel]] = {name: create_model(f"{name.title()}Done") for name in NAMES} | {
    "preflight": Inspection
}

REALITY = Reality(
    commit="a" * 40,
    revisions=["9c41d0"],
    running={},
    is_door_open=False,
    kept_databases=[],
    work={},
    identity=IDENTITY,
)


class Deck:
    """A runbook whose stages only note that they were performed, and fail where a test says so."""

    def __init__(self, place: Path, plan: str = "upgrade") -> None:
        self.performed: list[str] = []
        self.failing: dict[str, BaseException] = {}
        self.inspection = INSPECTION
        self.run: Run = make_run(place, plan=plan)
        self.runner = Runner(self.run, PLANS[plan])
        self.dropped = 0
        self.place = place
        self.proved: list[str] = []
        self.no_longer_so = ""

    def proof(self, stage: str) -> Callable[[Run], None]:
        """The look at what an earlier process did in a stage."""

        def prove(run: Run) -> None:
            self.proved.append(stage)
            if stage == self.no_longer_so:
                raise StageFailed("It is no longer so.")

        return prove

    def action(self, stage: str) -> Callable[[Run], BaseModel]:
        def perform(run: Run) -> BaseModel:
            self.performed.append(stage)
            if stage == "maintenance":
                run.journal.write("door-closing", stage)
            if stage == "acceptance":
                run.journal.write("door-opening", stage)
            if stage == "rollback":
                rollback.refuse_after_opening(run)
            if stage in self.failing:
                raise self.failing[stage]
            return self.inspection if stage == "preflight" else KINDS[stage]()

        return perform

    def drop(self, run: Run) -> None:
        self.dropped += 1

    def prove(self, stage: str, *failures: str) -> None:
        """Perform a stage as its first proof does, and judge it as the gate does when its last proof is over."""
        try:
            self.runner.ensure(stage, KINDS[stage])
        except Exception as error:
            failures = (*failures, f"{type(error).__name__}: {error}")
        self.runner.stage_over(stage, list(failures))

    def upgrade(self, *, wrong: str = "", with_rollback: bool = True) -> Outcome:
        """Go through all stages as the gate does; the proofs of the stage `wrong` fail."""
        self.runner.begin()
        for stage in self.runner.stages:
            reason = turn.rollback_reason(self.runner) if stage == "rollback" else turn.reason(self.runner, stage)
            if not reason and (stage != "rollback" or with_rollback):
                self.prove(stage, *(["3 rows, not 4"] if stage == wrong else []))
        return self.runner.end()

    def events(self, stage: str = "") -> list[str]:
        records = self.run.journal.records
        return [record.event for record in records if record.stage == stage or not stage]


@pytest.fixture
def deck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deck:
    """An upgrade."""
    dealt = Deck(tmp_path)
    deal(dealt, monkeypatch)
    return dealt


def deal(dealt: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ACTIONS", {name: (dealt.action(name),) for name in NAMES})
    monkeypatch.setattr(tidying, "drop_older_snapshots", dealt.drop)


# the order -----------------------------------------------------------------------------------------------------------


def test_an_upgrade_performs_every_stage_once_in_order(deck: Deck) -> None:
    assert deck.upgrade() is Outcome.DONE
    assert deck.performed == FORWARD


def test_what_a_stage_achieved_is_performed_once_however_often_it_is_asked_for(deck: Deck) -> None:
    found = [deck.runner.ensure("preflight", Inspection) for _ in range(3)]
    assert found == [INSPECTION] * 3
    assert deck.performed == ["preflight"]


@pytest.mark.parametrize("stage", FORWARD[1:])
def test_a_stage_out_of_its_turn_is_refused_and_not_performed(deck: Deck, stage: str) -> None:
    with pytest.raises(StageFailed, match=f"It is not the turn of {stage}: preflight has not passed"):
        deck.runner.ensure(stage, KINDS[stage])
    assert deck.performed == []
    assert deck.events(stage) == []


def test_a_stage_waits_until_the_one_before_was_judged(deck: Deck) -> None:
    deck.runner.ensure("preflight", Inspection)
    with pytest.raises(StageFailed, match="preflight has not passed"):
        deck.runner.ensure("backup", KINDS["backup"])


def test_a_stage_that_failed_is_not_tried_again(deck: Deck) -> None:
    deck.failing["preflight"] = Refused("No disk.")
    for _ in range(2):
        with pytest.raises(Problem):
            deck.runner.ensure("preflight", Inspection)
    assert deck.performed == ["preflight"]


def test_what_a_stage_of_another_plan_achieved_is_taken_and_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dealt = Deck(tmp_path, "rollback")
    deal(dealt, monkeypatch)
    dealt.run.put(INSPECTION)
    assert dealt.runner.ensure("preflight", Inspection) == INSPECTION
    assert dealt.performed == []


# the journal ---------------------------------------------------------------------------------------------------------


def test_the_journal_tells_the_run_from_beginning_to_end(deck: Deck) -> None:
    deck.upgrade()
    assert deck.events("migration") == ["stage-begun", "achieved", "stage-passed"]
    assert deck.events()[0] == "run-begun"
    ended = deck.run.journal.records[-1]
    assert (ended.event, ended.evidence) == ("run-ended", {"outcome": "done", "exit_code": 0})


def test_a_stage_is_in_the_journal_before_it_is_performed(deck: Deck) -> None:
    seen: list[list[str]] = []
    deck.failing["preflight"] = Refused("No disk.")
    deck.run.deployment.host.observers.clear()
    original = deck.run.journal.write

    def write(event: str, stage: str = "", **evidence: Any) -> Any:
        seen.append([event, *deck.performed])
        return original(event, stage, **evidence)

    deck.run.journal.write = write  # type: ignore[method-assign]
    deck.prove("preflight")
    assert seen[0] == ["stage-begun"]


def test_a_failure_is_in_the_journal_with_its_reasons(deck: Deck) -> None:
    deck.upgrade(wrong="backup")
    failed = deck.run.journal.last("stage-failed", "backup")
    assert failed is not None
    assert failed.evidence["reasons"] == ["3 rows, not 4"]


# failures ------------------------------------------------------------------------------------------------------------

ERRORS = [Refused("No disk."), StageFailed("It failed."), RuntimeError("surprise")]


@pytest.mark.parametrize("stage", BEFORE)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_failure_before_maintenance_is_refused_and_nothing_is_rolled_back(
    deck: Deck, stage: str, error: Exception
) -> None:
    deck.failing[stage] = error
    assert deck.upgrade() is Outcome.REFUSED
    assert deck.performed == FORWARD[: FORWARD.index(stage) + 1]


@pytest.mark.parametrize("stage", BEFORE)
def test_a_failed_proof_before_maintenance_is_refused_too(deck: Deck, stage: str) -> None:
    assert deck.upgrade(wrong=stage) is Outcome.REFUSED
    assert deck.performed == FORWARD[: FORWARD.index(stage) + 1]


@pytest.mark.parametrize("with_rollback", [True, False], ids=["by its stage", "at the end"])
@pytest.mark.parametrize("stage", CLOSED)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_failure_with_the_door_closed_is_rolled_back_once(
    deck: Deck, stage: str, error: Exception, with_rollback: bool
) -> None:
    deck.failing[stage] = error
    assert deck.upgrade(with_rollback=with_rollback) is Outcome.ROLLED_BACK
    assert deck.performed == [*FORWARD[: FORWARD.index(stage) + 1], "rollback"]


@pytest.mark.parametrize("with_rollback", [True, False], ids=["by its stage", "at the end"])
@pytest.mark.parametrize("stage", CLOSED)
def test_a_failed_proof_with_the_door_closed_is_rolled_back_once(deck: Deck, stage: str, with_rollback: bool) -> None:
    assert deck.upgrade(wrong=stage, with_rollback=with_rollback) is Outcome.ROLLED_BACK
    assert deck.performed == [*FORWARD[: FORWARD.index(stage) + 1], "rollback"]


@pytest.mark.parametrize("stage", ["acceptance", "watch"])
def test_a_failure_after_the_door_was_opened_needs_a_person_and_takes_nothing_back(deck: Deck, stage: str) -> None:
    deck.failing[stage] = StageFailed("It failed.")
    assert deck.upgrade() is Outcome.NEEDS_OPERATOR
    assert "achieved" not in deck.events("rollback")


def test_a_person_is_told_that_users_may_have_written(deck: Deck) -> None:
    deck.failing["watch"] = StageFailed("It failed.")
    deck.upgrade(with_rollback=False)
    assert isinstance(deck.runner.problem, NeedsOperator)
    assert "their writes are not thrown away" in deck.runner.problem.what


@pytest.mark.parametrize("with_rollback", [True, False], ids=["by its stage", "at the end"])
@pytest.mark.parametrize("error", [*ERRORS, NeedsOperator("Other data.")], ids=lambda error: type(error).__name__)
def test_a_rollback_that_fails_needs_a_person(deck: Deck, error: Exception, with_rollback: bool) -> None:
    deck.failing |= {"migration": StageFailed("It failed."), "rollback": error}
    assert deck.upgrade(with_rollback=with_rollback) is Outcome.NEEDS_OPERATOR
    assert deck.performed.count("rollback") == 1


def test_a_rollback_whose_proofs_fail_needs_a_person(deck: Deck) -> None:
    deck.failing["migration"] = StageFailed("It failed.")
    assert deck.upgrade(wrong="rollback") is Outcome.NEEDS_OPERATOR


def test_the_problem_of_a_way_back_is_told_before_the_one_that_led_there(deck: Deck) -> None:
    deck.failing |= {"migration": StageFailed("It failed."), "rollback": NeedsOperator("Other data.")}
    deck.upgrade()
    assert deck.runner.problem == NeedsOperator("Other data.")
    assert deck.runner.failed_stage == "migration"


def test_the_first_problem_is_the_one_that_is_told(deck: Deck) -> None:
    deck.failing["migration"] = StageFailed("Revision 3f2a91 failed.")
    deck.upgrade()
    assert deck.runner.problem == StageFailed("Revision 3f2a91 failed.")
    assert deck.runner.failed_stage == "migration"


def test_a_run_that_is_cut_short_with_the_door_closed_is_rolled_back(deck: Deck) -> None:
    for stage in [*BEFORE, "maintenance"]:
        deck.prove(stage)
    assert deck.runner.end() is Outcome.ROLLED_BACK


# a journal that cannot be written ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "stage", "performed", "outcome"),
    [
        ("stage-begun", "maintenance", BEFORE, Outcome.REFUSED),
        ("stage-passed", "trial", BEFORE, Outcome.REFUSED),
        ("stage-begun", "migration", [*BEFORE, "maintenance"], Outcome.NEEDS_OPERATOR),
        ("achieved", "migration", [*BEFORE, "maintenance", "migration"], Outcome.NEEDS_OPERATOR),
        ("stage-passed", "migration", [*BEFORE, "maintenance", "migration"], Outcome.NEEDS_OPERATOR),
    ],
)
def test_nothing_is_changed_any_more_when_a_record_cannot_be_written(
    deck: Deck, event: str, stage: str, performed: list[str], outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = deck.run.journal._append

    def append(line: bytes) -> None:
        if f'"event":"{event}","stage":"{stage}"'.encode() in line:
            raise OSError(28, "No space left on device")
        real(line)

    monkeypatch.setattr(deck.run.journal, "_append", append)
    assert deck.upgrade() is outcome
    assert deck.performed == performed
    assert isinstance(deck.runner.problem, JournalNotWritten)
    assert deck.events()[-1] == "run-ended"


# going on with a run whose process died ------------------------------------------------------------------------------


def take_up(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> Deck:
    """The same run in another process, which knows nothing but the journal."""
    again = Deck(deck.place)
    deal(again, monkeypatch)
    again.run.is_resumed = True
    for known in deck.run.results.values():
        again.run.put(known)
    monkeypatch.setattr(resuming, "take_up", lambda run: REALITY)
    monkeypatch.setattr(resuming, "PROVE_AGAIN", {name: again.proof(name) for name in resuming.PROVE_AGAIN})
    return again


def die_in(deck: Deck, stage: str) -> None:
    """Come to the middle of a stage, and no further."""
    deck.runner.begin()
    for name in FORWARD[: FORWARD.index(stage)]:
        deck.prove(name)
    with pytest.raises(KeyboardInterrupt):
        deck.failing[stage] = KeyboardInterrupt()
        deck.runner.ensure(stage, KINDS[stage])


AGAIN = {
    "source": ["preflight"],
    "trial": ["preflight", "source", "configuration"],
    "migration": [],
    "verification": ["restart"],
    "watch": ["acceptance"],
}


@pytest.mark.parametrize("stage", AGAIN)
def test_a_run_that_died_goes_on_to_its_end(deck: Deck, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    die_in(deck, stage)
    again = take_up(deck, monkeypatch)
    assert again.upgrade() is Outcome.DONE
    assert again.performed == [*AGAIN[stage], *FORWARD[FORWARD.index(stage) :]]
    passed = [name for name in FORWARD[: FORWARD.index(stage)] if name in resuming.PROVE_AGAIN]
    assert again.proved == (passed if stage != "watch" else ["migration"])


def test_what_is_no_longer_so_fails_before_the_door_closes(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    die_in(deck, "trial")
    again = take_up(deck, monkeypatch)
    again.no_longer_so = "backup"
    assert again.upgrade() is Outcome.REFUSED


def test_what_is_no_longer_so_goes_back_with_the_door_closed(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    die_in(deck, "verification")
    again = take_up(deck, monkeypatch)
    again.no_longer_so = "backup"
    assert again.upgrade() is Outcome.ROLLED_BACK


def test_a_stage_that_had_failed_is_not_tried_again_and_the_way_back_is_gone(
    deck: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    deck.runner.begin()
    for name in [*BEFORE, "maintenance"]:
        deck.prove(name)
    deck.prove("migration", "3 rows, not 4")
    again = take_up(deck, monkeypatch)
    assert again.upgrade() is Outcome.ROLLED_BACK
    assert again.performed == ["rollback"]
    assert again.runner.problem == StageFailed("migration had failed: 3 rows, not 4")


def test_a_way_back_that_had_begun_is_gone_to_its_end(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    die_in(deck, "verification")
    deck.run.journal.write("stage-begun", "rollback")
    again = take_up(deck, monkeypatch)
    assert again.upgrade() is Outcome.ROLLED_BACK
    assert again.performed == ["rollback"]


def test_a_run_that_died_with_the_door_open_is_never_rolled_back(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    die_in(deck, "watch")
    again = take_up(deck, monkeypatch)
    assert again.upgrade(wrong="watch") is Outcome.NEEDS_OPERATOR
    assert "achieved" not in again.events("rollback")


def test_an_acceptance_that_failed_is_tried_again(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    deck.failing["acceptance"] = StageFailed("The port is taken.")
    assert deck.upgrade(with_rollback=False) is Outcome.NEEDS_OPERATOR
    assert take_up(deck, monkeypatch).upgrade() is Outcome.DONE


@pytest.mark.parametrize("is_closed", [True, False])
def test_what_keeps_a_run_from_being_taken_up_needs_a_person_once_the_door_was_closed(
    deck: Deck, is_closed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_in(deck, "migration" if is_closed else "backup")
    again = take_up(deck, monkeypatch)

    def away(run: Run) -> Reality:
        raise StageFailed("The engine did not answer.")

    monkeypatch.setattr(resuming, "take_up", away)
    with pytest.raises(NeedsOperator if is_closed else StageFailed, match="The engine did not answer") as told:
        again.runner.begin()
    assert not is_closed or "type the same command again" in told.value.next_step


def test_a_rollback_that_was_asked_for_and_never_performed_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dealt = Deck(tmp_path, "rollback")
    deal(dealt, monkeypatch)
    assert dealt.runner.end() is Outcome.NEEDS_OPERATOR


def test_a_run_that_is_cut_short_after_a_waived_trial_goes_back_all_the_same(
    deck: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    deck.run.waived = {"trial": "no licence"}
    for stage in BEFORE:
        deck.prove(stage, *(["wrong"] if stage == "trial" else []))
    deck.run.journal.write("door-closing", "maintenance")
    assert deck.runner.end() is Outcome.ROLLED_BACK


def test_a_rollback_that_is_interrupted_leaves_what_going_on_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dealt = Deck(tmp_path, "rollback")
    deal(dealt, monkeypatch)
    dealt.run.journal.write("door-closing", "maintenance")
    candidate = candidate_environment(dealt.run)
    candidate.write_text("SECRET_KEY=x\n")
    dealt.runner.interrupted = True
    assert dealt.runner.end() is Outcome.INTERRUPTED
    assert candidate.read_text() == "SECRET_KEY=x\n"


def test_what_was_found_is_in_the_journal_before_anything_is_done(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    die_in(deck, "migration")
    again = take_up(deck, monkeypatch)
    again.runner.begin()
    resumed = again.run.journal.records[-1]
    assert (resumed.event, resumed.evidence["plan"]) == ("run-resumed", "upgrade")
    assert resumed.evidence["found"]["revisions"] == ["9c41d0"]


def test_checks_of_a_stage_that_is_behind_say_when_they_passed(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    die_in(deck, "migration")
    again = take_up(deck, monkeypatch)
    again.runner.begin()
    at = again.runner.earlier["trial"].at
    assert turn.reason(again.runner, "trial", is_check=True).startswith(f"trial proved earlier, at {at}")
    assert turn.reason(again.runner, "trial") == ""
    assert turn.reason(again.runner, "verification", is_check=True) == ""


# waived, interrupted, nothing to do ----------------------------------------------------------------------------------


@pytest.mark.parametrize("by_proof", [True, False])
def test_a_waived_trial_is_gone_past_and_stays_on_record(deck: Deck, by_proof: bool) -> None:
    deck.run.waived = {"trial": "the clone has no licence"}
    if not by_proof:
        deck.failing["trial"] = StageFailed("It failed.")
    assert deck.upgrade(wrong="trial" if by_proof else "") is Outcome.DONE
    assert deck.events("trial")[-1] == "stage-waived"
    assert deck.performed == FORWARD
    begun = deck.run.journal.last("run-begun")
    assert begun is not None
    assert begun.evidence["waived"] == {"trial": "the clone has no licence"}


def test_a_trial_that_passes_needs_no_waiver(deck: Deck) -> None:
    deck.run.waived = {"trial": "in case"}
    assert deck.upgrade() is Outcome.DONE
    assert deck.events("trial")[-1] == "stage-passed"


def test_no_other_stage_can_be_waived(deck: Deck) -> None:
    deck.run.waived = {"backup": "no time"}
    assert deck.upgrade(wrong="backup") is Outcome.REFUSED


def test_a_release_that_is_deployed_already_is_nothing_to_do(deck: Deck) -> None:
    deck.inspection = INSPECTION.model_copy(update={"commit": INSPECTION.from_commit})
    assert deck.upgrade() is Outcome.NOTHING_TO_DO
    assert deck.performed == ["preflight"]


def test_a_broken_deployment_of_that_release_is_refused_all_the_same(deck: Deck) -> None:
    deck.inspection = INSPECTION.model_copy(update={"commit": INSPECTION.from_commit})
    assert deck.upgrade(wrong="preflight") is Outcome.REFUSED


@pytest.mark.parametrize("last", ["backup", "maintenance"])
def test_an_interrupted_run_does_nothing_more(deck: Deck, last: str) -> None:
    for stage in FORWARD[: FORWARD.index(last)]:
        deck.prove(stage)
    deck.failing[last] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        deck.runner.ensure(last, KINDS[last])
    deck.runner.interrupted = True
    assert deck.runner.end() is Outcome.INTERRUPTED
    assert "rollback" not in deck.performed


def test_a_run_whose_machine_is_out_of_reach_is_interrupted_and_leaves_its_journal_as_it_is(
    deck: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    deck.failing["migration"] = ConnectionLost("the connection to shop is lost")
    with pytest.raises(ConnectionLost):
        deck.upgrade()
    monkeypatch.setattr(RecordingHost, "is_gone", True)
    deck.runner.interrupted, before = True, list(deck.run.journal.records)
    assert deck.runner.end() is Outcome.INTERRUPTED
    assert deck.run.journal.records == before


def test_a_way_back_that_is_interrupted_at_the_end_is_journalled_as_interrupted(deck: Deck) -> None:
    deck.failing |= {"migration": StageFailed("It failed."), "rollback": KeyboardInterrupt()}
    with contextlib.suppress(KeyboardInterrupt):
        deck.upgrade(with_rollback=False)
    assert deck.events()[-1] == "run-ended"


# other plans ---------------------------------------------------------------------------------------------------------


def test_a_shorter_plan_ends_where_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dealt = Deck(tmp_path, "backup")
    deal(dealt, monkeypatch)
    assert dealt.upgrade() is Outcome.DONE
    assert dealt.performed == ["preflight", "backup"]
    assert dealt.dropped == 0


def test_a_rollback_that_was_asked_for_is_performed_without_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dealt = Deck(tmp_path, "rollback")
    deal(dealt, monkeypatch)
    assert dealt.upgrade() is Outcome.ROLLED_BACK
    assert dealt.performed == ["rollback"]


def test_a_plan_of_which_nothing_ran_is_not_done(deck: Deck) -> None:
    assert deck.runner.end() is Outcome.REFUSED


# what is left behind -------------------------------------------------------------------------------------------------


def test_older_snapshots_go_only_after_a_success(deck: Deck) -> None:
    deck.upgrade()
    assert deck.dropped == 1


@pytest.mark.parametrize("stage", ["backup", "migration", "watch"])
def test_after_any_failure_older_snapshots_stay(deck: Deck, stage: str) -> None:
    deck.upgrade(wrong=stage)
    assert deck.dropped == 0


def test_an_end_that_cannot_tidy_up_still_has_its_outcome(deck: Deck) -> None:
    for stage in FORWARD:
        deck.prove(stage)
    host = deck.run.deployment.host
    assert isinstance(host, RecordingHost)
    host.exit_codes[("docker", "ps")] = 1
    assert deck.runner.end() is Outcome.DONE
    assert deck.events()[-1] == "run-ended"


# exit codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "word", "code"),
    [
        (Outcome.DONE, "done", 0),
        (Outcome.NOTHING_TO_DO, "nothing-to-do", 0),
        (Outcome.REFUSED, "refused", 10),
        (Outcome.ROLLED_BACK, "rolled-back", 11),
        (Outcome.NEEDS_OPERATOR, "needs-operator", 12),
        (Outcome.INTERRUPTED, "interrupted", 2),
    ],
)
def test_every_end_has_the_designs_exit_code(outcome: Outcome, word: str, code: int) -> None:
    assert (outcome.word, outcome.exit_code) == (word, code)


def test_only_good_ends_are_zero_and_no_other_two_ends_share_a_code() -> None:
    codes = [outcome.exit_code for outcome in Outcome if outcome.exit_code]
    assert len(set(codes)) == len(codes) == len(Outcome) - 2


def test_a_deployment_on_paper_asks_for_nothing_but_its_name(tmp_path: Path) -> None:
    host = RecordingHost(answers=answering_config({"name": "shop"}))
    assert make_run(tmp_path, host).work.run_name == "shop-20261122t021000z-4f1a"
    assert [command[:2] for command in host.commands] == [["docker", "compose"]]


# the sentences for what is not run -----------------------------------------------------------------------------------


def test_what_comes_after_a_failure_says_what_failed(deck: Deck) -> None:
    deck.prove("preflight", "3 rows, not 4")
    assert turn.reason(deck.runner, "backup") == "backup not run: preflight failed"
    assert turn.rollback_reason(deck.runner) == "rollback not needed: preflight failed before anything changed"


def test_a_green_run_needs_no_rollback_and_says_so(deck: Deck) -> None:
    deck.upgrade()
    assert turn.rollback_reason(deck.runner) == "rollback not needed: nothing failed"


def test_a_waived_trial_says_why(deck: Deck) -> None:
    deck.run.waived = {"trial": "no licence"}
    for stage in BEFORE:
        deck.prove(stage, *(["wrong"] if stage == "trial" else []))
    assert turn.reason(deck.runner, "trial") == "trial failed and was waived: no licence"
    assert turn.reason(deck.runner, "maintenance") == ""
