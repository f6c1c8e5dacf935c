"""JUnit's file of a run that is not over: pytest writes it at the very end, and a run that is killed has none.

It holds what was proved so far and a failure that says that the run did not end, so that no CI takes it for green.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from reports.story import Proof, Story

NOT_ENDED = "the_run_came_to_its_end"
ELEMENTS = {"failed": "failure", "skipped": "skipped", "interrupted": "failure"}


def write(story: Story, path: Path, mask: Callable[[str], str]) -> None:
    """Write what is known by now, whole or not at all; pytest's own file takes its place when the run ends."""
    proofs = [proof for proof in story.proofs.values() if proof.verdict != "not run"]
    failures = 1 + sum(ELEMENTS.get(proof.verdict) == "failure" for proof in proofs)
    suites = ElementTree.Element("testsuites")
    numbers = {"tests": len(proofs) + 1, "failures": failures, "errors": 0}
    numbers["skipped"] = sum(proof.verdict == "skipped" for proof in proofs)
    named = {name: str(number) for name, number in numbers.items()}
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "pytest", **named})
    for proof in proofs:
        case(suite, proof, mask)
    name = story.run.name if story.run else ""
    reason = f"run {name} was killed or is still going on: pytest -m status says where it stands"
    case(suite, Proof(f"runbook::{NOT_ENDED}", "", "", verdict="failed", reason=reason), mask)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(ElementTree.tostring(suites, "utf-8", xml_declaration=True))
    partial.replace(path)


def case(suite: ElementTree.Element, proof: Proof, mask: Callable[[str], str]) -> None:
    """Add one proof to a suite."""
    module, _, name = proof.key.partition("::")
    found = ElementTree.SubElement(suite, "testcase", {"classname": module, "name": name})
    element = ELEMENTS.get(proof.verdict)
    if element:
        ElementTree.SubElement(found, element, {"message": mask(proof.reason)})
