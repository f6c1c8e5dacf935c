"""The images of a release: built as the guide has it, unless the target says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.images import build_arguments
from fixtures.settings import ComposeFiles, Target


@pytest.mark.parametrize(
    ("compose", "options"),
    [(ComposeFiles(), ["--no-cache"]), (ComposeFiles(build_without_cache=False), [])],
    ids=["by default", "with the cache"],
)
def test_a_release_is_built_without_cache_by_default(compose: ComposeFiles, options: list[str]) -> None:
    target = Target(name="shop", directory=Path("/srv/shop"), url="http://127.0.0.1", compose=compose)
    assert list(build_arguments(target)) == ["--progress", "plain", "build", *options]
