"""Settings: every mistake in the file is told at once, with its place; nothing that git could misread gets through."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fixtures import settings, settings_file
from fixtures.errors import Refused
from fixtures.settings import Target
from fixtures.settings_application import Page
from fixtures.settings_types import Secret, safe_reference

MINIMAL = """
[targets.shop]
directory = "/srv/shop"
url = "https://shop.example"
"""


def load(tmp_path: Path, text: str) -> settings.Settings:
    file = tmp_path / "runbook.toml"
    file.write_text(text)
    return settings_file.load(file)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(Refused) as refused:
        load(tmp_path, text)
    return str(refused.value)


def test_the_guides_names_are_the_defaults(tmp_path: Path) -> None:
    target = settings_file.choose(load(tmp_path, MINIMAL), "shop")
    assert (target.services.web, target.services.database) == ("web", "db")
    assert target.migrations.command == ("flask", "db")
    assert (target.git.remote, target.git.branch) == ("origin", "main")


def test_a_target_knows_the_name_it_stands_under(tmp_path: Path) -> None:
    assert settings_file.choose(load(tmp_path, MINIMAL), "shop").name == "shop"


@pytest.mark.parametrize("host", ["ssh://server", "ssh://punk_eco@server.example", "ssh://punk_eco@127.0.0.1:2222"])
def test_a_target_may_be_on_another_machine(tmp_path: Path, host: str) -> None:
    assert load(tmp_path, f'{MINIMAL}host = "{host}"\nsudo = "punk_eco"\n').targets["shop"].host == host


@pytest.mark.parametrize(
    "host", ["server", "ssh://", "ssh://-oProxyCommand=x", "ssh://a b", "https://server", "ssh://a@-b"]
)
def test_a_machine_is_named_by_a_url_that_ssh_cannot_misread(tmp_path: Path, host: str) -> None:
    assert "targets.shop.host" in refusal(tmp_path, f'{MINIMAL}host = "{host}"\n')


def test_a_home_on_another_machine_is_not_known_here(tmp_path: Path) -> None:
    text = MINIMAL.replace("/srv/shop", "~/shop") + 'host = "ssh://server"\n'
    assert "directory: with host, give whole paths" in refusal(tmp_path, text)


def test_words_about_a_connection_need_one(tmp_path: Path) -> None:
    assert "sudo: only with host" in refusal(tmp_path, f'{MINIMAL}sudo = "punk_eco"\n')


def test_what_is_kept_stands_beside_the_deployment_and_not_in_it(tmp_path: Path) -> None:
    target = settings_file.choose(load(tmp_path, MINIMAL), "shop")
    assert target.state == Path("/srv/shop.runbook")


def test_an_unknown_target_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    two = load(tmp_path, MINIMAL + MINIMAL.replace("shop", "blog"))
    with pytest.raises(Refused) as refused:
        settings_file.choose(two, "production")
    assert "'production'" in refused.value.what
    assert refused.value.expected == "one of blog, shop"


@pytest.mark.parametrize(
    ("wrong", "place", "value"),
    [
        ('probe = ["/health"]', "targets.shop.probe", "/health"),
        ('[targets.shop.git]\nbranch = "--evil"', "targets.shop.git.branch", "--evil"),
        ('[targets.shop.git]\npush = "maybe"', "targets.shop.git.push", "maybe"),
        ('[targets.shop.limits]\nwatch_seconds = "long"', "targets.shop.limits.watch_seconds", "long"),
        ('[[targets.shop.pages]]\npath = "/"\nstatus = "fine"', "targets.shop.pages.0.status", "fine"),
        ("logs = 3", "targets.shop.logs", "3"),
        ("[targets.shop.pages]\npath = '/'", "targets.shop.pages", "a table of path"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_value(tmp_path: Path, wrong: str, place: str, value: str) -> None:
    told = refusal(tmp_path, f"{MINIMAL}{wrong}\n")
    (line,) = [line for line in told.splitlines() if line.startswith(f"  {place}: ")]
    assert value in line


WRONG = {
    **dict.fromkeys(
        [
            *('url = "127.0.0.1:28769"', 'url = "ftp://x"', 'url = "shop.example"', 'url = "https://"'),
            *('url = "http://shop:http"', 'url = "http://a shop"'),
        ],
        "write an address with http:// or https://",
    ),
    **dict.fromkeys(
        [
            *('probe = "health"', 'login.path = "login"', 'login.proof_path = ""', 'login.logout_path = "logout"'),
            *('login.api_proof_path = "api"', 'login.token_path = "api/token"', 'browser.page = "shop"'),
            *('media.url = "media/"', 'assets.url = "static/"', 'pages.0.path = "orders"', 'records.0.path = "n/{id}"'),
            'counts.0.path = "n"',
        ],
        "write a path that begins with /",
    ),
    'scenarios.0.steps.0.request = "GET orders"': "write a method and a path that begins with /",
    **dict.fromkeys(["pages.0.status = 900", "scenarios.0.steps.0.status = 600"], "less than or equal to 599"),
    "pages.0.status = 99": "greater than or equal to 100",
    "expected.statuses./old = 4040": "less than or equal to 599",
    **dict.fromkeys(['database.port = "5432"', 'limits.watch_seconds = "10"'], "write a whole number without quotes"),
    'limits.cpu_percent = "150"': "write a number without quotes",
    'production = "true"': "write true or false without quotes",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_no_request_could_be_made_of_is_told_with_what_to_write(wrong: str) -> None:
    place, given = wrong.split(" = ")
    value = tomllib.loads(f"value = {given}")["value"]
    told = mistakes_of(place, value)[f"targets.shop.{place}"]
    assert WRONG[wrong] in told
    assert told.endswith(f" (found {value!r})")


def mistakes_of(place: str, value: object) -> dict[str, str]:
    """The mistakes of a target that has one value at a place, by their own places; 0 is an entry of a list."""
    first, *parts = place.split(".")
    for part in reversed(parts):
        value = [value] if part == "0" else {part: value}
    shop = {"directory": "/srv/shop", "url": "https://shop.example", first: value}
    data = {"targets": {"shop": shop}}
    with pytest.raises(ValidationError) as error:
        settings.Settings.model_validate(data)
    return dict(line.strip().split(": ", 1) for line in settings_file.told(error.value))


@pytest.mark.parametrize(
    "right",
    ['url = "https://[::1]:8443/shop"', 'login.logout_path = ""', 'media.url = "https://files.shop.example/"'],
)
def test_addresses_and_paths_as_people_have_them_are_taken_as_they_are(tmp_path: Path, right: str) -> None:
    text = MINIMAL.replace('url = "https://shop.example"\n', "") if right.startswith("url") else MINIMAL
    load(tmp_path, f"{text}{right}\n")


def test_a_wrong_address_and_wrong_paths_are_told_with_all_other_mistakes(tmp_path: Path) -> None:
    text = MINIMAL.replace("https://shop.example", "127.0.0.1:28769")
    pages = 'nonsense = 1\nprobe = "health"\npages = [{ path = "orders", status = 900, account = "bob" }]\n'
    told = refusal(tmp_path, text + pages)
    places = ["shop.url", "shop.probe", "shop.pages.0.path", "shop.pages.0.status", "shop.nonsense", "shop"]
    assert [place for place in places if f"targets.{place}: " not in told] == []
    assert "has 6 mistake(s); nothing was changed" in told


@pytest.mark.parametrize(
    ("unknown", "told"),
    [
        ("prodution = true", "targets.shop.prodution: unknown; did you mean production?"),
        ("[targets.shop.limits]\nwatch_second = 2", "targets.shop.limits.watch_second: unknown; did you mean"),
        ("[targets.shop.backups.off_host]\nrestik = 'x'", "off_host.restik: unknown; did you mean restic?"),
        ("[[targets.shop.pages]]\npath = '/'\nstatuss = 200", "pages.0.statuss: unknown; did you mean status?"),
        ("media = { pth = '/' }", "targets.shop.media.pth: unknown; did you mean path?"),
        (
            "[[targets.shop.scenarios]]\nname = 'x'\naccount = 'a'\nsteps = [{ request = 'GET /', jsn = {} }]",
            "scenarios.0.steps.0.jsn: unknown; did you mean json?",
        ),
        ("nonsense = 1", "targets.shop.nonsense: unknown; runbook.example.toml has the names"),
        ("[target]\nkey = 1", "target: unknown; did you mean targets?"),
        ("[targets.git]\nbranche = 1", "targets.git.branche: unknown; runbook.example.toml has the names"),
    ],
)
def test_an_unknown_key_is_told_with_the_name_that_may_be_meant(tmp_path: Path, unknown: str, told: str) -> None:
    assert told in refusal(tmp_path, f"{MINIMAL}{unknown}\n")


@pytest.mark.parametrize(
    "written",
    [
        'accounts = [{ name = "ada", password = "hunter2" }]',
        'accounts = { name = "ada", password = "hunter2" }',
        'accounts = [{ name = "ada", password = { env = "X" }, pwd = "hunter2" }]',
        'backups.off_host = { restic = "/srv/backups", password = "hunter2" }',
        'backups.off_host = { restic = "rest:https://ada:hunter2@nas.example" }',
        'notifications.webhook = { url = "https://hunter2" }',
        'notifications.webhook = "https://hunter2"',
        'notifications.email = { host = "h", sender = "a@b", recipients = ["c@d"], user = "e", password = "hunter2" }',
    ],
)
def test_a_secret_in_the_place_of_its_source_is_not_repeated(tmp_path: Path, written: str) -> None:
    told = refusal(tmp_path, f"{MINIMAL}{written}\n")
    assert "hunter2" not in told


@pytest.mark.parametrize(
    "place",
    ["accounts.0.password", "backups.off_host.password", "notifications.webhook.url", "notifications.email.password"],
)
def test_a_secret_in_the_place_of_its_source_is_told_with_what_to_write(place: str) -> None:
    wanted = 'say where it comes from: { file = "…" }, { env = "NAME" } or { command = […] }'
    assert mistakes_of(place, "hunter2")[f"targets.shop.{place}"] == wanted


def test_what_is_missing_is_told_without_a_value(tmp_path: Path) -> None:
    told = refusal(tmp_path, '[targets.shop]\nurl = "https://shop.example"\n')
    assert "  targets.shop.directory: Field required\n" in f"{told}\n"


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    text = """
    [targets.shop]
    url = 3
    nonsense = true
    [targets.shop.git]
    remote = "v1;id"
    [targets.blog]
    directory = "/srv/blog"
    """
    told = refusal(tmp_path, text)
    places = ["shop.directory", "shop.url", "shop.nonsense", "shop.git.remote", "blog.url"]
    assert [place for place in places if f"targets.{place}: " not in told] == []
    assert "has 5 mistake(s); nothing was changed" in told


TEN = {
    "blog.directory": "Field required",
    "shop.url": "valid string",
    "shop.nonsense": "unknown",
    "shop.git.remote": "not a safe git name",
    "shop.migrations.lock_attempts": "greater than or equal to 1",
    "shop.logs.errors.0": "no regular expression",
    "shop.gates.windows.0": "is no window",
    "shop.accounts.0.password": "exactly one of env, file or command",
    "shop.backups.off_host": "exactly one of restic or command",
    "shop": "accounts used but not declared: bob",
}


def test_ten_mistakes_are_answered_by_one_message_that_names_all_ten(tmp_path: Path) -> None:
    text = """
    [targets.blog]
    url = "https://blog.example"
    [targets.shop]
    directory = "/srv/shop"
    url = 3
    nonsense = true
    git.remote = "v1;id"
    migrations.lock_attempts = 0
    logs.errors = ["("]
    gates.windows = ["Sunday morning"]
    backups.off_host.required = true
    accounts = [{ name = "ada", password = { env = "A", file = "/b" } }]
    pages = [{ path = "/", account = "bob" }]
    """
    told = refusal(tmp_path, text)
    assert "has 10 mistake(s); nothing was changed" in told
    lines = dict(line.strip().removeprefix("targets.").split(": ", 1) for line in told.splitlines()[1:])
    assert sorted(lines) == sorted(TEN)
    assert [place for place, reason in TEN.items() if reason not in lines[place]] == []


def test_text_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    assert "is not valid TOML" in refusal(tmp_path, "[targets.shop\n")


def test_a_file_that_is_not_there_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        settings_file.load(tmp_path / "runbook.toml")
    assert refused.value.found == "No such file or directory"
    assert "runbook.example.toml" in refused.value.next_step


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "  targets: Field required" in refusal(tmp_path, "")


@pytest.mark.parametrize("text", ["targets = 3", "[[targets]]\nname = 'shop'", "targets = 'shop'"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    assert "targets" in refusal(tmp_path, text)


def test_a_password_that_stands_in_the_file_is_not_printed(tmp_path: Path) -> None:
    account = '[[targets.shop.accounts]]\nname = "ada"\npassword = "hunter2"\n'
    told = refusal(tmp_path, MINIMAL + account)
    assert "targets.shop.accounts.0.password" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("section", "account"),
    [
        ('[[targets.shop.pages]]\npath = "/orders"\naccount = "ada"', "ada"),
        ('[[targets.shop.counts]]\npath = "/n"\naccount = "bob"\nkey = "total"\nsql = "select 1"', "bob"),
        ('[[targets.shop.scenarios]]\nname = "order"\naccount = "cleo"\nsteps = []', "cleo"),
    ],
    ids=["page", "count", "scenario"],
)
def test_an_account_that_is_used_must_be_declared(tmp_path: Path, section: str, account: str) -> None:
    assert f"accounts used but not declared: {account}" in refusal(tmp_path, f"{MINIMAL}{section}\n")


def test_undeclared_accounts_are_told_with_the_other_mistakes(tmp_path: Path) -> None:
    page = 'nonsense = 1\n[[targets.shop.pages]]\npath = "/"\naccount = "ada"\n'
    assert "accounts used but not declared: ada" in refusal(tmp_path, MINIMAL + page)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "runbook.toml"
    file.write_bytes('url = "caf\xe9"'.encode("latin-1"))
    with pytest.raises(Refused):
        settings_file.load(file)


def test_undeclared_accounts_are_told_all_at_once(tmp_path: Path) -> None:
    pages = "".join(f'[[targets.shop.pages]]\npath = "/"\naccount = "{name}"\n' for name in ("bob", "ada", ""))
    assert "accounts used but not declared: ada, bob" in refusal(tmp_path, MINIMAL + pages)


def test_a_page_is_named_by_who_reads_it() -> None:
    assert Page(path="/orders", account="ada").key == "/orders as ada"
    assert Page(path="/").key == "/"


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ('[targets.shop.logs]\nerrors = ["("]', "targets.shop.logs.errors.0"),
        ('[[targets.shop.scenarios]]\nname = "x"\naccount = ""\nsteps = [{request = "/orders"}]', "request"),
        ('[[targets.shop.scenarios]]\nname = "x"\naccount = ""\nsteps = [{request = "GET /{}"}]', "request"),
        ('[[targets.shop.scenarios]]\nname = "x"\naccount = ""\nsteps = []', "account"),
    ],
    ids=["pattern", "request without a method", "request with a nameless value", "scenario of nobody"],
)
def test_what_cannot_work_is_refused_when_the_file_is_read(tmp_path: Path, section: str, place: str) -> None:
    try:
        load(tmp_path, f"{MINIMAL}{section}\n")
    except Refused as refused:
        assert place in str(refused)
    else:
        pytest.fail("accepted")


# git names ---------------------------------------------------------------------------------------------------------

GOOD_NAMES = ["main", "v2.0.0", "v1.4.0-rc.1", "feature/new-login", "v1+local", "a" * 200, "3f2a91"]
BAD_NAMES = [
    *("--evil", "-v", "--upload-pack=id", "v1;id", "v1 id", "v1\nid", "$(id)", "`id`", "v1|id", "v1&id", "v1>x"),
    *("", ".hidden", "/absolute", "..", "v1..v2", "a/../b", "HEAD~1", "main^", "a:b", "@{-1}", "v1\0", "é", "v1\n"),
    "a" * 201,
]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_git_names_as_people_give_them_are_taken_as_they_are(name: str) -> None:
    assert safe_reference(name) == name


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_a_command_could_misread_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a safe git name"):
        safe_reference(name)


@given(st.text(max_size=40) | st.text(alphabet="-./;$ v1\n", max_size=8))
def test_a_name_that_is_accepted_is_a_single_harmless_word(name: str) -> None:
    try:
        accepted = safe_reference(name)
    except ValueError:
        return
    assert accepted == name
    assert re.fullmatch(r"[\w./+-]+", accepted, re.ASCII)
    assert not accepted.startswith(("-", ".", "/"))
    assert ".." not in accepted


# secrets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sources", [{}, {"env": "A", "file": "/b"}, {"env": ""}, {"env": "A", "command": ["b"]}])
def test_a_secret_has_exactly_one_source(sources: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="exactly one of env, file or command"):
        Secret.model_validate(sources)


def test_a_secret_comes_from_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    assert Secret(env="SHOP_PASSWORD").read().get_secret_value() == "hunter2"


def test_a_secret_is_the_first_line_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\nnot this\n")
    assert Secret(file=file).read().get_secret_value() == "hunter2"


def test_a_secret_prints_as_stars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    assert "hunter2" not in f"{Secret(env='SHOP_PASSWORD').read()!r}"


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(Refused, match="NO_SUCH_VARIABLE_HERE is not set"):
        Secret(env="NO_SUCH_VARIABLE_HERE").read()


@pytest.mark.parametrize("content", [None, ""], ids=["no file", "empty file"])
def test_a_secret_file_without_a_secret_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_text(content)
    with pytest.raises(Refused, match=str(file)):
        Secret(file=file).read()


def test_a_secret_is_the_first_line_that_a_command_says() -> None:
    secret = Secret(command=("printf", "hunter2\\nnot this\\n"))
    assert secret.read().get_secret_value() == "hunter2"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("false", "hunter2"), "The secret's command false failed"),
        (("/no/such/program", "hunter2"), "cannot be run"),
        (("true", "hunter2"), "The secret in true is empty"),
    ],
    ids=["fails", "is missing", "says nothing"],
)
def test_a_command_that_says_no_secret_is_named_without_its_arguments(command: tuple[str, str], told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        Secret(command=command).read()
    assert "hunter2" not in str(refused.value)


def test_secrets_that_stand_in_the_file_are_warned_of_by_their_place_alone(tmp_path: Path) -> None:
    text = """
    [targets.shop.configuration]
    SECRET_KEY = "hunter2"
    INVOICE_SENDER = "a@shop.example"
    [targets.shop.trial.environment]
    MAIL_PASSWORD = "hunter2"
    API_TOKEN = ""
    [targets.shop.backups.off_host]
    restic = "rest:https://ada:hunter2@nas.example/shop"
    password = { env = "X" }
    """
    told = settings_file.in_plain(settings_file.choose(load(tmp_path, MINIMAL + text), "shop"))
    places = ["configuration.SECRET_KEY", "trial.environment.MAIL_PASSWORD", "backups.off_host.restic"]
    assert told == [f"targets.shop.{place} holds a secret in plain: keep it out of the file" for place in places]


def test_settings_cannot_be_changed_after_loading(tmp_path: Path) -> None:
    target: Target = settings_file.choose(load(tmp_path, MINIMAL), "shop")
    with pytest.raises(ValidationError, match="frozen"):
        target.url = "https://elsewhere.example"
