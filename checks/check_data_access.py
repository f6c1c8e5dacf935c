"""Data access: through the pages, through the API and through SQL, and all of them agree."""

import pytest

from fixtures import baseline as measuring
from fixtures.baseline import Baseline
from fixtures.instance import Instance


@pytest.mark.smoke
def check_pages_answer_as_before(instance: Instance, baseline: Baseline) -> None:
    """Every declared page and API path answers with the status it had."""
    found = {page.key: measuring.status(instance, page) for page in instance.target.pages}
    assert found == baseline.statuses()


def check_pages_show_what_is_declared(instance: Instance) -> None:
    """Every declared page shows the text that it is declared to contain, with the declared status."""
    wrong = [page.key for page in instance.target.pages if not measuring.is_as_declared(instance, page)]
    assert wrong == []


def check_counts_are_as_before(instance: Instance, baseline: Baseline) -> None:
    """The numbers that the API reports are at least what they were: users may have added, nothing was lost."""
    found = {count.path: measuring.reported_count(instance, count) for count in instance.target.counts}
    lost = {path: (before, found[path]) for path, before in baseline.counts.items() if found[path] < before}
    assert lost == {}, "fewer than before (before, now)"


def check_api_and_database_agree(instance: Instance) -> None:
    """What the API counts is what the database holds, read with SQL."""
    assert instance.target.counts, f"targets.{instance.target.name} declares no count"
    database = instance.database()
    pairs = {
        count.path: (measuring.reported_count(instance, count), database.value(count.sql))
        for count in instance.target.counts
    }
    assert {path: pair for path, pair in pairs.items() if pair[0] != pair[1]} == {}, "(API, database)"
