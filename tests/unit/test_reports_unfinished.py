"""What a run that is killed leaves behind: no secret, and a JUnit file that no CI takes for green."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from reports import junit
from reports.raw_results import Masking
from reports.redaction import own_environment
from reports.story import Proof, Story
from tests.rehearsal import gate


def mask(text: str) -> str:
    """Know one secret."""
    return text.replace("s3cret", "***")


def test_junit_of_a_run_that_goes_on_has_what_was_proved_and_one_failure_more(tmp_path: Path) -> None:
    story = Story("upgrade")
    for key, verdict in (("a::passed", "passed"), ("a::never_came", "not run"), ("b::failed", "failed")):
        story.proofs[key] = Proof(
            key, "backup", "X", verdict=verdict, reason="s3cret <é>" if verdict == "failed" else ""
        )
    path = tmp_path / "new" / "junit.xml"
    junit.write(story, path, mask)
    text = path.read_text("utf-8")
    assert 'tests="3" failures="2"' in text
    assert 'name="never_came"' not in text
    found = gate.failures(path)
    assert found["failed"].startswith("*** <é>")
    assert "was killed or is still going on" in found["the_run_came_to_its_end"]


def test_results_are_masked_as_they_are_written() -> None:
    details = SimpleNamespace(message="s3cret", trace="at s3cret")
    result = SimpleNamespace(statusDetails=details, parameters=[SimpleNamespace(name="x", value="'s3cret'")])
    Masking(mask).report_result(result)
    assert (details.message, details.trace, result.parameters[0].value) == ("***", "at ***", "'***'")
    Masking(mask).report_result(SimpleNamespace(statusDetails=None, parameters=[]))


def test_secrets_of_our_own_environment_are_known_by_name() -> None:
    variables = {
        "AWS_SECRET_ACCESS_KEY": "abcd/efgh+1234",
        "PWD": "/srv/runbook",
        "SSH_ASKPASS": "/usr/bin/ask",
        "COMPOSE_PROJECT_KEY": "punk-eco-shop",
        "MAX_TOKENS": "40960000",
        "A_TOKEN": "short",
        "EDITOR": "emacs-with-lisp",
    }
    assert own_environment(variables) == {"abcd/efgh+1234"}
