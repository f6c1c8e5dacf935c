"""The first `runbook.toml` of a deployment: what was found out about it, and what is left to a person."""

from __future__ import annotations

import json
from pathlib import Path

from fixtures import adoption, settings_file
from fixtures.adoption import Adopted
from fixtures.errors import Refused
from fixtures.host import Host
from fixtures.settings import Target

NEXT = "pytest -m doctor --target"


def write(directory: Path, file: Path) -> str:
    """Write the settings of a deployment directory into a file that is not there yet; return what to do next.

    Raise Refused when the file is there, or when too little can be found out.
    """
    if file.exists():
        raise Refused(
            f"{file} is there already; nothing was written.",
            next_step="name another file: pytest --init=DIR --settings=FILE",
        )
    found = adoption.look(Host(), directory.expanduser().resolve())
    text = render(found)
    Host().write(file, text)
    settings_file.load(file)
    asked = [f"  {number}. {question}" for number, question in enumerate(found.questions, 1)]
    return "\n".join(
        [
            f"{file} describes {found.directory}; nothing else was written.",
            *(["To be answered by you, in that file:", *asked] if asked else []),
            "Then add an account and the pages that must answer (runbook.example.toml shows how), and look:",
            f"  {NEXT} {found.directory.name} --settings={file}",
        ]
    )


def render(found: Adopted) -> str:
    """The text of the file. What is as the guide has it is left out, as it is the default."""
    name = f"targets.{json.dumps(found.directory.name)}"
    defaults = Target(name="", directory=found.directory, url="http://127.0.0.1")
    tables: dict[str, dict[str, tuple[object, object]]] = {
        "git": {"remote": (found.remote, defaults.git.remote), "branch": (found.branch, defaults.git.branch)},
        "compose": {
            "project": (found.project, defaults.compose.project),
            "files": (found.files, defaults.compose.files),
        },
        "services": {
            "web": (found.web, defaults.services.web),
            "database": (found.database_service, defaults.services.database),
            "door": (found.door, defaults.services.door),
        },
        "database": {
            "name": (found.database, defaults.database.name),
            "user": (found.user, defaults.database.user),
            "password_key": (found.password_key, defaults.database.password_key),
        },
        "migrations": {
            "command": (found.command, defaults.migrations.command),
            "directory": (found.migrations, defaults.migrations.directory),
        },
    }
    lines = [
        "# What was found out about this deployment. Everything that is left out has the value that",
        "# runbook.example.toml shows for it.",
        *(f"# TO BE ANSWERED: {question}" for question in found.questions),
        "",
        f"[{name}]",
        f"directory = {json.dumps(str(found.directory))}",
        f"url = {json.dumps(found.url)}",
        *(["media = false"] if found.media is None else []),
    ]
    for table, values in tables.items():
        other = [f"{key} = {toml(value)}" for key, (value, usual) in values.items() if value != usual]
        lines += ["", f"[{name}.{table}]", *other] if other else []
    if found.media is not None and found.media != defaults.media:
        lines += [
            "",
            f"[{name}.media]",
            f"service = {toml(found.media.service)}",
            f"path = {toml(found.media.path)}",
            f"url = {toml(found.media.url)}",
        ]
    return "\n".join([*lines, ""])


def toml(value: object) -> str:
    """A string or a list of strings in TOML: JSON writes both alike."""
    return json.dumps(list(value) if isinstance(value, tuple) else value)
