"""Assets: the scripts, styles and other files that an image brings are those of the new one."""

import pytest

from fixtures import assets
from fixtures.finding import finding
from fixtures.instance import Instance

pytestmark = pytest.mark.moments("trial", "dark", "rolled-back", "restored", "taken-back", "altered", "now")


def check_no_file_is_of_an_earlier_image(instance: Instance) -> None:
    """No anonymous volume covers what an image brings with what an earlier image brought."""
    covered = assets.covered(instance)
    assert covered == [], finding(
        "A part of the old version goes on beneath the new one.",
        measured=f"{len(covered)} files in anonymous volumes are not those of the image",
        expected="none",
        sample=covered,
        look="docker compose up -d --renew-anon-volumes, or the VOLUME and volumes lines that make them",
    )


def check_assets_are_the_ones_of_the_image(instance: Instance) -> None:
    """What browsers get of scripts and styles is what the image that serves brings, and not those of an earlier one."""
    wrong = assets.wrongly_served(instance)
    assert wrong == [], finding(
        "Pages look or behave as in another version.",
        measured=f"{len(wrong)} scripts or styles are not served as the image has them",
        expected="each of a sample, byte for byte",
        sample=wrong,
        look="assets in the settings, and volumes or proxies that hold older files",
    )
