"""Make sure of a browser that renders the report for the tests: `python3 -m staging.browser`. Standard library only."""

import shutil
import sys

from staging import debian, steps
from staging.steps import SetupError

NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Install Chromium where that is possible and it is missing; return the exit code.

    Without it the tests that look at a page are skipped and say so: no person needs it for an upgrade.
    """
    if any(shutil.which(name) for name in NAMES):
        return 0
    if debian.distribution().id != "debian" or not debian.is_root():
        steps.say("browser  there is no Chromium: the tests that look at the report's page are skipped")
        return 0
    steps.say("browser  installing the package chromium")
    try:
        debian.update()
        debian.install(["chromium"])
    except SetupError as error:
        return steps.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
