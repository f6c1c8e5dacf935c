"""Kills a run at its journal records, goes on with it or goes back, and looks from outside at what comes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from staging.deployment import Rehearsal
from tests.faults import failpoint, invariants
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

KILLED = -9
RESUME, BACK = "--resume", "rollback"


@dataclass(frozen=True)
class Journey:
    """A run whose records are the points at which it is killed: the release, what is waived, its first point.

    It is an upgrade, or a rollback after an upgrade that was done and let users in.
    """

    name: str
    release: str
    waived: tuple[str, ...] = ()
    begins_with: str = "run-begun"
    is_late: bool = False

    def prepare(self, rehearsal: Rehearsal) -> None:
        """Bring a deployment to where the journey begins. Raise AssertionError when that fails."""
        if self.is_late:
            ended = gate.call(*self.upgrade(rehearsal))
            assert ended.exit_code == 0, ended.output

    def command(self, rehearsal: Rehearsal) -> tuple[str, ...]:
        """The command line of the run."""
        return ("-m", BACK, f"--place={rehearsal.place}") if self.is_late else self.upgrade(rehearsal)

    def upgrade(self, rehearsal: Rehearsal) -> tuple[str, ...]:
        """The command line of its upgrade."""
        return ("-m", "upgrade", "--keep", "--to", self.release, *self.waived, f"--place={rehearsal.place}")


FORTH = Journey("forth", "v2.0.0")
# A release that is found out in the dark: its rollback is part of the run.
AND_BACK = Journey("back", "v2.0.1-login-500", ("--waive", "trial=a test of the way back"), "stage-begun rollback")
LATE = Journey("late", "v1.5.0", is_late=True)


@dataclass(frozen=True)
class Point:
    """One death: at which record of which journey, whether before or after it, and what is typed next."""

    journey: Journey
    number: int
    label: str
    deed: str
    next: str

    def __str__(self) -> str:
        return f"{self.journey.name:<5} {self.number:>3} {self.deed:<6} {self.label:<40} {self.next}"


@dataclass(frozen=True)
class Finding:
    """What came of one death: what the journal and the door said then, the exit codes after, what was violated."""

    point: Point
    found: str
    exit_codes: tuple[int, ...]
    seconds: float
    violations: tuple[str, ...]

    def __str__(self) -> str:
        codes = "→".join(str(code) for code in self.exit_codes)
        verdict = "ok" if not self.violations else "VIOLATED: " + "; ".join(self.violations)
        return f"{self.point!s:<75} {self.found:<32} {codes:<8} {self.seconds:6.1f} s  {verdict}"


def named(record: dict[str, Any]) -> str:
    """A record as it stands in the table."""
    detail = record["evidence"].get("kind") or record["evidence"].get("what") or ""
    return " ".join(part for part in (record["event"], record["stage"], str(detail)) if part)[:40]


def points(journey: Journey, records: list[dict[str, Any]], seed: int) -> list[Point]:
    """Every record of a real run's journal as points: each is the end of a life once before and once after it.

    Every record comes once before any comes again. The two are followed by going on and by going back in turn; another
    seed turns that around. Of every third record only a half is on disk in the first of them.
    """
    first = next(i for i, r in enumerate(records) if f"{r['event']} {r['stage']}".strip() == journey.begins_with)
    found: tuple[list[Point], list[Point]] = ([], [])
    for record in records[first:]:
        number = int(record["sequence"])
        follow = (RESUME, BACK) if (number + seed) % 2 else (BACK, RESUME)
        deeds = ("torn" if (number + seed) % 3 == 0 else "before", "after")
        if record["event"] == "run-ended":
            follow = (follow[0], RESUME)  # To go back from there is a rollback of its own, with tests of its own.
        for once, deed, then in zip(found, deeds, follow, strict=True):
            once.append(Point(journey, number, named(record), deed, then))
    return [*found[0], *found[1]]


def die(rehearsal: Rehearsal, point: Point) -> None:
    """Begin the run and end its process at the point. Raise AssertionError when it ends in another way."""
    ended = gate.call(
        *failpoint.PLUGIN, *point.journey.command(rehearsal), extra=failpoint.at(point.number, point.deed)
    )
    assert ended.exit_code == KILLED, f"{point}: not killed, exit code {ended.exit_code}\n{ended.output}"


def settle(rehearsal: Rehearsal, how: str) -> list[Ended]:
    """Type what an operator would, until something serves: what was decided on, and on once users may have written.

    A rollback is gone on with by the command that began it.
    """
    place = f"--place={rehearsal.place}"
    on = ("-m", "upgrade", RESUME, place)
    ended = [gate.call(*(on if how == RESUME else ("-m", BACK, place)))]
    if ended[-1].exit_code == 12 and how == BACK:
        ended.append(gate.call(*on))
    return ended


def live_through(rehearsal: Rehearsal, point: Point) -> Finding:
    """Have a run die at a point, settle it, and look at everything that must be true then."""
    before, begun = outside.look(rehearsal), time.monotonic()
    point.journey.prepare(rehearsal)
    runs = len(outside.runs(rehearsal))
    die(rehearsal, point)
    records = outside.last_journal(rehearsal) if len(outside.runs(rehearsal)) > runs else []
    found = f"{named(records[-1]) if records else 'nothing':.22}, door {outside.version(rehearsal) or 'closed'}"
    ended = settle(rehearsal, BACK if point.journey.is_late else point.next)
    codes = tuple(one.exit_code for one in ended)
    wrong = [] if codes == expected(point, records) else [f"not the expected {expected(point, records)}"]
    violated = judge(rehearsal, before, ended)
    said = [one.output for one in ended] if wrong or violated else []
    return Finding(point, found, codes, time.monotonic() - begun, (*wrong, *violated, *said))


def expected(point: Point, records: list[dict[str, Any]]) -> tuple[int, ...]:
    """The exit codes of the commands that settle a death, by what it left in the journal."""
    names = {f"{record['event']} {record['stage']}".strip() for record in records}
    is_opened, is_closed = "door-opening acceptance" in names, "door-closing maintenance" in names
    if "run-ended" in names or (not records and not point.journey.is_late):
        return (10,)
    if point.journey is not FORTH:
        return (11,)
    if point.next == RESUME:
        return (0,)
    return (12, 0) if is_opened else (11,) if is_closed else (10,)


def judge(rehearsal: Rehearsal, before: Look, ended: list[Ended]) -> list[str]:
    """What is violated now."""
    try:
        return invariants.violations(rehearsal, before, ended[-1])
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
