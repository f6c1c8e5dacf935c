"""Remove every rehearsal of this checkout: `python3 -m staging.clean`.

Only what carries the Compose project of one of the places below `.rehearsal/` is removed, or a name that
begins with it, as a run's own containers and clones do. Nothing else on the machine is touched.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from fixtures.work import RUN_LABEL
from staging.deployment import PLACES, project_name
from staging.filling import CACHE

PROJECT_LABEL = "com.docker.compose.project"
DIRECTORY_LABEL = "com.docker.compose.project.working_dir"
NAME = {"container": "{{.ID}}", "volume": "{{.Name}}", "network": "{{.ID}}"}
DOCKER_SECONDS = 120


class CleanFailed(Exception):
    """The engine does not answer, or something could not be removed; the message is what docker said."""


def main() -> int:
    """Remove all rehearsals of this checkout, and return the exit code."""
    try:
        for project in sorted(projects()):
            print(f"removing {project}", flush=True)
            remove_project(project)
    except CleanFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    shutil.rmtree(PLACES, ignore_errors=True)
    return 0


def projects() -> set[str]:
    """Return the projects of the places, and of places that are gone while their containers are not."""
    places = {project_name(place) for place in PLACES.glob("*") if place.is_dir() and place != CACHE}
    if shutil.which("docker") is None:
        return set()
    return places | (orphans() if places or is_answering() else set())


def is_answering() -> bool:
    """Tell whether there is an engine that could hold something."""
    try:
        docker("version")
    except CleanFailed:
        return False
    return True


def orphans() -> set[str]:
    """Return the projects of containers that were made in a place of this checkout."""
    columns = f'{{{{.Label "{PROJECT_LABEL}"}}}}\t{{{{.Label "{DIRECTORY_LABEL}"}}}}'
    found = (line.partition("\t") for line in labelled("container", columns, PROJECT_LABEL))
    made = ((project, Path(directory)) for project, _, directory in found)
    return {
        project
        for project, directory in made
        if directory.is_relative_to(PLACES) and project == project_name(directory.parent)
    }


def remove_place(place: Path) -> None:
    """Remove one rehearsal: what the engine has of it, then its directory. Raise CleanFailed if that fails."""
    remove_project(project_name(place))
    if place.exists():
        shutil.rmtree(place)


def remove_project(project: str) -> None:
    """Remove a rehearsal's containers, volumes, networks and images. Raise CleanFailed if that fails."""
    remove("container", owned("container", project), "--volumes")
    remove("network", owned("network", project))
    remove("volume", owned("volume", project))
    remove("image", images(project))


def owned(kind: str, project: str) -> list[str]:
    """Return the things of a kind with a label that is the project, or begins with it and a dash."""
    return [
        name
        for label in (PROJECT_LABEL, RUN_LABEL)
        for name, _, value in (
            line.partition("\t") for line in labelled(kind, f'{NAME[kind]}\t{{{{.Label "{label}"}}}}', label)
        )
        if value == project or value.startswith(f"{project}-")
    ]


def labelled(kind: str, columns: str, label: str) -> list[str]:
    """Return a line for each thing of a kind that has a label, containers that are stopped included."""
    everything = ["--all"] if kind == "container" else []
    return docker(kind, "ls", *everything, "--filter", f"label={label}", "--format", columns)


def images(project: str) -> list[str]:
    """Return the images of a project: those named after it, and those whose name a newer build took."""
    named = docker("image", "ls", "--filter", f"reference={project}-*", "--format", "{{.Repository}}:{{.Tag}}")
    label = f"label={PROJECT_LABEL}={project}"
    return [*named, *docker("image", "ls", "--filter", "dangling=true", "--filter", label, "--quiet")]


def remove(kind: str, names: list[str], *options: str) -> None:
    """Remove things of a kind by name or id."""
    if names:
        docker(kind, "rm", "--force", *options, *sorted(set(names)))


def docker(*arguments: str) -> list[str]:
    """Run docker and return the lines that it printed. Raise CleanFailed when it fails."""
    done = subprocess.run(
        ["docker", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DOCKER_SECONDS,
    )
    if done.returncode != 0:
        raise CleanFailed(f"`docker {' '.join(arguments[:3])}` failed: {done.stderr.strip()}")
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
