"""Waiting for the engine: until it answers, and no longer than it is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fixtures import engine
from fixtures.errors import StageFailed
from tests.unit.recording import RecordingHost


class Restarting(RecordingHost):
    """An engine that answers at the third question."""

    def exit_code(self, argv: Sequence[str]) -> int:
        return 0 if len(self.noted) > 2 else 1


def test_it_is_asked_until_it_answers() -> None:
    host = Restarting()
    engine.wait(host, seconds=30)
    assert [command[:2] for command in host.commands] == [["docker", "version"]] * 3


def test_one_that_does_not_come_back_is_told_with_the_limit() -> None:
    with pytest.raises(StageFailed, match="The Docker Engine did not answer within 1 s"):
        engine.wait(RecordingHost(exit_codes={("docker", "version"): 1}), seconds=1)
