"""The watch: it looks until its time is over, and neither a signal nor a service that is gone is passed over."""

from __future__ import annotations

import pytest

from fixtures import logs, watch
from fixtures.errors import StageFailed
from tests.unit.runs import make_instance


@pytest.mark.parametrize("raised", [KeyboardInterrupt("SIGTERM received"), StageFailed("web does not run")])
def test_what_is_raised_while_it_looks_ends_it(raised: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(instance: object, at_seconds: float) -> watch.Sample:
        raise raised

    monkeypatch.setattr(watch, "look", look)
    with pytest.raises(type(raised)):
        watch.observe(make_instance("http://127.0.0.1:1"), seconds=5, pause_seconds=0.01)


def test_it_looks_again_and_again_until_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = watch.Sample(at_seconds=0, status=200, memory_bytes={}, restarts={})
    monkeypatch.setattr(watch, "look", lambda instance, at_seconds: sample)
    monkeypatch.setattr(logs, "error_lines", lambda instance, service: [])
    monkeypatch.setattr(type(make_instance("http://x.test")), "services", lambda self: [])
    seen = watch.observe(make_instance("http://127.0.0.1:1"), seconds=0.1, pause_seconds=0.01)
    assert len(seen.samples) > 2
