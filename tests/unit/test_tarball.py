"""S6: nothing is unpacked but regular files and directories that stay where they are put."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures import tarball
from fixtures.errors import StageFailed

Add = Callable[[tarfile.TarFile], None]


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Add:
    """Add one entry: a file of four bytes, or something without content."""

    def add(archive: tarfile.TarFile) -> None:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        member.size = 4 if kind == tarfile.REGTYPE else 0
        archive.addfile(member, io.BytesIO(b"data"[: member.size]))

    return add


def pax(name: str, **headers: str) -> Add:
    """Add a file whose extended header says something else of it."""

    def add(archive: tarfile.TarFile) -> None:
        member = tarfile.TarInfo(name)
        member.pax_headers = headers
        archive.addfile(member)

    return add


def write(path: Path, *entries: Add, format: int = tarfile.GNU_FORMAT) -> Path:
    """An archive of a directory, a file, and what else a test adds."""
    with tarfile.open(path, "w", format=format) as archive:
        for add in (entry("./", tarfile.DIRTYPE), entry("./a.jpg"), *entries):
            add(archive)
    return path


MALICIOUS = {
    "a link to a file": (entry("./b", tarfile.SYMTYPE, "a.jpg"), "./b is a symbolic link to a.jpg"),
    "a link that leads out": (entry("./b", tarfile.SYMTYPE, "../../etc"), "./b is a symbolic link to ../../etc"),
    "a link to an absolute path": (entry("./b", tarfile.SYMTYPE, "/etc"), "./b is a symbolic link to /etc"),
    "a hard link": (entry("./b", tarfile.LNKTYPE, "./a.jpg"), "./b is a hard link to ./a.jpg"),
    "a character device": (entry("./b", tarfile.CHRTYPE), "./b is a device"),
    "a block device": (entry("./b", tarfile.BLKTYPE), "./b is a device"),
    "a pipe": (entry("./b", tarfile.FIFOTYPE), "./b is a pipe"),
    "an unknown kind": (entry("./b", b"V"), "./b is of an unknown kind"),
    "a name above": (entry("../b"), "'../b' leads out"),
    "a name above, further in": (entry("./a/../../b"), "'./a/../../b' leads out"),
    "an absolute name": (entry("/etc/passwd"), "'/etc/passwd' leads out"),
    "a directory above": (entry("..", tarfile.DIRTYPE), "'..' leads out"),
    "a long name above": (entry("./" + "d/" * 120 + "../" * 130 + "b"), "leads out"),
}
BY_EXTENDED_HEADER = {
    "a name above": (pax("./b", path="../b"), "'../b' leads out"),
    "an absolute name": (pax("./b", path="/b"), "'/b' leads out"),
}


@pytest.mark.parametrize("case", MALICIOUS)
@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_s6_what_is_no_plain_file_is_named_and_refused(tmp_path: Path, case: str, format: int) -> None:
    add, told = MALICIOUS[case]
    if "long" in case and format == tarfile.USTAR_FORMAT:
        format = tarfile.GNU_FORMAT
    file = write(tmp_path / "media.tar", add, entry("./z.jpg"), format=format)
    with pytest.raises(StageFailed, match="it was not unpacked") as refused:
        tarball.refuse_foreign(file)
    assert told in refused.value.found


@pytest.mark.parametrize("case", BY_EXTENDED_HEADER)
def test_s6_an_extended_header_is_read_as_well(tmp_path: Path, case: str) -> None:
    add, told = BY_EXTENDED_HEADER[case]
    (line,) = tarball.foreign(write(tmp_path / "media.tar", add, format=tarfile.PAX_FORMAT))
    assert told in line


def test_s6_what_only_another_program_would_read_on_to_is_refused(tmp_path: Path) -> None:
    plain, hidden = write(tmp_path / "plain.tar"), write(tmp_path / "hidden.tar", MALICIOUS["a link that leads out"][0])
    content = plain.read_bytes().rstrip(b"\0")
    padded = content + bytes(-len(content) % 512)
    for between in (b"x" * 512, bytes(512)):
        file = tmp_path / "media.tar"
        file.write_bytes(padded + between + hidden.read_bytes())
        assert tarball.foreign(file) == ["something stands after its end"]


@pytest.mark.parametrize("content", [b"", b"no archive at all" * 100, b"\x1f\x8b" + bytes(600)])
def test_s6_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "media.tar"
    file.write_bytes(content)
    assert len(tarball.foreign(file)) == 1


def test_s6_an_archive_that_is_cut_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "media.tar", entry("./b" * 60))
    file.write_bytes(file.read_bytes()[:1800])
    assert tarball.foreign(file) != []


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_plain_files_and_directories_are_fine_whatever_they_are_called(tmp_path: Path, format: int) -> None:
    names = ("./été.jpg", "./a b.jpg", "./..b", "./c../d", "./-rf", "./n\nl", "./d/" + "e" * 90)
    tarball.refuse_foreign(write(tmp_path / "media.tar", *(entry(name) for name in names), format=format))
