"""The report in French: words that are ours are replaced where they stand as a whole, in what is written already."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any

from runbook.plans import NAMES, label

PHRASES = Path(__file__).with_name("french.toml")
# What stands in a phrase's slots: a number or a time, and a name of whatever kind.
SLOTS = {"{}": r"([\d.,:/A-F]+(?: min \d+)?)", "{name}": r"([^\s;,()\0-\2]*[^\s;,():.\0-\2])"}
SLOT = re.compile(r"(\{\}|\{name\})")
# Labels of a result that tell a person something; the rest tells results apart.
LABELS = ("chapter", "suite", "parentSuite")
# What a person is to type stays as it is to be typed.
COMMAND = re.compile(r"(?<=pytest )-m \w+")
# Between the parts of a name: what it is, how long it took, what came of it.
SEPARATOR = " · "
# Where one thing that is said ends and another begins. \2 stands beside a phrase that begins or ends so itself.
CLAUSE = re.compile(r"(; |: |\. |[()\2])")
REPLACED = re.compile("\0(\\d+)\1")
# How a line of a five-part message or of a finding begins, and of which of them the rest is ours as well.
LINE = re.compile(r"( {2,})(measured|expected|such as|look at|because|found|now|next|evidence)( +)(\S.*)")
OURS = ("because", "now", "next")
ASSERTION = re.compile(r"(?:^|: )assert ")
# Tags, styles, code and what a stage says of itself in English sentences.
AS_IT_IS = re.compile(r"(<style>.*?</style>|<code>.*?</code>|<p>.*?</p>|<[^>]*>)", re.DOTALL)
LIST = re.compile(r",? (?:and|or) |, ")
UNITS = ("min", "kB", "MB", "GB", "TB", "UTC")
# What is left of a clause beside its phrases may be names, and none of the words that make a sentence.
ENGLISH = re.compile(
    r"(a|an|the|this|that|these|those|which|who|what|whose|it|its|they|them|their|there|of|to|in|on|at|by"
    r"|for|from|with|without|into|as|than|is|are|was|were|be|been|being|has|have|had|do|does|did|can|cannot"
    r"|could|will|would|may|might|must|should|not|no|nothing|nobody|none|any|all|only|but|if|so|when|while"
    r"|where|before|after|until|since|now|again|more|fewer|less|out|up|back|over|under|between|because|also"
    r"|still|already|never|always|just|other)",
    re.IGNORECASE,
)


@cache
def known() -> dict[str, dict[str, str]]:
    """The phrases (`words`), what is replaced as a whole clause (`sentences`), and only where it is alone (`alone`)."""
    found = tomllib.loads(PHRASES.read_text("utf-8"))
    found["words"] |= {f"{label(name)} failed": f"{label(name)} en échec" for name in NAMES}
    found["words"] |= {one: french for one, french in found["sentences"].items() if CLAUSE.search(one)}
    found["sentences"] |= dict(tails(found["words"]))
    return found


def tails(words: dict[str, str]) -> list[tuple[str, str]]:
    """What follows the first word of an outcome or of a group of checks, which is told without it as well."""
    pairs = [(english.partition(": ")[2], french.partition(" : ")[2]) for english, french in words.items()]
    return [(english, french) for english, french in pairs if english and french]


@cache
def phrases() -> dict[re.Pattern[str], str]:
    """Each phrase as a pattern with what stands in its place: those with a command first, then the longest."""
    ordered = sorted(known()["words"].items(), key=lambda pair: -len(pair[0]))
    made = {english: (re.compile(bounded(english)), numbered(french)) for english, french in ordered}
    with_commands = [pair for english, pair in made.items() if "pytest" in english]
    return dict([*with_commands, (COMMAND, r"\g<0>"), *made.values()])


def bounded(english: str) -> str:
    """The pattern of a phrase that is no part of a longer word."""
    pattern = "".join(SLOTS.get(piece) or re.escape(piece) for piece in SLOT.split(english))
    before = r"(?<![\w-])" if english[0].isalnum() or english[0] == "{" else ""
    after = r"(?![\w-])" if english[-1].isalnum() or english[-1] == "}" else ""
    return f"{before}{pattern}{after}"


def numbered(french: str) -> str:
    """What stands in a phrase's place, with what its slots hold in their order."""
    pieces = [piece.replace("\\", r"\\") for piece in SLOT.split(french)[::2]]
    return "".join(piece + (rf"\g<{number}>" if number < len(pieces) else "") for number, piece in enumerate(pieces, 1))


def told(text: str) -> str:
    """A text with all that is ours in French; a clause that holds other English words stays as it is."""
    return SEPARATOR.join(whole(part) or part_told(part) for part in text.split(SEPARATOR))


def whole(text: str) -> str:
    """A text in French that is known as a whole, with the space and the full stop that it had; empty for any other."""
    said = text.strip().removesuffix(".")
    french = known()["alone"].get(said) or known()["sentences"].get(said)
    return text.replace(said, french) if french else ""


def only_whole(text: str) -> str:
    """A text in French where it is known as a whole, else as it is: of English sentences none is told by halves."""
    return whole(text) or text


def part_told(text: str) -> str:
    """A part of a text between two dots in French, clause by clause. What was replaced is not looked at again."""
    done: list[tuple[str, str]] = []

    def keep(found: re.Match[str], french: str) -> str:
        done.append((found[0], found.expand(french)))
        return "\2" * found[0].startswith("(") + f"\0{len(done) - 1}\1" + "\2" * found[0].endswith(":")

    for pattern, french in phrases().items():
        text = pattern.sub(lambda found, french=french: keep(found, french), text)  # type: ignore[misc]
    return "".join(clause_told(piece, done) for piece in CLAUSE.split(text)).replace("\2", "")


def clause_told(text: str, done: list[tuple[str, str]]) -> str:
    """A clause with its phrases in French; in English as they were where other English words stand beside them."""
    if not REPLACED.search(text):
        said = text.strip().removesuffix(".")
        return text.replace(said, known()["sentences"].get(said, said))
    is_french = not is_english(REPLACED.sub(" \1 ", text))
    text = text.replace(" and ", " et ").replace(" or ", " ou ") if is_french else text
    return REPLACED.sub(lambda found: done[int(found[1])][is_french], text)


def is_english(rest: str) -> bool:
    """Whether what is left of a clause is a piece of a sentence, and not one name or a list of names."""
    listed = [token.strip(",;:.!?…").split(",") for token in LIST.sub(",", rest).split()]
    names = [[word for word in words if word not in UNITS] for words in listed]
    words = [found for found in names if found and all(word.isalpha() and len(word) > 1 for word in found)]
    return len(words) > 1 or any(ENGLISH.fullmatch(word) for found in names for word in found)


def lines(text: str) -> str:
    """What failed, in French: its sentences, and how the lines below them begin. What was measured and found stays."""
    told, is_evidence = [], False
    for line in text.split("\n"):
        is_evidence = is_evidence or bool(LINE.fullmatch(line) or ASSERTION.search(line))
        told.append(line_told(line, is_evidence=is_evidence))
    return "\n".join(told)


def line_told(line: str, *, is_evidence: bool) -> str:
    """One line of what failed; of evidence that goes on over several lines only a sentence that is known as a whole."""
    found = LINE.fullmatch(line)
    if found:
        said = told(found[4]) if found[2] in OURS else found[4]
        head = f"{known()['alone'][found[2]]} ".ljust(len(found[2] + found[3]))
        return f"{found[1]}{head}{said}"
    if line.startswith(" ") or ASSERTION.search(line):
        return line
    return "".join(clause_told(piece, []) for piece in CLAUSE.split(line)) if is_evidence else told(line)


def html(text: str) -> str:
    """An HTML text whose tags, code, paragraphs and pictures stay as they are."""
    return "".join(piece if piece.startswith("<") else unescaped_told(piece) for piece in AS_IT_IS.split(text))


def unescaped_told(text: str) -> str:
    """The text between two tags in French; what is not ours keeps the form that it had."""
    plain = unescape(text)
    french = told(plain)
    return text if french == plain else escape(french)


def result(found: dict[str, Any]) -> dict[str, Any]:
    """One of Allure's results in French."""
    told_by = {"name": told, "descriptionHtml": html, "description": only_whole}
    changed: dict[str, Any] = {key: tell(str(found[key])) for key, tell in told_by.items() if found.get(key)}
    changed["labels"] = [
        one | {"value": told(str(one["value"]))} if one["name"] in LABELS else one for one in found.get("labels", [])
    ]
    changed["attachments"] = [one | {"name": told(str(one["name"]))} for one in found.get("attachments", [])]
    if found.get("statusDetails", {}).get("message"):
        changed["statusDetails"] = found["statusDetails"] | {"message": lines(found["statusDetails"]["message"])}
    return found | changed


def properties(text: str) -> str:
    """What the report shows as the environment of a run: a name and its value in each line."""
    pairs = [line.partition(" = ") for line in text.splitlines()]
    return "".join(f"{told(name)}{equals}{told(value)}\n" for name, equals, value in pairs)


def results(directory: Path) -> None:
    """Put all of Allure's results of a run into French, pictures and tables included."""
    for path in directory.glob("*-result.json"):
        path.write_text(json.dumps(result(json.loads(path.read_text("utf-8"))), ensure_ascii=False), "utf-8")
    for path in directory.glob("*-attachment.html"):
        path.write_text(html(path.read_text("utf-8")), "utf-8")
    for path in directory.glob("environment.properties"):
        path.write_text(properties(path.read_text("utf-8")), "utf-8")


def pictures(place: Path) -> None:
    """Put the pictures of a run into French, before they become part of its results."""
    for path in place.glob("*.svg"):
        path.write_text(html(path.read_text("utf-8")), "utf-8")


def categories(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Allure's categories under French names."""
    return [category | {"name": told(str(category["name"]))} for category in found]
