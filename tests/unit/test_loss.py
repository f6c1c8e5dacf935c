"""What a restore would lose: told by table and by file, and only what somebody could miss."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures import loss
from fixtures.backup_files import DATABASE, MEDIA, PARTS, Manifest
from fixtures.content import Content
from fixtures.fingerprint import Fingerprint, TableContent
from tests.unit.runs import EMPTY


def data(**tables: tuple[int, str]) -> Fingerprint:
    """A database of a few tables, each with its rows and its digest."""
    found = {name: TableContent(rows=rows, digest=digest) for name, (rows, digest) in tables.items()}
    return EMPTY.model_copy(update={"tables": found})


def manifest(held: Fingerprint, media: dict[str, str], **fields: Any) -> Manifest:
    """The manifest of a backup of this data and these files."""
    values: dict[str, Any] = {
        **{"run": "20261122T021041Z-4f1a", "number": 7, "taken_at": "2026-11-22T02:10:41.000Z", "parts": list(PARTS)},
        **{"commit": "3f2a91", "version": "v1.4.0", "revisions": ["9c41d0"], "postgres_version": "15.18"},
        **{"system_identifier": "1", "database": "punk_eco", "images": {}, "files": [], "media": media},
        "content": Content(fingerprint=held, definitions={}, roles={}),
    }
    return Manifest(**(values | fields))


LIVE = data(users=(3, "a"), orders=(5, "b"), empty=(0, "0"))
FILES = {"a.jpg": "1", "b.jpg": "2"}


def test_the_same_data_and_files_differ_in_nothing() -> None:
    backup = manifest(LIVE, FILES)
    assert loss.differences(backup, LIVE, FILES, list(PARTS)) == loss.losses(backup, LIVE, FILES, list(PARTS)) == []


def test_what_would_be_lost_is_told_with_both_numbers() -> None:
    held = data(users=(3, "other"), orders=(4, "c"))
    told = loss.losses(manifest(held, {"a.jpg": "0"}), LIVE, FILES, list(PARTS))
    assert told == [
        "table orders: 5 rows now, 4 rows in the backup",
        "table users: 3 rows now, 3 rows in the backup, other content",
        "uploaded files: 2 of 2 are not like that in the backup (a.jpg, b.jpg)",
    ]


def test_a_table_that_the_backup_does_not_know_is_lost_unless_it_is_empty() -> None:
    told = loss.losses(manifest(data(users=(3, "a")), FILES), LIVE, FILES, list(PARTS))
    assert told == ["table orders: 5 rows now, no such table in the backup"]


def test_an_emptied_deployment_has_nothing_to_lose_though_all_differs() -> None:
    backup, emptied = manifest(LIVE, FILES), data(users=(0, "0"))
    assert loss.losses(backup, emptied, {}, list(PARTS)) == []
    assert len(loss.differences(backup, emptied, {}, list(PARTS))) == 5


@pytest.mark.parametrize(("now", "lines"), [(7, 0), (9, 0), (6, 1), (None, 1)])
def test_numbers_that_were_used_since_are_no_difference_and_those_given_twice_are(now: int | None, lines: int) -> None:
    held = LIVE.model_copy(update={"sequences": {"orders_id_seq": 7}})
    live = LIVE.model_copy(update={"sequences": {"orders_id_seq": now}})
    assert len(loss.differences(manifest(held, FILES), live, FILES, list(PARTS))) == lines


def test_only_the_part_that_is_restored_counts() -> None:
    backup = manifest(data(), {})
    assert {line.split()[0] for line in loss.losses(backup, LIVE, FILES, [DATABASE])} == {"table"}
    assert {line.split()[0] for line in loss.losses(backup, LIVE, FILES, [MEDIA])} == {"uploaded"}
    assert {line.split()[0] for line in loss.differences(backup, LIVE, FILES, [MEDIA])} == {"file"}


def test_of_many_files_a_few_are_named() -> None:
    (line,) = loss.losses(manifest(LIVE, {}), LIVE, {f"{n}.jpg": "1" for n in range(9)}, [MEDIA])
    assert line == "uploaded files: 9 of 9 are not like that in the backup (0.jpg, 1.jpg, 2.jpg, …)"
