"""How a message leaves: posted to a webhook, mailed by SMTP. Each way has a limited time and tells what went wrong."""

from __future__ import annotations

import smtplib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

import requests

from fixtures.settings_notifications import Email, Notifications, Webhook


@dataclass(frozen=True)
class Message:
    """What is told: for what reason, its first line, its text, and the facts in it for a machine."""

    event: str
    subject: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """One message that was to leave: why, by which way, and what went wrong; empty when it was taken."""

    event: str
    way: str
    problem: str = ""


def ways(wanted: Notifications) -> dict[str, Callable[[Message], None]]:
    """The ways that messages go, by name; none where nobody is to be told."""
    found: dict[str, Callable[[Message], None]] = {}
    if wanted.webhook is not None:
        webhook = wanted.webhook
        found["webhook"] = lambda message: post(webhook, wanted, message)
    if wanted.email is not None:
        email = wanted.email
        found["e-mail"] = lambda message: mail(email, wanted, message)
    return found


def post(webhook: Webhook, wanted: Notifications, message: Message) -> None:
    """Post a message as JSON, to no other address. Raise ValueError, OSError or Refused when it was not taken."""
    address = webhook.url.read().get_secret_value()
    if not address.startswith("https://"):
        raise ValueError("the address is not one of https, so nothing was sent")
    body = {"text": f"{message.subject}\n\n{message.text}", "event": message.event, **message.facts}
    trusted = str(wanted.certificate_authority) if wanted.certificate_authority else True
    answer = requests.post(
        address, json=body, timeout=wanted.timeout_seconds, verify=trusted, allow_redirects=False, stream=True
    )
    with answer:
        if not 200 <= answer.status_code < 300:
            raise ValueError(f"it answered {answer.status_code}")


def mail(email: Email, wanted: Notifications, message: Message) -> None:
    """Mail a message; nobody is shown who else it goes to. Raise OSError or Refused when it was not taken."""
    context = ssl.create_default_context(cafile=wanted.certificate_authority)
    if email.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(email.host, email.port, timeout=wanted.timeout_seconds, context=context)
    else:
        server = smtplib.SMTP(email.host, email.port, timeout=wanted.timeout_seconds)
    with server:
        if email.tls == "starttls":
            server.starttls(context=context)
        if email.password is not None:
            server.login(email.user, email.password.read().get_secret_value())
        server.send_message(letter(email, message), to_addrs=list(email.recipients))


def letter(email: Email, message: Message) -> EmailMessage:
    """A message as it is mailed."""
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = message.subject, email.sender, email.sender
    made["Date"], made["Message-ID"] = formatdate(localtime=True), make_msgid(domain=email.sender.partition("@")[2])
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(message.text)
    return made


def send(way: Callable[[Message], None], message: Message, limit_seconds: float) -> str:
    """Send a message one way and return what went wrong: empty when nothing did. It waits no longer than the limit."""
    problems: list[str] = [f"no answer within {limit_seconds:.0f} s"]

    def attempt() -> None:
        try:
            way(message)
            problems[0] = ""
        except Exception as error:
            problems[0] = cause(error)

    sending = threading.Thread(target=attempt, name="notification", daemon=True)
    sending.start()
    sending.join(limit_seconds)
    return problems[0]


def cause(error: BaseException) -> str:
    """Why something was not sent, in a line. What requests says around it would repeat a webhook's address."""
    inner = (
        getattr(error.args[0], "reason", None) if isinstance(error, requests.RequestException) and error.args else None
    )
    root = inner if isinstance(inner, BaseException) else error
    kind = "bad certificate" if isinstance(error, requests.exceptions.SSLError | ssl.SSLCertVerificationError) else ""
    said = str(root).strip().splitlines()
    return ": ".join(part for part in (kind or type(root).__name__, said[0] if said else "") if part)
