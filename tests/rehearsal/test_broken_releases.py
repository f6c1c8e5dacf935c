"""Each broken release is refused by the trial; when the trial is waived, the upgrade rolls back. Seen from outside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pytest

from staging import origin
from staging.deployment import PLACES, Rehearsal
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

pytestmark = pytest.mark.engine

BROKEN = [release.tag for release in origin.releases().values() if release.fault]
WAIVED = ("--waive", "trial=a test shows the way back")

# Where each release is found out in the trial, and after the trial was waived.
TRIAL_SAYS = {
    "v2.0.1-dies-on-boot": "logging.ini",
    "v2.0.1-migration-raises": "NotNullViolation",
    "v2.0.1-login-500": "check_real_accounts_log_in[trial]",
    "v2.0.1-loses-rows": "check_only_declared_data_changed[trial]",
    "v2.0.1-never-healthy": "web is starting",
}
# What nothing but these releases can show.
MORE_FAULTS = {
    "v2.0.1-login-500": "check_sessions_are_kept",
    "v2.0.1-loses-rows": "check_scenarios_leave_no_trace",
}
FAILED_STAGE = {
    "v2.0.1-dies-on-boot": "restart",
    "v2.0.1-migration-raises": "migration",
    "v2.0.1-login-500": "verification",
    "v2.0.1-loses-rows": "verification",
    "v2.0.1-never-healthy": "restart",
}
# What waits for ever is waited for that long, and no longer than what Compose and the way out of it may take beside.
START_SECONDS, MORE_SECONDS = 45, 30
LIMITS = f"{outside.PATIENT}\nstart_seconds = {START_SECONDS}"


@dataclass(frozen=True)
class Attempt:
    """One attempt to deploy a broken release: how it ended, and what there was afterwards."""

    ended: Ended
    after: Look
    journal: list[dict[str, Any]]
    leftovers: list[str]


@dataclass(frozen=True)
class Story:
    """A broken release on a deployment: tried plainly, then with the trial waived."""

    before: Look
    plain: Attempt
    waived: Attempt


def attempt(rehearsal: Rehearsal, release: str, *options: str) -> Attempt:
    """Try to deploy a release."""
    ended = gate.call(
        "-m", "upgrade", "--keep", "--to", release, *options, f"--place={rehearsal.place}", with_page=True
    )
    after, leftovers = outside.look(rehearsal), outside.leftovers(rehearsal)
    return Attempt(ended, after, outside.last_journal(rehearsal), leftovers)


def tell(rehearsal: Rehearsal, release: str) -> Story:
    """Let a release loose on a deployment, twice."""
    return Story(outside.look(rehearsal), attempt(rehearsal, release), attempt(rehearsal, release, *WAIVED))


def tell_all(releases: list[str]) -> dict[str, Story]:
    """Make a deployment, and let one release after the other loose on it: each leaves it as it was."""
    with outside.deployed(PLACES / f"tests-{releases[0]}-{os.getpid()}", "v1.4.0", limits=LIMITS) as rehearsal:
        return {release: tell(rehearsal, release) for release in releases}


@pytest.fixture(scope="module")
def stories(request: pytest.FixtureRequest) -> dict[str, Story]:
    """The story of every release that is asked for."""
    asked = [tag for tag in BROKEN if any(f"[{tag}]" in item.nodeid for item in request.session.items)]
    return tell_all(asked)


@pytest.fixture(params=[tag if tag in MORE_FAULTS else pytest.param(tag, marks=pytest.mark.thorough) for tag in BROKEN])
def release(request: pytest.FixtureRequest) -> str:
    """A broken release."""
    return str(request.param)


@pytest.fixture
def story(release: str, stories: dict[str, Story]) -> Story:
    """What happened with that release."""
    return stories[release]


def test_e1_e4_f1_f2_f3_the_trial_refuses_it(release: str, story: Story) -> None:
    plain = story.plain
    assert plain.ended.exit_code == 10, plain.ended.output
    assert TRIAL_SAYS[release] in str(plain.ended.failures)
    assert "trial" in [record["stage"] for record in plain.journal if record["event"] == "stage-failed"]


@pytest.mark.parametrize(("tag", "check"), MORE_FAULTS.items(), ids=MORE_FAULTS)
def test_the_trial_tells_its_other_fault_as_well(tag: str, check: str, stories: dict[str, Story]) -> None:
    told = stories[tag].plain.ended
    assert f"{check}[trial]" in told.failures, told.output


def test_a_refusal_leaves_everything_as_it_was(story: Story) -> None:
    assert story.plain.after == story.before
    assert story.plain.leftovers == []


def test_the_journal_of_a_refusal_says_so(story: Story) -> None:
    last = story.plain.journal[-1]
    assert (last["event"], last["evidence"]) == ("run-ended", {"outcome": "refused", "exit_code": 10})
    assert "maintenance" not in {record["stage"] for record in story.plain.journal}


def test_e1_e4_f1_f2_f3_with_the_trial_waived_it_is_rolled_back(release: str, story: Story) -> None:
    waived = story.waived
    assert waived.ended.exit_code == 11, waived.ended.output
    failed = [record["stage"] for record in waived.journal if record["event"] == "stage-failed"]
    assert failed == [FAILED_STAGE[release]]


@pytest.mark.thorough
def test_f2_what_never_becomes_healthy_has_a_time_limit_of_its_own(
    stories: dict[str, Story],
) -> None:
    release = "v2.0.1-never-healthy"
    records = stories[release].waived.journal
    begun, failed = (outside.time_of(records, event, "restart") for event in ("stage-begun", "stage-failed"))
    assert START_SECONDS <= failed - begun < START_SECONDS + MORE_SECONDS


def test_after_the_rollback_the_old_version_serves(story: Story) -> None:
    before, after = story.before, story.waived.after
    assert (after.version, after.images, after.source) == ("1.4.0", before.images, before.source)
    assert {container.restarts for container in after.containers.values()} == {0}


def test_after_the_rollback_the_data_is_what_it_was(story: Story) -> None:
    assert story.waived.after.data == story.before.data
    assert story.waived.after.sequences.keys() == story.before.sequences.keys()
    assert all(story.waived.after.sequences[name] >= last for name, last in story.before.sequences.items())


def test_a_rollback_leaves_nothing_of_the_run(story: Story) -> None:
    assert story.waived.leftovers == []


def test_the_journal_of_a_rollback_says_so(story: Story) -> None:
    last = story.waived.journal[-1]
    assert (last["event"], last["evidence"]) == ("run-ended", {"outcome": "rolled-back", "exit_code": 11})
