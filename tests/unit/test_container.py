"""Two containers are held against each other: nothing but ports and names may differ, and no secret is told."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from fixtures import container
from fixtures.host import Host

KNOWN: dict[str, Any] = {
    "Image": "sha256:1",
    "Config": {
        "Hostname": "abc",
        "Env": ["A=1", "SECRET_KEY=hunter2"],
        "Cmd": ["run", "it"],
        "ExposedPorts": {"8000/tcp": {}},
        "Labels": {"com.docker.compose.config-hash": "h1", "owner": "shop"},
    },
    "HostConfig": {
        "Memory": 0,
        "Dns": None,
        "PortBindings": {"8000/tcp": [{"HostIp": "127.0.0.1"}]},
        "Binds": ["a:/b"],
    },
    "Mounts": [{"Type": "volume", "Name": "shop_media", "Source": "/x", "Destination": "/data", "RW": True}],
    "NetworkSettings": {"Networks": {"shop_default": {}}},
}


def changed(*path: str, to: Any) -> dict[str, Any]:
    """The container with another value somewhere."""
    found = deepcopy(KNOWN)
    place = found
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return found


def told(other: dict[str, Any]) -> list[str]:
    return container.differences({"web": container.parts(Host(), KNOWN)}, {"web": container.parts(Host(), other)})


@pytest.mark.parametrize(
    "other",
    [
        KNOWN,
        changed("Config", "Hostname", to="def"),
        changed("Config", "Env", to=["SECRET_KEY=hunter2", "A=1"]),
        changed("Config", "Labels", to={"com.docker.compose.config-hash": "h2", "owner": "shop"}),
        changed("HostConfig", "PortBindings", to={"8000/tcp": [{"HostPort": "8080"}]}),
        changed("HostConfig", "Dns", to=[]),
    ],
    ids=[
        "itself",
        "name",
        "order of the environment",
        "Compose's own labels",
        "ports",
        "an empty list",
    ],
)
def test_what_may_differ(other: dict[str, Any]) -> None:
    assert told(other) == []


@pytest.mark.parametrize(
    ("other", "part"),
    [
        (changed("Image", to="sha256:2"), "image"),
        (changed("Config", "Env", to=["A=1", "SECRET_KEY=hunter3"]), "Config.Env"),
        (changed("Config", "Cmd", to=["it", "run"]), "Config.Cmd"),
        (changed("Config", "Labels", to={"owner": "else"}), "labels"),
        (changed("HostConfig", "Memory", to=1), "HostConfig.Memory"),
        (changed("HostConfig", "Privileged", to=True), "HostConfig.Privileged"),
        (changed("HostConfig", "MemorySwappiness", to=0), "HostConfig.MemorySwappiness"),
        (changed("Mounts", to=[]), "mounts"),
        (changed("NetworkSettings", "Networks", to={"other": {}}), "networks"),
    ],
)
def test_what_may_not_differ_is_told_by_service_and_part(other: dict[str, Any], part: str) -> None:
    assert told(other) == [f"web: {part}"]


def test_a_service_that_is_gone_is_told() -> None:
    assert container.differences({"web": {"image": "1"}}, {}) == ["web: image"]


@pytest.mark.parametrize("is_directory", [True, False], ids=["directory", "file"])
def test_another_content_of_what_is_mounted_to_be_read_is_told(tmp_path: Path, is_directory: bool) -> None:
    file = tmp_path / "proxy.conf"
    file.write_text("one")
    source = str(tmp_path if is_directory else file)
    mount = {"Type": "bind", "Source": source, "Destination": "/etc/proxy", "RW": False}
    before = container.parts(Host(), changed("Mounts", to=[mount]))
    file.write_text("two")
    after = container.parts(Host(), changed("Mounts", to=[mount]))
    assert container.differences({"web": before}, {"web": after}) == [f"web: content of {source}"]
    written = container.parts(Host(), changed("Mounts", to=[mount | {"RW": True}]))
    assert f"content of {source}" not in written


def test_no_value_of_the_environment_is_kept() -> None:
    assert "hunter2" not in str(container.parts(Host(), KNOWN))
