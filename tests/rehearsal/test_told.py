"""What only tells: the plan and the status run nothing, the diagnosis only looks, and all of them say what is so."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from staging.clean import docker
from staging.deployment import PLACES, Rehearsal
from tests.rehearsal import gate, outside

PLACE = PLACES / f"tests-told-{os.getpid()}"


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """A deployment of v1.4.0."""
    with outside.deployed(PLACE, "v1.4.0", limits=outside.PATIENT, is_built_anew=True) as made:
        yield made


@pytest.mark.engine
def test_a_plan_runs_nothing_and_says_what_is_known(rehearsal: Rehearsal) -> None:
    before, runs = outside.look(rehearsal), outside.runs(rehearsal)
    ended = gate.call("-m", "upgrade", "--plan", "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
    assert ended.exit_code == 0, ended.output
    expected = ["From v1.4.0", "to v2.0.0", "15d8b37ac64e", "INVOICE_SENDER", "## [2.0.0]", "build --no-cache web"]
    assert [text for text in expected if text not in ended.output] == []
    assert outside.look(rehearsal) == before
    assert outside.runs(rehearsal) == runs


@pytest.mark.engine
def test_what_is_only_planned_is_passed_in_no_report(rehearsal: Rehearsal, tmp_path: Path) -> None:
    junit, allure = tmp_path / "junit.xml", tmp_path / "allure"
    command = gate.argv("-m", "upgrade", "--plan", "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
    told = subprocess.run(
        [*command, f"--junitxml={junit}", f"--alluredir={allure}"],
        cwd=gate.ROOT,
        env=gate.environment(),
        stdout=subprocess.DEVNULL,
        timeout=gate.LONGEST_SECONDS,
        check=False,
    )
    assert told.returncode == 0
    assert not junit.exists() or "<testcase" not in junit.read_text("utf-8")
    assert list(allure.rglob("*-result.json")) == []


@pytest.mark.engine
def test_a_plan_for_a_release_that_lacks_a_value_is_refused_by_name(rehearsal: Rehearsal) -> None:
    settings = rehearsal.settings_file.read_text()
    rehearsal.settings_file.write_text(settings.replace("INVOICE_SENDER =", "UNRELATED ="))
    ended = gate.call("-m", "upgrade", "--plan", "--keep", "--to", "v2.0.0", f"--place={rehearsal.place}")
    rehearsal.settings_file.write_text(settings)
    assert ended.exit_code == 10
    assert "INVOICE_SENDER" in ended.output.splitlines()[0]


@pytest.mark.engine
def test_a_status_says_what_serves(rehearsal: Rehearsal) -> None:
    before, runs = outside.look(rehearsal), outside.runs(rehearsal)
    ended = gate.call("-m", "status", f"--place={rehearsal.place}")
    assert ended.exit_code == 0, ended.output
    expected = ["deployed   v1.4.0", f"open: {rehearsal.url}/health answers 200", "at revision e6a41d92c0b7"]
    assert [text for text in expected if text not in ended.output] == []
    assert (outside.look(rehearsal), outside.runs(rehearsal)) == (before, runs)


@pytest.mark.engine
def test_a_diagnosis_of_a_sound_deployment_changes_nothing(rehearsal: Rehearsal) -> None:
    before = outside.look(rehearsal)
    ended = gate.call("-m", "diagnose", f"--place={rehearsal.place}")
    assert ended.exit_code == 0, ended.output
    assert outside.look(rehearsal) == before


@pytest.mark.engine
def test_a_diagnosis_and_a_status_name_what_is_wrong(rehearsal: Rehearsal) -> None:
    web = outside.look(rehearsal).containers["web"].id
    docker("container", "stop", web)
    diagnosis = gate.call("-m", "diagnose", f"--place={rehearsal.place}")
    status = gate.call("-m", "status", f"--place={rehearsal.place}")
    docker("container", "start", web)
    assert diagnosis.exit_code == 10
    failed = set(diagnosis.failures)
    assert failed == {"operation_containers_run", "operation_dependencies_are_installed"}
    assert f"closed: {rehearsal.url}/health does not answer" in status.output
