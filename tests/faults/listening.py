"""A mail trap and a canary host: ports of this machine that note who comes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

ACCEPT_SECONDS = 0.2


@dataclass
class Trap:
    """A port on every address of this machine; `heard` are the addresses of those who came."""

    greeting: bytes
    listener: socket.socket
    heard: list[str] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listener.getsockname()[1])

    def listen(self) -> None:
        """Note who comes, greet and hang up, until it is over."""
        while not self._is_over.is_set():
            try:
                caller, address = self.listener.accept()
            except TimeoutError:
                continue
            with caller:
                self.heard.append(address[0])
                caller.sendall(self.greeting)

    def close(self) -> None:
        """Let nobody in any more."""
        self._is_over.set()


@contextmanager
def trap(greeting: bytes) -> Iterator[Trap]:
    """Listen as long as the block lasts."""
    with socket.create_server(("0.0.0.0", 0)) as listener:
        listener.settimeout(ACCEPT_SECONDS)
        made = Trap(greeting, listener)
        thread = threading.Thread(target=made.listen, name="trap")
        thread.start()
        try:
            yield made
        finally:
            made.close()
            thread.join()
