"""The images of a release: built as the guide has it, unless the target says otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures import images
from fixtures.compose import Compose
from fixtures.container_state import COMMIT_LABEL
from fixtures.errors import StageFailed
from fixtures.images import build_arguments
from fixtures.run import Run
from fixtures.settings import ComposeFiles, Target
from tests.unit.recording import RecordingHost, answering_config
from tests.unit.runs import INSPECTION, make_run


@pytest.mark.parametrize(
    ("compose", "options"),
    [(ComposeFiles(), ["--no-cache"]), (ComposeFiles(build_without_cache=False), [])],
    ids=["by default", "with the cache"],
)
def test_a_release_is_built_without_cache_by_default(compose: ComposeFiles, options: list[str]) -> None:
    target = Target(name="shop", directory=Path("/srv/shop"), url="http://127.0.0.1", compose=compose)
    assert list(build_arguments(target)) == ["--progress", "plain", "build", *options]


PULLED = {"web": {"image": "registry.example/shop:stable"}, "db": {"image": "postgres:15"}}
OURS = "shop-web:release-bbbbbbbbbbbb"


def pulling(place: Path, config: dict[str, Any], exit_code: int = 0) -> tuple[RecordingHost, Run, Compose]:
    """A run whose web image comes from a registry, the host, and the release's project."""
    host = RecordingHost(
        answers=answering_config({"name": "shop", "services": config}), exit_codes={("pull",): exit_code}
    )
    run = make_run(place, host, compose=ComposeFiles(pull=("web",)))
    run.put(INSPECTION)
    return host, run, run.deployment.compose()


def tagged(host: RecordingHost) -> list[list[str]]:
    """What got another name, in its order."""
    return [command[3:] for command in host.commands if command[:3] == ["docker", "image", "tag"]]


def test_a_pulled_image_gets_a_name_of_its_own_and_the_one_that_runs_keeps_its_name(tmp_path: Path) -> None:
    host, run, release = pulling(tmp_path, PULLED)
    images.pull(run, release, {"web": OURS})
    assert [command[-2:] for command in host.commands if "pull" in command] == [["pull", "web"]]
    assert tagged(host) == [["registry.example/shop:stable", OURS], ["sha256:old", "registry.example/shop:stable"]]


def test_what_cannot_be_pulled_is_refused_and_the_one_that_runs_keeps_its_name(tmp_path: Path) -> None:
    host, run, release = pulling(tmp_path, PULLED, exit_code=18)
    with pytest.raises(StageFailed, match="could not be pulled") as failed:
        images.pull(run, release, {"web": OURS})
    assert "docker login" in failed.value.next_step
    assert tagged(host) == [["sha256:old", "registry.example/shop:stable"]]


@pytest.mark.parametrize(("said", "found"), [("", {}), ("b" * 40, {"web": "b" * 40})])
def test_a_pulled_image_need_not_say_its_commit(tmp_path: Path, said: str, found: dict[str, str]) -> None:
    host, run, _ = pulling(tmp_path, PULLED)
    host.answers[("image", "inspect")] = json.dumps([{"Config": {"Labels": {COMMIT_LABEL: said}}}])
    assert images.commits(run, {"web": OURS}, ["web"]) == found
    assert images.commits(run, {"web": OURS}, []) == {"web": said}
