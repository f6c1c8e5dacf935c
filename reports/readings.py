"""What docker stats told of containers, as numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNITS = {"B": 1, "kB": 10**3, "KiB": 2**10, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}
QUANTITY = re.compile(r"([\d.]+)\s*([kKMG]?i?B)")


@dataclass(frozen=True)
class Reading:
    """What one container used at a moment: processor in percent of one core, memory in bytes."""

    at: float
    container: str
    cpu_percent: float
    memory_bytes: float


def reading(at: float, line: Mapping[str, Any]) -> Reading | None:
    """One line of docker stats; None where it has no numbers, as of a container that just ended."""
    memory = QUANTITY.match(str(line.get("MemUsage", "")))
    cpu = str(line.get("CPUPerc", "")).removesuffix("%")
    if memory is None or memory[2] not in UNITS or not re.fullmatch(r"[\d.]+", cpu):
        return None
    return Reading(at, str(line.get("Name", "")), float(cpu), float(memory[1]) * UNITS[memory[2]])
