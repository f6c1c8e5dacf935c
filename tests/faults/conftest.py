"""Fault tests marked `beside` happen beside one another, a few at a time: most of each is waiting.

Their functions are begun all together when the first of them is reached, and each is judged in its turn. They take no
fixtures, only parameters, because what they need is made in the background.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest

AT_ONCE = 3
BEGUN = pytest.StashKey[dict[str, "Future[None]"]]()
POOL = pytest.StashKey[ThreadPoolExecutor]()


def begin_all(session: pytest.Session) -> dict[str, Future[None]]:
    """Begin every test that is marked and will not be skipped; the longest ones first."""
    pool = session.stash[POOL] = ThreadPoolExecutor(max_workers=AT_ONCE)
    functions = [item for item in session.items if isinstance(item, pytest.Function) and is_beside(item)]
    functions.sort(key=is_short)
    return {item.nodeid: pool.submit(item.obj, **parameters(item)) for item in functions}


def is_short(item: pytest.Item) -> bool:
    """Whether a test is not said to be a long one."""
    mark = item.get_closest_marker("beside")
    return mark is None or not mark.kwargs.get("long")


def is_beside(item: pytest.Item) -> bool:
    """Whether a test is to be begun in the background."""
    skipping = [mark for mark in item.iter_markers("skipif") if mark.args[0]]
    return item.get_closest_marker("beside") is not None and not skipping


def parameters(item: pytest.Item) -> dict[str, object]:
    """What a test is called with."""
    callspec = getattr(item, "callspec", None)
    return dict(callspec.params) if callspec else {}


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Wait for a test that was begun in the background, and let it pass or fail here."""
    if not is_beside(pyfuncitem):
        return None
    session = pyfuncitem.session
    if BEGUN not in session.stash:
        session.stash[BEGUN] = begin_all(session)
    session.stash[BEGUN][pyfuncitem.nodeid].result()
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Begin nothing more, and wait for what was begun: it removes what it made."""
    if POOL in session.stash:
        session.stash[POOL].shutdown(cancel_futures=True)
