"""The door is found from what is published, and in the dark every port of it is on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures import ports
from fixtures.errors import StageFailed
from fixtures.ports import Entrance
from fixtures.settings import Target


def published(target: int, outside: str = "", address: str = "", protocol: str = "tcp") -> dict[str, Any]:
    """A port as Compose tells it."""
    found: dict[str, Any] = {"mode": "ingress", "target": target, "protocol": protocol}
    return found | ({"published": outside} if outside else {}) | ({"host_ip": address} if address else {})


WEB = {"web": {"ports": [published(8000, "8080")]}, "db": {"ports": [published(5432, "5432", "127.0.0.1")]}}
PROXIED = {
    "db": {},
    "web": {"expose": ["8000"]},
    "proxy": {"ports": [published(443, "443"), published(80, "80"), published(443, "443", protocol="udp")]},
}
HIDDEN: dict[str, Any] = {"web": {}, "db": {}}


def target(url: str = "http://127.0.0.1:8080", **services: Any) -> Target:
    return Target.model_validate({"name": "shop", "directory": "/srv/shop", "url": url, "services": services})


@pytest.mark.parametrize(
    ("services", "named", "doors"),
    [
        (WEB, {}, ["web"]),
        (PROXIED, {}, ["proxy"]),
        (HIDDEN, {}, []),
        (HIDDEN, {"door": "web"}, ["web"]),
        (PROXIED, {"door": "web"}, ["proxy", "web"]),
    ],
    ids=["web and a database with a port", "proxy", "none", "named", "one more is named"],
)
def test_the_doors_are_all_that_publish_but_the_database(
    services: dict[str, Any], named: dict[str, str], doors: list[str]
) -> None:
    assert ports.doors({"services": services}, target(**named).services) == doors


@pytest.mark.parametrize(
    ("services", "url", "named", "entrance"),
    [
        (WEB, "http://127.0.0.1:8080", {}, Entrance("web", 8000, "http")),
        (WEB, "https://shop.example", {}, Entrance("web", 8000, "http")),
        (PROXIED, "https://shop.example", {}, Entrance("proxy", 443, "https")),
        (PROXIED, "http://shop.example", {}, Entrance("proxy", 80, "http")),
        (PROXIED, "https://shop.example:8443", {"door_port": 80}, Entrance("proxy", 80, "http")),
        (HIDDEN, "https://shop.example", {"door": "web", "door_port": 8000}, Entrance("web", 8000, "http")),
    ],
    ids=["published", "TLS elsewhere", "TLS", "plain", "narrowed", "nothing is published"],
)
def test_what_is_asked_is_what_publishes_the_urls_port(
    services: dict[str, Any], url: str, named: dict[str, Any], entrance: Entrance
) -> None:
    assert ports.entrance({"services": services}, target(url, **named)) == entrance


@pytest.mark.parametrize(
    ("services", "url"), [(HIDDEN, "http://shop.example"), (PROXIED, "http://shop.example:8080")], ids=["none", "two"]
)
def test_a_door_that_cannot_be_found_is_told_with_the_settings_to_name_it(services: dict[str, Any], url: str) -> None:
    with pytest.raises(StageFailed, match="The door cannot be found") as failed:
        ports.entrance({"services": services}, target(url))
    assert "services.door_port" in failed.value.next_step


def test_a_door_on_the_hosts_network_cannot_be_closed() -> None:
    services = {"web": {"network_mode": "host"}, "db": {}}
    with pytest.raises(StageFailed, match="web is on the host's network"):
        ports.entrance({"services": services}, target(door="web", door_port=8000))


@pytest.mark.parametrize(
    ("services", "named", "exposed", "port"),
    [
        (WEB, {}, ["9000/tcp"], 8000),
        (PROXIED, {}, ["8000/tcp"], 8000),
        (PROXIED, {"web_port": 5000}, ["8000/tcp"], 5000),
    ],
    ids=["its own door", "behind a proxy", "named"],
)
def test_the_application_behind_a_proxy_is_found(
    services: dict[str, Any], named: dict[str, Any], exposed: list[str], port: int
) -> None:
    assert ports.web_port({"services": services}, target("http://shop.example", **named), exposed) == port


def test_an_application_that_answers_at_two_ports_is_told() -> None:
    with pytest.raises(StageFailed, match="at which port web answers") as failed:
        ports.web_port({"services": PROXIED}, target("http://shop.example"), ["9000/tcp"])
    assert failed.value.found == "8000, 9000"


def test_in_the_dark_every_port_of_every_door_is_on_loopback_and_late_services_wait() -> None:
    services = {**PROXIED, "worker": {}}
    text = ports.dark({"services": services}, target("https://shop.example", after_opening=["worker", "gone"]))
    assert text.splitlines() == [
        "services:",
        '  "proxy":',
        '    ports: !override ["127.0.0.1::80/tcp", "127.0.0.1::443/tcp", "127.0.0.1::443/udp"]',
        '  "worker":',
        "    profiles: !override [after-the-opening]",
    ]


@pytest.mark.parametrize("service", ["web", "db"])
def test_what_is_verified_cannot_start_after_the_opening(service: str) -> None:
    with pytest.raises(ValueError, match=f"{service} is looked at in the dark"):
        target(after_opening=[service])


def test_a_page_is_a_word_or_a_whole_path() -> None:
    settings = {"name": "shop", "directory": "/srv", "url": "http://127.0.0.1", "maintenance": {"page": "page.html"}}
    with pytest.raises(ValueError, match="absolute path"):
        Target.model_validate(settings)
    settings["maintenance"] = {"page": str(Path("/srv/page.html"))}
    assert Target.model_validate(settings).maintenance.page == "/srv/page.html"
