"""Names in the code, said as a person would: stages, moments, checks, and why one of them failed."""

from __future__ import annotations

import re
from pathlib import PurePath

from fixtures import finding

MOMENTS = {
    "before": "the old version, before anything changed",
    "trial": "the release on a clone of the data",
    "dark": "the new version, with the door closed",
    "open": "the new version, behind the public door",
    "rolled-back": "the old version, after the rollback",
    "now": "what serves now",
    "restored": "the restored data, with the door closed",
    "taken-back": "the old version, with all that users wrote since, with the door closed",
    "altered": "the deployed version on the altered database, with the door closed",
}
LONGEST_REASON = 200
HEADING = re.compile(r"(Left contains .*|Differing items|Extra items in the left set):$")


def title(function: str) -> str:
    """Given a function such as `check_real_accounts_log_in`, return `Real accounts log in`."""
    words = function.split("_", 1)[-1].replace("_", " ").replace("api ", "API ")
    return words[:1].upper() + words[1:]


def subject(path: PurePath) -> str:
    """Given the file of a check, return what it looks at: `check_data_access.py` is about `data access`."""
    return path.stem.split("_", 1)[-1].replace("_", " ")


def reason(text: str) -> str:
    """Given what an exception says, return the one line that a person needs of it."""
    lines = text.strip().splitlines() or ["no reason was given"]
    name, _, message = lines[0].partition(": ")
    head = message if message and " " not in name else lines[0]
    different = [] if finding.evidence(text) else differences(lines)
    if head.startswith("assert "):
        head = "; ".join(different[:2]) or head.removeprefix("assert ")
    elif different:
        head = f"{head}: {different[0]}"
    return shortened(head)


def differences(lines: list[str]) -> list[str]:
    """What pytest itself found to be different in an assertion: the lines after its own headings."""
    found, is_listed = [], False
    for line in (line.strip() for line in lines):
        if HEADING.match(line):
            is_listed = True
        elif not line or line.startswith(("Full diff", "Use -v")):
            is_listed = False
        elif is_listed:
            found.append(line)
    return found


def shortened(text: str, limit: int = LONGEST_REASON) -> str:
    """A text that is at most so many characters long, the missing end marked."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def size(size_bytes: int) -> str:
    """Bytes as a person reads them, such as `3.1 MB`."""
    value = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def count(number: int, thing: str, things: str = "") -> str:
    """A number and what is counted: `1 row`, `66,240 rows`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def duration(seconds: float) -> str:
    """Seconds as a person reads them: `7.6 s`, `2 min 05 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"
