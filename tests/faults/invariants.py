"""What must be true of a deployment whenever a run has ended, seen from outside the runner.

Each function returns what is violated, a line each; none when all is well.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from staging.deployment import Rehearsal
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended
from tests.rehearsal.outside import Look

COMMIT_LABEL = "org.opencontainers.image.revision"
KEPT_TABLES = ("categories", "products", "photos", "orders", "order_lines", "users")
SECRET_KEYS = ("POSTGRES_PASSWORD", "SECRET_KEY")
# Where the deployment's `.env` is kept on purpose, for its owner only.
KEEPS_SECRETS = ("rollback-point",)


def violations(rehearsal: Rehearsal, before: Look, ended: Ended, release: str = "v2.0.0") -> list[str]:
    """All that is violated after a run, given the deployment as it was before the run and how the run ended."""
    after = outside.look(rehearsal)
    found = [
        *either_old_or_new(rehearsal, before, after, ended.exit_code, release),
        *same_place(before, after),
        *journal_agrees(rehearsal, ended.exit_code),
        *nothing_left(rehearsal),
        *secrets_told(rehearsal, ended.output),
    ]
    if has_closed(rehearsal):
        found += [*backup_is_whole(rehearsal), *way_back_is_kept(rehearsal, before)]
    return found


def has_closed(rehearsal: Rehearsal) -> bool:
    """Whether the newest run has closed the door."""
    records = outside.last_journal(rehearsal)
    return any(record["event"] == "door-closing" for record in records)


def either_old_or_new(rehearsal: Rehearsal, before: Look, after: Look, exit_code: int, release: str) -> list[str]:
    """Old or new, nothing between: after 0 the release serves, after 11 the old version, after 10 one of them."""
    old, new = differs_from_old(before, after), differs_from_new(rehearsal, before, after, release)
    if exit_code == 0:
        return new
    if exit_code == 11:
        return old
    if exit_code == 10:
        return [] if not old or not new else [*old, *new]
    return [f"exit code {exit_code} is no end that serves"]


def differs_from_old(before: Look, after: Look) -> list[str]:
    """What is not as it was before the run."""
    compared = {
        "version": (before.version, after.version),
        "source": (before.source, after.source),
        "images": (before.images, after.images),
        "tables": (before.tables, after.tables),
        "media": (before.media, after.media),
    }
    return [f"{name} became {now!r:.300}" for name, (was, now) in compared.items() if was != now]


def differs_from_new(rehearsal: Rehearsal, before: Look, after: Look, release: str) -> list[str]:
    """What is not as the release wants it, with all the rows and files that were there before."""
    commit = outside.git(rehearsal, "rev-parse", f"{release}^{{commit}}")
    (image,) = outside.inspected("image", after.images["web"])
    rows = {table: before.tables[table][0] for table in KEPT_TABLES}
    compared = {
        "version": (release.removeprefix("v"), after.version),
        "commit": (commit, after.commit),
        "changes": ("", after.changes),
        "image": (commit, (image["Config"]["Labels"] or {}).get(COMMIT_LABEL)),
        "rows": (rows, {table: after.tables.get(table, (0, ""))[0] for table in KEPT_TABLES}),
        "media": (before.media, after.media),
        "environment": (before.environment, {key: after.environment.get(key) for key in before.environment}),
    }
    return [f"{name} is {now!r:.300}, not {wanted!r:.300}" for name, (wanted, now) in compared.items() if wanted != now]


def same_place(before: Look, after: Look) -> list[str]:
    """The same volumes and the same data directory."""
    found = []
    if before.volumes != after.volumes:
        found.append(f"volumes became {after.volumes}")
    if before.system_identifier != after.system_identifier:
        found.append("the data directory is another one")
    return found


def journal_agrees(rehearsal: Rehearsal, exit_code: int) -> list[str]:
    """The newest journal is whole, in order, and its last record says what the exit code says."""
    records = outside.last_journal(rehearsal)
    if not records:
        return [] if exit_code == 10 else ["there is no journal"]
    found = []
    if [record["sequence"] for record in records] != list(range(1, len(records) + 1)):
        found.append("the journal has a gap")
    last = records[-1]
    if last["event"] != "run-ended":
        found.append(f"the journal's last word is {last['event']} {last['stage']}")
    elif exit_code != 10 and last["evidence"]["exit_code"] != exit_code:
        found.append(f"the journal says exit code {last['evidence']['exit_code']}, not {exit_code}")
    return found


def nothing_left(rehearsal: Rehearsal) -> list[str]:
    """No lock held, no process, session, container, worktree, clone or half written file of the run."""
    found = [f"left: {what}" for what in outside.leftovers(rehearsal)]
    found += [f"process {pid} still runs" for pid in processes(rehearsal)]
    return [*found, *(["the lock is held"] if is_locked(rehearsal) else [])]


def processes(rehearsal: Rehearsal) -> list[str]:
    """The processes that were started for this deployment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"--place={rehearsal.place}".encode() in line or str(rehearsal.directory).encode() in line:
                found.append(entry.name)
    return found


def is_locked(rehearsal: Rehearsal) -> bool:
    """Whether a living process holds the target's lock."""
    path = rehearsal.state_directory / "lock"
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def backup_is_whole(rehearsal: Rehearsal) -> list[str]:
    """A run that closed the door has a backup, and its files are what its manifest says."""
    manifest = rehearsal.state_directory / "backups" / outside.newest_run(rehearsal).name / "manifest.json"
    if not manifest.exists():
        return ["there is no backup"]
    files = json.loads(manifest.read_text("utf-8"))["files"]
    return [
        f"the backup's {file['name']} is not what was written"
        for file in files
        if hashlib.sha256((manifest.parent / file["name"]).read_bytes()).hexdigest() != file["sha256"]
    ]


def way_back_is_kept(rehearsal: Rehearsal, before: Look) -> list[str]:
    """The old image has a name of its own, and the old commit a branch."""
    (image,) = outside.inspected("image", before.images["web"])
    found = [] if any(":rollback-" in tag for tag in image["RepoTags"]) else ["the old image has no name"]
    branches = outside.git(rehearsal, "for-each-ref", "--format=%(objectname)", "refs/heads/backup-*").split()
    return found if before.commit in branches else [*found, "the old commit has no branch"]


def secrets_told(rehearsal: Rehearsal, output: str) -> list[str]:
    """No secret of the deployment in what was printed, journalled or reported: raw, URL-encoded, or in base64."""
    environment = outside.environment(rehearsal)
    secrets = [environment[key] for key in SECRET_KEYS] + [rehearsal.seed_password_file.read_text("utf-8").strip()]
    needles = {form for secret in secrets for form in forms(secret)}
    found = ["a secret was printed"] if any(needle in output for needle in needles) else []
    for path in artefacts(rehearsal):
        text = path.read_text("utf-8", errors="replace")
        found += [f"a secret is in {path}"] if any(needle in text for needle in needles) else []
    return found


def forms(secret: str) -> Iterator[str]:
    """A secret as it can be written."""
    yield secret
    yield quote(secret, safe="")
    yield base64.b64encode(secret.encode()).decode().rstrip("=")


def artefacts(rehearsal: Rehearsal) -> Iterator[Path]:
    """Every file that tells of the newest run: in its own directory, and in the reports."""
    if not outside.runs(rehearsal):
        return
    run = outside.newest_run(rehearsal)
    for place in (run, *(gate.REPORTS / "runs").glob(f"{run.name}*")):
        for path in place.rglob("*"):
            if path.is_file() and not set(path.parts) & {*KEEPS_SECRETS, "release.git"}:
                yield path
