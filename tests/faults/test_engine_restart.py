"""A14: the engine is restarted, as by a reboot, while the door is closed: the old version never comes back."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from staging import engine
from staging.deployment import Rehearsal
from tests.faults import deployments, failpoint, killing
from tests.faults.killing import FORTH, KILLED
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

ALWAYS = "services:\n  web:\n    restart: always\n  db:\n    restart: always\n"
PID_FILE = engine.DAEMON_PID_FILES[0]
END_SECONDS = 60
# With what the door was closed for: from the rollback point on, and with the new version in the dark.
POINTS = ("intended maintenance", "achieved migration", "stage-passed restart")


def is_ours() -> bool:
    """Whether the engine is one that this project has started, and not the machine's own service."""
    return not Path("/run/systemd/system").is_dir() and PID_FILE.exists() and os.geteuid() == 0


def restart_engine() -> None:
    """End the engine as a machine that goes down does, and start it again."""
    process = int(PID_FILE.read_text())
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + END_SECONDS
    while PID_FILE.exists() and Path(f"/proc/{process}").exists() and not is_zombie(process):
        assert time.monotonic() < deadline, f"the engine did not end within {END_SECONDS} s"
        time.sleep(0.1)
    engine.ensure_engine()


def is_zombie(process: int) -> bool:
    """Whether a process has ended and nobody has asked how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def served(rehearsal: Rehearsal) -> tuple[str, set[str]]:
    """What the door answers, and the images of the web service that run."""
    found = outside.containers(rehearsal)
    return outside.version(rehearsal), {container.image for name, container in found.items() if name == "web"}


@pytest.mark.alone
@pytest.mark.skipif(not is_ours(), reason="the machine's own engine is not restarted by a test")
def test_a14_no_restart_policy_brings_the_old_version_back_with_the_door_closed() -> None:
    with deployments.deployed("reboot") as rehearsal:
        always = rehearsal.place / "always.yml"
        always.write_text(ALWAYS)
        settings = rehearsal.settings_file.read_text("utf-8")
        files = f'{outside.CACHED}files = ["docker-compose.yml", "{always}"]\n'
        rehearsal.settings_file.write_text(settings.replace(outside.CACHED, files), "utf-8")
        before, command = outside.look(rehearsal), FORTH.command(rehearsal)
        old = before.images["web"]
        for point in POINTS:
            died = gate.call(*failpoint.PLUGIN, *command, extra=failpoint.at(point, "after"))
            assert died.exit_code == KILLED, died.output
            restart_engine()
            answer, images = served(rehearsal)
            assert (answer, images - {old}) == ("", images), f"after {point}"
            command = ("-m", "upgrade", "--resume", f"--place={rehearsal.place}")
        ended = gate.call(*command)
        assert ended.exit_code == 0, ended.output
        assert killing.judge(rehearsal, before, [ended]) == []
