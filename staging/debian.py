"""Debian and Ubuntu: which release this is, the mirror apt uses, and the installation of packages."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from staging import steps
from staging.steps import SetupError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SOURCES = Path("/etc/apt/sources.list.d/punk-eco-trixie.sources")
PREFERENCES = Path("/etc/apt/preferences.d/punk-eco-trixie")
INSTALL_SECONDS = 600


@dataclass(frozen=True)
class Distribution:
    """What /etc/os-release says. `version` is the major number; 0 where there is none (Debian testing)."""

    id: str
    version: int
    name: str


@dataclass(frozen=True)
class Archive:
    """One suite of a package archive that apt uses, such as bookworm of label "Debian"."""

    uri: str
    label: str
    codename: str


def distribution() -> Distribution:
    """Return this machine's distribution; its id is "unknown" where there is no os-release file."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {"ID": "unknown", "PRETTY_NAME": platform.system()}
    major = release.get("VERSION_ID", "").split(".")[0]
    return Distribution(release["ID"], int(major) if major.isdigit() else 0, release["PRETTY_NAME"])


def is_root() -> bool:
    """Tell whether packages can be installed and a daemon started."""
    return os.geteuid() == 0


def archives() -> list[Archive]:
    """Return the archives of Debian itself that apt uses: labels "Debian", "Debian-Security"."""
    line_format = "\t".join(("$(ORIGIN)", "$(COMPONENT)", "$(REPO_URI)", "$(LABEL)", "$(CODENAME)"))
    return parse_archives(
        steps.answer(["apt-get", "indextargets", "--format", line_format, "Created-By: Packages"]) or ""
    )


def parse_archives(listing: str) -> list[Archive]:
    """Given origin, component, URI, label, codename per line, return Debian's archives on the network."""
    rows = [line.split("\t") for line in listing.splitlines()]
    return [
        Archive(uri, label, codename)
        for origin, component, uri, label, codename in rows
        if (origin, component) == ("Debian", "main") and not uri.startswith("cdrom:")
    ]


def update() -> None:
    """Refresh apt's lists. A third-party source that fails does not matter here: installing decides."""
    try:
        steps.run(["apt-get", "update"], timeout_seconds=INSTALL_SECONDS)
    except SetupError:
        steps.say("apt      some package lists could not be refreshed; going on with what is there")


def add_trixie() -> None:
    """Let apt see Debian 13 at its own mirror, pinned so low that only name/trixie takes anything from it.

    Raise SetupError when apt knows no Debian mirror.
    """
    known = [archive for archive in archives() if archive.label == "Debian"]
    if not known:
        raise SetupError("apt knows no Debian mirror: add Debian's main archive to its sources, try again.")
    PREFERENCES.write_text("Package: *\nPin: release n=trixie\nPin-Priority: 50\n", "utf-8")
    if not any(archive.codename == "trixie" for archive in known):
        SOURCES.write_text(trixie_source(known[0].uri), "utf-8")
        update()


def trixie_source(uri: str) -> str:
    """Return the text of an apt source for Debian 13 at a mirror."""
    return f"Types: deb\nURIs: {uri}\nSuites: trixie\nComponents: main\nSigned-By: {KEYRING}\n"


def install(packages: list[str]) -> None:
    """Install packages without their recommendations and without questions. Raise SetupError if apt fails."""
    options = ["--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
    steps.run(
        ["apt-get", "install", *options, *packages],
        timeout_seconds=INSTALL_SECONDS,
        environment={"DEBIAN_FRONTEND": "noninteractive"},
    )
