"""No form of a secret survives in anything that is written."""

import base64
import html
import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from reports.redaction import MASK, Redactor, is_secret, secret_values

CANARY = 'C4nary/&"é+ über=secret'


def written_forms(secret: str) -> list[str]:
    return [
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        base64.b64encode(secret.encode()).decode(),
        base64.urlsafe_b64encode(secret.encode()).decode(),
    ]


@pytest.mark.parametrize("form", written_forms(CANARY))
def test_every_form_of_a_secret_is_masked(form: str) -> None:
    redactor = Redactor()
    redactor.learn([CANARY])
    assert redactor.text(f"before {form} after") == f"before {MASK} after"


@pytest.mark.parametrize("before", ["u:", "us:", "use:"])
def test_a_secret_inside_of_something_encoded_is_masked(before: str) -> None:
    redactor = Redactor()
    redactor.learn([CANARY])
    basic = base64.b64encode(f"{before}{CANARY}:after".encode()).decode()
    masked = redactor.text(f"Authorization: Basic {basic}")
    assert MASK in masked
    kept = masked.removeprefix("Authorization: Basic ").split(MASK)[0]
    assert len(kept) <= 8


def test_the_longer_of_two_secrets_is_masked_first() -> None:
    redactor = Redactor()
    redactor.learn(["secret"])
    redactor.learn(["secret-and-more"])
    assert redactor.text("secret-and-more") == MASK


def test_files_are_masked_where_they_lie(tmp_path: Path) -> None:
    redactor = Redactor()
    redactor.learn([CANARY])
    for number, form in enumerate(written_forms(CANARY)):
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / f"{number}.json").write_text(f"x{form}y", "utf-8")
    redactor.files(tmp_path)
    found = {path.read_text("utf-8") for path in tmp_path.rglob("*.json")}
    assert found == {f"x{MASK}y"}


def test_a_file_without_a_secret_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "picture.bin"
    file.write_bytes(b"\xff\x00innocent")
    before = file.stat().st_mtime_ns
    redactor = Redactor()
    redactor.learn([CANARY])
    redactor.files(tmp_path)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (b"\xff\x00innocent", before)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("POSTGRES_PASSWORD", "short"),
        ("SECRET_KEY", "anything at all"),
        ("STRIPE", "sk_live_9aF3kQ0zR7"),
        ("SMTP_PASS", "hunter2"),
    ],
)
def test_what_is_a_secret(key: str, value: str) -> None:
    assert is_secret(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("COMPOSE_PROJECT_NAME", "punk-eco-ea53d460"),
        ("SHOP_NAME", "Punk Eco"),
        ("PRODUCTS_PER_PAGE", "24"),
        ("CONTACT_EMAIL", "support@punk-eco.ma"),
        ("SESSION_TOKENS_ENABLED", "true"),
        ("DATABASE_URL", "postgresql://punk_eco@db:5432/punk_eco"),
    ],
)
def test_what_is_none(key: str, value: str) -> None:
    assert not is_secret(key, value)


def test_the_password_in_a_url_is_a_secret_as_it_stands_and_decoded() -> None:
    values = secret_values({"DATABASE_URL": "postgresql://punk:p%40ss1@db/punk"})
    assert values == {"p%40ss1", "p@ss1"}


def test_quotes_and_doubled_dollars_of_env_files_are_not_part_of_a_secret() -> None:
    assert secret_values({"API_TOKEN": '"a$$b-long"'}) == {"a$b-long"}
