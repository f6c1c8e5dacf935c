"""C5, C6: what is dumped goes into files, never through a terminal or a pipe, and every exit code counts."""

from __future__ import annotations

import re

import pytest

from fixtures import dump, dump_point, media
from fixtures.work import Finished
from tests.unit.sources import sources, words

SCRIPTS = {
    "dump": dump.WRITE,
    "restore": dump.READ,
    "put back": dump_point.PUT_BACK,
    "archive": media.ARCHIVE,
    "unpack": media.RESTORE,
}
PIPE = re.compile(r"(?<!\|)\s\|\s")


@pytest.mark.parametrize("name", SCRIPTS)
def test_c6_no_pipe_can_hide_an_exit_code(name: str) -> None:
    assert PIPE.search(SCRIPTS[name]) is None


def test_c6_the_pattern_finds_a_pipe_and_no_or() -> None:
    assert PIPE.search("pg_dump | gzip")
    assert not PIPE.search("tar || [ $? = 1 ]")


def test_c5_nothing_runs_at_a_terminal() -> None:
    said = {word for source in sources("fixtures", "runbook") for phrase in words(source.tree) for word in phrase}
    assert said & {"-t", "-it", "-ti", "--tty", "--interactive"} == set()


def test_hashes_are_taken_from_what_a_container_said() -> None:
    digest = "0123456789abcdef" * 4
    said = f"{digest}  ./database/3426.dat.gz\n{digest}  ./globals.sql\npg_dump: warning: there are circular keys\n"
    finished = Finished("run-dump", 0, said)
    assert dump.said_digests(finished) == {"database/3426.dat.gz": digest, "globals.sql": digest}
