"""B6–B9: a release that cannot be reached, or is not what it was, is refused with what to do; nothing is changed.

All on one deployment, with releases that are committed and tagged at its remote.
"""

from __future__ import annotations

import pytest

from staging.deployment import Rehearsal
from staging.origin import git
from tests.faults import deployments, failpoint, living, releasing
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

HEAD_OF_DEPLOYED, HEAD_OF_RELEASE = "e6a41d92c0b7", "d9135e7b80c4"
STOPS = '[[required]]\nthrough = "v1.5.0"\nbecause = "it converts the stock"\n'


@pytest.mark.beside
def test_b6_b7_b8_b9_a_release_that_cannot_be_reached_is_refused() -> None:
    with deployments.deployed("inspection") as rehearsal:
        before = outside.look(rehearsal)
        judges = (
            b6_no_such_tag,
            b6_a_tag_that_moved_since_it_was_fetched,
            b6_a_tag_that_moves_between_the_stages,
            b7_two_heads,
            b8_a_database_ahead,
            b9_a_version_that_must_not_be_skipped,
        )
        for judge in judges:
            judge(rehearsal)
            assert outside.look(rehearsal) == before, judge.__name__
            assert outside.leftovers(rehearsal) == [], judge.__name__
        all_of_it_is_planned(rehearsal)


def refused(rehearsal: Rehearsal, tag: str, *parts: str) -> None:
    """Have a release refused by preflight, with all these parts of an answer."""
    ended = gate.call("-m", "preflight", "--keep", "--to", tag, f"--place={rehearsal.place}")
    assert ended.exit_code == 10, ended.output
    assert [part for part in (*parts, "nothing") if part not in ended.output] == [], ended.output


def refused_in_a_plan(rehearsal: Rehearsal, tag: str, *parts: str) -> None:
    """Have a release refused by `--plan` already, with all these parts of an answer."""
    ended = gate.call("-m", "upgrade", "--plan", "--keep", "--to", tag, f"--place={rehearsal.place}")
    assert ended.exit_code == 10, ended.output
    assert [part for part in parts if part not in ended.output] == [], ended.output


def b6_no_such_tag(rehearsal: Rehearsal) -> None:
    """B6: the tag is missing at the remote."""
    refused_in_a_plan(rehearsal, "v9.9.9", "The release 'v9.9.9' is not known to the remote.")


def b6_a_tag_that_moved_since_it_was_fetched(rehearsal: Rehearsal) -> None:
    """B6: the deployment's clone has fetched the tag already, and it is another commit now."""
    here = git("rev-parse", "v1.5.0^{commit}", directory=rehearsal.directory)
    moved = releasing.tag(rehearsal, "v1.5.0", "v1.5.0", {"README.md": "Another one\n"})
    refused(rehearsal, "v1.5.0", "The tag v1.5.0 moved", here, moved, "tag --delete v1.5.0")
    git("tag", "--force", "v1.5.0", here, directory=rehearsal.origin)


def b6_a_tag_that_moves_between_the_stages(rehearsal: Rehearsal) -> None:
    """B6: the tag moves after preflight has resolved it; another tag that has moved as well is no concern."""
    inspected = releasing.tag(rehearsal, "v2.0.2", "v2.0.0", {"README.md": "The one\n"})
    command = ("-m", "source", "--keep", "--to", "v2.0.2", f"--place={rehearsal.place}")
    stopping = failpoint.at("stage-begun source", "SIGSTOP")
    with living.begun(*failpoint.PLUGIN, *command, extra=stopping) as runner:
        runner.until_stopped()
        moved = releasing.tag(rehearsal, "v2.0.2", "v2.0.0", {"README.md": "Another one\n"})
        runner.go_on()
        assert runner.wait() == 10, runner.said()
        said = runner.said()
    assert "v2.0.2 moved while the run was preparing; the old version was never stopped" in said, said
    assert inspected in said
    assert moved in said


def b7_two_heads(rehearsal: Rehearsal) -> None:
    """B7: two revisions build on the same one."""
    heads = releasing.revision("aaaa11", HEAD_OF_RELEASE, "pass") | releasing.revision(
        "bbbb22", HEAD_OF_RELEASE, "pass"
    )
    releasing.tag(rehearsal, "v2.0.3", "v2.0.0", heads)
    refused(rehearsal, "v2.0.3", "no single migration head", "aaaa11 (The revision aaaa11.), bbbb22", "flask db merge")


def b8_a_database_ahead(rehearsal: Rehearsal) -> None:
    """B8: the release does not know the revision that the database is at."""
    known = git("ls-tree", "--name-only", "v1.4.0", f"{releasing.VERSIONS}/", directory=rehearsal.origin).split()
    files = [path for path in known if HEAD_OF_DEPLOYED in path]
    releasing.tag(rehearsal, "v1.3.9", "v1.4.0", {}, without=files)
    refused(rehearsal, "v1.3.9", "The database is ahead of the release", f"{HEAD_OF_DEPLOYED}, known to", "v1.4.0")


def b9_a_version_that_must_not_be_skipped(rehearsal: Rehearsal) -> None:
    """B9: the release says that v1.5.0 comes first; the commands that lead to it are told."""
    releasing.tag(rehearsal, "v2.0.4", "v2.0.0", {"migrations/required-versions.toml": STOPS})
    way = ("v1.5.0 → v2.0.4", "it converts the stock", "-m upgrade --to v1.5.0", "-m upgrade --to v2.0.4")
    refused_in_a_plan(rehearsal, "v2.0.4", "v2.0.4 must not be deployed over v1.4.0", *way)


def all_of_it_is_planned(rehearsal: Rehearsal) -> None:
    """A plan shows what the pending revisions do, marks them, and has what breaks before the rest."""
    reading = releasing.revision("cccc33", HEAD_OF_RELEASE, "op.get_bind().execute(sa.text('SELECT 1')).scalar()")
    releasing.tag(rehearsal, "v2.0.5", "v2.0.0", reading)
    ended = gate.call("-m", "upgrade", "--plan", "--keep", "--to", "v2.0.5", f"--place={rehearsal.place}")
    assert ended.exit_code == 0, ended.output
    expected = [
        "⚠ what breaks, in the changelog:",
        "⚠ locks: orders.total gets another type",
        "⚠ irreversible: there is no downgrade",
        "⚠ data: UPDATE users",
        "⚠ cannot be rendered: it asks the database while it runs",
    ]
    assert [text for text in expected if text not in ended.output] == [], ended.output
    assert ended.output.index("INVOICE_SENDER` est obligatoire") < ended.output.index("15d8b37ac64e")
