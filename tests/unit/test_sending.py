"""Messages to users over real TLS: what is taken, and what is told of a server that does not take it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import trustme

from fixtures.settings_notifications import Notifications
from reports import sending
from reports.sending import Message
from tests.unit import receiving
from tests.unit.receiving import Box, Hook

MESSAGE = Message("done", "Punk Eco : l'intervention est terminée", "C'est fini.\n", {"to": "v2.0.0"})
TOKEN, PASSWORD = "hook-token-9f8e7d", "courrier-secret"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    """An authority of our own, and the file that it is trusted by."""
    made, path = trustme.CA(), tmp_path_factory.mktemp("authority") / "authority.pem"
    made.cert_pem.write_to_path(str(path))
    return made, path


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")


@pytest.fixture
def hook(authority: tuple[trustme.CA, Path]) -> Iterator[Hook]:
    """A webhook over TLS."""
    with receiving.webhook(authority[0]) as server:
        yield server


def by_webhook(monkeypatch: pytest.MonkeyPatch, port: int, trusted: Path | None) -> Notifications:
    monkeypatch.setenv("HOOK_URL", f"https://127.0.0.1:{port}/hooks/{TOKEN}")
    return Notifications.model_validate({"webhook": {"url": {"env": "HOOK_URL"}}, "certificate_authority": trusted})


def sent(wanted: Notifications, seconds: float = 10) -> list[str]:
    """What went wrong with each way."""
    return [sending.send(way, MESSAGE, seconds) for way in sending.ways(wanted).values()]


def test_a_webhook_is_given_the_text_and_the_facts(
    hook: Hook, authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sent(by_webhook(monkeypatch, hook.server_port, authority[1])) == [""]
    text = "Punk Eco : l'intervention est terminée\n\nC'est fini.\n"
    assert hook.taken == [(f"/hooks/{TOKEN}", {"text": text, "event": "done", "to": "v2.0.0"})]


def test_s8_a_bad_certificate_is_told_and_nothing_is_sent(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    (problem,) = sent(by_webhook(monkeypatch, hook.server_port, None))
    assert problem.startswith("bad certificate")
    assert (hook.taken, TOKEN in problem) == ([], False)


@pytest.mark.parametrize("answer", [302, 404, 500])
def test_what_a_webhook_did_not_take_is_told_and_no_redirection_is_followed(
    hook: Hook, authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch, answer: int
) -> None:
    hook.answer = answer
    assert sent(by_webhook(monkeypatch, hook.server_port, authority[1])) == [f"ValueError: it answered {answer}"]
    assert len(hook.taken) == 1


def test_a_webhook_that_is_not_there_is_told_without_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = sent(by_webhook(monkeypatch, receiving.free_port(), None))
    assert problem and TOKEN not in problem


def test_a_slow_way_is_waited_for_no_longer_than_said() -> None:
    over, begun = threading.Event(), time.monotonic()

    def wait(message: Message) -> None:
        over.wait(30)

    assert sending.send(wait, MESSAGE, 0.2) == "no answer within 0 s"
    assert time.monotonic() - begun < 5
    over.set()


def test_a_secret_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK_URL", raising=False)
    wanted = Notifications.model_validate({"webhook": {"url": {"env": "HOOK_URL"}}})
    assert "HOOK_URL is not set" in sent(wanted)[0]


# e-mail ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["starttls", "tls"])
def server(request: pytest.FixtureRequest, authority: tuple[trustme.CA, Path]) -> Iterator[tuple[int, Box, str]]:
    """A real SMTP server."""
    with receiving.mail_server(authority[0], request.param, PASSWORD) as (port, box):
        yield port, box, request.param


def by_mail(port: int, tls: str, trusted: Path | None) -> Notifications:
    email = {"host": "127.0.0.1", "port": port, "tls": tls, "user": "runbook", "password": {"env": "MAIL_PASSWORD"}}
    email |= {"sender": "exploitation@punk-eco.example", "recipients": ["a@punk-eco.example", "b@punk-eco.example"]}
    return Notifications.model_validate({"email": email, "certificate_authority": trusted})


def test_an_e_mail_is_encrypted_and_shows_nobody_who_else_it_goes_to(
    server: tuple[int, Box, str], authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    port, box, tls = server
    assert sent(by_mail(port, tls, authority[1])) == [""]
    ((recipients, content),) = box.taken
    assert recipients == ["a@punk-eco.example", "b@punk-eco.example"]
    letter = message_from_bytes(content, policy=policy.default)
    assert letter["Subject"] == MESSAGE.subject
    assert "b@punk-eco.example" not in str(letter)
    assert letter.get_content().strip() == "C'est fini."


def test_an_e_mail_server_that_is_not_who_it_should_be_gets_no_password(
    server: tuple[int, Box, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    port, box, tls = server
    (problem,) = sent(by_mail(port, tls, None))
    assert problem.startswith("bad certificate")
    assert box.taken == []


def test_a_wrong_password_is_told_and_not_repeated(
    server: tuple[int, Box, str], authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "not-the-password")
    (problem,) = sent(by_mail(server[0], server[2], authority[1]))
    assert problem.startswith("SMTPAuthenticationError") and "not-the-password" not in problem
