"""A public door on a loopback address: a real HTTP server that answers as a test says and remembers who asked."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as the server received it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[Asked], Reply]


@dataclass
class Door:
    """A server that runs: its address, its URL, what it was asked."""

    address: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The URL of the server itself."""
        return f"http://{self.address}"


def json_reply(value: Any, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


@contextmanager
def serving(answering: Answering, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Door]:
    """Serve on a loopback port as long as the block lasts; over TLS with a context for it."""
    door = Door("")
    server = ThreadingHTTPServer(("127.0.0.1", port), handler(door, answering))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    door.address = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def handler(door: Door, answering: Answering) -> type[BaseHTTPRequestHandler]:
    """The class that answers every request of a door."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            asked = Asked(self.command, self.path, dict(self.headers), body)
            door.asked.append(asked)
            reply = answering(asked)
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing on the terminal."""

    return Handler
