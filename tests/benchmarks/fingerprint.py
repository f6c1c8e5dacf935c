"""How long a fingerprint takes beside `COPY ... TO '/dev/null'` of the same tables: `make benchmark`.

The time of COPY is the bound: the fingerprint of tables whose types the server can hash takes no longer.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from fixtures.database import Database
from tests.faults import server

ROWS = 1_000_000
ROUNDS = 5
SHOP = f"""
    create table users (id int primary key, email text, name varchar(80), active boolean, created_at timestamptz);
    insert into users select g, g || '@shop.test', md5(g::text), g % 9 = 0, now() - g * interval '1 s'
                        from generate_series(1, {ROWS}) g;
    create table orders (id int primary key, user_id int, status text, total numeric(10, 2), weight float8, day date);
    insert into orders select g, g % 1000, 'paid', g % 997 + 0.5, g * 0.37, current_date - g % 900
                        from generate_series(1, {ROWS}) g;
    vacuum analyze
"""


def main() -> int:
    """Print the best of some rounds of both, and their ratio; return 1 when the fingerprint took longer."""
    with server.running() as postgres:
        shop = server.made(postgres, SHOP)
        rounds = [(seconds(shop.fingerprint), seconds(lambda: copy_out(shop))) for _ in range(ROUNDS)]
    fingerprint, copy = (min(times) for times in zip(*rounds, strict=True))
    print(f"{2 * ROWS:,} rows in 2 tables, best of {ROUNDS} rounds")
    print(f"fingerprint {fingerprint:.2f} s, COPY to /dev/null {copy:.2f} s, ratio {fingerprint / copy:.2f}")
    return int(fingerprint > copy)


def copy_out(database: Database) -> None:
    """Have the server write every table as text, to nowhere."""
    server.run(database, "copy users to '/dev/null';\ncopy orders to '/dev/null'")


def seconds(act: Callable[[], object]) -> float:
    """How long something takes."""
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
