"""The clone: the same programs on data of its own, with nothing published, nothing shared and no way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures import clone
from fixtures.work import RUN_LABEL
from tests.unit.recording import RecordingHost, answering_config
from tests.unit.runs import WORK, make_run

CONFIG: dict[str, Any] = {
    "name": "shop",
    "services": {
        "web": {
            "build": {"context": "/srv/shop"},
            "image": "shop-web",
            "command": ["gunicorn"],
            "environment": {"SECRET_KEY": "pa$$word"},
            "healthcheck": {"test": ["CMD", "true"]},
            "depends_on": {"db": {"condition": "service_healthy"}, "mail": {"condition": "service_started"}},
            "ports": [{"published": "8000", "target": 8000}],
            "networks": {"default": None, "proxy": None},
            "network_mode": "host",
            "privileged": True,
            "restart": "always",
            "container_name": "shop",
            "labels": {"traefik.enable": "true"},
            "extra_hosts": ["smtp:10.0.0.1"],
            "volumes": [
                {"type": "volume", "source": "media", "target": "/data/media", "volume": {"subpath": "x"}},
                {"type": "bind", "source": "/srv/shop/themes", "target": "/themes", "bind": {"create_host_path": True}},
            ],
        },
        "db": {
            "image": "postgres:15",
            "volumes": [{"type": "volume", "source": "data", "target": "/var/lib/postgresql/data"}],
        },
        "mail": {"image": "mail", "volumes": [{"type": "volume", "source": "outbox", "target": "/out"}]},
    },
    "volumes": {
        "media": {"name": "shop_media"},
        "data": {"name": "shop_data", "external": True},
        "outbox": {"name": "shop_outbox"},
    },
    "networks": {"default": {"name": "shop_default"}, "proxy": {"name": "proxy", "external": True}},
}
LABELS = {RUN_LABEL: WORK}
CLONE = {
    "services": {
        "web": {
            "command": ["gunicorn"],
            "environment": {"SECRET_KEY": "pa$$word"},
            "healthcheck": {"test": ["CMD", "true"]},
            "image": "sha256:new",
            "pull_policy": "never",
            "restart": "no",
            "depends_on": {"db": {"condition": "service_healthy"}},
            "labels": LABELS,
            "volumes": [
                {"type": "volume", "source": "media", "target": "/data/media"},
                {"type": "bind", "source": "/srv/shop/themes", "target": "/themes", "read_only": True},
            ],
        },
        "db": {
            "image": "sha256:db",
            "pull_policy": "never",
            "restart": "no",
            "depends_on": {},
            "labels": LABELS,
            "volumes": [{"type": "volume", "source": "data", "target": "/var/lib/postgresql/data"}],
        },
    },
    "volumes": {"data": {"labels": LABELS}, "media": {"labels": LABELS}},
    "networks": {"default": {"internal": True, "labels": LABELS}},
}


def test_the_clone_of_a_deployment() -> None:
    assert clone.model(CONFIG, {"db": "sha256:db", "web": "sha256:new"}, WORK) == CLONE


def test_the_deployments_configuration_is_left_as_it_was() -> None:
    before = json.dumps(CONFIG)
    clone.model(CONFIG, {"db": "sha256:db", "web": "sha256:new"}, WORK)
    assert json.dumps(CONFIG) == before


def test_only_services_with_an_image_are_kept() -> None:
    alone = clone.model(CONFIG, {"db": "sha256:db"}, WORK)
    assert list(alone["services"]) == ["db"]
    assert list(alone["volumes"]) == ["data"]


def test_no_name_of_the_deployment_is_left_in_it() -> None:
    text = json.dumps(clone.model(CONFIG, {"db": "sha256:db", "web": "sha256:new"}, WORK))
    assert [
        name for name in ("shop_media", "shop_data", "shop_default", "proxy", "8000", "external") if name in text
    ] == []


def test_an_anonymous_volume_is_the_clones_own() -> None:
    config = {"services": {"web": {"volumes": [{"type": "volume", "target": "/cache", "volume": {}}]}}}
    service = clone.model(config, {"web": "sha256:new"}, WORK)["services"]["web"]
    assert service["volumes"] == [{"type": "volume", "target": "/cache"}]


@pytest.mark.parametrize("source", ["/var/run/docker.sock", "/srv/mail.sock", "/run", "/var/run/mail", "/"])
def test_a_socket_is_no_way_out_nor_where_sockets_are_kept(source: str) -> None:
    config = {"services": {"web": {"volumes": [{"type": "bind", "source": source, "target": "/from-the-host"}]}}}
    assert clone.model(config, {"web": "sha256:new"}, WORK)["services"]["web"]["volumes"] == []


def test_variables_can_be_overridden_but_not_the_databases(tmp_path: Path) -> None:
    run = make_run(tmp_path, trial={"environment": {"MAIL_SERVER": "localhost", "SECRET_KEY": "a$b"}})
    compose = clone.make(run, CONFIG, {"db": "sha256:db", "web": "sha256:new"})
    services = json.loads(compose.files[0].read_text())["services"]
    assert services["web"]["environment"] == {"MAIL_SERVER": "localhost", "SECRET_KEY": "a$$b"}
    assert "environment" not in services["db"]


def test_a_clone_is_described_in_the_runs_directory_for_its_owner_only(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    compose = clone.make(run, CONFIG, {"db": "sha256:db", "web": "sha256:new"})
    (file,) = compose.files
    assert compose.project == f"{WORK}-clone"
    assert file.is_relative_to(run.directory)
    assert json.loads(file.read_text()) == CLONE
    assert file.stat().st_mode & 0o777 == 0o600


def test_no_value_of_the_deployments_env_file_is_read_for_it(tmp_path: Path) -> None:
    compose = clone.make(make_run(tmp_path), CONFIG, {"db": "sha256:db"})
    assert [file.read_text() for file in compose.env_files] == [""]


# removal -------------------------------------------------------------------------------------------------------------


class Engine(RecordingHost):
    """An engine with the volumes and networks of several projects, of which a filter shows only what it asks for."""

    def __init__(self) -> None:
        super().__init__(answers=answering_config({"name": "shop", "services": {}}))
        self.projects = {"shop_data": "shop", f"{WORK}-clone_data": f"{WORK}-clone", "other_data": f"{WORK}-clone2"}

    def answer(self, argv: Any) -> str:
        if argv[1:3] in (["volume", "ls"], ["network", "ls"]):
            (label,) = [word for word in argv if word.startswith("label=")]
            asked = label.removeprefix("label=com.docker.compose.project=")
            return "\n".join(name for name, of in self.projects.items() if of == asked)
        return super().answer(argv)


def test_removing_a_clone_removes_what_is_labelled_as_its_own_and_nothing_else(tmp_path: Path) -> None:
    engine = Engine()
    clone.remove(make_run(tmp_path, engine))
    removals = [command for command in engine.commands if "rm" in command]
    assert removals == [
        ["docker", "volume", "rm", f"{WORK}-clone_data"],
        ["docker", "network", "rm", f"{WORK}-clone_data"],
    ]


def test_containers_are_asked_for_by_the_clones_project_only(tmp_path: Path) -> None:
    engine = Engine()
    clone.remove(make_run(tmp_path, engine))
    asked = [word for command in engine.commands for word in command if word.startswith("label=")]
    assert set(asked) == {f"label=com.docker.compose.project={WORK}-clone"}


def test_the_clones_project_is_never_the_deployments(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    assert clone.make(run, CONFIG, {"db": "sha256:db"}).project != run.deployment.project


def test_a_clone_that_was_never_made_is_removed_without_a_word(tmp_path: Path) -> None:
    engine = Engine()
    engine.projects.clear()
    clone.remove(make_run(tmp_path, engine))
    assert [command for command in engine.commands if "rm" in command] == []
