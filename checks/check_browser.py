"""A real browser: somebody logs in, sees the main page, and nothing goes wrong on the way."""

from pathlib import Path

import pytest

from fixtures import browsing, logins
from fixtures.devtools import Chromium
from fixtures.finding import finding
from fixtures.instance import Instance


@pytest.mark.early
def check_pages_work_in_a_browser(instance: Instance, browser: Chromium, pictures: Path) -> None:
    """An account logs in by the form and sees the main page, and the browser complains of nothing.

    Where there is no browser, or none is wanted, this is not looked at, and told so.
    """
    if not browsing.command(instance):
        pytest.skip("not looked at: no Chromium was found, or browser.command is off")
    if not logins.people(instance):
        pytest.skip("not looked at: no account logs in by the form")
    problems = browsing.problems(instance, browser, pictures / f"{instance.moment}.png")
    assert problems == [], finding(
        "Pages do not work in people's browsers.",
        measured=f"{len(problems)} errors from the login to the main page",
        expected="none, but for those in browser.allowed of the settings",
        sample=problems,
        look="the picture of the main page in the report, and the scripts of the release",
    )
