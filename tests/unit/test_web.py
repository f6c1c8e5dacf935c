"""The web: in the dark everything looks public to the application; logging in goes through the real form."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from fixtures.errors import StageFailed
from fixtures.settings_application import Account, Login
from fixtures.settings_types import Secret
from fixtures.web import Web, basic
from tests.unit.doors import Asked, Door, Reply, json_reply, serving

PUBLIC = "http://shop.example:8000"
SECURE = "https://shop.example"
FORM = """
<form action="/search"><input name="q"></form>
<form {form}>
  <input type="hidden" name="csrf_token" value="t0ken">
  <input type="hidden" name="next" value="/orders">
  <input name="email"><input type="password" name="password"><input type="submit">
</form>
"""


class Shop:
    """An application with a form, a session cookie and a page that only a logged-in person reads."""

    def __init__(self, form: str = 'method="post"') -> None:
        self.form = form

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/login" and asked.method == "GET":
            return Reply(body=FORM.format(form=self.form).encode(), headers={"Set-Cookie": "seen=yes; Path=/"})
        if asked.method == "POST" and asked.path in ("/login", "/enter"):
            return self.let_in(parse_qs(asked.body))
        if asked.path == "/orders":
            return Reply(200, b"orders") if "session=ada" in asked.headers.get("Cookie", "") else away("/login")
        return Reply(404)

    def let_in(self, fields: dict[str, list[str]]) -> Reply:
        if fields.get("csrf_token") != ["t0ken"]:
            return Reply(400)
        right = (fields.get("email"), fields.get("password")) == (["ada"], ["hunter2"])
        return away("/orders", {"Set-Cookie": "session=ada; Path=/; HttpOnly"}) if right else Reply(200, b"wrong")


def away(where: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(302, headers={"Location": where, **(headers or {})})


@pytest.fixture
def door() -> Iterator[Door]:
    with serving(Shop()) as opened:
        yield opened


@pytest.fixture
def ada(tmp_path: Path) -> Account:
    (tmp_path / "password").write_text("hunter2\n")
    return Account(name="ada", password=Secret(file=tmp_path / "password"))


# the dark ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("public", "host"), [(PUBLIC, "shop.example:8000"), (SECURE, "shop.example")])
def test_the_application_sees_the_public_host(door: Door, public: str, host: str) -> None:
    Web(public, door.address).visitor().get("/health")
    assert door.asked[0].headers["Host"] == host


@pytest.mark.parametrize(("public", "scheme"), [(PUBLIC, None), (SECURE, "https")])
def test_a_secure_door_is_told_to_the_application(door: Door, public: str, scheme: str | None) -> None:
    Web(public, door.address).visitor().get("/health")
    assert door.asked[0].headers.get("X-Forwarded-Proto") == scheme


def test_the_answer_says_the_public_address(door: Door) -> None:
    assert Web(PUBLIC, door.address).visitor().get("/health").url == f"{PUBLIC}/health"


def test_the_query_is_kept(door: Door) -> None:
    Web(PUBLIC, door.address).visitor().get("/orders?page=2&q=a%20b")
    assert door.asked[0].path == "/orders?page=2&q=a%20b"


@pytest.mark.parametrize("location", ["/there", f"{PUBLIC}/there"], ids=["relative", "absolute"])
def test_a_redirect_is_followed_in_the_dark(location: str) -> None:
    with serving(lambda asked: away(location) if asked.path == "/here" else Reply(200, b"arrived")) as door:
        answer = Web(PUBLIC, door.address).visitor().get("/here")
    assert (answer.text, answer.url) == ("arrived", f"{PUBLIC}/there")
    assert [asked.headers["Host"] for asked in door.asked] == ["shop.example:8000"] * 2


@pytest.mark.parametrize("attributes", ["Path=/", "Path=/; Secure; HttpOnly"], ids=["plain", "secure"])
def test_cookies_of_the_public_site_come_back(attributes: str) -> None:
    with serving(lambda _: Reply(headers={"Set-Cookie": f"a=1; {attributes}"})) as door:
        visitor = Web(SECURE, door.address).visitor()
        visitor.get("/first")
        visitor.get("/second")
    assert [asked.headers.get("Cookie") for asked in door.asked] == [None, "a=1"]


def test_visitors_share_no_cookies(door: Door) -> None:
    web = Web(PUBLIC, door.address)
    web.visitor().get("/login")
    web.visitor().get("/login")
    assert [asked.headers.get("Cookie") for asked in door.asked] == [None, None]


def test_proxies_of_the_environment_are_not_used(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert Web(door.url).visitor().get("/health").status_code == 404


def test_a_door_where_nobody_answers_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(StageFailed, match="GET /health was not answered") as failed:
        Web(PUBLIC, address).visitor().get("/health")
    assert failed.value.found == "ConnectionError"


# TLS in the dark -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of shop.example, and its key, in one file."""
    place = tmp_path_factory.mktemp("tls")
    file, subject = place / "both.pem", ["-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*made, "-keyout", place / "key", "-out", file], check=True, capture_output=True, timeout=60)
    file.write_text(file.read_text() + (place / "key").read_text())
    return file


@contextmanager
def speaking_tls(certificate: Path) -> Iterator[Door]:
    """A door that speaks TLS itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(lambda _: Reply(200, b"in"), tls=context) as door:
        yield door


@pytest.mark.parametrize(("public", "is_let_in"), [(SECURE, True), ("https://other.example", False)])
def test_a_door_that_speaks_tls_must_have_the_public_hosts_certificate(
    certificate: Path, public: str, is_let_in: bool
) -> None:
    with speaking_tls(certificate) as door:
        visitor = Web(public, door.address, scheme="https").visitor()
        visitor.session.verify = str(certificate)
        if is_let_in:
            assert visitor.get("/health").text == "in"
            assert door.asked[0].headers["Host"] == "shop.example"
        else:
            with pytest.raises(StageFailed) as failed:
                visitor.get("/health")
            assert failed.value.found == "SSLError"


# logging in ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [True, False], ids=["in the dark", "through the door"])
def test_a_real_account_logs_in_with_the_hidden_token(door: Door, ada: Account, dark: bool) -> None:
    web = Web(PUBLIC, door.address) if dark else Web(door.url)
    assert web.person(ada).get("/orders").text == "orders"
    (sent,) = [asked for asked in door.asked if asked.method == "POST"]
    assert parse_qs(sent.body) == {
        "csrf_token": ["t0ken"],
        "next": ["/orders"],
        "email": ["ada"],
        "password": ["hunter2"],
    }


def test_the_form_is_sent_with_its_cookie_and_referer(door: Door, ada: Account) -> None:
    Web(PUBLIC, door.address).person(ada)
    (sent,) = [asked for asked in door.asked if asked.method == "POST"]
    assert (sent.headers["Cookie"], sent.headers["Referer"]) == ("seen=yes", f"{PUBLIC}/login")


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_stays_outside(door: Door, password: str) -> None:
    visitor = Web(PUBLIC, door.address).visitor()
    visitor.submit_login(Login(), "ada", password)
    assert not visitor.is_logged_in(Login())


def test_an_account_that_cannot_log_in_is_named_without_its_password(door: Door, ada: Account) -> None:
    with pytest.raises(StageFailed, match="bob cannot log in") as failed:
        Web(PUBLIC, door.address).person(ada.model_copy(update={"name": "bob"}))
    assert "hunter2" not in str(failed.value)


def test_a_person_logs_in_once(door: Door, ada: Account) -> None:
    web = Web(PUBLIC, door.address)
    assert web.person(ada) is web.person(ada)
    assert len([asked for asked in door.asked if asked.method == "POST"]) == 1


def test_a_page_without_a_form_is_told_with_its_status(door: Door) -> None:
    with pytest.raises(StageFailed, match="/none shows no login form") as failed:
        Web(PUBLIC, door.address).visitor().submit_login(Login(path="/none"), "ada", "hunter2")
    assert failed.value.found == "status 404"


def logs_in(form: str, ada: Account) -> bool:
    with serving(Shop(form)) as door:
        return Web(PUBLIC, door.address).person(ada).is_logged_in(Login())


@pytest.mark.parametrize(
    "form", ['method="post" action=""', 'method="post" action="/enter"', f'method="post" action="{PUBLIC}/enter"']
)
def test_the_form_is_sent_where_it_says(form: str, ada: Account) -> None:
    assert logs_in(form, ada)


@pytest.mark.parametrize("form", ['method="POST"', 'method="Post"'])
def test_a_form_may_say_post_in_capitals(form: str, ada: Account) -> None:
    assert logs_in(form, ada)


def test_the_login_form_is_the_one_with_the_password(ada: Account) -> None:
    assert logs_in('method="post" action="/language"></form><form method="post"', ada)


def test_a_hidden_field_without_a_name_is_not_sent(ada: Account) -> None:
    assert logs_in('method="post"><input type="hidden" value="x"', ada)


# the API -------------------------------------------------------------------------------------------------------------

API = Login(token_path="/api/token", token_key="access")


def give_token(asked: Asked) -> Reply:
    if asked.path == "/api/token":
        return json_reply({"access": "t1"}) if '"hunter2"' in asked.body else json_reply({}, 401)
    return json_reply({"seen": asked.headers.get("Authorization")})


def test_an_api_client_asks_for_its_token_once_and_shows_it(ada: Account) -> None:
    with serving(give_token) as door:
        web = Web(PUBLIC, door.address, API)
        seen = [web.client(ada).get("/api/orders").json() for _ in range(2)]
    assert seen == [{"seen": "Bearer t1"}] * 2
    assert [asked.path for asked in door.asked] == ["/api/token", "/api/orders", "/api/orders"]


def test_a_client_without_a_token_path_is_the_logged_in_person(door: Door, ada: Account) -> None:
    web = Web(PUBLIC, door.address)
    assert web.client(ada) is web.person(ada)


def test_an_api_that_gives_no_token_is_told(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong\n")
    account = Account(name="ada", password=Secret(file=tmp_path / "password"))
    with serving(give_token) as door, pytest.raises(StageFailed, match="gives ada no token") as failed:
        Web(PUBLIC, door.address, API).client(account)
    assert failed.value.found == "status 401"


def test_answers_are_timed_as_often_as_asked(door: Door) -> None:
    web = Web(PUBLIC, door.address)
    seconds = web.seconds_to_answer(web.visitor(), "/login", times=3)
    assert len(seconds) == len(door.asked) == 3
    assert sorted(seconds) == seconds
    assert min(seconds) > 0


def test_a_form_is_found_by_where_it_goes_and_sent_with_its_hidden_fields() -> None:
    page = b'<form action="/search"></form><form action="order" method="post"><input type="hidden" name="t" value="1">'
    with serving(lambda asked: Reply(200, page)) as door:
        Web(PUBLIC, door.address).visitor().submit("/products/2", "/products/order", {"quantity": "3"})
    assert [(asked.method, asked.path) for asked in door.asked] == [("GET", "/products/2"), ("POST", "/products/order")]
    assert door.asked[1].body == "t=1&quantity=3"


def test_a_page_without_the_form_is_told() -> None:
    with serving(lambda asked: Reply(404)) as door, pytest.raises(StageFailed, match="no form that goes to /order"):
        Web(PUBLIC, door.address).visitor().submit("/products/2", "/order", {})


def test_a_name_and_a_password_of_any_letters_travel_in_utf_8() -> None:
    assert base64.b64decode(basic("أمينة", "pä:ss").removeprefix("Basic ")).decode() == "أمينة:pä:ss"
