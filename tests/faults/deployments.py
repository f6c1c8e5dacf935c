"""Deployments for the fault tests: a real Punk Eco each, in a place of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from staging.deployment import PLACES, Rehearsal
from tests.rehearsal import outside

# Several of them share the machine: that alone must fail no check.
LIMITS = "latency_floor_seconds = 3.0\nlatency_p95_floor_seconds = 6.0\ncpu_percent = 500.0\nwatch_seconds = 1"


@contextmanager
def deployed(name: str, version: str = "v1.4.0", *, more: str = "") -> Iterator[Rehearsal]:
    """Hand out a running deployment; `more` is added to its settings. All of it is removed afterwards."""
    with outside.deployed(PLACES / f"tests-{name}-{os.getpid()}", version, limits=LIMITS + more) as rehearsal:
        yield rehearsal
