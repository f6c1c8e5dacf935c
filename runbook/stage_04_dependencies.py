"""Build the release's images while the old version serves, and pin the running images for the way back.

Guide: « 2. Mettre à jour les dépendances » (`build --no-cache`). Changes nothing that runs; undone by removing the
images under their release names.
"""

import pytest

from fixtures.images import Images
from fixtures.inspection import Inspection

pytestmark = pytest.mark.dependencies


def stage_images_are_built_from_the_release(built_images: Images, inspection: Inspection) -> None:
    """No image says that it is of another commit than the release's; one that was built here always says it."""
    stale = {service: commit for service, commit in built_images.commits.items() if commit != inspection.commit}
    assert (stale, built_images.commits.keys() >= built_images.made.keys()) == ({}, True)


def stage_running_images_are_kept(built_images: Images, inspection: Inspection) -> None:
    """The images that run now have a name of their own, so that the way back needs no build."""
    assert built_images.kept == {service: inspection.images[service] for service in built_images.built}


def stage_new_images_are_not_the_old_ones(built_images: Images) -> None:
    """What was built is something else than what runs."""
    assert set(built_images.made.values()).isdisjoint(built_images.kept.values())
