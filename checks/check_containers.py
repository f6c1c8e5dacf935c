"""Containers: healthy, not restarting, of the right image, as declared."""

import pytest

from fixtures import container_state as state
from fixtures.effective_environment import unapplied
from fixtures.instance import Instance


def check_containers_are_healthy(instance: Instance) -> None:
    """Every service runs, and its own health check says so."""
    states = {service: known["State"] for service, known in instance.containers().items()}
    found = {service: state.get("Health", {}).get("Status", state["Status"]) for service, state in states.items()}
    assert {service: status for service, status in found.items() if status not in ("healthy", "running")} == {}


def check_containers_do_not_restart(instance: Instance) -> None:
    """No service died and came back."""
    restarts = {service: known["RestartCount"] for service, known in instance.containers().items()}
    assert {service: count for service, count in restarts.items() if count} == {}


def check_images_are_the_expected_ones(instance: Instance) -> None:
    """What runs are the images that were built, or that ran before, and no others."""
    running = {service: instance.container(service)["Image"] for service in instance.images}
    assert running == instance.images


@pytest.mark.moments("before", "now")
def check_environment_is_the_declared_one(instance: Instance) -> None:
    """Every container has the variables that the Compose files and `.env` give it now, and not those of earlier."""
    found = {service: unapplied(instance.compose, service, known) for service, known in instance.containers().items()}
    wrong = {service: names for service, names in found.items() if names}
    assert wrong == {}, "variables have other values than the files say: docker compose up -d, not restart"


@pytest.mark.moments("before", "now")
def check_mounts_are_the_declared_ones(instance: Instance) -> None:
    """Every container mounts the volumes and directories that its service declares."""
    known = instance.containers()
    found = {service: state.other_mounts(instance.compose, service, known[service]) for service in known}
    assert {service: lines for service, lines in found.items() if lines} == {}, "other data would be read and written"
