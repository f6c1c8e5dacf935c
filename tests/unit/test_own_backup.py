"""What a deployment's own backup script wrote: found, named by its first bytes, held to what was there meanwhile."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from fixtures import own_backup, script_files
from fixtures.errors import StageFailed
from fixtures.own_backup import Held
from fixtures.script_files import CUSTOM, SQL, TAR, TAR_DUMP, UNKNOWN, WrittenFile
from tests.unit.recording import RecordingHost
from tests.unit.runs import make_run

TEXT = b"--\n-- PostgreSQL database dump\n--\nselect 1;\n"
FILES = {"a.jpg": b"one\n" * 300, "b/c.jpg": b"two\n" * 900}
LIVE = Held(rows={"public.orders": 10}, objects=["index public.i", "table public.orders"], revisions=["9c41d0"])


def tar(files: dict[str, bytes], prefix: str = "./") -> bytes:
    """A tar archive of some files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PGDMP\x01\x0e\0", CUSTOM),
        (TEXT, SQL),
        (tar(FILES), TAR),
        (tar({"toc.dat": b"PGDMP"}, ""), TAR_DUMP),
        (b"", UNKNOWN),
        (b"sh: pg_dump: not found\n", UNKNOWN),
    ],
)
def test_a_file_is_what_it_begins_with_gzipped_or_not(tmp_path: Path, content: bytes, kind: str) -> None:
    plain, zipped = tmp_path / "plain", tmp_path / "zipped"
    plain.write_bytes(content)
    zipped.write_bytes(gzip.compress(content))
    found = [script_files.describe(path) for path in (plain, zipped)]
    assert [(file.kind, file.is_gzipped) for file in found] == [(kind, False), (kind, True)]


def test_a_gzipped_file_that_a_terminal_spoilt_is_none_that_is_known(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(TEXT)[:3] + b"\r\n")
    assert script_files.describe(tmp_path / "x.gz").kind == UNKNOWN


def test_what_is_new_or_another_file_was_written_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "backups"
    place.mkdir()
    for name in ("old", "replaced", ".hidden"):
        (place / name).write_bytes(b"x")
    before = script_files.look(tmp_path, "backups/*")
    (place / "new").write_bytes(TEXT)
    (place / ".db.partial").write_bytes(b"x")
    (place / "another").write_bytes(b"x")
    (place / "another").replace(place / "replaced")
    found = script_files.written(before, script_files.look(tmp_path, "backups/*"))
    assert [file.path.name for file in found] == ["new", "replaced"]


@pytest.mark.parametrize("prefix", ["./", "", "data/media/", "/data/media/"])
def test_an_archive_is_read_whatever_its_names_begin_with(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "media.tar.gz").write_bytes(gzip.compress(tar(FILES, prefix)))
    (tmp_path / "expected.tar").write_bytes(tar(FILES))
    expected = dict(script_files.archived(tmp_path / "expected.tar"))
    found = script_files.below_common_place(dict(script_files.archived(tmp_path / "media.tar.gz")), expected)
    assert found == expected
    assert list(own_backup.lost_files(found, expected, expected)) == []


@pytest.mark.parametrize("spoil", [lambda whole: whole[:900], lambda whole: whole.replace(b"\n", b"\r\n")])
def test_an_archive_that_was_cut_or_spoilt_is_not_read_or_is_another(tmp_path: Path, spoil: object) -> None:
    (tmp_path / "whole.tar").write_bytes(tar(FILES))
    (tmp_path / "media.tar").write_bytes(spoil(tar(FILES)))  # type: ignore[operator]
    expected = dict(script_files.archived(tmp_path / "whole.tar"))
    try:
        found = dict(script_files.archived(tmp_path / "media.tar"))
    except ValueError:
        return
    assert list(own_backup.lost_files(found, expected, expected)) != []


def test_a_file_that_came_went_or_changed_meanwhile_may_be_in_an_archive_either_way() -> None:
    before, after = {"stays": "1", "changes": "1", "goes": "1"}, {"stays": "1", "changes": "2", "comes": "1"}
    stayed = {path: digest for path, digest in before.items() if path in after}
    for digest in ("1", "2"):
        assert list(own_backup.lost_files({"stays": "1", "changes": digest}, stayed, after)) == []
    assert list(own_backup.lost_files({"changes": "3"}, stayed, after)) == [
        "file changes has another content in it",
        "file stays is not in it",
    ]


@pytest.mark.parametrize(
    ("restored", "said"),
    [
        (LIVE, []),
        (LIVE.model_copy(update={"rows": {"public.orders": 12}}), []),
        (
            LIVE.model_copy(update={"rows": {"public.orders": 9}}),
            ["table public.orders: 9 rows, and 10 to 12 in the deployment"],
        ),
        (LIVE.model_copy(update={"objects": ["table public.orders"]}), ["index public.i is not in it"]),
        (
            LIVE.model_copy(update={"objects": [*LIVE.objects, "table public.more"]}),
            ["table public.more is in it, and not in the deployment"],
        ),
        (LIVE.model_copy(update={"revisions": []}), ["revision none, and 9c41d0 in the deployment"]),
    ],
)
def test_a_dump_must_be_the_live_data_of_some_moment_meanwhile(restored: Held, said: list[str]) -> None:
    after = LIVE.model_copy(update={"rows": {"public.orders": 12}})
    assert list(own_backup.differences(restored, LIVE, after)) == said


def test_a_script_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    run = make_run(tmp_path, RecordingHost(exit_codes={("./backup.sh",): 3}))
    with pytest.raises(StageFailed, match=r"own `.*backup.sh --db-only` failed") as failed:
        own_backup.call(run, ["./backup.sh", "--db-only"])
    assert "exit code 3" in failed.value.found


@pytest.mark.parametrize("kinds", [(), (UNKNOWN,), (CUSTOM, SQL)])
def test_anything_but_one_dump_is_refused(tmp_path: Path, kinds: tuple[str, ...]) -> None:
    files = [WrittenFile(path=tmp_path / kind, size_bytes=1, kind=kind, is_gzipped=False) for kind in kinds]
    with pytest.raises(StageFailed, match="own script wrote"):
        own_backup.only_one(make_run(tmp_path), files, script_files.DUMPS, "dump")


def test_without_a_script_nothing_is_run(tmp_path: Path) -> None:
    host = RecordingHost()
    assert own_backup.perform(make_run(tmp_path, host)) == own_backup.OwnBackup()
    assert host.commands == []
