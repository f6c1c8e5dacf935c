"""Releases that a test commits and tags at a deployment's remote, as their authors would."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from staging.deployment import Rehearsal
from staging.origin import git

DATE = "2026-11-20T09:00:00+00:00"
VERSIONS = "migrations/versions"


def tag(rehearsal: Rehearsal, name: str, base: str, files: Mapping[str, str], without: Sequence[str] = ()) -> str:
    """Commit a release beside its base and put a tag on it, wherever that tag was; return the commit."""
    with tempfile.TemporaryDirectory(dir=rehearsal.place, prefix=".work-") as temporary:
        work = Path(temporary)
        git("clone", "--quiet", "--no-local", str(rehearsal.origin), temporary)
        git("checkout", "--quiet", "--detach", base, directory=work)
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text, "utf-8")
        for path in without:
            (work / path).unlink()
        git("add", "--all", directory=work)
        git("commit", "--quiet", "--message", name, directory=work, date=DATE)
        git("tag", "--force", "--annotate", "--message", name, name, directory=work, date=DATE)
        git("push", "--quiet", "--force", "origin", f"refs/tags/{name}", directory=work)
        return git("rev-parse", "HEAD", directory=work)


def revision(name: str, parent: str, upgrade: str, downgrade: str = "pass") -> dict[str, str]:
    """The file of one more revision; its functions are one line each."""
    text = (
        f'"""The revision {name}."""\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{name}"\ndown_revision = "{parent}"\n\n\n'
        f"def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n"
    )
    return {f"{VERSIONS}/{name}.py": text}
