"""The disk budget: real sizes added up on each file system, what was made already left out, all that is short told."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import budget, file_system, places
from fixtures.budget import Disk, Need
from fixtures.errors import Refused
from fixtures.file_system import FileSystem
from tests.unit.recording import RecordingHost
from tests.unit.runs import SIZES, make_run

BOTH = ("database", "media")
STAGES = ("preflight", "backup", "source", "dependencies", "configuration", "trial", "maintenance", "migration")
GIGABYTE = 1_000_000_000


def disk(device: str, *, free_bytes: int = 50 * GIGABYTE, free_files: int | None = 10**6) -> FileSystem:
    """A file system with room."""
    return FileSystem(device=device, name=f"/{device}", free_bytes=free_bytes, free_files=free_files)


def on(**devices: str) -> dict[str, FileSystem]:
    """Every place on the file system `one`, but for those named."""
    names = dict.fromkeys(("state", "directory", "engine", "database", "wal"), "one") | devices
    return {place: disk(device) for place, device in names.items()}


def by_what(needs: list[Need]) -> dict[str, int]:
    """The sizes of needs by what they are, in MB."""
    return {need.what: need.size_bytes // 10**6 for need in needs}


# what is needed ------------------------------------------------------------------------------------------------------


def test_everything_is_computed_from_what_is_there() -> None:
    assert by_what(budget.needs(SIZES, BOTH)) == {
        "dump of the database": 500,
        "clone: a server of its own": 60,
        "clone: the restored database": 1000,
        "clone: its copy before the migration": 1000,
        "clone: a migration that rewrites every row": 1000,
        "clone: its copy after the migration": 1000,
        "clone: WAL of restore and migration": 1500,
        "rollback point: a copy of the database": 1000,
        "a migration that rewrites every row": 1000,
        "WAL of a migration that rewrites every row": 1500,
        "backup of the uploaded files": 300,
        "clone: the uploaded files": 300,
        "uploaded files at the rollback point": 300,
        "worktree of the release": 2,
        "git objects of the release": 2,
        "images of the release": 800,
        "checkout of the release": 2,
        "journal and reports": 21,
    }


def test_a_dump_takes_its_room_beside_and_none_where_the_database_is() -> None:
    needs = {(need.stage, need.place): need.size_bytes for need in budget.of_point(SIZES, is_dumped=True)}
    assert needs == {("maintenance", "state"): 500_000_000, ("restart", "engine"): 1_060_000_000}


def test_wal_is_no_more_than_what_is_written_and_all_of_it_where_it_is_kept() -> None:
    small = SIZES.model_copy(update={"database_bytes": 8_000_000})
    kept = SIZES.model_copy(update={"is_wal_kept": True})
    assert (small.clone_wal_bytes, small.live_wal_bytes) == (16_000_000, 16_000_000)
    assert (kept.clone_wal_bytes, kept.live_wal_bytes) == (1_500_000_000, 2_500_000_000)


def test_files_are_counted_beside_bytes() -> None:
    files = {need.what: need.files for need in budget.needs(SIZES, BOTH)}
    assert files["clone: the uploaded files"] == 5000
    assert files["worktree of the release"] == 120
    assert files["clone: the restored database"] == 300
    assert files["images of the release"] == 50_000


@pytest.mark.parametrize(
    ("parts", "absent"),
    [(("database",), "backup of the uploaded files"), (("media",), "dump of the database")],
)
def test_a_part_that_is_not_backed_up_needs_nothing(parts: tuple[str, ...], absent: str) -> None:
    assert absent not in by_what(budget.needs(SIZES, parts))


@pytest.mark.parametrize(
    ("parts", "written", "restored"),
    [
        (BOTH, SIZES.database_bytes + SIZES.media_bytes, SIZES.database_bytes),
        (("media",), SIZES.media_bytes, 0),
    ],
)
def test_a_script_of_the_deployment_needs_room_for_what_it_writes(
    parts: tuple[str, ...], written: int, restored: int
) -> None:
    needed = budget.of_script(SIZES, parts)
    assert [(need.place, need.size_bytes) for need in needed] == [
        ("directory", written),
        ("engine", restored),
        ("engine", restored),
    ]


def test_a_deployment_without_uploaded_files_needs_none_for_them() -> None:
    without = SIZES.model_copy(update={"media_files": 0, "media_bytes": 0})
    assert [what for what in by_what(budget.needs(without, BOTH)) if "uploaded" in what] == []


# what is still to come -----------------------------------------------------------------------------------------------


def test_a_plan_needs_what_its_own_stages_make(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    run.stages = ("preflight", "backup")
    stages = {need.stage for need in budget.still_to_come(run, budget.needs(SIZES, BOTH))}
    assert stages == {"backup", ""}


def test_what_was_made_already_is_needed_no_more(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    run.stages = STAGES
    for event, stage in (
        ("stage-passed", "backup"),
        ("stage-passed", "source"),
        ("stage-passed", "dependencies"),
        ("stage-waived", "trial"),
    ):
        run.journal.write(event, stage)
    stages = {need.stage for need in budget.still_to_come(run, budget.needs(SIZES, BOTH))}
    assert stages == {"maintenance", "migration", ""}


# which file system ---------------------------------------------------------------------------------------------------


def test_places_on_one_file_system_are_added_up_with_one_reserve() -> None:
    (found,) = budget.group(on(), budget.needs(SIZES, BOTH), GIGABYTE)
    assert found.needed_bytes == GIGABYTE + sum(need.size_bytes for need in budget.needs(SIZES, BOTH))
    assert found.needed_files == 1000 + sum(need.files for need in budget.needs(SIZES, BOTH))


def test_each_file_system_has_its_own_needs_and_the_reserve() -> None:
    found = {d.name: d for d in budget.group(on(state="two", wal="three"), budget.needs(SIZES, BOTH), GIGABYTE)}
    assert by_what(found["/two"].needs) == {
        "dump of the database": 500,
        "backup of the uploaded files": 300,
        "uploaded files at the rollback point": 300,
        "worktree of the release": 2,
        "journal and reports": 21,
    }
    assert found["/three"].needed_bytes == 2_500_000_000
    assert len(found) == 3


def test_a_file_system_is_called_as_this_machine_knows_it() -> None:
    both = {"state": disk("1"), "engine": disk("1").model_copy(update={"name": "Docker's /var/lib/docker"})}
    wanted = [Need(stage="", place="engine", what="images", size_bytes=1)]
    assert [found.name for found in budget.group(both, wanted, 0)] == ["/1"]


def test_a_file_system_on_which_nothing_is_made_is_not_looked_at() -> None:
    wanted = [Need(stage="", place="state", what="journal", size_bytes=1)]
    assert [found.name for found in budget.group(on(state="two"), wanted, GIGABYTE)] == ["/two"]


# what is said --------------------------------------------------------------------------------------------------------


def small(name: str, free_bytes: int, free_files: int | None) -> Disk:
    """A file system that is to receive an archive of 300 MB, with a reserve of 1 GB."""
    archive = Need(stage="backup", place="state", what="backup of the uploaded files", size_bytes=300_000_000, files=1)
    return Disk(name=name, free_bytes=free_bytes, free_files=free_files, reserve_bytes=GIGABYTE, needs=[archive])


def test_all_that_is_short_is_told_together_with_what_for() -> None:
    short = [small("/srv", 200_000_000, 10**6), small("/var", 50 * GIGABYTE, 53), small("/", 2 * GIGABYTE, 2000)]
    with pytest.raises(Refused) as refused:
        budget.refuse_short(short, "The run would fill the disk")
    assert str(refused.value).splitlines() == [
        "The run would fill the disk: too little room on the disk and too few inodes; nothing was changed.",
        "  expected   ",
        "/srv: 1.3 GB and 1001 inodes free",
        "      300 MB        1 inodes  backup of the uploaded files",
        "      1.0 GB     1000 inodes  reserve (limits.free_disk_bytes)",
        "/var: 1.3 GB and 1001 inodes free",
        "      300 MB        1 inodes  backup of the uploaded files",
        "      1.0 GB     1000 inodes  reserve (limits.free_disk_bytes)",
        "  found      ",
        "/srv: 200 MB and 1000000 inodes",
        "/var: 50.0 GB and 53 inodes",
        f"  next       {budget.MAKE_ROOM}",
    ]


def test_nothing_is_said_where_there_is_room() -> None:
    budget.refuse_short([small("/", 1_300_000_000, 1001)], "The run would fill the disk")


def test_where_files_are_not_counted_none_can_be_short() -> None:
    found = small("/btrfs", 1_299_999_999, None)
    assert (found.lacks_bytes, found.lacks_files) == (True, False)
    assert found.available == "/btrfs: 1.3 GB and inodes are not counted there"


@pytest.mark.parametrize(
    ("size_bytes", "read"), [(0, "0 B"), (999, "999 B"), (12_400, "12 kB"), (48_000_000, "48 MB"), (1.26e9, "1.3 GB")]
)
def test_a_size_is_read_in_the_unit_that_suits_it(size_bytes: int, read: str) -> None:
    assert budget.amount(size_bytes) == read


# where it is measured ------------------------------------------------------------------------------------------------


def test_a_directory_that_is_not_there_yet_is_measured_where_it_would_be(tmp_path: Path) -> None:
    found = file_system.here(tmp_path / "state" / "runs")
    assert found.device == str(tmp_path.stat().st_dev)
    assert Path(found.name).is_dir()
    assert 0 < found.free_bytes < 10**16


def test_a_container_says_device_room_and_inodes() -> None:
    host = RecordingHost(answers={("-c", "%d"): "65024\n70\n", ("-f", "-c"): "100 4096 1000 900\n7 512 0 0\n"})
    first, second = file_system.in_container(host, "c0ffee", "/etc/hosts", "/data")
    assert (first.device, first.free_bytes, first.free_files) == ("65024", 409_600, 900)
    assert (second.device, second.name, second.free_bytes, second.free_files) == ("70", "/data", 3584, None)
    assert host.commands[0] == ["docker", "exec", "c0ffee", "stat", "-L", "-c", "%d", "/etc/hosts", "/data"]


def test_an_engine_in_a_machine_of_its_own_shares_no_file_system_with_this_one(tmp_path: Path) -> None:
    here = file_system.here(tmp_path)
    assert places.is_here(tmp_path, here)
    assert not places.is_here(tmp_path / "absent", here)
    apart = places.told(here, "Docker's /var/lib/docker", is_apart=True)
    assert apart.device != here.device
    assert apart.name == "Docker's /var/lib/docker (seen from a container)"


@pytest.mark.parametrize(
    ("environment", "directory"),
    [(["LANG=C", "PGDATA=/data/pg"], "/data/pg"), (["LANG=C"], "/var/lib/postgresql/data")],
)
def test_the_data_directory_is_what_the_container_was_told(environment: list[str], directory: str) -> None:
    assert places.data_directory(environment) == directory
