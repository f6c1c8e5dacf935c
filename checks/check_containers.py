"""Containers: healthy, not restarting, of the right image."""

from fixtures.instance import Instance


def check_containers_are_healthy(instance: Instance) -> None:
    """Every service runs, and its own health check says so."""
    states = {service: instance.container(service)["State"] for service in instance.services()}
    found = {service: state.get("Health", {}).get("Status", state["Status"]) for service, state in states.items()}
    assert {service: status for service, status in found.items() if status not in ("healthy", "running")} == {}


def check_containers_do_not_restart(instance: Instance) -> None:
    """No service died and came back."""
    restarts = {service: instance.container(service)["RestartCount"] for service in instance.services()}
    assert {service: count for service, count in restarts.items() if count} == {}


def check_images_are_the_expected_ones(instance: Instance) -> None:
    """What runs are the images that were built, or that ran before, and no others."""
    running = {service: instance.container(service)["Image"] for service in instance.images}
    assert running == instance.images
