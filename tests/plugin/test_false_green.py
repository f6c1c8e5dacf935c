"""A9, A10: what would make the order meaningless is refused, and a run of which nothing ran is never green."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.plugin.calling import Ended, Project

SETTINGS = '[targets.shop]\ndirectory = "{place}/shop"\nurl = "http://127.0.0.1:9"\n'
# Plugins as others write them: each chooses, repeats, reorders or leaves out what is run.
PLUGINS = {
    "skips_all": """
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_setup(item):
            pytest.skip("not today")
    """,
    "deselects_all": """
        import pytest

        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(items):
            items[:] = []
    """,
    "marks_all_as_expected_to_fail": """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.xfail(reason="known"))
    """,
    "runs_in_parallel": """
        def pytest_addoption(parser):
            parser.addoption("--numprocesses", dest="numprocesses", default=None)
    """,
    "runs_again": """
        def pytest_addoption(parser):
            parser.addoption("--reruns", dest="reruns", default=None)
    """,
    "shuffles": """
        import random

        def pytest_addoption(parser):
            parser.addoption("--random-order-bucket", dest="random_order_bucket", default=None)

        def pytest_collection_modifyitems(items):
            random.shuffle(items)
    """,
}
REFUSED = {
    "-k": ("-k", "bakcup"),
    "--deselect": ("--deselect", "runbook/stage_02_backup.py"),
    "-n": ("-p", "runs_in_parallel", "--numprocesses=3"),
    "--reruns": ("-p", "runs_again", "--reruns=2"),
    "--random-order": ("-p", "shuffles", "--random-order-bucket=global"),
    "--stepwise": ("--stepwise",),
    "--last-failed": ("--last-failed",),
    "--failed-first": ("--failed-first",),
}
UNKNOWN = {"xdist": ("-n", "3"), "rerunfailures": ("--reruns", "2")}
EMPTY = ("skips_all", "deselects_all", "marks_all_as_expected_to_fail")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An operator's place: settings, a deployment directory with nothing in it, and the plugins."""
    made = tmp_path_factory.mktemp("operator")
    (made / "shop").mkdir()
    (made / "runbook.toml").write_text(SETTINGS.format(place=made))
    for name, text in PLUGINS.items():
        lines = [line.removeprefix("        ") for line in text.splitlines()]
        (made / f"{name}.py").write_text("\n".join(lines))
    return made


@pytest.fixture(scope="module")
def ended(project: Project, place: Path) -> dict[tuple[str, ...], Ended]:
    """How an upgrade ended with each of the options."""
    lines = [*REFUSED.values(), *UNKNOWN.values(), *(("-p", name) for name in EMPTY)]
    options = ("-m", "upgrade", "--target", "shop", f"--settings={place}/runbook.toml")

    def call(line: tuple[str, ...]) -> Ended:
        return project.call(*options, *line, extra={"PYTHONPATH": str(place)})

    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(lines, pool.map(call, lines), strict=True))


@pytest.mark.parametrize("flag", REFUSED)
def test_a9_what_chooses_repeats_or_reorders_is_refused_with_a_sentence(
    ended: dict[tuple[str, ...], Ended], flag: str
) -> None:
    refused = ended[REFUSED[flag]]
    assert refused.exit_code == 10, refused.output
    assert f"{flag} cannot be used with a plan" in refused.output
    assert "nothing was changed" in refused.output


@pytest.mark.parametrize("plugin", UNKNOWN)
def test_a9_the_option_of_a_plugin_that_is_not_there_runs_nothing(
    ended: dict[tuple[str, ...], Ended], plugin: str
) -> None:
    assert ended[UNKNOWN[plugin]].exit_code == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("plugin", EMPTY)
def test_a10_a_run_of_which_nothing_ran_is_refused_and_not_green(
    ended: dict[tuple[str, ...], Ended], plugin: str
) -> None:
    assert ended["-p", plugin].exit_code == 10, ended["-p", plugin].output


def test_a9_a10_nothing_was_made_and_nothing_was_touched(ended: dict[tuple[str, ...], Ended], place: Path) -> None:
    assert list((place / "shop").iterdir()) == []
    left = {path.name for path in place.iterdir()} - {f"{name}.py" for name in PLUGINS} - {"__pycache__"}
    assert left <= {"shop", "runbook.toml", "shop.runbook"}
