"""Dependencies: what is installed is what the release pins, and fits together."""

import pytest

from fixtures import inside
from fixtures.finding import finding
from fixtures.instance import Instance

# In the dark it is the image of the trial, by its id.
pytestmark = pytest.mark.moments("trial", "now")


def check_packages_are_the_pinned_ones(instance: Instance) -> None:
    """Installed is every version that the image's requirements file pins, as `pip freeze` would show it."""
    wrong = inside.other_packages(instance)
    assert wrong == [], finding(
        "The application runs on other libraries than it was released with.",
        measured=f"{len(wrong)} packages are not of the pinned version",
        expected=f"each line of {instance.target.requirements} in the image",
        sample=wrong,
        look="pip freeze in the container; docker compose build --no-cache",
    )


@pytest.mark.early
def check_packages_fit_together(instance: Instance) -> None:
    """`pip check` finds no package that lacks another, or has a version of it that it cannot use."""
    wrong = inside.unfit_packages(instance)
    assert wrong == [], finding(
        "The libraries of the application do not fit together.",
        measured=f"{len(wrong)} complaints of pip check",
        expected="none",
        sample=wrong,
        look=f"{instance.target.requirements} of the release",
    )
