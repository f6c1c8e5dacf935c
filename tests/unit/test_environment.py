"""When packages are installed, with which commands, and what is said where that is impossible."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from staging import debian, environment, steps
from staging.steps import SetupError


def test_a_stamp_is_current_only_for_the_same_locks(tmp_path: Path) -> None:
    lock, stamp = tmp_path / "lock.txt", tmp_path / "stamp"
    lock.write_text("requests==1", "utf-8")
    stamp.write_text(environment.digest([lock]), "utf-8")
    assert environment.is_current(stamp, environment.digest([lock]))
    lock.write_text("requests==2", "utf-8")
    assert not environment.is_current(stamp, environment.digest([lock]))


def test_nothing_is_current_without_a_stamp(tmp_path: Path) -> None:
    assert not environment.is_current(tmp_path / "stamp", "digest")


def test_an_environment_behind_a_link_is_not_emptied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shared" / "bin").mkdir(parents=True)
    (tmp_path / ".venv").symlink_to(tmp_path / "shared")
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    with pytest.raises(SetupError, match="is a link to"):
        environment.install_python_packages()
    assert (tmp_path / "shared" / "bin").is_dir()


def test_packages_are_installed_with_their_hashes_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands: list[Sequence[str]] = []
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(steps, "run", lambda arguments, **_: commands.append(arguments))
    environment.install_python_packages()
    assert "--require-hashes" in commands[-1]


def test_a_plain_user_without_venv_is_told_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "answer", lambda _: None)
    monkeypatch.setattr(debian, "is_root", lambda: False)
    package = f"python3.{sys.version_info.minor}-venv"
    with pytest.raises(SetupError, match=f"install the package {package}"):
        environment.ensure_venv_module()


@pytest.mark.parametrize(("told", "expected"), [(None, True), ("/own/authorities.pem", False)])
def test_pip_trusts_this_machines_authorities_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str | None, expected: bool
) -> None:
    authorities = tmp_path / "authorities"
    authorities.touch()
    monkeypatch.delenv("PIP_CERT", raising=False)
    monkeypatch.setattr(environment, "CERTIFICATES", authorities)
    monkeypatch.setattr(steps, "answer", lambda _: told)
    assert ("PIP_CERT" in environment.certificate_environment()) is expected


def test_the_locks_name_no_registry() -> None:
    locks = [*environment.PYTHON_LOCKS, *environment.REPORT_LOCKS]
    named = [
        lock.name for lock in locks if '"resolved"' in lock.read_text("utf-8") or "index-url" in lock.read_text("utf-8")
    ]
    assert named == []
