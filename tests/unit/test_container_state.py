"""What runs, held against what is declared: strays, and what an image says of itself."""

from __future__ import annotations

import pytest

from fixtures import container_state as state
from fixtures.instance import ONE_OFF, SERVICE
from fixtures.work import RUN_LABEL


def container(**labels: str) -> dict[str, object]:
    return {"Name": "/shop-web-1", "Config": {"Labels": labels}}


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({SERVICE: "web"}, []),
        ({SERVICE: "web", ONE_OFF: "True"}, ["shop-web-1 is a one-off container of web"]),
        ({SERVICE: "jobs"}, ["shop-web-1 is of the service jobs, which is not declared"]),
        ({SERVICE: "web", ONE_OFF: "True", RUN_LABEL: "x"}, []),
    ],
    ids=["declared", "one-off", "orphan", "the runbook's own"],
)
def test_a_container_that_nobody_declared_is_told(labels: dict[str, str], told: list[str]) -> None:
    assert state.strays([container(**labels)], {"web", "db"}) == told


def test_an_image_that_names_no_commit_is_of_none() -> None:
    assert state.commit_of(container()) == ""
    assert state.commit_of(container(**{state.COMMIT_LABEL: "abc"})) == "abc"
