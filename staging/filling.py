"""Fill a rehearsal deployment with data: by the application's own commands, or from what they made before."""

import contextlib
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from staging import origin
from staging.deployment import PLACES, Rehearsal, compose, write_private

CACHE = PLACES / "cache"
DUMP = ("pg_dump", "--format=custom", "--username=punk_eco", "punk_eco")
LOAD = ("pg_restore", "--exit-on-error", "--single-transaction", "--username=punk_eco", "--dbname=punk_eco")
PACK = ("tar", "--create", "--directory=/data/media", ".")
UNPACK = ("tar", "--extract", "--directory=/data/media", "--no-overwrite-dir")
ANALYZE = ("vacuumdb", "--analyze-only", "--quiet", "--username=punk_eco", "--dbname=punk_eco")


@dataclass(frozen=True)
class Sizes:
    """How much data a shop is seeded with."""

    users: int = 2000
    orders: int = 20000
    files: int = 300
    accounts: int = 50


@dataclass(frozen=True)
class Filled:
    """What `seed` did: seeded anew or restored from the cache, and in how many seconds."""

    source: Literal["seeded", "cache"]
    seconds: float


def seed(
    rehearsal: Rehearsal,
    *,
    users: int = Sizes.users,
    orders: int = Sizes.orders,
    files: int = Sizes.files,
    accounts: int = Sizes.accounts,
    cache: Path | None = None,
) -> Filled:
    """Fill the deployment's empty database and media volume; say how that was done.

    The first time, the release's own commands migrate and seed; what they made is kept in `cache`, from
    which the same release with the same sizes is filled the next time. Raise MakerFailed when a step fails.
    """
    begun = time.monotonic()
    sizes = Sizes(users, orders, files, accounts)
    kept = cache or CACHE
    password = seed_password(kept)
    write_private(rehearsal.seed_password_file, password + "\n")
    entry = kept / cache_key(rehearsal, sizes)
    source: Literal["seeded", "cache"] = "cache" if entry.is_dir() else "seeded"
    compose(rehearsal, "up", "--detach", "--wait", "db")
    if source == "cache":
        restore(rehearsal, entry)
    else:
        fill(rehearsal, sizes, password)
        keep(rehearsal, entry)
    # As autovacuum would have done by the time at which a deployment in use is looked at.
    compose(rehearsal, "exec", "-T", "db", *ANALYZE)
    return Filled(source, time.monotonic() - begun)


def cache_key(rehearsal: Rehearsal, sizes: Sizes) -> str:
    """Return what the seeded data follows from: the release's content and the sizes."""
    parts = [origin.tree_of(rehearsal.directory), *map(str, asdict(sizes).values())]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def seed_password(cache: Path) -> str:
    """Return the password of all seeded accounts, made once per cache: the kept hashes belong to it."""
    file = cache / "seed-password"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = cache / f".seed-password-{secrets.token_hex(4)}"
        write_private(draft, secrets.token_urlsafe(18) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text("utf-8").strip()


def fill(rehearsal: Rehearsal, sizes: Sizes, password: str) -> None:
    """Migrate and seed with the application's own commands."""
    options = [text for name, count in asdict(sizes).items() for text in (f"--{name}", str(count))]
    compose(rehearsal, "run", "--rm", "web", "flask", "db", "upgrade")
    command = ["run", "--rm", "--env", "SEED_PASSWORD", "web", "flask", "seed", *options]
    compose(rehearsal, *command, extra_environment={"SEED_PASSWORD": password})


def keep(rehearsal: Rehearsal, entry: Path) -> None:
    """Keep the data in the cache, under its final name only when it is complete."""
    draft = Path(tempfile.mkdtemp(dir=entry.parent, prefix=".partial-"))
    with (draft / "db.dump").open("wb") as file:
        compose(rehearsal, "exec", "-T", "db", *DUMP, output=file)
    with (draft / "media.tar").open("wb") as file:
        compose(rehearsal, "run", "--rm", "-T", "--no-deps", "web", *PACK, output=file)
    try:
        draft.rename(entry)
    except OSError:  # Another run kept the same data meanwhile.
        shutil.rmtree(draft)


def restore(rehearsal: Rehearsal, entry: Path) -> None:
    """Put kept data into the empty database and the empty media volume."""
    with (entry / "db.dump").open("rb") as file:
        compose(rehearsal, "exec", "-T", "db", *LOAD, given=file)
    with (entry / "media.tar").open("rb") as file:
        compose(rehearsal, "run", "--rm", "-T", "--no-deps", "web", *UNPACK, given=file)
