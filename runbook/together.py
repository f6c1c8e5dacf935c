"""Checks that disturb nobody are asked all at once; each is told, and judged, in its own turn.

Those that write, or measure what the others would use up, are marked `apart`: they come after them, one by one. Those
that take longest are marked `early`, so that nobody waits for them alone.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest

from runbook.selection import STAGE, is_check

# They wait for the network, for the engine, and for one another where two look at the same answer; what they ask uses a
# processor.
AT_ONCE = 6
GIVEN = ("instance", "baseline", "browser", "pictures")


def is_apart(item: pytest.Item) -> bool:
    """Whether a check wants to be alone."""
    return item.get_closest_marker("apart") is not None


class Together:
    """The answers of checks, each of them a future, by the name of the item."""

    def __init__(self) -> None:
        self.answers: dict[str, Future[None]] = {}

    def answer(self, item: pytest.Function) -> bool:
        """Wait for what a check says, and raise what it raised; False for one that is to be called as usual."""
        if not is_check(item) or is_apart(item):
            return False
        if item.nodeid not in self.answers:
            self.begin(item)
        self.answers[item.nodeid].result()
        return True

    def begin(self, first: pytest.Function) -> None:
        """Ask a check and all that look at the same copy of the application beside it."""
        given = {name: first._request.getfixturevalue(name) for name in GIVEN}
        moment = str(first.callspec.params["moment"])
        functions = [item for item in first.session.items if isinstance(item, pytest.Function)]
        items = [item for item in functions if is_beside(item, first, moment)]
        items.sort(key=lambda item: item.get_closest_marker("early") is None)
        # All of it within this one item: between two of them pytest does not explain what an assertion compared.
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check")
        try:
            for item in items:
                self.answers[item.nodeid] = pool.submit(item.obj, **arguments(item, given))
            wait(self.answers.values())
        finally:  # After a signal nothing is begun any more.
            pool.shutdown(wait=False, cancel_futures=True)


def is_beside(item: pytest.Function, first: pytest.Function, moment: str) -> bool:
    """Whether an item is a check of the same stage and moment that disturbs nobody."""
    if not is_check(item) or is_apart(item):
        return False
    return item.stash[STAGE] == first.stash[STAGE] and item.callspec.params["moment"] == moment


def arguments(item: pytest.Function, given: dict[str, Any]) -> dict[str, Any]:
    """What a check wants of what is given."""
    wanted = item._fixtureinfo.argnames
    return {name: value for name, value in given.items() if name in wanted}
