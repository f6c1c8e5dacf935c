"""A deployment whose application is behind a proxy, with a worker beside it, as a Compose file of its own adds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from staging.deployment import Rehearsal, compose
from tests.faults import deployments
from tests.faults.injected import eventually
from tests.rehearsal import outside

SETTINGS = """
[targets.rehearsal.services]
after_opening = ["worker"]
[targets.rehearsal.database]
volatile_tables = ["worker_beats"]
[targets.rehearsal.maintenance]
page = "plain"
retry_after_seconds = 77
"""
PROXY = """
import http.client, http.server, sys

class Proxy(http.server.BaseHTTPRequestHandler):
    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        upstream = http.client.HTTPConnection("web", 8000, timeout=20)
        upstream.request(self.command, self.path, body, headers | {"X-Forwarded-Proto": "http"})
        answer = upstream.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "server", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Via", "proxy")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = do_HEAD = do_PUT = forward

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("", 80), Proxy).serve_forever()
"""
WORKER = """
import os, time, psycopg, punk_eco
while True:
    with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as connection:
        while True:
            connection.execute("insert into worker_beats values (clock_timestamp(), %s)", [punk_eco.__version__])
            time.sleep(0.1)
"""
TABLE = "create table worker_beats (at timestamptz not null, version text not null)"
BEATS = "select extract(epoch from at)::float8, version from worker_beats order by 1"


@dataclass(frozen=True)
class Beat:
    """One thing that the worker has written: when, as a Unix time, and which version of it."""

    at: float
    version: str


def described(place: Path) -> str:
    """The Compose file that puts a proxy before web and a worker beside it."""
    web = {"ports": "!reset []"}
    proxy = {
        "image": "python:3.11-slim-bookworm",
        "init": True,
        "restart": "unless-stopped",
        "command": ["python3", "/srv/proxy.py"],
        "ports": ["${PUNK_ECO_PORT}:80"],
        "volumes": [f"{place}/proxy.py:/srv/proxy.py:ro"],
        "depends_on": {"web": {"condition": "service_healthy"}},
    }
    worker = {
        "image": "${COMPOSE_PROJECT_NAME}-web",
        "init": True,
        "restart": "unless-stopped",
        "command": ["python", "-c", WORKER],
        "environment": {"DATABASE_URL": "postgresql+psycopg://punk_eco:${POSTGRES_PASSWORD}@db:5432/punk_eco"},
        "depends_on": {"db": {"condition": "service_healthy"}},
    }
    text = json.dumps({"services": {"web": web, "proxy": proxy, "worker": worker}}, indent=1)
    return text.replace('"!reset []"', "!reset []")


@contextmanager
def fronted(name: str) -> Iterator[Rehearsal]:
    """Hand out such a deployment, with its door closed by a maintenance page and its worker started last."""
    with deployments.deployed(name, more=SETTINGS) as rehearsal:
        front = rehearsal.place / "front.yml"
        front.write_text(described(rehearsal.place), "utf-8")
        (rehearsal.place / "proxy.py").write_text(PROXY, "utf-8")
        with (rehearsal.directory / ".env").open("a") as environment:
            environment.write(f"COMPOSE_FILE=docker-compose.yml:{front}\n")
        text = rehearsal.settings_file.read_text("utf-8")
        files = f'build_without_cache = false\nfiles = ["docker-compose.yml", "{front}"]'
        rehearsal.settings_file.write_text(text.replace("build_without_cache = false", files, 1), "utf-8")
        with outside.database(rehearsal) as connection:
            connection.execute(TABLE.encode())
        compose(rehearsal, "up", "--detach", "--no-build", "--wait")
        eventually("the worker writes", lambda: bool(beats(rehearsal)))
        yield rehearsal


def beats(rehearsal: Rehearsal) -> list[Beat]:
    """What the worker has written so far."""
    with outside.database(rehearsal) as connection:
        return [Beat(*row) for row in connection.execute(BEATS.encode()).fetchall()]
