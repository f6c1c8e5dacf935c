"""Keeps secrets out of everything that is written: raw, URL-encoded, base64, and as JSON or HTML escape them."""

from __future__ import annotations

import base64
import html
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, urlsplit

from fixtures import environment
from fixtures.deployment import Deployment
from fixtures.errors import Problem
from fixtures.settings import Target
from fixtures.settings_application import Account
from fixtures.settings_types import Secret

MASK = "***"
SECRET_KEY = re.compile(r"PASS|PWD|SECRET|TOKEN|CREDENTIAL|PRIVATE|SALT|DSN|API_?KEY|_KEY$|^KEY$", re.IGNORECASE)
# Compose's own settings (project, profiles, files) name things that a report is about.
NO_SECRET_KEY = re.compile(r"^COMPOSE_")
RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/=_-]{12,}")
RANDOM_BITS = 3.0
# Shorter values stand in too many innocent words to be masked, and are no secrets worth the name.
SHORTEST = 4
SHORTEST_ENCODED = 6
# What may be a word or a number like any other is too short to be masked for a name's or place's sake.
LONG = 8


class Redactor:
    """Replaces every known secret, in every form that it may take. Learns secrets as they become known."""

    def __init__(self) -> None:
        self.forms: list[str] = []

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these from now on; those that are part of others are masked after them."""
        found = {form for secret in secrets if len(secret) >= SHORTEST for form in forms(secret)}
        self.forms = sorted({*self.forms, *found}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text without the secrets."""
        for form in self.forms:
            text = text.replace(form, MASK)
        return text

    def files(self, directory: Path) -> None:
        """Rewrite every file below a directory that holds a secret."""
        for path in (path for path in directory.rglob("*") if path.is_file()):
            content = path.read_bytes()
            masked = content
            for form in self.forms:
                masked = masked.replace(form.encode(), MASK.encode())
            if masked != content:
                path.write_bytes(masked)


def forms(secret: str) -> set[str]:
    """Every form in which a secret may stand in a text."""
    written = json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), *written, *base64_forms(secret)}


def base64_forms(secret: str) -> set[str]:
    """The base64 of a secret, alone or in the middle of something: there are three ways to be aligned."""
    found = {base64.b64encode(secret.encode()).decode(), base64.urlsafe_b64encode(secret.encode()).decode()}
    for offset in range(3):
        padded = b"\0" * offset + secret.encode()
        whole = len(padded) - len(padded) % 3
        for encoded in (base64.b64encode(padded[:whole]), base64.urlsafe_b64encode(padded[:whole])):
            found.add(encoded.decode()[4 if offset else 0 :])
    return {form for form in found if len(form) >= SHORTEST_ENCODED}


def secrets_of(deployment: Deployment) -> set[str]:
    """The secrets of a deployment: in its `.env`, in its settings, its accounts' passwords, in our own environment."""
    target = deployment.target
    found = secret_values(dict(target.configuration))
    for account in target.accounts:
        found |= readable(partial(password_of, account))
    found |= readable(partial(off_host_secrets, target)) | own_environment(os.environ)
    for secret in notification_secrets(target):
        found |= readable(partial(with_parts, secret))
    return found | readable(lambda: secret_values(environment.parse(deployment.environment_text)))


def password_of(account: Account) -> set[str]:
    """The password of one account."""
    return {account.password.read().get_secret_value()}


def notification_secrets(target: Target) -> list[Secret]:
    """Where the secrets come from that notifications are sent with: an address that is one, a password."""
    webhook, email = target.notifications.webhook, target.notifications.email
    return [*([webhook.url] if webhook else []), *([email.password] if email and email.password else [])]


def with_parts(secret: Secret) -> set[str]:
    """A secret and, where it is an address, the parts that make it one: libraries tell them without the host."""
    value = secret.read().get_secret_value()
    if "://" not in value:
        return {value}
    address = urlsplit(value)
    return {value, *(part for part in (address.path, *address.path.split("/"), address.query) if len(part) >= LONG)}


def own_environment(variables: Mapping[str, str]) -> set[str]:
    """The secrets in the environment of this very process, which children inherit: by their names, paths left out."""
    return {
        value
        for key, value in variables.items()
        if len(value) >= LONG and not value.isdigit() and value[0] != "/" and is_secret_name(key)
    }


def is_secret_name(key: str) -> bool:
    """Whether a variable is one that holds a secret, as its name has it."""
    return bool(SECRET_KEY.search(key)) and not NO_SECRET_KEY.search(key)


def off_host_secrets(target: Target) -> set[str]:
    """The password of the repository that backups are copied to, and one that stands in its address."""
    wanted = target.backups.off_host
    password = {wanted.password.read().get_secret_value()} if wanted and wanted.password else set()
    return password | (url_passwords(wanted.restic[wanted.restic.find(":") + 1 :]) if wanted else set())


def readable(read: Callable[[], set[str]]) -> set[str]:
    """What could be read; nothing where a file or variable is missing, which preflight tells of."""
    try:
        return read()
    except (OSError, Problem):
        return set()


def secret_values(values: dict[str, str]) -> set[str]:
    """Given settings by key, return the values that are secret, and the passwords in those that are URLs."""
    plain = {key: value.strip("\"'").replace("$$", "$") for key, value in values.items()}
    whole = {value for key, value in plain.items() if is_secret(key, value)}
    return whole | {password for value in plain.values() for password in url_passwords(value)}


def is_secret(key: str, value: str) -> bool:
    """Whether a setting is a secret: by its name, or because it looks like nothing but one."""
    if NO_SECRET_KEY.search(key) or value.lower() in ("true", "false", "none") or "://" in value:
        return False
    return bool(SECRET_KEY.search(key)) or looks_random(value)


def looks_random(value: str) -> bool:
    """Whether a value is long, mixed and disordered enough to be a key or a password."""
    if not RANDOM.fullmatch(value):
        return False
    shares = [number / len(value) for number in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares) >= RANDOM_BITS


def url_passwords(value: str) -> set[str]:
    """The password in a URL, as it stands and decoded; nothing where the value is no URL with one."""
    try:
        password = urlsplit(value).password if "://" in value else None
    except ValueError:
        return set()
    return {password, unquote(password)} if password else set()
