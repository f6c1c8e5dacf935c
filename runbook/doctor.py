"""Everything that a first run needs of a target, looked at and told in one list. Changes nothing.

A look whose prerequisite is missing is not made: what it would find follows from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fixtures.deployment import Deployment
from fixtures.errors import Problem, Refused
from runbook import looks

INDENT = " " * 4


@dataclass(frozen=True)
class Look:
    """One thing that is looked at: returns what was found, or raises the Problem of what is missing."""

    name: str
    see: Callable[[Deployment], str]
    needs: tuple[str, ...] = ()


LOOKS = (
    Look("directory", looks.directory),
    Look("state directory", looks.state),
    Look("git clone", looks.clone, ("directory",)),
    Look("remote", looks.remote, ("git clone",)),
    Look("secrets", looks.secrets),
    Look("named files", looks.files),
    Look("engine", looks.engine),
    Look("Compose", looks.compose),
    Look("Compose files", looks.compose_files, ("directory", "Compose")),
    Look("services", looks.services, ("Compose files", "engine")),
    Look("door", looks.door, ("Compose files",)),
    Look("database", looks.database, ("services",)),
    Look("migrations", looks.migrations, ("database", "git clone")),
    Look("uploaded files", looks.media, ("services",)),
    Look("disk", looks.disk, ("database", "uploaded files")),
    Look("accounts", looks.accounts, ("secrets", "door", "database")),
    Look("scenarios", looks.scenarios),
    Look("off-host backup", looks.off_host, ("secrets",)),
    Look("production gates", looks.production),
    Look("browser", looks.browser),
)


def examine(deployment: Deployment) -> Iterator[str]:
    """Every look's line, as it is made; raise Refused in the end when something is missing."""
    target = deployment.target
    yield f"Target {target.name} ({target.where}): what a first run needs. Nothing is changed."
    missing: list[str] = []
    for look in LOOKS:
        before = [name for name in look.needs if name in missing]
        if before:
            missing.append(look.name)
            yield f"  – {look.name:<17} not looked at: {' and '.join(before)} first"
            continue
        try:
            yield f"  ✓ {look.name:<17} {indented(look.see(deployment))}"
        except (Problem, OSError) as problem:
            missing.append(look.name)
            yield f"  ✗ {look.name:<17} {indented(str(problem).replace('; nothing was changed', ''))}"
    if missing:
        raise Refused(
            f"{len(missing)} of {len(LOOKS)} are missing or were not looked at; nothing was changed.",
            expected="all of them before the first run",
            found=", ".join(missing),
            next_step="mend them, then pytest -m doctor once more",
        )
    yield "Nothing is missing. Next: pytest -m trial, which changes nothing of the deployment either"


def indented(text: str) -> str:
    """A text of several lines below its look."""
    return text.replace("\n", f"\n{INDENT}")
