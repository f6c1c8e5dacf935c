"""Side by side: tests meet, each is judged by itself, one that dies has failed, one that is alone has no company."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.plugin.calling import ROOT

LONGEST_SECONDS = 120
CONFTEST = (
    "from tests import side_by_side\n\n\ndef pytest_configure(config):\n    side_by_side.pytest_configure(config)\n"
)
SHARED = """
import os, pytest
from pathlib import Path

pytestmark = pytest.mark.engine
HERE = Path(__file__).parent

def meet(name, other):
    (HERE / name).touch()
    for _ in range(3000):
        if (HERE / other).exists():
            return
        __import__("time").sleep(0.01)
    raise AssertionError(f"{name} never met {other}")
"""
FIRST = """
@pytest.fixture(scope="module")
def process():
    return os.getpid()

def test_meets(process): meet("first", "second")
def test_shares(process): assert process == os.getpid()
def test_fails(process): assert process == 0, "told in full"
@pytest.mark.skipif(True, reason="said so")
def test_skipped(): raise AssertionError

@pytest.mark.alone
def test_alone():
    (HERE / "alone").write_text(" ".join(sorted(path.name for path in HERE.iterdir() if path.suffix == "")))
"""
SECOND = """
@pytest.mark.beside
def test_meets_the_other_file(): meet("second", "first")

@pytest.mark.beside
@pytest.mark.parametrize("name, other", [("left", "right"), ("right", "left")])
def test_meets_its_neighbour(name, other): meet(name, other)

@pytest.mark.beside
def test_dies(): os._exit(3)
"""


@dataclass(frozen=True)
class Told:
    """How the tests ended: the reason of each that did not pass, and what stood in the directory in the alone one."""

    exit_code: int
    failures: dict[str, str]
    skipped: list[str]
    names: list[str]
    seen_alone: str


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Some tests, one way or another beside one another."""
    place = tmp_path_factory.mktemp("side-by-side")
    shutil.copy(ROOT / "pytest.ini", place)
    (place / "conftest.py").write_text(CONFTEST)
    (place / "test_first.py").write_text(SHARED + FIRST)
    (place / "test_second.py").write_text(SHARED + SECOND)
    argv, environment = [sys.executable, "-m", "pytest", "--junitxml=told.xml", "."], {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        argv, cwd=place, env=os.environ | environment, capture_output=True, text=True, timeout=LONGEST_SECONDS
    )
    assert (place / "told.xml").exists(), done.stdout + done.stderr
    yield read(done.returncode, place)


def read(exit_code: int, place: Path) -> Told:
    """What the report of a call says."""
    cases = list(ElementTree.parse(place / "told.xml").iter("testcase"))
    failed = {case.get("name", ""): f"{bad.get('message')}{bad.text}" for case in cases for bad in case.iter("failure")}
    skipped = [case.get("name", "") for case in cases if case.find("skipped") is not None]
    names = [case.get("name", "") for case in cases]
    return Told(exit_code, failed, skipped, names, (place / "alone").read_text())


def test_those_that_meet_have_met_and_those_of_a_file_share_a_process(told: Told) -> None:
    assert told.failures.keys() == {"test_fails", "test_dies"}, told.failures
    assert len(told.names) == 9
    assert (told.exit_code, told.skipped) == (1, ["test_skipped"])


def test_a_failure_is_told_in_full(told: Told) -> None:
    assert "told in full" in told.failures["test_fails"]


def test_one_that_dies_has_failed_with_what_its_process_said(told: Told) -> None:
    assert "The process of this test did not come to its end" in told.failures["test_dies"]
    assert "collected 1 item" in told.failures["test_dies"]


def test_one_that_is_alone_comes_first(told: Told) -> None:
    assert told.names[0] == "test_alone"
    assert set(told.seen_alone.split()).isdisjoint({"first", "second", "left", "right"})
