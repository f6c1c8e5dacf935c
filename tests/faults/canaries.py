"""Secrets that are planted to be looked for afterwards: in every form, in every artefact, and in every command line."""

from __future__ import annotations

import base64
import html
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

SAMPLED_EVERY_SECONDS = 0.02


def forms(secret: str) -> set[str]:
    """Every way in which a secret may be written: raw, escaped, URL-encoded, in base64 at any place of something."""
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret)}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for before in range(3):
        content = b"\0" * before + secret.encode()
        for encoded in (base64.b64encode(content), base64.urlsafe_b64encode(content)):
            found.add(encoded.decode()[4 if before else 0 : len(content) // 3 * 4])
    return found


def told(canaries: dict[str, str], text: bytes) -> list[str]:
    """The names of the canaries that stand in a text."""
    return [name for name, secret in canaries.items() if any(form.encode() in text for form in forms(secret))]


def told_in(canaries: dict[str, str], places: list[Path], but: tuple[str, ...]) -> list[str]:
    """Where canaries stand in the files below some places, but for what has one of these names in its path."""
    files = {one for place in places for one in ([place] if place.is_file() else place.rglob("*")) if one.is_file()}
    looked_at = sorted(file for file in files if not set(file.parts) & set(but))
    return [f"{name} in {file}" for file in looked_at for name in told(canaries, file.read_bytes())]


@contextmanager
def sampling() -> Iterator[set[bytes]]:
    """Gather every command line of this machine that is seen while the block lasts."""
    seen: set[bytes] = set()
    over = threading.Event()

    def sample() -> None:
        while not over.wait(SAMPLED_EVERY_SECONDS):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:
                    continue

    sampler = threading.Thread(target=sample, name="sampler")
    sampler.start()
    try:
        yield seen
    finally:
        over.set()
        sampler.join()
