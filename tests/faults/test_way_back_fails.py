"""G2, G6: what a way back puts back is damaged. It stops loudly, keeps what there was, and what it says to do works."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from staging.clean import docker
from staging.deployment import Rehearsal
from tests.faults import deployments, failpoint, invariants, living, releasing
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

pytestmark = [pytest.mark.engine, pytest.mark.thorough, pytest.mark.beside]

HEAD = "d9135e7b80c4"
RELEASE = "v2.0.1-gives-up"
WAIVED = ("--waive", "trial=a test of the way back")
FILE = "/data/media/by-migration"
RAISING = f'__import__("pathlib").Path("{FILE}").write_text("x"); raise RuntimeError("given up")'
FIRST_USER = "(select min(id) from users)"


def failed_way_back(rehearsal: Rehearsal, spoil: Callable[[], None]) -> Ended:
    """An upgrade that has to go back, and something is done to its rollback point before; it ends with 12."""
    command = ("-m", "upgrade", "--keep", "--to", RELEASE, *WAIVED, f"--place={rehearsal.place}")
    stopping = failpoint.at("intended migration", "SIGSTOP")
    with living.begun(*failpoint.PLUGIN, *command, extra=stopping) as runner:
        runner.until_stopped()
        spoil()
        runner.go_on()
        ended = Ended(runner.wait(), runner.said(), {})
    assert ended.exit_code == 12, ended.output
    assert outside.version(rehearsal) == ""
    assert invariants.journal_agrees(rehearsal, ended.exit_code) == []
    status = gate.call("-m", "status", f"--place={rehearsal.place}")
    assert "pytest -m rollback" in status.output, status.output
    return ended


def assert_told_first(ended: Ended, *words: str) -> None:
    """Assert that the end of a run begins with what is wrong with the way back, and then says why it was gone."""
    end = ended.output[ended.output.rindex(words[0]) :]
    assert [word for word in (*words, "because   08 migration failed") if word not in end] == [], ended.output


def gone_back(rehearsal: Rehearsal, before: Look) -> None:
    """Type what the end of the run has named."""
    ended = gate.call("-m", "rollback", f"--place={rehearsal.place}")
    assert ended.exit_code == 11, ended.output
    assert invariants.violations(rehearsal, before, ended) == []


def of_newest_run(rehearsal: Rehearsal, what: str) -> str:
    """The name of a database that the newest run keeps."""
    return f"punk_eco_{what}_{outside.newest_run(rehearsal).name.lower().replace('-', '_')}"


def without_its_archive_nothing_is_put_back(rehearsal: Rehearsal, before: Look) -> None:
    """G2, G6: files cannot be put back, so the database is not either; the files that differ are named."""

    def spoil() -> None:
        archive = outside.newest_run(rehearsal) / "rollback-point" / "media.tar"
        content = bytearray(archive.read_bytes())
        content[len(content) // 2] ^= 1
        archive.write_bytes(content)

    ended = failed_way_back(rehearsal, spoil)
    told = ("is not what was written, so nothing was put back", "file by-migration", "then pytest -m rollback")
    assert_told_first(ended, *told)
    kept = outside.databases(rehearsal)
    assert of_newest_run(rehearsal, "before") in kept
    assert of_newest_run(rehearsal, "failed") not in kept
    media = f"{rehearsal.project}_media:/data/media"
    docker("run", "--rm", "--user", "0", "--entrypoint", "rm", "--volume", media, before.images["web"], FILE)
    gone_back(rehearsal, before)


def with_a_changed_copy_nobody_is_let_in(rehearsal: Rehearsal, before: Look) -> None:
    """G2: one value of the copy is another one; the table is named, and what was replaced is kept."""
    taken = []

    def spoil() -> None:
        with outside.database(rehearsal, of_newest_run(rehearsal, "before")) as copy:
            taken.append(outside.value(copy, f"select email from users where id = {FIRST_USER}"))
            copy.execute(f"update users set email = 'x' where id = {FIRST_USER}".encode())

    ended = failed_way_back(rehearsal, spoil)
    failed = of_newest_run(rehearsal, "failed")
    assert_told_first(ended, "is not what it was; the door stays closed", "public.users", failed, "pytest -m rollback")
    assert failed in outside.databases(rehearsal)
    with outside.database(rehearsal) as live:
        live.execute(f"update users set email = %s where id = {FIRST_USER}".encode(), taken)
    gone_back(rehearsal, before)


def test_g2_g6_a_way_back_that_fails_in_part_says_what_to_do_and_that_works() -> None:
    with deployments.deployed("way-back-fails", "v2.0.0") as rehearsal:
        releasing.tag(rehearsal, RELEASE, "v2.0.0", releasing.revision("aaaa13", HEAD, RAISING))
        before = outside.look(rehearsal)
        without_its_archive_nothing_is_put_back(rehearsal, before)
        with_a_changed_copy_nobody_is_let_in(rehearsal, before)
