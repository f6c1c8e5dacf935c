"""Servers that take messages to users, over real TLS with certificates of an authority of our own."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    """What a server on this machine shows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


class Hook(HTTPServer):
    """Takes what is posted, or answers otherwise."""

    taken: list[tuple[str, dict[str, Any]]]
    answer: int = 200


class Taking(BaseHTTPRequestHandler):
    """Notes a message."""

    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, json.loads(body)))
        self.send_response(self.server.answer)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def webhook(authority: trustme.CA) -> Iterator[Hook]:
    """A webhook over TLS."""
    server = Hook(("127.0.0.1", 0), Taking)
    server.taken = []
    server.socket = server_context(authority).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Box:
    """Where an SMTP server puts what it takes: to whom, and the whole letter."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.taken.append((envelope.rcpt_tos, envelope.content))
        return "250 taken"


@contextmanager
def mail_server(authority: trustme.CA, tls: str, password: str) -> Iterator[tuple[int, Box]]:
    """A real SMTP server that lets nobody write in plain or without the password; its port, and what it takes."""

    def let_in(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        is_known = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=is_known, handled=is_known)

    box, port = Box(), free_port()
    options: dict[str, Any] = {"authenticator": let_in, "auth_required": True, "port": port, "hostname": "127.0.0.1"}
    if tls == "tls":
        options |= {"ssl_context": server_context(authority), "auth_require_tls": False}
    else:
        options |= {"tls_context": server_context(authority), "require_starttls": True}
    controller = Controller(box, **options)
    controller.start()
    try:
        yield port, box
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port
