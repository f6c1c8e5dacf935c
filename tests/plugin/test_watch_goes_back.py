"""A watch that failed: this process becomes the rollback, which prints to the same place and has the last word."""

from __future__ import annotations

from pathlib import Path

from tests.plugin.calling import Project

# A run that is refused at once, of which a plugin says that its watch has failed.
PLUGIN = """
import os
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config):
    if not os.environ.get("FALLEN"):  # Else the rollback would be followed by another, for ever.
        os.environ["FALLEN"] = "yes"
        config.pluginmanager.get_plugin("runbook-gate").goes_back = True
"""
SETTINGS = '[targets.shop]\ndirectory = "{place}/shop"\nurl = "http://127.0.0.1:1"\n'


def test_the_rollback_comes_after_everything_was_told_and_its_exit_code_counts(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "fallen.py").write_text(PLUGIN)
    settings = tmp_path / "runbook.toml"
    settings.write_text(SETTINGS.format(place=tmp_path))
    line = ("-m", "watch", "--target=shop", f"--settings={settings}", "-p", "fallen")
    ended = project.call(*line, extra={"PYTHONPATH": str(tmp_path)})
    first, _, second = ended.output.partition("watch.roll_back is set: pytest -m rollback --target=shop")
    assert "watch: failed" in first
    assert "There is nothing to roll back" in second
    assert ended.exit_code == 10, ended.output
