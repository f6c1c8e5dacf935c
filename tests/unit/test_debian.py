"""Which archives are taken from what apt says, and how Debian 13 is added to a Debian 12."""

from pathlib import Path

import pytest

from staging import debian
from staging.debian import Archive
from staging.steps import SetupError

LISTING = "\n".join(
    [
        "Debian\tmain\thttp://mirror.example/debian/\tDebian\tbookworm",
        "Debian\tnon-free\thttp://mirror.example/debian/\tDebian\tbookworm",
        "Debian\tmain\thttp://mirror.example/security/\tDebian-Security\tbookworm",
        "Debian\tmain\tcdrom://disc/\tDebian\tbookworm",
        "Somebody\tmain\thttps://packages.example/apt/\tTools\tstable",
        "\t\thttps://nameless.example/\t\t",
    ]
)
BOOKWORM = Archive("http://mirror.example/debian/", "Debian", "bookworm")
SECURITY = Archive("http://mirror.example/security/", "Debian-Security", "bookworm")


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Archive]:
    """Let apt know the archives of the list that is returned, and write its settings to a scratch place."""
    known: list[Archive] = []
    monkeypatch.setattr(debian, "archives", lambda: known)
    monkeypatch.setattr(debian, "update", lambda: None)
    monkeypatch.setattr(debian, "SOURCES", tmp_path / "trixie.sources")
    monkeypatch.setattr(debian, "PREFERENCES", tmp_path / "trixie")
    return known


def test_only_debians_own_archives_on_the_network_are_taken() -> None:
    assert debian.parse_archives(LISTING) == [BOOKWORM, SECURITY]


def test_no_listing_means_no_archive() -> None:
    assert debian.parse_archives("") == []


def test_trixie_comes_from_the_mirror_that_apt_uses(apt: list[Archive]) -> None:
    apt += [SECURITY, BOOKWORM]
    debian.add_trixie()
    assert "URIs: http://mirror.example/debian/\nSuites: trixie\n" in debian.SOURCES.read_text("utf-8")


def test_trixie_is_pinned_below_everything_that_is_installed(apt: list[Archive]) -> None:
    apt.append(BOOKWORM)
    debian.add_trixie()
    assert "Pin: release n=trixie\nPin-Priority: 50\n" in debian.PREFERENCES.read_text("utf-8")


def test_trixie_is_not_added_a_second_time(apt: list[Archive]) -> None:
    apt += [BOOKWORM, Archive(BOOKWORM.uri, "Debian", "trixie")]
    debian.add_trixie()
    assert not debian.SOURCES.exists()


def test_a_machine_without_a_debian_mirror_is_told_so(apt: list[Archive]) -> None:
    apt.append(SECURITY)
    with pytest.raises(SetupError, match="apt knows no Debian mirror"):
        debian.add_trixie()
