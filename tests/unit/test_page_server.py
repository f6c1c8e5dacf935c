"""The maintenance page's two programs, run as they are: both say 503 to everybody, whatever is asked and however."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
from tenacity import retry, stop_after_delay, wait_fixed

from fixtures.page_server import PAGE, PROGRAMS

INTERPRETERS = {"python3": sys.executable}
SECONDS = "120"


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@retry(stop=stop_after_delay(15), wait=wait_fixed(0.05), reraise=True)
def answering(port: int) -> str:
    """The URL of a server on this machine, once it lets anybody in."""
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
    return f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where one of the two programs serves the plain page."""
    page = tmp_path_factory.mktemp("page") / "page.html"
    page.write_text(PAGE, "utf-8")
    interpreter, port = str(request.param), free_port()
    argv = [INTERPRETERS.get(interpreter, interpreter), *PROGRAMS[interpreter], str(page), str(port), SECONDS]
    with subprocess.Popen(argv) as server:
        try:
            yield answering(port)
        finally:
            server.terminate()
            assert server.wait(10) == 0


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_every_request_is_answered_with_503_and_the_page(url: str, method: str) -> None:
    answer = requests.request(method, f"{url}/orders?page=2", data=b"x" * 200_000, timeout=10)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, SECONDS)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.content.decode("utf-8") == PAGE


def test_who_asks_for_the_head_alone_gets_no_page(url: str) -> None:
    answer = requests.head(url, timeout=10)
    assert (answer.status_code, answer.content) == (503, b"")
    assert int(answer.headers["Content-Length"]) == len(PAGE.encode())


def test_who_says_nothing_keeps_nobody_else_out(url: str) -> None:
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    with socket.create_connection(address), socket.create_connection(address) as other:
        other.sendall(b"GET / HT")
        assert requests.get(url, timeout=5).status_code == 503


def test_the_plain_page_is_in_two_languages_and_asks_for_nothing_else() -> None:
    assert "Maintenance en cours" in PAGE and 'lang="en"' in PAGE
    assert [word for word in ("src=", "href=", "@import", "url(") if word in PAGE] == []
