"""A real browser on a small shop: who is let in sees the main page; whatever the browser complains of is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from fixtures import browsing
from fixtures.devtools import Chromium
from fixtures.errors import StageFailed
from fixtures.settings_application import Account, Browser
from fixtures.settings_types import Secret
from tests.unit.doors import Asked, Reply, serving
from tests.unit.runs import make_instance

PUBLIC = "https://shop.example"
HTML = {"Content-Type": "text/html; charset=utf-8"}
FORM = (
    '<form method="post"><input type="hidden" name="csrf" value="t"><input name="email">'
    '<input name="password" type="password"><button>in</button></form>'
)
Look = Callable[..., list[str]]
COMMAND = browsing.command(make_instance("http://127.0.0.1:1"))
needs_a_browser = pytest.mark.skipif(not COMMAND, reason="there is no Chromium")


@dataclass
class Shop:
    """A shop with a Secure cookie; `main` is what its main page holds beside the greeting."""

    main: str = ""
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        is_in = "session=ada" in asked.headers.get("Cookie", "")
        if asked.path == "/login" and asked.method == "POST":
            given = {name: values[0] for name, values in parse_qs(asked.body).items()}
            right = given == {"csrf": "t", "email": "ada", "password": "hunter2"}
            cookie = {"Set-Cookie": "session=ada; Secure; HttpOnly; Path=/"} if right else {}
            return Reply(302, headers={"Location": "/", **cookie})
        if asked.path == "/orders" and not is_in:
            return Reply(302, headers={"Location": "/login"})
        known = {"/login": FORM, "/orders": "orders", "/": f"<h1>Hello</h1>{self.main}"}
        return Reply(200 if asked.path in known else 404, known.get(asked.path, "").encode(), HTML)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def chromium() -> Iterator[Chromium]:
    with closing(Chromium()) as kept:
        yield kept


@pytest.fixture
def look(shop: Shop, chromium: Chromium, tmp_path: Path) -> Look:
    """Look at the shop, which is reached in the dark, in a browser; hand out what was wrong."""
    password = tmp_path / "password"
    password.write_text("hunter2\n")

    def looked(*allowed: str) -> list[str]:
        account = Account(name="ada", password=Secret(file=password))
        with serving(shop) as door:
            instance = make_instance(PUBLIC, door.address, accounts=(account,), browser=Browser(allowed=allowed))
            return browsing.problems(instance, chromium, tmp_path / "pictures/before.png")

    return looked


@needs_a_browser
def test_who_logs_in_sees_the_main_page_and_a_picture_is_kept(look: Look, shop: Shop, tmp_path: Path) -> None:
    assert look() == []
    assert (tmp_path / "pictures/before.png").read_bytes().startswith(b"\x89PNG")
    assert {asked.headers["Host"] for asked in shop.asked} == {"shop.example"}
    assert {asked.headers["X-Forwarded-Proto"] for asked in shop.asked} == {"https"}


@needs_a_browser
def test_what_the_browser_complains_of_is_told(look: Look, shop: Shop, tmp_path: Path) -> None:
    script = 'console.error("known"); console.error("bad", 7); none.at.all()'
    shop.main = f'<script>{script}</script><script src="/gone.js"></script>'
    (tmp_path / "password").write_text("wrong\n")
    found = look("^known$")
    assert found[0] == "ada is not logged in after the form was sent"
    assert {"bad 7", "ReferenceError: none is not defined"} <= set(found)
    assert any("404" in line and "/gone.js" in line for line in found)
    assert "known" not in found


@needs_a_browser
def test_it_is_begun_once_and_a_page_knows_nothing_of_those_before(look: Look, chromium: Chromium, shop: Shop) -> None:
    shop.main = "<script>none.at.all()</script>"
    assert set(look()) == {"ReferenceError: none is not defined"}
    begun, shop.main = chromium.process, ""
    shop.asked.clear()
    assert look() == []
    assert chromium.process is begun
    assert "Cookie" not in shop.asked[0].headers


@needs_a_browser
def test_one_that_has_ended_is_begun_anew(look: Look, chromium: Chromium) -> None:
    assert look() == []
    assert chromium.process is not None
    chromium.process.kill()
    chromium.process.wait()
    assert look() == []


def test_a_browser_that_cannot_be_started_is_told(chromium: Chromium) -> None:
    with pytest.raises(StageFailed, match="The browser has ended"), chromium.page("/none", lambda _: {}):
        pass


def test_where_none_is_wanted_none_is_used() -> None:
    assert browsing.command(make_instance(PUBLIC, browser=Browser(command="off"))) == ""
    assert browsing.command(make_instance(PUBLIC, browser=Browser(command="/opt/chrome"))) == "/opt/chrome"
