"""Who changes data: found by what is built here, stopped in order; and who runs the application without being named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures import effective_environment, writers
from fixtures.errors import Refused
from fixtures.settings import Services
from tests.unit.recording import RecordingHost, answering_config, project

CONFIG = {
    "services": {
        "worker": {"image": "shop-web"},
        "web": {"build": {}, "expose": ["8000"]},
        "proxy": {"image": "nginx", "ports": [{"target": 80, "published": "80"}]},
        "scheduler": {"build": {}},
        "db": {"build": {}},
        "cache": {"image": "redis"},
    }
}


def known(name: str, service: str, image: str, environment: list[str] | None = None) -> dict[str, Any]:
    """A container as the engine tells of it."""
    return {
        "Name": f"/{name}",
        "Image": image,
        "Config": {"Labels": {writers.SERVICE: service}, "Env": environment},
    }


def host(**answers: Any) -> RecordingHost:
    """A host with this project; every service has the container `aaa`, which runs the image `sha256:app`."""
    found = {
        ("docker", "ps", "--quiet", "--no-trunc", "--filter", f"label={writers.PROJECT}=shop", "--filter"): "aaa\n",
        ("docker", "ps"): "aaa\nbbb\n",
        ("container", "inspect"): json.dumps([known("shop-by-hand", "web", "sha256:app", **answers)]),
    }
    return RecordingHost(answers={**found, **answering_config(CONFIG)})


@pytest.mark.parametrize(
    ("services", "groups"),
    [
        ({}, [["proxy"], ["web"], ["scheduler", "worker"]]),
        ({"writers": ("scheduler", "web", "gone")}, [["proxy"], ["web"], ["scheduler"]]),
        ({"writers": ("web",), "after_opening": ("worker",)}, [["proxy"], ["web"], ["worker"]]),
        ({"door": "web"}, [["proxy", "web"], ["scheduler", "worker"]]),
    ],
    ids=["all that is built here", "as named", "late ones too", "web is a door"],
)
def test_writers_stop_door_first_then_web_then_the_others(services: dict[str, Any], groups: list[list[str]]) -> None:
    assert writers.groups(project(host()), Services(**services)) == groups


def test_what_runs_the_application_and_is_no_writer_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="would not be stopped") as refused:
        writers.refuse_undeclared(project(host()), Services())
    assert "shop-by-hand of service web, image sha256:app" in refused.value.found


def test_a_writer_is_no_stranger() -> None:
    alone = host()
    alone.answers[("docker", "ps")] = "aaa\n"
    writers.refuse_undeclared(project(alone), Services())


def test_a_service_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused, match="that the Compose files do not have") as refused:
        writers.refuse_undeclared(project(host()), Services(writers=("web", "wroker"), door="prxoy"))
    assert refused.value.found == "prxoy, wroker"


# the environment -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        (["KEY=pa$word", "PATH=/bin"], []),
        (["KEY=old"], ["web: KEY"]),
        (["PATH=/bin"], []),
        (None, []),
    ],
    ids=["the same, its dollar doubled", "another value", "new in the files", "none"],
)
def test_a_value_that_was_not_applied_is_told_by_its_name(runs: list[str] | None, told: list[str]) -> None:
    config = {"services": {"web": {"environment": {"KEY": "pa$$word", "BARE": None}}}}
    compose = project(RecordingHost(answers=answering_config(config)))
    assert effective_environment.unapplied(compose, "web", known("a", "web", "x", runs)) == told
