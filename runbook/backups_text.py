"""The backups of a deployment, as `-m backups` tells them: each with its state, after every file of it was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fixtures import backup_files, backups, lock
from fixtures.backup_files import Manifest
from fixtures.backups import KnownBackup
from fixtures.deployment import Deployment
from fixtures.errors import Problem
from runbook import history

NONE_YET = "none; pytest -m backup takes one"
NONE_TO_RESTORE = "none of them may be restored from: pytest -m backup takes a new one now"


@dataclass(frozen=True)
class Judged:
    """A backup whose files were read in full: what is damaged, a line each."""

    known: KnownBackup
    damages: list[str]

    @property
    def is_whole(self) -> bool:
        """Whether it was restored once and is still what was written then."""
        return self.known.is_verified and not self.damages

    @property
    def state(self) -> str:
        """In what state it is, in a few words."""
        if self.damages:
            more = f" (and {len(self.damages) - 1} more)" if len(self.damages) > 1 else ""
            return f"damaged: {self.damages[0]}{more}"
        proof, manifest = self.known.proof, self.known.manifest
        if proof is None or manifest is None:
            return "never restored"
        is_same_day = proof.verified_at[:10] == manifest.taken_at[:10]
        return f"verified {proof.verified_at[11:16] if is_same_day else minute(proof.verified_at)}"


def render(deployment: Deployment) -> Iterator[str]:
    """The text that `-m backups` prints, a piece as soon as it is known; changes nothing."""
    target = deployment.target
    known = backups.known(target.state)
    yield f"Backups of target {target.name} ({backups.place(target.state)})"
    if not known:
        yield f"  {NONE_YET}"
    else:
        total = size(sum(found.manifest.size_bytes for found in known if found.manifest))
        yield f"  {len(known)} of them, the newest first; every file is read in full: {total}"
    judged = []
    for found in known:
        judged.append(judge(found))
        yield "\n".join(["", *described(judged[-1])])
    yield from half_written(target.state)
    if known:
        yield f"\n  next       {next_step(judged)}"


def judge(known: KnownBackup) -> Judged:
    """Read a backup in full."""
    if known.manifest is None:
        return Judged(known, ["its manifest cannot be believed, so nothing is known of its files"])
    return Judged(known, list(backup_files.damages(known.directory, known.manifest)))


def described(judged: Judged) -> Iterator[str]:
    """One backup in a few lines: its name and state, when and of what it was taken, what it holds."""
    yield f"  {judged.known.directory.name}  {judged.state}"
    manifest = judged.known.manifest
    if manifest is not None:
        yield f"    taken    {minute(manifest.taken_at)}, {manifest.version} at revision {revisions(manifest)}"
        yield f"    holds    {held(manifest)}, {size(manifest.size_bytes)}"
    copy = backup_files.read_copy(judged.known.directory)
    if copy is not None:
        snapshot = f", snapshot {copy.snapshot}" if copy.snapshot else ""
        proved = "read back in full" if copy.read_back else "not read back"
        yield f"    copied   {minute(copy.copied_at)} to {copy.where}{snapshot}, {proved}"


def minute(at: str) -> str:
    """A time of a journal to the minute."""
    return f"{at[:10]} {at[11:16]}"


def revisions(manifest: Manifest) -> str:
    """What the database was at."""
    return ", ".join(manifest.revisions) or "none"


def held(manifest: Manifest) -> str:
    """What is in a backup, and which part is not."""
    missing = [f"no {part}" for part in backup_files.PARTS if part not in manifest.parts]
    return ", ".join([*(f"{number:,} {what}" for what, number in manifest.holds.items()), *missing]) or "nothing"


def size(size_bytes: int) -> str:
    """Bytes as they stand in a list."""
    return f"{size_bytes / 1e6:,.1f} MB"


def half_written(state: Path) -> Iterator[str]:
    """A line for each directory that never became a backup, or ceased to be one."""
    for partial in sorted(backups.partial(state)):
        run = backup_files.final_name(partial.name)
        yield f"\n  {partial.name}  half written (run {run}, {removed_by(state, run)})"


def removed_by(state: Path, run: str) -> str:
    """Who removes what a run left half written."""
    holder = lock.holder(state / lock.NAME)
    if holder:
        return f"at work now: {holder}"
    try:
        unfinished = history.unfinished(state)
        dead = history.unfinished_runs(state)
    except Problem as problem:
        return f"removed by nobody: {problem.what}"
    if unfinished is not None and unfinished.path.parent.name == run:
        return "removed by pytest -m upgrade --resume or pytest -m rollback"
    return f"removed by the next {'run' if run in dead else 'pytest -m backup or upgrade that is done'}"


def next_step(judged: list[Judged]) -> str:
    """Which backup a person would restore: the newest whole one that was restored once, with both parts if any has."""
    whole = [one.known for one in judged if one.is_whole]
    both = [known for known in whole if known.manifest and set(known.manifest.parts) == set(backup_files.PARTS)]
    best = next(iter(both or whole), None)
    return f"pytest -m restore --backup {best.directory.name}" if best else NONE_TO_RESTORE
