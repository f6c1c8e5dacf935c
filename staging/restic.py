"""Make sure that restic is there, which copies backups off the host: for the tests of it."""

import shutil

from staging import debian, steps
from staging.engine import only_one_at_a_time
from staging.steps import SetupError

PACKAGE = "restic"


def ensure() -> None:
    """Install restic where it is missing. Raise SetupError where that is impossible."""
    with only_one_at_a_time():
        if shutil.which(PACKAGE):
            return
        if not debian.is_root() or shutil.which("apt-get") is None:
            raise SetupError(f"The tests of off-host copies need {PACKAGE}: install the package {PACKAGE}.")
        steps.say(f"{PACKAGE}   installing the package")
        debian.update()
        debian.install([PACKAGE])
