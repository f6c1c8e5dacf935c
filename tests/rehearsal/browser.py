"""A page as a person's browser shows it: Chromium renders it, headless and without a network, and a script looks on."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--allow-file-access-from-files", "--window-size=1500,1300"),
    # Timers run ahead; the page's own work is waited for.
    "--virtual-time-budget=15000",
    "--dump-dom",
]
LONGEST_SECONDS = 180
# Stands before every script of the page, and keeps what it sees in the page itself.
ONLOOKER = """<script>
(() => {
  const seen = {errors: [], refused: []};
  addEventListener("error", e => seen.errors.push(String(e.message || e.target.src || e.target.href)), true);
  addEventListener("unhandledrejection", e => seen.errors.push(String(e.reason)));
  addEventListener("securitypolicyviolation", e => seen.refused.push(String(e.blockedURI)));
  const error = console.error;
  console.error = (...words) => { seen.errors.push(words.join(" ")); error(...words); };
  const pictures = page => [...page.images].map(one => [one.alt, one.naturalWidth]).concat(
    [...page.querySelectorAll("iframe")].flatMap(one => one.contentDocument ? pictures(one.contentDocument) : []));
  setInterval(() => {
    const note = document.getElementById("seen") || document.documentElement.appendChild(document.createElement("pre"));
    note.id = "seen";
    seen.pictures = Object.fromEntries(pictures(document));
    const asked = performance.getEntriesByType("resource").map(one => one.name);
    seen.requests = asked.filter(name => /^(http|ws)/.test(name));
    note.textContent = JSON.stringify(seen);
  }, 200);
})();
</script>"""


@dataclass(frozen=True)
class Seen:
    """What a person sees of a page, its text piece by piece, and what goes on behind it.

    `pictures` are the widths in pixels of its pictures by what they are called, 0 where one cannot be shown.
    """

    pieces: list[str]
    errors: list[str]
    refused: list[str]
    requests: list[str]
    pictures: dict[str, int]


def look(page: Path, directory: Path) -> Seen:
    """Render a page and say what is seen; `directory` takes a copy of it. Skip the test where there is no browser."""
    browser = next((path for name in NAMES if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip("there is no Chromium: `make test` installs it where it can")
    copy = directory / page.name
    copy.write_text(page.read_text("utf-8").replace("<head>", f"<head>{ONLOOKER}", 1), "utf-8")
    with tempfile.TemporaryDirectory(prefix="browser-") as profile:
        done = subprocess.run(
            [browser, *OPTIONS, f"--user-data-dir={profile}", copy.as_uri()],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=True,
        )
    shown = BeautifulSoup(done.stdout, "html.parser")
    note = shown.find(id="seen")
    assert note is not None, done.stderr[-2000:]
    body = shown.body or shown
    return Seen(pieces=list(body.stripped_strings), **json.loads(note.get_text()))
