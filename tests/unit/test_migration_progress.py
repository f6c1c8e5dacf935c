"""What is told of a running migration: where it is and who keeps it waiting, once for each change."""

from __future__ import annotations

import pytest

from fixtures.host import Host
from fixtures.migration_progress import Progress
from fixtures.release import Revision

PENDING = [
    Revision(revision="3f2a91", parents=("9c41d0",), title="Split the name"),
    Revision(revision="eeee2", parents=("3f2a91",), title="Index the city."),
]
LOG = "INFO  [alembic.runtime.migration] Running upgrade 3f2a91 -> eeee2, Index the city."
WAITS = "pid 81 waits for a lock of pid 77 (idle in transaction, shop)"


@pytest.fixture
def told() -> list[tuple[str, bool]]:
    return []


@pytest.fixture
def progress(told: list[tuple[str, bool]]) -> Progress:
    return Progress(Host(listeners=[lambda line, is_news: told.append((line, is_news))]), PENDING)


def test_the_running_revision_is_told_with_its_place_and_title(
    progress: Progress, told: list[tuple[str, bool]]
) -> None:
    for line in ("INFO something else", LOG, LOG):
        progress.hear(line, False)
    assert told == [("revision 2 of 2: eeee2 (Index the city)", False)]


def test_who_waits_for_whom_is_news_and_told_once(progress: Progress, told: list[tuple[str, bool]]) -> None:
    progress.hear(LOG, False)
    told.clear()
    for blocked in ([WAITS], [WAITS], [], [WAITS]):
        progress.note(blocked)
    assert told == [(f"revision 2 of 2: eeee2 (Index the city); {WAITS}", True)] * 2


def test_a_tool_that_logs_no_revision_is_told_of_all_the_same(progress: Progress, told: list[tuple[str, bool]]) -> None:
    progress.note([WAITS])
    assert told == [(f"migrating; {WAITS}", True)]
