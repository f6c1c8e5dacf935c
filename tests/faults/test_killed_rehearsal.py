"""A rehearsal that was killed at a random moment does not stand in the way of the next one."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from runbook.plans import NAMES
from staging.deployment import PLACES, load
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

pytestmark = pytest.mark.engine

SEED_VARIABLE = "KILL_SEED"
BEGUN_SECONDS = 300
LONGEST_DELAY_SECONDS = 3.0
MAINTENANCE = NAMES.index("maintenance")
STAGES = {"before-maintenance": NAMES[:MAINTENANCE], "from-maintenance-on": NAMES[MAINTENANCE:-1]}


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after a stage began."""

    stage: str
    seconds: float


@dataclass(frozen=True)
class Second:
    """The rehearsal after the killed one: how it ended, what serves then, what is left of either run."""

    killed_in: str
    ended: Ended
    version: str
    leftovers: list[str]


@pytest.fixture(scope="module")
def moments() -> dict[str, Moment]:
    """Two random moments, before and after users are let down; the same ones again with the seed that is printed."""
    seed = int(os.environ.get(SEED_VARIABLE) or random.SystemRandom().randrange(10**6))
    print(f"moments chosen with {SEED_VARIABLE}={seed}")
    chance = random.Random(seed)
    return {
        name: Moment(chance.choice(stages), chance.uniform(0, LONGEST_DELAY_SECONDS)) for name, stages in STAGES.items()
    }


@pytest.fixture(scope="module")
def seconds(moments: dict[str, Moment]) -> Iterator[dict[str, Future[Second]]]:
    """What becomes of the rehearsals that are killed at those moments, both at once."""
    with ThreadPoolExecutor(max_workers=len(moments)) as pool:
        yield {name: pool.submit(kill_and_repeat, name, moment) for name, moment in moments.items()}


def kill_and_repeat(name: str, moment: Moment) -> Second:
    """Begin a rehearsal, kill it at a moment, and run the same command again."""
    place = PLACES / f"tests-killed-{name}-{os.getpid()}"
    command = ("-m", "upgrade", "--to", "v2.0.0", f"--place={place}")
    try:
        killed_in = killed(place, moment, command)
        ended = gate.call(*command)
        rehearsal = load(place)
        return Second(killed_in, ended, outside.version(rehearsal), outside.leftovers(rehearsal))
    finally:
        outside.remove(place)


def killed(place: Path, moment: Moment, command: tuple[str, ...]) -> str:
    """Run a command until the moment has come, kill it, and return the stage that it was in."""
    with tempfile.TemporaryFile() as output:
        runner = subprocess.Popen(
            gate.argv(*command),
            cwd=gate.ROOT,
            env=gate.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(runner, place, moment)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{printed(output)}") from None
        finally:
            runner.kill()
            runner.wait()
    return stages_begun(place)[-1]


def printed(output: IO[bytes]) -> str:
    """What a command has printed so far."""
    output.seek(0)
    return output.read().decode(errors="replace")


def wait_for(runner: subprocess.Popen[bytes], place: Path, moment: Moment) -> None:
    """Wait for the moment. Raise TimeoutError when the run ends, or too much time passes, before its stage begins."""
    end = time.monotonic() + BEGUN_SECONDS
    while moment.stage not in stages_begun(place):
        if runner.poll() is not None or time.monotonic() > end:
            raise TimeoutError(f"{moment.stage} did not begin; exit code {runner.poll()}")
        time.sleep(0.05)
    time.sleep(moment.seconds)  # This is the random moment, not a wait for something.


def stages_begun(place: Path) -> list[str]:
    """The stages that the journal of the place's newest run says have begun."""
    if not (place / "port").exists():
        return []
    return [record["stage"] for record in outside.last_journal(load(place)) if record["event"] == "stage-begun"]


@pytest.mark.parametrize("name", STAGES)
def test_the_same_command_works_after_a_kill(name: str, seconds: dict[str, Future[Second]]) -> None:
    second = seconds[name].result()
    assert second.killed_in in STAGES[name]
    assert second.ended.exit_code == 0, f"killed in {second.killed_in}:\n{second.ended.output}"
    assert (second.version, second.leftovers) == ("2.0.0", [])
