"""S1, S2, S8: no secret is told by a green, a red or a killed run, though the release, a tool and a server try to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from staging.deployment import Rehearsal
from staging.origin import git
from tests.faults import canaries, deployments, failpoint, invariants, living, releasing
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

OF_ENVIRONMENT = {
    "HOOK_URL": "https://127.0.0.1:9/hooks/c4n4ry-hook-7d1e2f",
    "MAIL_PASSWORD": "c4n4ry mail/+&<é>=%",
    "COPIES_PASSWORD": "c4n4ry-restic-é&<1>",
    "GONE_PASSWORD": 'c4n4ry-account-"quoted"',
    "AWS_SECRET_ACCESS_KEY": "c4n4ry/aws+key/5f6a7b8c",
}
IN_ENV_FILE = ("PAYMENT_API_TOKEN", "c4n4ry env/+&<é>=%")
SETTINGS = """
[targets.rehearsal.backups.off_host]
restic = "{place}/no-repository"
password = {{ env = "COPIES_PASSWORD" }}
required = false

[[targets.rehearsal.accounts]]
name = "gone@punk-eco.test"
password = {{ env = "GONE_PASSWORD" }}
enabled = false

[targets.rehearsal.notifications]
timeout_seconds = 2
[targets.rehearsal.notifications.webhook]
url = {{ env = "HOOK_URL" }}
[targets.rehearsal.notifications.email]
host = "127.0.0.1"
port = 9
user = "runbook"
password = {{ env = "MAIL_PASSWORD" }}
sender = "exploitation@punk-eco.test"
recipients = ["clients@punk-eco.test"]
"""
# A tool that repeats its environment when it fails.
TALKING_RESTIC = '#!/bin/sh\n[ "$1" = backup ] || exit 0\necho "restic talks: $RESTIC_PASSWORD" >&2\nexit 1\n'
# A release that logs its secrets, in every form, at every start.
TALKS = """
import base64, html, json, os, sys, urllib.parse
for _name in ("SECRET_KEY", "DATABASE_URL", "PAYMENT_API_TOKEN"):
    _value = os.environ.get(_name, "")
    print("ERROR talks", _name, _value, json.dumps(_value), html.escape(_value), file=sys.stderr)
    print("ERROR talks", _name, urllib.parse.quote(_value, safe=""), urllib.parse.quote_plus(_value), file=sys.stderr)
    print("ERROR talks", _name, base64.b64encode(_value.encode()).decode(), file=sys.stderr)
"""
RELEASE = "v2.0.1-talks"
WAIVED = ("--waive", "trial=a test shows what is told after the door was closed")
# Kept for their owner on purpose: the `.env` of the way back, the one that is proposed, and what users uploaded.
KEPT = (*invariants.KEEPS_SECRETS, "release.git", "candidate.env", "database", "globals.sql", "schema.sql", "media.tar")


@dataclass(frozen=True)
class Place:
    """A deployment in which canaries are planted, and what a run on it is started with."""

    rehearsal: Rehearsal
    canaries: dict[str, str]
    extra: dict[str, str]
    directory: Path

    def run(self, name: str, *arguments: str, extra: dict[str, str] | None = None) -> Told:
        """Run the gate with every report that there is, and watch the command lines meanwhile."""
        junit = self.directory / f"{name}.xml"
        argv = gate.argv(*arguments, f"--place={self.rehearsal.place}", f"--junitxml={junit}", with_page=True)
        with canaries.sampling() as seen, living.begun_as(argv, extra=self.extra | (extra or {})) as runner:
            ended = Ended(runner.wait(), runner.said(), gate.failures(junit) if junit.exists() else {})
        return Told(ended, junit, runner.process.pid, seen)

    def leaks(self, told: Told) -> list[str]:
        """Where a canary is told, a line each."""
        run = outside.newest_run(self.rehearsal)
        reports = [*(gate.REPORTS / "runs").glob(f"{run.name}*"), gate.REPORTS / "runs" / f".unfinished-{told.process}"]
        places = [*reports, told.junit, run, *self.rehearsal.state_directory.glob("*.*")]
        places += [self.rehearsal.state_directory / "backups", self.rehearsal.state_directory / "certificates"]
        found = canaries.told_in(self.canaries, [place for place in places if place.exists()], KEPT)
        found += [f"{name} in the terminal" for name in canaries.told(self.canaries, told.ended.output.encode())]
        return found + [f"{name} in the command line {line!r}" for line in told.seen for name in self.named(line)]

    def named(self, line: bytes) -> list[str]:
        """The canaries in a command line."""
        return canaries.told(self.canaries, line)


@dataclass(frozen=True)
class Told:
    """How a run ended, where JUnit's file of it is, which process it was, and the command lines that were seen."""

    ended: Ended
    junit: Path
    process: int
    seen: set[bytes]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A deployment of v1.4.0 with a secret in every place that a secret can come from."""
    directory = tmp_path_factory.mktemp("secrets")
    restic = directory / "bin" / "restic"
    restic.parent.mkdir()
    restic.write_text(TALKING_RESTIC, "utf-8")
    restic.chmod(0o755)
    with deployments.deployed("secrets", more=SETTINGS.format(place=directory)) as rehearsal:
        env_file = rehearsal.directory / ".env"
        env_file.write_text(env_file.read_text("utf-8") + "{}='{}'\n".format(*IN_ENV_FILE), "utf-8")
        releasing.tag(rehearsal, RELEASE, "v2.0.0", talking(rehearsal))
        environment = outside.environment(rehearsal)
        planted = OF_ENVIRONMENT | dict([IN_ENV_FILE]) | {key: environment[key] for key in invariants.SECRET_KEYS}
        planted["hook"] = OF_ENVIRONMENT["HOOK_URL"].rpartition("/")[2]
        planted["seed"] = rehearsal.seed_password_file.read_text("utf-8").strip()
        path = f"{restic.parent}:{gate.environment()['PATH']}"
        yield Place(rehearsal, planted, OF_ENVIRONMENT | {"PATH": path}, directory)


def talking(rehearsal: Rehearsal) -> dict[str, str]:
    """The files of a release that logs its secrets."""
    compose = git("show", "v2.0.0:docker-compose.yml", directory=rehearsal.origin)
    given = '      PAYMENT_API_TOKEN: "${PAYMENT_API_TOKEN:-}"\n      SECRET_KEY:'
    start = git("show", "v2.0.0:punk_eco/__init__.py", directory=rehearsal.origin)
    return {
        "docker-compose.yml": compose.replace("      SECRET_KEY:", given, 1) + "\n",
        "punk_eco/__init__.py": f"{start}\n{TALKS}",
    }


def command(release: str, *more: str) -> tuple[str, ...]:
    """The command line of an upgrade."""
    return ("-m", "upgrade", "--keep", "--to", release, *more)


def record(rehearsal: Rehearsal) -> dict[str, object]:
    """The newest report's record for machines."""
    places = (gate.REPORTS / "runs").glob(f"{outside.newest_run(rehearsal).name}*/run.json")
    found: dict[str, object] = json.loads(max(places, key=lambda one: one.stat().st_mtime).read_text("utf-8"))
    return found


def a_green_run_tells_none_and_its_servers_that_are_gone_change_nothing(place: Place) -> None:
    """S8: neither webhook nor mail server is there. Both are warned of, and the tool that talked is masked."""
    told = place.run("green", *command("v1.5.0"))
    assert told.ended.exit_code == 0, told.ended.output
    assert place.leaks(told) == []
    assert "users not told (door-closing, webhook)" in told.ended.output
    assert "users not told (done, e-mail)" in told.ended.output
    journal = (outside.newest_run(place.rehearsal) / "journal.jsonl").read_text("utf-8")
    assert "restic talks: ***" in journal
    sent = [(one["event"], one["way"], bool(one["problem"])) for one in record(place.rehearsal)["notifications"]]  # type: ignore[attr-defined]
    assert sent == [(event, way, True) for event in ("door-closing", "done") for way in ("webhook", "e-mail")]
    assert len(told.seen) > 50


def a_red_run_tells_none_though_its_release_logs_them(place: Place, before: Look) -> None:
    """The trial is waived, so the same lines are met with the door closed; the diagnosis has them, masked."""
    told = place.run("red", *command(RELEASE, *WAIVED))
    assert told.ended.exit_code == 11, told.ended.output
    assert place.leaks(told) == []
    assert outside.look(place.rehearsal).data == before.data
    assert "talks SECRET_KEY ***" in told.junit.read_text("utf-8")
    (report,) = (gate.REPORTS / "runs").glob(outside.newest_run(place.rehearsal).name)
    for stage, of in (("trial", "-of-the-clone"), ("verification", "")):
        logged = (report / "diagnosis" / stage / f"compose-logs{of}.txt").read_text("utf-8")
        assert "talks DATABASE_URL postgresql+psycopg://punk_eco:***@db" in logged
    found = {path.name for path in (report / "diagnosis" / "verification").iterdir()}
    assert found == {
        *("compose-ps.txt", "compose-logs.txt", "pg_isready.txt", "pip-freeze.txt", "db-current.txt"),
        *("db-history.txt", "sessions-and-locks.txt", "disk.txt"),
    }
    assert "talks SECRET_KEY ***" in (outside.newest_run(place.rehearsal) / "journal.jsonl").read_text("utf-8")


def a_killed_run_tells_none_and_its_junit_is_not_green(place: Place) -> None:
    """Killed once the verification was judged: what is left lies as it was written while the run went on."""
    killing = failpoint.at("stage-failed verification", "after")
    told = place.run("killed", *failpoint.PLUGIN, *command(RELEASE, *WAIVED), extra=killing)
    assert told.ended.exit_code == -9, told.ended.output
    unfinished = gate.REPORTS / "runs" / f".unfinished-{told.process}"
    assert any("talks SECRET_KEY ***" in path.read_text("utf-8") for path in unfinished.glob("*-result.json"))
    assert place.leaks(told) == []
    assert "was killed or is still going on" in told.ended.failures["the_run_came_to_its_end"]
    assert "check_logs_show_no_error[dark]" in told.ended.failures


def its_rollback_tells_none_and_every_run_is_in_the_log(place: Place, before: Look) -> None:
    """The way back of the killed run; each run that closed the door has its entry."""
    told = place.run("rollback", "-m", "rollback")
    assert told.ended.exit_code == 11, told.ended.output
    assert place.leaks(told) == []
    assert outside.look(place.rehearsal).data == before.data
    log = (place.rehearsal.state_directory / "upgrades.md").read_text("utf-8")
    outcomes = [line.removeprefix("- outcome: ") for line in log.splitlines() if line.startswith("- outcome: ")]
    assert outcomes == ["done (exit 0)", "rolled-back (exit 11)", "rolled-back (exit 11)"]
    assert "- from: v1.4.0\n- to: v1.5.0\n- serves: v1.5.0\n- downtime: " in log
    assert outside.git(place.rehearsal, "status", "--porcelain") == ""


def test_s1_s2_s8_no_secret_is_told_by_a_green_a_red_and_a_killed_run(place: Place) -> None:
    a_green_run_tells_none_and_its_servers_that_are_gone_change_nothing(place)
    before = outside.look(place.rehearsal)
    a_red_run_tells_none_though_its_release_logs_them(place, before)
    a_killed_run_tells_none_and_its_junit_is_not_green(place)
    its_rollback_tells_none_and_every_run_is_in_the_log(place, before)
