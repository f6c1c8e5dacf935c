"""The journal: on disk before anything goes on, readable by another process, refused when a line of it is not whole."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures import journal
from fixtures.journal import RESERVE_NAME, Journal, JournalDamaged, JournalNotWritten, Record


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A journal of three records."""
    opened = Journal.open(tmp_path / "journal.jsonl")
    opened.write("run-begun", plan="upgrade")
    opened.write("stage-begun", "backup")
    opened.write("stage-passed", "backup", seconds=1.5)
    return opened.path


def test_records_are_numbered_from_one(written: Path) -> None:
    assert [record.sequence for record in Journal.open(written).records] == [1, 2, 3]


def test_every_line_is_one_json_object(written: Path) -> None:
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    assert [(line["event"], line["stage"]) for line in lines] == [
        ("run-begun", ""),
        ("stage-begun", "backup"),
        ("stage-passed", "backup"),
    ]
    assert {line["format"] for line in lines} == {journal.FORMAT_VERSION}


def test_what_was_written_is_read_back_the_same(tmp_path: Path) -> None:
    opened = Journal.open(tmp_path / "journal.jsonl")
    records = [opened.write("achieved", "backup", files=["a", "b"], text='"\n\r\x85é'), opened.write("run-ended")]
    assert Journal.open(opened.path).records == opened.records == records


def test_a_reopened_journal_goes_on_where_it_was(written: Path) -> None:
    assert Journal.open(written).write("run-ended").sequence == 4
    assert len(Journal.open(written).records) == 4


def test_a_record_is_on_disk_before_write_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append((tmp_path / "journal.jsonl").read_text()))
    Journal.open(tmp_path / "journal.jsonl").write("door-opening", "acceptance")
    assert len(synced) == 1
    assert '"door-opening"' in synced[0]


def test_a_record_survives_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    program = (
        "import os, sys; from pathlib import Path; from fixtures.journal import Journal; "
        "Journal.open(Path(sys.argv[1])).write('run-begun'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], cwd=Path(__file__).parents[2], check=False)
    assert [record.event for record in Journal.open(path).records] == ["run-begun"]


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        opened = Journal.open(tmp_path / "journal.jsonl")
        opened.write("run-begun")
    finally:
        os.umask(before)
    assert opened.path.stat().st_mode & 0o777 == 0o600


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    elsewhere, journal_file = tmp_path / "elsewhere", tmp_path / "run" / "journal.jsonl"
    elsewhere.write_text("")
    journal_file.parent.mkdir()
    journal_file.symlink_to(elsewhere)
    with pytest.raises(JournalNotWritten, match="was not gone on with"):
        Journal.open(journal_file).write("run-begun")
    assert elsewhere.read_text() == ""


def test_opening_one_that_is_not_there_makes_no_file(tmp_path: Path) -> None:
    assert Journal.open(tmp_path / "journal.jsonl").records == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (1, b"not JSON"),
        (2, b"\xff\xfe"),
        (3, b'{"sequence": 3}'),
        (2, b""),
        (2, b"[]"),
        (2, b'{"sequence": 2, "at": "now", "event": "x", "unknown": 1}'),
    ],
)
def test_a_damaged_line_is_refused_with_its_number(written: Path, line: int, found: bytes) -> None:
    lines = written.read_bytes().splitlines()
    lines[line - 1] = found
    written.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(JournalDamaged, match=f"damaged at line {line}; nothing was changed now") as refused:
        Journal.open(written)
    assert refused.value.found == repr(found[:60])


@pytest.mark.parametrize("missing", [1, 2])
def test_a_gap_is_refused_with_its_line(written: Path, missing: int) -> None:
    lines = written.read_bytes().splitlines(keepends=True)
    del lines[missing - 1]
    written.write_bytes(b"".join(lines))
    with pytest.raises(JournalDamaged, match=f"has a gap at line {missing}") as refused:
        Journal.open(written)
    assert (refused.value.expected, refused.value.found) == (f"record {missing}", f"record {missing + 1}")


def test_records_in_another_order_are_refused(written: Path) -> None:
    first, second, third = written.read_bytes().splitlines(keepends=True)
    written.write_bytes(first + third + second)
    with pytest.raises(JournalDamaged, match="gap at line 2"):
        Journal.open(written)


@pytest.mark.parametrize("kept", [1, 20, -20, -1], ids=["one byte", "a few", "most", "all but the newline"])
def test_a_last_record_that_a_death_cut_off_is_left_out_and_the_next_takes_its_place(written: Path, kept: int) -> None:
    *whole, last = written.read_bytes().splitlines(keepends=True)
    written.write_bytes(b"".join(whole) + last[:kept])
    opened = Journal.open(written)
    assert [record.sequence for record in opened.records] == [1, 2]
    assert opened.write("run-ended").sequence == 3
    assert [record.event for record in Journal.open(written).records] == ["run-begun", "stage-begun", "run-ended"]


def test_only_looking_at_a_torn_journal_leaves_it_as_it_was(written: Path) -> None:
    written.write_bytes(written.read_bytes()[:-20])
    before = written.read_bytes()
    Journal.open(written)
    assert written.read_bytes() == before


def test_a_refused_journal_is_left_as_it_was(written: Path) -> None:
    written.write_bytes(b"x" + written.read_bytes())
    before = written.read_bytes()
    with pytest.raises(JournalDamaged):
        Journal.open(written)
    assert written.read_bytes() == before


def test_records_of_another_writer_are_never_cut_off(written: Path) -> None:
    stale, other = Journal.open(written), Journal.open(written)
    other.write("door-opening", "acceptance")
    with contextlib.suppress(JournalDamaged):
        stale.write("run-ended")
    assert b"door-opening" in written.read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 300, b'{"format":1,"sequence":1,"at":"2026'], ids=["empty", "zeroed", "torn"]
)
def test_a_journal_without_a_record_beside_what_its_run_made_is_lost_and_no_fresh_start(
    written: Path, content: bytes
) -> None:
    (written.parent / "candidate.env").write_text("")
    written.write_bytes(content)
    with pytest.raises(JournalDamaged, match="lost"):
        Journal.open(written)
    assert written.read_bytes() == content


@pytest.mark.parametrize("beside", [(), (RESERVE_NAME,)], ids=["alone", "with its reserve"])
def test_a_journal_that_died_in_its_first_record_is_a_fresh_start(tmp_path: Path, beside: tuple[str, ...]) -> None:
    for name in beside:
        (tmp_path / name).write_bytes(b"0")
    (tmp_path / "journal.jsonl").write_bytes(b'{"format":1,"sequence":1,"at":"2026')
    assert Journal.open(tmp_path / "journal.jsonl").records == []


def test_zeros_after_the_last_record_are_a_torn_record(written: Path) -> None:
    written.write_bytes(written.read_bytes() + b"\0" * 4096)
    opened = Journal.open(written)
    assert opened.write("run-ended").sequence == 4
    assert b"\0" not in written.read_bytes()


def test_zeros_in_the_middle_are_damage(written: Path) -> None:
    content = written.read_bytes()
    written.write_bytes(content[:60] + b"\0" * 60 + content[120:])
    with pytest.raises(JournalDamaged, match="damaged at line 1"):
        Journal.open(written)


def test_a_full_disk_stops_what_the_record_announces_and_leaves_the_journal_whole(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, real = Journal.open(written), os.write
    half = iter([lambda fd, data: real(fd, data[:10]), no_space])
    monkeypatch.setattr(os, "write", lambda fd, data: next(half)(fd, data))
    with pytest.raises(JournalNotWritten, match="stage-begun migration was not gone on with") as told:
        opened.write("stage-begun", "migration")
    assert told.value.found == "No space left on device"
    monkeypatch.undo()
    assert len(opened.records) == 3
    assert Journal.open(written).write("run-ended").sequence == 4


def test_a_record_that_cannot_be_synced_is_taken_out_again(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    opened = Journal.open(written)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(JournalNotWritten, match="door-opening acceptance was not gone on with"):
        opened.write("door-opening", "acceptance")
    monkeypatch.undo()
    assert Journal.open(written).last("door-opening") is None
    assert opened.write("run-ended").sequence == 4


def no_space(descriptor: int, data: bytes) -> int:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("is_on_disk", [True, False])
def test_a_signal_in_the_middle_of_a_record_leaves_the_journal_true(
    written: Path, is_on_disk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Journal.open(written)
    real = opened._append

    def append(line: bytes) -> None:
        real(line if is_on_disk else line[:20])
        raise KeyboardInterrupt

    monkeypatch.setattr(opened, "_append", append)
    with pytest.raises(KeyboardInterrupt):
        opened.write("door-closing", "maintenance")
    monkeypatch.undo()
    assert (opened.last("door-closing") is not None) == is_on_disk
    opened.write("run-ended")
    assert Journal.open(written).records == opened.records
    assert len(opened.records) == 4 + is_on_disk


def test_a_record_is_written_to_its_end_though_the_kernel_takes_it_in_pieces(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:7]))
    Journal.open(written).write("run-ended", outcome="done")
    assert Journal.open(written).outcome == "done"


def test_the_ending_gives_up_the_room_that_was_kept_for_it(written: Path) -> None:
    opened = Journal.open(written)
    opened.keep_reserve()
    reserve = written.with_name(RESERVE_NAME)
    assert (reserve.stat().st_size, reserve.stat().st_mode & 0o777) == (journal.RESERVE_BYTES, 0o600)
    opened.write_ending(outcome="needs-operator", exit_code=12)
    assert reserve.stat().st_size == 0
    assert opened.outcome == "needs-operator"


def test_a_run_that_was_taken_up_again_has_not_ended(written: Path) -> None:
    opened = Journal.open(written)
    opened.write_ending(outcome="interrupted", exit_code=2)
    assert opened.outcome == "interrupted"
    opened.write("run-resumed")
    assert (opened.ending, opened.outcome) == (None, "")


@given(st.lists(st.tuples(st.sampled_from(["stage-begun", "stage-passed"]), st.sampled_from(["a", "b", "c"]))))
def test_the_last_record_of_an_event_is_the_newest(events: list[tuple[str, str]]) -> None:
    records = [Record(sequence=n, at="", event=event, stage=stage) for n, (event, stage) in enumerate(events, 1)]
    opened = Journal(Path("none"), records, 0)
    found = opened.last("stage-begun", "a")
    assert found == next((r for r in reversed(records) if (r.event, r.stage) == ("stage-begun", "a")), None)
    assert (opened.last("stage-passed") is None) == all(event != "stage-passed" for event, _ in events)


def test_times_are_utc_and_sort_as_text() -> None:
    first, second = journal.now(), journal.now()
    assert first.endswith("Z")
    assert first <= second
