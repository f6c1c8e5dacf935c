"""Data access: through the pages, through the API and through SQL, and all of them agree."""

import pytest

from fixtures import answers, record_sample
from fixtures import baseline as measuring
from fixtures.baseline import Baseline
from fixtures.finding import finding
from fixtures.instance import Instance

LOOK = "the log of the web service at the time of this run"


@pytest.mark.smoke
def check_pages_answer_as_before(instance: Instance, baseline: Baseline) -> None:
    """Every declared page and API path answers with the status it had."""
    wrong = measuring.other_statuses(instance, baseline)
    assert wrong == [], finding(
        "Pages no longer answer as they did.",
        measured=f"{len(wrong)} of {len(instance.target.pages)} pages have another status",
        expected="the status of before, or the one in expected.statuses of the settings",
        sample=wrong,
        look=LOOK,
    )


def check_pages_show_what_is_declared(instance: Instance) -> None:
    """Every declared page shows the text that it is declared to contain, with the declared status."""
    wrong = [page.key for page in instance.target.pages if not measuring.is_as_declared(instance, page)]
    assert wrong == [], finding(
        "Pages do not show what they should.",
        measured=f"{len(wrong)} of {len(instance.target.pages)} pages lack their text or have another status",
        expected="the status and the text that the settings declare",
        sample=wrong,
        look=LOOK,
    )


def check_answers_have_the_same_shape(instance: Instance, baseline: Baseline) -> None:
    """What an API answer consisted of is still in it, with the same kinds of value."""
    wrong = measuring.differences(instance, baseline, answers.other_shape)
    assert wrong == [], finding(
        "Programs that use the API no longer find what they look for.",
        measured=f"{len(wrong)} places of the answers are gone or hold something else",
        expected="the places of before, or these in expected.answers of the settings",
        sample=wrong,
        look="the release's changelog, for the API",
    )


def check_lists_are_not_shorter(instance: Instance, baseline: Baseline) -> None:
    """Every list of a declared page or answer has at least the length it had."""
    shorter = measuring.differences(instance, baseline, answers.shorter_lists)
    assert shorter == [], finding(
        "Lists show less than before.",
        measured=f"{len(shorter)} lists are shorter",
        expected="as many elements as before, or more",
        sample=shorter,
        look="what these lists leave out in the release, and whether the rows are in the database",
    )


def check_chosen_values_are_as_before(instance: Instance, baseline: Baseline) -> None:
    """The values that the settings choose are what they were."""
    other = measuring.differences(instance, baseline, answers.other_values)
    assert other == [], finding(
        "The application tells other values than before.",
        measured=f"{len(other)} chosen values are not what they were",
        expected="the values of before, or their places in expected.answers of the settings",
        sample=other,
        look="the rows behind them in the database",
    )


def check_records_are_shown_as_they_are_kept(instance: Instance) -> None:
    """A sample of records is the same through the API and straight from the database."""
    declared = instance.target.records
    wrong = [line for records in declared for line in record_sample.differing(instance, records)]
    seeds = sorted({record_sample.seed_of(instance, records) for records in declared})
    assert wrong == [], finding(
        "The application shows records otherwise than the database has them.",
        measured=f"{len(wrong)} records differ; the same ones are taken with seed = {', '.join(map(str, seeds))}",
        expected="each of a sample as the database has it",
        sample=wrong,
        look="how the release makes these answers",
    )


def check_counts_are_as_before(instance: Instance, baseline: Baseline) -> None:
    """The numbers that the API reports are at least what they were: users may have added, nothing was lost."""
    found = {count.path: measuring.reported_count(instance, count) for count in instance.target.counts}
    lost = {path: (before, found[path]) for path, before in baseline.counts.items() if found[path] < before}
    assert lost == {}, finding(
        "Something is missing: the application counts fewer than before.",
        measured=f"{len(lost)} numbers are lower",
        expected="at least as many as before",
        sample=[f"{path}: {before} before, {now} now" for path, (before, now) in lost.items()],
        look="the tables behind them in the database",
    )


def check_api_and_database_agree(instance: Instance) -> None:
    """What the API counts is what the database holds, read with SQL."""
    assert instance.target.counts, f"targets.{instance.target.name} declares no count"
    database = instance.database()
    pairs = {
        count.path: (measuring.reported_count(instance, count), database.value(count.sql))
        for count in instance.target.counts
    }
    unlike = [
        f"{path}: {told} by the API, {held} in the database" for path, (told, held) in pairs.items() if told != held
    ]
    assert unlike == [], finding(
        "The application counts otherwise than the database.",
        measured=f"{len(unlike)} of {len(pairs)} numbers differ",
        expected="the same number on both sides",
        sample=unlike,
        look="how the release counts",
    )
