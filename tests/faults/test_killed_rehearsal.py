"""A rehearsal that was killed at a random moment does not stand in the way of the next one."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from runbook.plans import NAMES
from staging.deployment import PLACES, load
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside]

SEED_VARIABLE = "KILL_SEED"
BEGUN_SECONDS = 300
LONGEST_DELAY_SECONDS = 3.0
STAGES = NAMES[NAMES.index("maintenance") : -1]


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after a stage began."""

    stage: str
    seconds: float


def random_moment() -> Moment:
    """A random moment with the door closed; the same one again with the seed that is printed."""
    seed = int(os.environ.get(SEED_VARIABLE) or random.SystemRandom().randrange(10**6))
    print(f"moment chosen with {SEED_VARIABLE}={seed}")
    chance = random.Random(seed)
    return Moment(chance.choice(STAGES), chance.uniform(0, LONGEST_DELAY_SECONDS))


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


def test_the_same_rehearsal_works_after_a_kill() -> None:
    place, moment = PLACES / f"tests-killed-{os.getpid()}", random_moment()
    command = ("-m", "upgrade", "--to", "v2.0.0", f"--place={place}")
    try:
        killed_in = killed(place, moment, command)
        ended, rehearsal = gate.call(*command), load(place)
        assert killed_in in STAGES
        assert ended.exit_code == 0, f"killed in {killed_in}:\n{ended.output}"
        assert (outside.version(rehearsal), outside.leftovers(rehearsal)) == ("2.0.0", [])
    finally:
        outside.remove(place)
