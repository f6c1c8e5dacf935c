"""The page that Allure makes is changed only where it would talk to others, and opens on the outcome."""

import json
from pathlib import Path

import pytest

from reports import html

PAGE = """<html><head><title>x</title></head><body>
<script>window.allure = {};</script>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  function gtag(){dataLayer.push(arguments);}
  gtag('js', new Date());
</script>
<script src="data:text/javascript;base64,AAAA"></script></body></html>"""


def test_nothing_of_the_analytics_is_left() -> None:
    page = html.offline(PAGE, "")
    assert "gtag" not in page
    assert "https://" not in page


def test_the_scripts_of_the_report_itself_stay() -> None:
    page = html.offline(PAGE, "")
    assert "window.allure = {};" in page
    assert "data:text/javascript;base64,AAAA" in page


def test_the_page_says_in_which_language_it_is() -> None:
    page = PAGE.replace("<html>", '<html dir="ltr" lang="en">') + '<p lang="en">'
    assert html.offline(page, "", "fr").startswith('<html dir="ltr" lang="fr"><head>')
    assert html.offline(page, "", "fr").endswith('<p lang="en">')


def test_the_browser_is_told_to_refuse_any_request() -> None:
    assert "Content-Security-Policy" in html.offline(PAGE, "")


def test_the_report_opens_on_the_outcome(tmp_path: Path) -> None:
    (tmp_path / "a-result.json").write_text(json.dumps({"fullName": "x#check_y", "uuid": "1"}))
    (tmp_path / "b-result.json").write_text(json.dumps({"fullName": "outcome of upgrade", "uuid": "2"}))
    shown = html.first_shown(tmp_path)
    assert shown == "c81e728d9d4c2f636f067f89cc14862c"
    assert f'location.hash = "{shown}"' in html.offline(PAGE, shown)


def test_without_the_generator_one_line_says_what_makes_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "GENERATOR", tmp_path / "missing.js")
    with pytest.raises(html.NotMade, match="make report"):
        html.make(tmp_path)


def test_the_newest_run_is_reported_on_when_none_is_named(tmp_path: Path) -> None:
    for name in ("20261122T021000Z-aaaa", "20261123T021000Z-bbbb", ".unfinished-12"):
        (tmp_path / name / html.RESULTS).mkdir(parents=True)
    found = html.newest(tmp_path)
    assert found is not None and found.name == "20261123T021000Z-bbbb"


def test_the_latest_report_is_always_under_the_same_path(tmp_path: Path) -> None:
    report = tmp_path / "runs" / "one" / html.FILE
    report.parent.mkdir(parents=True)
    report.write_text("one")
    html.point_to(report, tmp_path / html.LATEST)
    html.point_to(report, tmp_path / html.LATEST)
    assert (tmp_path / html.LATEST).read_text() == "one"


def test_a_run_that_is_about_no_release_names_none(tmp_path: Path) -> None:
    run = {"target": {"name": "shop"}, "plan": "verification", "outcome": "done", "from": None, "to": None}
    assert html.report_name(run) == "verification: done"
    assert html.report_name(run | {"outcome": "refused"}) == "verification: failed"
    assert html.history_path(tmp_path, run) == tmp_path / "history" / "shop-verification.jsonl"


def test_runs_of_other_releases_have_a_history_of_their_own(tmp_path: Path) -> None:
    one = {"target": {"name": "rehearsal"}, "plan": "upgrade", "to": {"version": "v2.0.0"}}
    other = one | {"to": {"version": "../v2.0.1"}}
    assert html.history_path(tmp_path, one) == tmp_path / "history" / "rehearsal-upgrade-v2.0.0.jsonl"
    assert html.history_path(tmp_path, other) == tmp_path / "history" / "rehearsal-upgrade-..-v2.0.1.jsonl"
