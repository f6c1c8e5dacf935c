"""D7, D8: a dollar sign in a secret, a secret that would change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from fixtures import kept_secrets
from fixtures.errors import Refused


@pytest.mark.parametrize(
    ("line", "is_misread"),
    [
        ("PASSWORD=pa$word#x", True),
        ('PASSWORD="pa$word"', True),
        ("PASSWORD='pa$word#x'", False),
        ("PASSWORD=pa$$word", False),
        ("PASSWORD=${BASE}x\nBASE=1", False),
        ("GREETING=costs $five", False),
        ("API_KEY=${nothing:-}", True),
    ],
)
def test_d7_a_dollar_sign_in_a_secret_that_names_nothing_is_told(line: str, is_misread: bool) -> None:
    assert bool(kept_secrets.misread(line)) is is_misread


def test_d7_only_a_value_that_the_run_adds_is_refused() -> None:
    kept_secrets.refuse_misread("PASSWORD=pa$word", [])
    with pytest.raises(Refused, match="would not reach the application"):
        kept_secrets.refuse_misread("PASSWORD=pa$word", ["PASSWORD"])


def test_d8_secrets_with_another_value_are_named_and_others_are_not() -> None:
    container = {"Config": {"Env": ["SECRET_KEY=old", "TITLE=old", "POSTGRES_PASSWORD=pa$x", "API_TOKEN=t"]}}
    wanted = {"SECRET_KEY": "new", "TITLE": "new", "POSTGRES_PASSWORD": "pa$$x", "API_TOKEN": None, "NEW_KEY": "n"}
    assert kept_secrets.changed_secrets(container, wanted) == ["SECRET_KEY"]


@dataclass
class Described:
    """A Compose project as far as secrets are concerned."""

    config: dict[str, Any]
    running: dict[str, list[str]] = field(default_factory=dict)

    def container_ids(self, service: str) -> list[str]:
        return ["id"] if service in self.running else []

    def container(self, service: str) -> dict[str, Any]:
        return {"Config": {"Env": self.running[service]}}


def projects() -> tuple[Any, Any]:
    services = {"web": {"environment": {"SECRET_KEY": "new", "TITLE": "new"}}, "jobs": {"environment": {}}}
    return Described({}, {"web": ["SECRET_KEY=old-value", "TITLE=old"]}), Described({"services": services})


def test_d8_a_release_that_changes_a_secret_is_refused_by_name() -> None:
    current, release = projects()
    with pytest.raises(Refused) as refused:
        kept_secrets.refuse_changed_secrets(current, release, "SECRET_KEY=a$b", [])
    assert "web: SECRET_KEY" in str(refused.value)
    assert "single quotes" in str(refused.value)
    assert "old-value" not in str(refused.value)


def test_d8_a_declared_change_goes_through() -> None:
    current, release = projects()
    kept_secrets.refuse_changed_secrets(current, release, "", ["SECRET_KEY"])
