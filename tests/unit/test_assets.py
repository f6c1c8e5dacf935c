"""Assets: what an image holds is asked once, and what is served otherwise is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from fixtures import assets
from fixtures.host import Host
from fixtures.instance import Instance
from fixtures.settings import Assets
from tests.unit.doors import Asked, Reply, serving
from tests.unit.recording import RecordingHost, project
from tests.unit.runs import make_instance

LABELS = {"com.docker.compose.service": "web"}
RUNNING = [{"Id": "aaa", "Image": "sha256:new", "Config": {"Labels": LABELS}}]
HELD = {"a b.css": b"new style", "vendor/c.js": b"new script"}


def hashed(files: dict[str, bytes]) -> str:
    return "".join(f"{hashlib.sha256(content).hexdigest()}  ./{name}\n" for name, content in files.items())


@pytest.fixture
def served() -> dict[str, bytes]:
    """What browsers get, by path."""
    return {"/static/a%20b.css": b"new style", "/static/vendor/c.js": b"new script"}


@pytest.fixture
def instance(served: dict[str, bytes]) -> Iterator[Instance]:
    """An application whose image holds two files."""

    def answer(asked: Asked) -> Reply:
        return Reply(200, served[asked.path]) if asked.path in served else Reply(404)

    host = RecordingHost(
        answers={
            ("docker", "ps"): "aaa\n",
            ("docker", "container", "inspect"): json.dumps(RUNNING),
            ("docker", "run"): hashed(HELD),
        }
    )
    with serving(answer) as door:
        made = make_instance(door.url, assets=Assets())
        made.compose = project(host)
        yield made


def test_files_that_are_served_as_the_image_has_them_are_right(instance: Instance) -> None:
    assert assets.wrongly_served(instance) == []


def test_a_file_of_an_earlier_image_is_told(instance: Instance, served: dict[str, bytes]) -> None:
    served["/static/vendor/c.js"] = b"old script"
    del served["/static/a%20b.css"]
    assert assets.wrongly_served(instance) == ["a b.css", "vendor/c.js"]


def test_a_path_that_the_image_does_not_have_is_told(instance: Instance) -> None:
    instance.compose.host.definitions.clear()
    host = instance.compose.host
    assert isinstance(host, RecordingHost)
    host.answers[("docker", "run")] = ""
    assert assets.wrongly_served(instance) == ["/app/punk_eco/static holds no file in the image"]


def test_an_image_is_asked_once() -> None:
    host = RecordingHost(answers={("docker", "run"): hashed(HELD)})
    known: Host = host
    assert assets.of_image(known, "sha256:new", "/s") == assets.of_image(known, "sha256:new", "/s")
    assert len(host.commands) == 1
