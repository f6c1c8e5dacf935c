"""Containers: healthy, not restarting, of the right image, as declared, and no others."""

import pytest

from fixtures import container_state as state
from fixtures import inside
from fixtures.effective_environment import unapplied
from fixtures.finding import finding
from fixtures.instance import Instance

LOG = "docker compose ps, and the log of that service"


def check_containers_are_healthy(instance: Instance) -> None:
    """Every service runs, and its own health check says so."""
    states = {service: known["State"] for service, known in instance.containers().items()}
    found = {service: state.get("Health", {}).get("Status", state["Status"]) for service, state in states.items()}
    ill = [f"{service} is {status}" for service, status in found.items() if status not in ("healthy", "running")]
    assert ill == [], finding(
        "A part of the application does not work.",
        measured=f"{len(ill)} of {len(found)} services are not healthy",
        expected="all of them run, and are healthy where they have a health check",
        sample=ill,
        look=LOG,
    )


def check_containers_do_not_restart(instance: Instance) -> None:
    """No service died and came back."""
    restarts = {service: known["RestartCount"] for service, known in instance.containers().items()}
    died = [f"{service}, {count} times" for service, count in restarts.items() if count]
    assert died == [], finding(
        "A part of the application dies and is started again.",
        measured=f"{len(died)} services died and came back",
        expected="none",
        sample=died,
        look=LOG,
    )


def check_images_are_the_expected_ones(instance: Instance) -> None:
    """What runs are the images that were built, or that ran before, and no others."""
    running = {service: instance.container(service)["Image"] for service in instance.images}
    other = [f"{service}: {image[:19]}" for service, image in running.items() if image != instance.images[service]]
    assert other == [], finding(
        "Another version runs than the one that should.",
        measured=f"{len(other)} of {len(running)} services run another image",
        expected=", ".join(f"{service} {image[:19]}" for service, image in instance.images.items()),
        sample=other,
        look="docker compose images; docker compose up -d starts what the names stand for now",
    )


@pytest.mark.moments("now")
def check_images_are_of_the_deployed_commit(instance: Instance) -> None:
    """An image that says which commit it was built from says the one that is deployed."""
    labels = {service: state.commit_of(instance.container(service)) for service in instance.images}
    other = [f"{service}: {commit}" for service, commit in labels.items() if commit not in ("", instance.commit)]
    assert other == [], finding(
        "What runs was not built from the source that is deployed.",
        measured=f"{len(other)} of {len(labels)} images are of another commit",
        expected=instance.commit,
        sample=other,
        look="who changed the directory, or the names of the images, since the last upgrade",
    )


@pytest.mark.moments("before", "dark", "rolled-back", "restored", "taken-back", "altered", "now")
def check_no_other_container_runs(instance: Instance) -> None:
    """No container of the project is left from an earlier description of it, and no one-off one."""
    found = state.strays(instance.running(), {*instance.services(), *instance.target.services.besides})
    assert found == [], finding(
        "Something runs beside the application that nobody has declared.",
        measured=f"{len(found)} containers are of no service of the Compose files, or one-off ones",
        expected="none, but for those in services.besides of the settings",
        sample=found,
        look="docker ps; docker compose up -d --remove-orphans ends orphans, docker rm --force one-off containers",
    )


@pytest.mark.moments("before", "now")
def check_environment_is_the_declared_one(instance: Instance) -> None:
    """Every container has the variables that the Compose files and `.env` give it now, and not those of earlier."""
    running = instance.containers()
    wrong = [line for service, known in running.items() for line in unapplied(instance.compose, service, known)]
    assert wrong == [], finding(
        "The application runs with other settings than its files say.",
        measured=f"{len(wrong)} variables have another value",
        expected="the values of the Compose files and .env",
        sample=wrong,
        look="docker compose up -d applies them; docker compose restart does not",
    )


@pytest.mark.moments("before", "now")
def check_mounts_are_the_declared_ones(instance: Instance) -> None:
    """Every container mounts the volumes and directories that its service declares."""
    running = instance.containers()
    wrong = [
        line for service, known in running.items() for line in state.other_mounts(instance.compose, service, known)
    ]
    assert wrong == [], finding(
        "The application reads and writes other data than its files say.",
        measured=f"{len(wrong)} places hold something else",
        expected="the volumes and directories of the Compose files",
        sample=wrong,
        look="docker compose config, and which volume holds the data; then docker compose up -d",
    )


@pytest.mark.moments("trial", "dark", "rolled-back", "restored", "taken-back", "altered", "now")
def check_nothing_was_ended_for_memory(instance: Instance) -> None:
    """The kernel ended no process of a service for want of memory, not even one that was started again."""
    kills = {service: inside.look(instance, service).memory_kills for service in instance.services()}
    ended = {service for service, known in instance.containers().items() if known["State"]["OOMKilled"]}
    found = [f"{service}, {count} times" for service, count in kills.items() if count or service in ended]
    assert found == [], finding(
        "The application runs out of memory.",
        measured=f"the kernel ended processes in {len(found)} services",
        expected="none since they were started",
        sample=found,
        look="the memory limits of the Compose files, and what the release needs",
    )
