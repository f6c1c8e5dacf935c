"""The repository of the rehearsal is the same wherever it is made, also from a clone whose files share their times."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from staging import origin

A_TIME = 1_700_000_000


@pytest.fixture
def fresh_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The releases' files as a checkout leaves them: all of one moment."""
    trees = shutil.copytree(origin.TREES, tmp_path / "releases")
    for path in trees.rglob("*"):
        os.utime(path, (A_TIME, A_TIME))
    monkeypatch.setattr(origin, "TREES", trees)
    return trees


@pytest.mark.usefixtures("fresh_clone")
def test_every_release_says_its_own_version(tmp_path: Path) -> None:
    made = origin.make_origin(tmp_path / "place")
    for tag in origin.releases():
        text = origin.git("show", f"{tag}:punk_eco/__init__.py", directory=made)
        assert f'__version__ = "{tag.removeprefix("v").partition("-")[0]}"' in text
