"""How long the way back takes for a small database and for one twenty times as large: `make benchmark`.

It is two renames, so the time must not grow with the data; the copy that is the rollback point does.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fixtures.database import Database
from tests.faults import server

SMALL_MB, LARGE_MB = 100, 2000
ROUNDS = 5
# What may lie between the two: noise, not data.
LARGEST_RATIO = 3.0
# About a megabyte each thousand rows; what is written of it to the log as well makes no difference to a rename.
FILL = "create unlogged table files (id int, content text); alter table files alter content set storage plain;\n"
ROWS = "insert into files select g, repeat(md5(g::text), 31) from generate_series(1, {rows}) g"


@dataclass(frozen=True)
class Timed:
    """A database's size, and the seconds of its copy and of the swap back, the median of some rounds."""

    megabytes: float
    copy_seconds: float
    swap_seconds: float


def main() -> int:
    """Print both databases' times and their ratio; return 1 when the swap grew with the data."""
    with server.running() as postgres:
        small, large = (timed(postgres, megabytes) for megabytes in (SMALL_MB, LARGE_MB))
    for one in (small, large):
        print(f"{one.megabytes:6.0f} MB: copy {one.copy_seconds:.2f} s, swap back {one.swap_seconds * 1000:.0f} ms")
    ratio = large.swap_seconds / small.swap_seconds
    print(f"{large.megabytes / small.megabytes:.0f} times the data, {ratio:.2f} times the swap back")
    return int(ratio > LARGEST_RATIO)


def timed(postgres: Database, megabytes: int) -> Timed:
    """Make a database of a size, copy it as a rollback point is, and swap the two back and forth."""
    shop = server.made(postgres, FILL + ROWS.format(rows=megabytes * 1000))
    server.run(shop, "checkpoint")
    other, aside = f"{shop.name}_before", f"{shop.name}_failed"
    copy = seconds(lambda: shop.copy_to(other))
    swaps = []
    for _ in range(ROUNDS):
        swaps.append(seconds(partial(shop.replace_by, other, keep_as=aside)))
        other, aside = aside, other
    size = shop.size_bytes / 1e6
    for name in (shop.name, other):
        postgres.drop(name)
    return Timed(size, copy, statistics.median(swaps))


def seconds(act: Callable[[], object]) -> float:
    """How long something takes."""
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
