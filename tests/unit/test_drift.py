"""Live definitions held against those that the migrations make: what differs is named, but for what always does."""

from __future__ import annotations

import pytest

from fixtures.drift import Drift, differences
from reports.migrations import drift_warning

TABLE = "users; Type: TABLE; Schema: public; Owner: punk_eco"
INDEX = "ix_by_hand; Type: INDEX; Schema: public; Owner: punk_eco"
DATABASE = "punk_eco; Type: DATABASE; Schema: -; Owner: punk_eco"
PROPERTIES = "punk_eco; Type: DATABASE PROPERTIES; Schema: -; Owner: punk_eco"
RIGHTS = "TABLE users; Type: ACL; Schema: public; Owner: punk_eco"


@pytest.mark.parametrize(
    ("live", "made", "found"),
    [
        ({TABLE: "1"}, {TABLE: "1"}, []),
        ({TABLE: "1", INDEX: "2"}, {TABLE: "1"}, ["INDEX ix_by_hand is not made by any migration"]),
        ({TABLE: "1"}, {TABLE: "1", INDEX: "2"}, ["INDEX ix_by_hand is missing"]),
        ({TABLE: "1"}, {TABLE: "2"}, ["TABLE users differs"]),
        ({DATABASE: "1", PROPERTIES: "1", RIGHTS: "1"}, {DATABASE: "2"}, []),
    ],
)
def test_differences_are_named(live: dict[str, str], made: dict[str, str], found: list[str]) -> None:
    assert list(differences(live, made)) == found


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        (Drift(), ""),
        (Drift(unknown="flask is not there"), "⚠ the live definitions could not be held against the migrations"),
        (Drift(differences=["INDEX a is missing"]), "⚠ drift: INDEX a is missing"),
        (Drift(differences=["a", "b", "c", "d", "e"]), "⚠ drift: a, b, c, 2 more"),
    ],
)
def test_the_first_of_them_are_told_on_the_console(drift: Drift, told: str) -> None:
    assert drift_warning(drift) == told
