"""Logins: each account in its way, cookies with their flags, sessions from before, leaving again, rights."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from fixtures import access, logins
from fixtures.instance import Instance
from fixtures.settings import Target
from fixtures.settings_application import Account, Login, Page
from fixtures.settings_types import Secret
from tests.unit.doors import Asked, Reply, json_reply, serving
from tests.unit.runs import make_instance

FORM = b'<form method="post"><input name="email"><input name="password"></form>'
LEAVE = b'<form method="post" action="/logout"><input type="hidden" name="csrf" value="t"></form>'


@dataclass
class Shop:
    """An application with a form, an API with tokens and basic logins; its faults are what a test sets."""

    passwords: dict[str, str] = field(default_factory=lambda: dict.fromkeys(("ada", "bob", "cy"), "hunter2"))
    flags: str = "; HttpOnly; SameSite=Lax; Path=/"
    name: str = "session"
    admits_all: bool = False
    stays_in: bool = False
    staff: tuple[str, ...] = ("ada",)
    logins: list[str] = field(default_factory=list)

    def is_right(self, name: str, password: str) -> bool:
        return self.admits_all or self.passwords.get(name) == password

    def who(self, asked: Asked) -> str:
        """Who asks, by cookie, token, or name and password; empty for nobody."""
        kind, _, given = asked.headers.get("Authorization", "").partition(" ")
        if kind == "Bearer":
            return given
        if kind == "Basic":
            name, _, password = base64.b64decode(given).decode().partition(":")
            return name if self.is_right(name, password) else ""
        cookies = dict(part.split("=", 1) for part in asked.headers.get("Cookie", "").split("; ") if part)
        return cookies.get(self.name, "")

    def __call__(self, asked: Asked) -> Reply:
        who = self.who(asked)
        if asked.path == "/login":
            return self.login(asked)
        if asked.path == "/api/token":
            given = json.loads(asked.body)
            self.logins.append(f"{given['email']} by token")
            right = self.is_right(given["email"], given["password"])
            return json_reply({"token": given["email"]}) if right else Reply(401)
        if asked.path == "/logout":
            gone = {} if self.stays_in else {"Set-Cookie": f"{self.name}=; Path=/; Max-Age=0"}
            return Reply(302, headers={"Location": "/", **gone})
        if asked.path in ("/orders", "/api/orders"):
            return Reply(200, LEAVE) if who else Reply(302, headers={"Location": "/login"})
        if asked.path == "/admin":
            return Reply(200 if who in self.staff else 403)
        return Reply(500 if asked.path == "/broken" else 200)

    def login(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply(200, FORM)
        given = {name: values[0] for name, values in parse_qs(asked.body).items()}
        self.logins.append(f"{given['email']} by form")
        if not self.is_right(given["email"], given["password"]):
            return Reply(401, FORM)
        return Reply(302, headers={"Location": "/", "Set-Cookie": f"{self.name}={given['email']}{self.flags}"})


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def instance(shop: Shop, tmp_path: Path) -> Iterator[Instance]:
    """The shop with an account for each way to log in and a disabled one."""
    (tmp_path / "password").write_text("hunter2\n")
    secret = Secret(file=tmp_path / "password")
    named: list[dict[str, Any]] = [
        {"name": "ada", "role": "staff"},
        {"name": "bob", "login": "token"},
        {"name": "cy", "login": "basic"},
        {"name": "gone", "enabled": False},
    ]
    accounts = tuple(Account(password=secret, **fields) for fields in named)
    pages = (Page(path="/"), Page(path="/admin"), Page(path="/api/orders", api=True), Page(path="/broken"))
    with serving(shop) as door:
        yield make_instance(door.url, login=Login(token_path="/api/token"), accounts=accounts, pages=pages)


def test_each_account_is_let_in_its_way_and_nobody_else(instance: Instance) -> None:
    assert logins.refused(instance) == []
    assert logins.disabled_let_in(instance) == []
    assert logins.wrongly_let_in(instance) == []
    assert logins.strangers_let_in(instance) == []


def test_who_is_refused_is_named_with_role_and_way(instance: Instance, shop: Shop) -> None:
    shop.passwords.clear()
    assert logins.refused(instance) == ["ada (staff, form)", "bob (token)", "cy (basic)"]


def test_an_application_that_admits_all_is_found_out_in_every_way(instance: Instance, shop: Shop) -> None:
    shop.admits_all = True
    assert logins.disabled_let_in(instance) == ["gone (form)"]
    assert sorted(logins.wrongly_let_in(instance)) == ["ada (staff, form)", "bob (token)", "cy (basic)"]
    assert sorted(logins.strangers_let_in(instance)) == ["basic", "form", "token"]


def test_cookies_are_known_by_the_flags_that_protect_them(instance: Instance) -> None:
    assert logins.cookies(instance) == {"session": ["httponly", "samesite=lax"]}


@pytest.mark.parametrize(
    ("flags", "name", "lost"),
    [
        ("; HttpOnly; SameSite=Lax; Secure", "session", []),
        ("; HttpOnly", "session", ["session has lost samesite=lax"]),
        ("", "session", ["session has lost httponly, samesite=lax"]),
        ("; httponly; samesite=Lax", "other", []),
        ("; SameSite=Lax", "other", ["other has lost httponly"]),
    ],
)
def test_a_cookie_keeps_its_protection_whatever_its_name(
    instance: Instance, shop: Shop, flags: str, name: str, lost: list[str]
) -> None:
    shop.flags, shop.name = flags, name
    assert logins.lost_flags(instance, {"session": ["httponly", "samesite=lax"]}) == lost


def test_a_cookie_that_nobody_knew_before_is_held_to_nothing(instance: Instance) -> None:
    assert logins.lost_flags(instance, {}) == []


@pytest.mark.parametrize(("stays_in", "told"), [(False, []), (True, ["ada (staff, form)"])])
def test_who_logs_out_is_out(instance: Instance, shop: Shop, stays_in: bool, told: list[str]) -> None:
    shop.stays_in = stays_in
    assert logins.still_in_after_logout(instance) == told


def test_an_account_logs_in_once_however_many_checks_ask(instance: Instance, shop: Shop) -> None:
    assert logins.refused(instance) == []
    access.rights(instance)
    assert logins.refused(instance) == []
    assert sorted(shop.logins) == ["ada by form", "ada by token", "bob by token"]


def test_a_session_from_before_is_kept_until_the_application_forgets_it(
    instance: Instance, shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / logins.SESSIONS).write_text(json.dumps(logins.open_sessions(instance)))
    instance.opened_before = logins.kept_sessions(tmp_path)
    assert instance.opened_before == {"ada": {"session": "ada"}}
    assert logins.lost_sessions(instance) == []
    shop.name = "another"
    assert logins.lost_sessions(instance) == ["ada"]


def test_a_run_that_opened_no_session_or_is_over_knows_none(tmp_path: Path) -> None:
    assert logins.kept_sessions(tmp_path) == {}
    (tmp_path / logins.SESSIONS).write_text("")
    assert logins.kept_sessions(tmp_path) == {}


def test_rights_are_known_by_page_and_account_and_for_nobody(instance: Instance) -> None:
    assert access.rights(instance) == {
        "/ as nobody": "open",
        "/ as ada": "open",
        "/admin as nobody": "denied",
        "/admin as ada": "open",
        "/api/orders as nobody": "denied",
        "/api/orders as ada": "open",
        "/api/orders as bob": "open",
        "/api/orders as cy": "open",
    }


def test_of_who_cannot_log_in_no_rights_are_known(instance: Instance, shop: Shop) -> None:
    shop.passwords.clear()
    assert {key.rpartition(" ")[2] for key in access.rights(instance)} == {"nobody"}


def test_what_is_opened_or_closed_to_somebody_is_named(instance: Instance, shop: Shop) -> None:
    before = access.rights(instance)
    assert access.rights(instance) is before
    shop.staff = ("",)
    now = access.ask_for_rights(instance)
    assert access.changes(before, now, access.OPEN) == ["/admin as nobody"]
    assert access.changes(before, now, access.DENIED) == ["/admin as ada"]
    assert access.changes({}, now, access.OPEN) == []


def test_a_token_login_without_a_path_for_tokens_is_a_mistake_of_the_settings(tmp_path: Path) -> None:
    account = Account(name="ada", password=Secret(env="X"), login="token")
    with pytest.raises(ValidationError, match="ada logs in with a token"):
        Target(name="shop", directory=tmp_path, url="http://127.0.0.1:1", accounts=(account,))
