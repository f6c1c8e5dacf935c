"""The CI workflows that are handed out: valid, pinned, over every supported version, and their shell steps gate."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
GITHUB, GITLAB = ROOT / "docs/ci/github-actions.yml", ROOT / "docs/ci/gitlab-ci.yml"
GITHUB_SCHEMA = ("github-workflows", GITHUB)
GITLAB_SCHEMA = ("gitlab-ci", GITLAB, "--data-transform", "gitlab-ci")
REPORT = "reports/runs/20261122T021000Z-4f1a"
# What stands in the place of pytest: it leaves what a run leaves, and ends as it is told to.
PYTEST = f"""#!/bin/sh
echo "pytest $*" >> called
mkdir -p {REPORT}
echo "## rolled back" > {REPORT}/summary.md
exit "$ENDS_WITH"
"""


def read(file: Path) -> dict[str, Any]:
    """A YAML file, read by the parser that check-jsonschema brings along."""
    found: dict[str, Any] = YAML(typ="safe").load(file.read_text("utf-8"))
    return found


def held_against(schema: str, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A workflow held against a schema that check-jsonschema carries with it, so that no network is needed."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *options, str(file)]
    return subprocess.run(command, capture_output=True, text=True)


def github() -> dict[str, Any]:
    """The job of the GitHub workflow."""
    job: dict[str, Any] = read(GITHUB)["jobs"]["rehearse"]
    return job


def gitlab() -> dict[str, Any]:
    """The job of the GitLab pipeline."""
    job: dict[str, Any] = read(GITLAB)["rehearse"]
    return job


def supported() -> list[str]:
    """Every version that a rehearsal can begin as, but the newest."""
    releases = tomllib.loads((ROOT / "staging/releases.toml").read_text("utf-8"))["releases"]
    return [release["tag"] for release in releases][:-1]


@pytest.mark.parametrize("schema", [GITHUB_SCHEMA, GITLAB_SCHEMA], ids=["GitHub", "GitLab"])
def test_a_workflow_keeps_to_its_schema(schema: tuple[str, Path, *tuple[str, ...]]) -> None:
    done = held_against(*schema)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [(GITHUB_SCHEMA, "runs-on:", "runs-at:"), (GITLAB_SCHEMA, "when: always", "when: sometimes")],
    ids=["GitHub", "GitLab"],
)
def test_a_wrong_workflow_does_not_keep_to_its_schema(
    schema: tuple[str, Path, *tuple[str, ...]], right: str, wrong: str, tmp_path: Path
) -> None:
    name, file, *options = schema
    changed = tmp_path / "wrong.yml"
    changed.write_text(file.read_text("utf-8").replace(right, wrong), "utf-8")
    assert held_against(name, changed, *options).returncode == 1


def test_every_action_is_pinned_by_commit_and_names_its_version() -> None:
    lines = re.findall(r"uses: (.*)", GITHUB.read_text("utf-8"))
    assert lines
    assert [
        line for line in lines if not re.fullmatch(r"[\w-]+/[\w-]+(?:/\w+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    ] == []


def test_the_workflows_start_from_every_supported_version() -> None:
    assert github()["strategy"]["matrix"]["from"] == supported()
    assert gitlab()["parallel"]["matrix"] == [{"FROM": supported()}]


def test_reports_are_kept_after_a_failure_and_with_their_history() -> None:
    steps = {step.get("name"): step for step in github()["steps"]}
    assert steps["Publish the report"]["if"] == steps["Tell"]["if"] == "always()"
    assert steps["Keep the history of the reports"]["if"] == "always()"
    assert "reports/runs/*/report.html" in steps["Publish the report"]["with"]["path"]
    assert steps["Bring the history of earlier reports"]["with"]["path"] == "reports/runs/history"
    assert (gitlab()["artifacts"]["when"], gitlab()["cache"]["paths"]) == ("always", ["reports/runs/history"])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which `make` and pytest only note that they were called."""
    programs = {".venv/bin/pytest": PYTEST, "bin/make": '#!/bin/sh\necho "make $*" >> called\n'}
    for name, text in programs.items():
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.write_text(text, "utf-8")
        program.chmod(0o755)
    return tmp_path


def run(checkout: Path, script: str, ends_with: int) -> int:
    """Run a step as CI does, in the checkout; return its exit code."""
    environment = {
        "PATH": f"{checkout / 'bin'}:/usr/bin:/bin",
        "FROM": "v1.4.0",
        "TO": "v2.0.0",
        "ENDS_WITH": str(ends_with),
        "GITHUB_STEP_SUMMARY": str(checkout / "told"),
    }
    return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=checkout, env=environment).returncode


def scripts(job: dict[str, Any]) -> Iterator[str]:
    """The shell steps of a job that lead to its verdict, in their order."""
    if "steps" in job:
        yield from (step["run"] for step in job["steps"] if "run" in step and "if" not in step)
    else:
        yield from [*job["before_script"], *job["script"]]


@pytest.mark.parametrize("ends_with", [0, 2, 10, 11, 12])
@pytest.mark.parametrize("job", [github, gitlab], ids=["GitHub", "GitLab"])
def test_the_job_ends_as_the_run_does(checkout: Path, job: Any, ends_with: int) -> None:
    codes = [run(checkout, script, ends_with) for script in scripts(job())]
    assert codes == [0, ends_with]
    assert (checkout / "called").read_text("utf-8").splitlines() == [
        "make environment engine",
        "pytest -m upgrade --from v1.4.0 --to v2.0.0",
    ]


def test_the_summary_is_told_also_after_a_failure_and_without_a_run(checkout: Path) -> None:
    (tell,) = [step["run"] for step in github()["steps"] if step.get("name") == "Tell"]
    assert run(checkout, tell, 0) == 0
    run(checkout, list(scripts(github()))[-1], 11)
    assert run(checkout, tell, 0) == 0
    assert (checkout / "told").read_text("utf-8") == "## rolled back\n"
