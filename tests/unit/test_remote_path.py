"""A path on another machine, here this one behind a shell: as a path of this machine, and never opened here."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from pydantic import BaseModel

from fixtures import disk, file_system, host_path, remote_path
from fixtures.backup import Backup
from fixtures.host_path import HostPath, on_host
from fixtures.remote_path import RemotePath
from runbook.actions import KINDS


class ShellHere:
    """Runs what would be run on the other machine."""

    def ask(self, argv: Sequence[str], given: bytes = b"") -> tuple[int, bytes, str]:
        done = subprocess.run(list(argv), input=given, capture_output=True)
        return done.returncode, done.stdout, done.stderr.decode()


There = remote_path.on(ShellHere())


@pytest.fixture
def there(tmp_path: Path) -> RemotePath:
    """The test's directory, as a path on the other machine."""
    return There(tmp_path)


def test_what_is_made_of_it_is_on_the_same_machine(there: RemotePath) -> None:
    made = [there / "a", there.parent, there.with_name("b"), (there / "a" / "b").parents[1], there.resolve()]
    assert {type(path) for path in made} == {There}


def test_it_is_never_opened_on_this_machine(there: RemotePath) -> None:
    with pytest.raises(TypeError, match="another machine"):
        there.touch()


def test_two_machines_have_paths_of_their_own() -> None:
    assert remote_path.on(ShellHere()) is not There


@pytest.mark.parametrize("name", ["plain", "with space", "it's", "ü€", "-n", "line\nbreak", "$HOME", "*"])
def test_a_file_of_any_name_is_written_found_read_and_removed(there: RemotePath, tmp_path: Path, name: str) -> None:
    disk.write_whole(there / name, "told\n")
    assert [path.name for path in there.iterdir()] == [name] == [path.name for path in tmp_path.iterdir()]
    assert ((there / name).read_text(), (tmp_path / name).read_text()) == ("told\n", "told\n")
    (there / name).unlink()
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_told_as_for_a_path_of_this_machine(there: RemotePath, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "directory").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        for name in ("file", "directory", "link", "dangling", "socket", "nothing"):
            here, found = tmp_path / name, there / name
            asked = ("exists", "is_file", "is_dir", "is_symlink", "is_socket")
            assert [getattr(found, one)() for one in asked] == [getattr(here, one)() for one in asked], name


def test_the_status_of_a_file_is_what_this_machine_says_of_it(there: RemotePath, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x" * 7)
    (tmp_path / "link").symlink_to("file")
    for found, here in (
        ((there / "link").stat(), (tmp_path / "link").stat()),
        ((there / "link").lstat(), (tmp_path / "link").lstat()),
    ):
        assert tuple(found)[:7] == tuple(here)[:7]
        assert (found.st_mtime_ns, found.st_ino, found.st_dev) == (here.st_mtime_ns, here.st_ino, here.st_dev)


@pytest.mark.parametrize("ask", ["stat", "read_bytes", "read_text", "unlink", "rmdir"])
def test_what_is_not_there_is_missed(there: RemotePath, ask: str) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        getattr(there / "nothing", ask)()
    assert missing.value.filename == str(there / "nothing")


def test_what_cannot_be_done_is_an_error_with_its_reason(there: RemotePath) -> None:
    (there / "full").mkdir()
    (there / "full" / "inside").mkdir()
    with pytest.raises(OSError, match="not empty"):
        (there / "full").rmdir()


@pytest.mark.parametrize("pattern", ["*", "*/", ".*.partial", "*/point", "*.json*", "**/env.py", "nothing/*"])
def test_a_pattern_finds_what_it_finds_on_this_machine(there: RemotePath, tmp_path: Path, pattern: str) -> None:
    for name in ("a/point", "b/point", ".x.partial", "c/d/e"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("one.json", "one.json.sha256", "env.py", "c/d/env.py"):
        (tmp_path / name).touch()
    assert sorted(map(str, there.glob(pattern))) == sorted(map(str, tmp_path.glob(pattern)))
    assert sorted(map(str, there.rglob("*"))) == sorted(map(str, tmp_path.rglob("*")))


def test_nothing_is_found_below_what_is_not_there(there: RemotePath) -> None:
    assert list((there / "nothing").glob("*")) == []


def test_a_file_is_read_from_any_place(there: RemotePath, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "file").write_bytes(content)
    with (there / "file").open("rb") as file:
        file.seek(2_500_000)
        assert file.read(10) == content[2_500_000:2_500_010]
        file.seek(0)
        assert file.read() == content
    assert disk.sha256(there / "file") == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("kind", [Path, There])
def test_the_files_below_a_directory_are_told_with_their_sizes(tmp_path: Path, kind: type[Path]) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name, size in (("one", 1), ("a/it's two", 22), ("a/b/three", 0)):
        (tmp_path / name).write_bytes(bytes(size))
    (tmp_path / "link").symlink_to("a/it's two")
    (tmp_path / "dangling").symlink_to("nowhere")
    found = {str(path.relative_to(tmp_path)): size for path, size in disk.files(kind(tmp_path)).items()}
    assert found == {"one": 1, "a/it's two": 22, "a/b/three": 0, "link": 22}
    assert disk.files(kind(tmp_path / "one")) == {tmp_path / "one": 1}


@pytest.mark.parametrize("kind", [Path, There])
def test_files_are_known_by_their_content_unless_they_lead_elsewhere(tmp_path: Path, kind: type[Path]) -> None:
    names = ("one", "it's two")
    for name in names:
        (tmp_path / name).write_text(name)
    files, words = [kind(tmp_path / name) for name in names], ("include", "env_file")
    assert disk.digests(files, words) == [hashlib.sha256(name.encode()).hexdigest() for name in names]
    (tmp_path / "one").write_text("x\n  env_file: other\n")
    assert disk.digests(files, words) == []
    (tmp_path / "one").unlink()
    with pytest.raises(FileNotFoundError):
        disk.digests(files, words)


def test_an_archive_is_looked_through(there: RemotePath, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(os.urandom(100_000))
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        archive.add(tmp_path / "a", "a")
    with (there / "all.tar").open("rb") as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
        assert archive.getnames() == ["a"]


def test_a_file_that_is_replaced_keeps_its_mode_and_a_link_to_it_stays(there: RemotePath, tmp_path: Path) -> None:
    disk.write_whole(there / "file", "one")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to("file")
    disk.write_whole(there / "link", "two")
    assert ((tmp_path / "file").read_text(), (tmp_path / "file").stat().st_mode & 0o777) == ("two", 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


class CutShell(ShellHere):
    """A connection that breaks off in the middle of what is sent."""

    def ask(self, argv: Sequence[str], given: bytes = b"") -> tuple[int, bytes, str]:
        return super().ask(argv, given[: len(given) // 2])


def test_half_of_what_was_sent_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("as it was")
    cut = remote_path.on(CutShell())(tmp_path / "file")
    with pytest.raises(OSError):
        disk.write_whole(cut, "something else")
    with pytest.raises(OSError):
        disk.append(cut, b"another line\n")
    assert (tmp_path / "file").read_text() == "as it was"


@pytest.mark.parametrize("kind", [Path, There])
def test_a_line_is_added_in_the_place_of_half_a_one(tmp_path: Path, kind: type[Path]) -> None:
    file = kind(tmp_path / "journal")
    disk.append(file, b"one\n", 0)
    (tmp_path / "journal").write_bytes(b"one\nhal")
    disk.append(file, b"two\n", 4)
    disk.append(file, b"three\n")
    assert (tmp_path / "journal").read_bytes() == b"one\ntwo\nthree\n"
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", [Path, There])
def test_lines_of_somebody_else_are_not_overwritten(tmp_path: Path, kind: type[Path]) -> None:
    (tmp_path / "journal").write_bytes(b"one\ntwo\n")
    with pytest.raises(FileExistsError):
        disk.append(kind(tmp_path / "journal"), b"mine\n", 4)
    assert (tmp_path / "journal").read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("kind", [Path, There])
def test_nothing_is_added_through_a_link(tmp_path: Path, kind: type[Path]) -> None:
    (tmp_path / "journal").symlink_to("elsewhere")
    with pytest.raises(OSError):
        disk.append(kind(tmp_path / "journal"), b"mine\n", 0)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("kind", [Path, There])
def test_room_is_kept_and_given_up(tmp_path: Path, kind: type[Path]) -> None:
    disk.keep(kind(tmp_path / "reserve"), 4096)
    assert (tmp_path / "reserve").stat().st_size == 4096
    disk.truncate(kind(tmp_path / "reserve"))
    assert (tmp_path / "reserve").stat().st_size == 0


def test_directories_are_made_for_their_owner_only(there: RemotePath, tmp_path: Path) -> None:
    disk.make_directory(there / "a" / "b")
    disk.flush(there / "a" / "b")
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")} == {0o700}


def test_a_name_is_given_to_another_file(there: RemotePath, tmp_path: Path) -> None:
    disk.write_whole(there / "new", "new")
    disk.write_whole(there / "old", "old")
    assert (there / "new").rename(there / "old") == there / "old"
    assert (tmp_path / "old").read_text() == "new"


def test_the_file_system_is_the_one_that_this_machine_names(there: RemotePath, tmp_path: Path) -> None:
    found, expected = file_system.here(there / "not" / "yet"), file_system.here(tmp_path)
    assert (found.device, found.free_files is None) == (expected.device, expected.free_files is None)
    assert Path(found.name).is_mount()


def test_a_result_comes_back_from_the_journal_with_paths_on_its_host(there: RemotePath) -> None:
    held = Backup(directory=there / "backup", restored=None, restored_media="").model_dump(mode="json")
    assert held["directory"] == str(there / "backup")
    assert type(Backup.model_validate(held, context=host_path.of(there)).directory) is There
    assert not isinstance(Backup.model_validate(held).directory, RemotePath)


def kinds_within(kind: type[BaseModel]) -> set[type[BaseModel]]:
    """A result and what it is made of."""
    found, waiting = set[type[BaseModel]](), [kind]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [inner for field in one.model_fields.values() for inner in models_in(field.annotation)]
    return found


def models_in(annotation: object) -> list[type[BaseModel]]:
    """The models that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [inner for argument in get_args(annotation) for inner in models_in(argument)]


def test_every_path_in_a_result_comes_back_on_its_host() -> None:
    kinds = set().union(*map(kinds_within, KINDS))
    hints = {(kind, name): hint for kind in kinds for name, hint in get_type_hints(kind, include_extras=True).items()}
    with_paths = {place: hint for place, hint in hints.items() if "Path" in str(hint)}
    assert len(with_paths) >= 6
    assert [place for place, hint in with_paths.items() if on_host.__name__ not in str(hint)] == []
    assert on_host.__name__ in str(HostPath)
