"""G1: a downgrade that loses something, cannot be done, or loses nothing is found out on the clone, and certified."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from staging.deployment import Rehearsal
from staging.origin import git
from tests.faults import deployments, releasing
from tests.rehearsal import gate, outside

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

HEAD = "d9135e7b80c4"
DECLARED = "migrations/expected-changes.toml"
NOTE = 'op.add_column("orders", sa.Column("note", sa.Text()))'
FORGET = 'op.execute("UPDATE users SET phone = NULL")'


@dataclass(frozen=True)
class Case:
    """A release with one more revision, what it declares, and what the trial must find out about it."""

    tag: str
    upgrade: str
    downgrade: str
    declared: str
    verdict: str
    said: str


CASES = (
    Case("v2.0.1-note", NOTE, 'op.drop_column("orders", "note")', "", "lossless", "[]"),
    Case("v2.0.1-forgets", FORGET, "pass", "rewritten_columns = ['phone']", "lossy", "public.users.phone"),
    Case("v2.0.1-no-way", NOTE, 'raise RuntimeError("no way")', "", "impossible", "no way"),
)


@pytest.mark.beside
def test_g1_the_trial_finds_out_what_a_downgrade_loses_and_certifies_it() -> None:
    with deployments.deployed("ways-back", "v2.0.0") as rehearsal:
        before = outside.look(rehearsal)
        for number, case in enumerate(CASES):
            made = certified(rehearsal, case, f"aaaa0{number}")
            assert made["downgrade"]["verdict"] == case.verdict, made
            assert case.said in json.dumps(made["downgrade"]), made
            assert (made["compatibility"], made["from_revisions"]) == ("compatible", [HEAD]), made
        planned = gate.call("-m", "upgrade", "--plan", "--keep", "--to", "v2.0.1-forgets", f"--place={rehearsal.place}")
        assert "ways back: downgrade lossy, old version compatible" in planned.output, planned.output
        assert outside.look(rehearsal) == before
        assert outside.leftovers(rehearsal) == []


def certified(rehearsal: Rehearsal, case: Case, revision: str) -> dict[str, Any]:
    """Try a release on the clone, which it must pass, and read its certificate."""
    declared = git("show", f"v2.0.0:{DECLARED}", directory=rehearsal.origin)
    more = f"\n\n[{revision}.tables.users]\n{case.declared}\n" if case.declared else "\n"
    files = releasing.revision(revision, HEAD, case.upgrade, case.downgrade) | {DECLARED: declared + more}
    commit = releasing.tag(rehearsal, case.tag, "v2.0.0", files)
    ended = gate.call("-m", "trial", "--keep", "--to", case.tag, f"--place={rehearsal.place}")
    assert ended.exit_code == 0, ended.output
    assert f"downgrade {case.verdict}" in ended.output
    kept = rehearsal.state_directory / "certificates" / f"{commit}.json"
    made: dict[str, Any] = json.loads(kept.read_text("utf-8"))
    return made
