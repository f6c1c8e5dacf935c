"""The report in French: the words that are ours are replaced, wherever they stand, in what is written already."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

PHRASES = Path(__file__).with_name("french.toml")
ANYTHING = r"([\d.,:/A-F]+(?: min \d+)?)"
# Fields of a result that tell a person something; the rest tells results apart.
TOLD = ("name", "descriptionHtml", "description")
LABELS = ("chapter", "suite", "parentSuite")
# What a person is to type stays as it is to be typed.
COMMAND = re.compile(r"(?<=pytest )-m \w+")
# Between the parts of a name: what it is, how long it took, what came of it.
SEPARATOR = " · "
# How a line of a five-part message begins.
WORD_OF_A_LINE = re.compile(r"^  (\w+)(?= +\S)", re.MULTILINE)


@cache
def known() -> dict[str, dict[str, str]]:
    """The phrases (`words`), and what is replaced only where it stands alone (`alone`)."""
    return tomllib.loads(PHRASES.read_text("utf-8"))


@cache
def phrases() -> dict[re.Pattern[str], str]:
    """Each phrase as a pattern with what stands in its place: those with a command first, then the longest."""
    ordered = sorted(known()["words"].items(), key=lambda pair: -len(pair[0]))
    made = {english: (re.compile(bounded(english)), numbered(french)) for english, french in ordered}
    with_commands = [pair for english, pair in made.items() if "pytest" in english]
    return dict([*with_commands, (COMMAND, r"\g<0>"), *made.values()])


def bounded(english: str) -> str:
    """The pattern of a phrase that is no part of a longer word."""
    pattern = ANYTHING.join(re.escape(piece) for piece in english.split("{}"))
    before = r"(?<![\w-])" if english[0].isalnum() or english[0] == "{" else ""
    after = r"(?![\w-])" if english[-1].isalnum() or english[-1] == "}" else ""
    return f"{before}{pattern}{after}"


def numbered(french: str) -> str:
    """What stands in a phrase's place, with its numbers in their order."""
    pieces = [piece.replace("\\", r"\\") for piece in french.split("{}")]
    return "".join(piece + (rf"\g<{number}>" if number < len(pieces) else "") for number, piece in enumerate(pieces, 1))


def told(text: str) -> str:
    """A text with all that is ours in French. What was replaced is not looked at again."""
    return SEPARATOR.join(part_told(part) for part in text.split(SEPARATOR))


def part_told(text: str) -> str:
    """A part of a text between two dots in French."""
    alone = known()["alone"].get(text.strip())
    if alone is not None:
        return text.replace(text.strip(), alone)
    done: list[str] = []

    def keep(found: re.Match[str], french: str) -> str:
        done.append(found.expand(french))
        return f"\0{len(done) - 1}\1"

    for pattern, french in phrases().items():
        text = pattern.sub(lambda found, french=french: keep(found, french), text)  # type: ignore[misc]
    while "\0" in text:
        text = re.sub("\0(\\d+)\1", lambda found: done[int(found[1])], text)
    return text


def html(text: str) -> str:
    """An HTML text whose tags, code and pictures stay as they are."""
    pieces = re.split(r"(<style>.*?</style>|<code>.*?</code>|<[^>]*>)", text, flags=re.DOTALL)
    return "".join(piece if piece.startswith("<") else told(piece) for piece in pieces)


def result(found: dict[str, Any]) -> dict[str, Any]:
    """One of Allure's results in French."""
    changed: dict[str, Any] = {key: html(str(found[key])) for key in TOLD if found.get(key)}
    changed["labels"] = [
        label | {"value": told(str(label["value"]))} if label["name"] in LABELS else label
        for label in found.get("labels", [])
    ]
    changed["attachments"] = [one | {"name": told(str(one["name"]))} for one in found.get("attachments", [])]
    if found.get("statusDetails", {}).get("message"):
        message = WORD_OF_A_LINE.sub(lambda word: f"  {told(word[1])}", found["statusDetails"]["message"])
        changed["statusDetails"] = found["statusDetails"] | {"message": told(message)}
    return found | changed


def results(directory: Path) -> None:
    """Put all of Allure's results of a run into French, pictures and tables included."""
    for path in directory.glob("*-result.json"):
        path.write_text(json.dumps(result(json.loads(path.read_text("utf-8"))), ensure_ascii=False), "utf-8")
    for path in (*directory.glob("*-attachment.html"), *directory.glob("environment.properties")):
        path.write_text(html(path.read_text("utf-8")), "utf-8")


def pictures(place: Path) -> None:
    """Put the pictures of a run into French, before they become part of its results."""
    for path in place.glob("*.svg"):
        path.write_text(html(path.read_text("utf-8")), "utf-8")


def categories(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Allure's categories under French names."""
    return [category | {"name": told(str(category["name"]))} for category in found]
