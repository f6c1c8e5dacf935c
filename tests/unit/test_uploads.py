"""Uploaded files as they are served: a sample, the same every time, compared byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures import uploads
from tests.unit.doors import Asked, Door, Reply, serving
from tests.unit.runs import make_instance

FILES = {"a.jpg": b"one", "b/ü é.jpg": b"two", "c#1?.jpg": b"three"}
DIGESTS = {path: hashlib.sha256(content).hexdigest() for path, content in FILES.items()}
ASKED_FOR = {"/media/a.jpg": b"one", "/media/b/%C3%BC%20%C3%A9.jpg": b"two", "/media/c%231%3F.jpg": b"three"}


def serve_file(asked: Asked) -> Reply:
    return Reply(200, ASKED_FOR[asked.path]) if asked.path in ASKED_FOR else Reply(404)


@pytest.fixture
def door() -> Iterator[Door]:
    with serving(serve_file) as opened:
        yield opened


def test_files_with_any_name_are_found_as_they_are(door: Door) -> None:
    assert uploads.wrongly_served(make_instance(door.url), DIGESTS) == []
    assert len(door.asked) == 3


def test_other_bytes_and_missing_files_are_told(door: Door) -> None:
    wrong = {"a.jpg": DIGESTS["b/ü é.jpg"], "none.jpg": DIGESTS["a.jpg"]}
    assert uploads.wrongly_served(make_instance(door.url), wrong) == ["a.jpg: other bytes", "none.jpg: status 404"]


def test_a_deployment_without_uploads_is_asked_nothing(door: Door) -> None:
    assert uploads.wrongly_served(make_instance(door.url, media=None), DIGESTS) == []
    assert door.asked == []


def tree(count: int) -> dict[str, str]:
    return {f"{number:05}.jpg": f"{number}" for number in range(count)}


@given(st.integers(0, 300), st.integers(1, 30))
def test_a_sample_is_of_the_size_that_was_asked_for(count: int, size: int) -> None:
    files = tree(count)
    chosen = uploads.sample(files, size)
    assert len(chosen) == min(count, size)
    assert chosen.items() <= files.items()


@given(st.permutations(sorted(tree(45))))
def test_a_sample_is_the_same_whatever_the_order(order: list[str]) -> None:
    files = tree(45)
    assert uploads.sample({path: files[path] for path in order}, 7) == uploads.sample(files, 7)


@pytest.mark.parametrize("count", [25, 39])
def test_a_sample_is_spread_over_all_files(count: int) -> None:
    last = max(uploads.sample(tree(count)))
    assert int(last.removesuffix(".jpg")) >= count * 0.8
