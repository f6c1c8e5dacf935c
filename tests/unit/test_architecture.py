"""Dependencies point one way: settings → host → nouns → verbs → runner → stages and checks → reports."""

from __future__ import annotations

import ast
import re
from collections import Counter
from graphlib import TopologicalSorter

import pytest

from tests.unit.sources import ROOT, Source, sources

FIXTURES, RUNBOOK, CHECKS = sources("fixtures"), sources("runbook"), sources("checks")
STAGING, REPORTS = sources("staging"), sources("reports")
# The pytest plugins among the fixtures; all else there is plain Python.
PLUGINS = {"fixtures.rehearsal", "fixtures.achieved"}
PLAIN_RUNNER = {
    f"runbook.{name}"
    for name in [
        "runner",
        "actions",
        "plans",
        "outcome",
        "history",
        "turn",
        "record",
        "reality",
        "resuming",
        "tidying",
        "preview",
        "plan_text",
        "planned",
        "status_text",
        "backups_text",
        "clearing",
        "restore_preview",
        "late",
    ]
}
ALLURE = ("allure", "allure_commons", "allure_pytest")


def reaching(source: Source, *packages: str) -> list[str]:
    """What a module imports of some packages."""
    return sorted(name for name in source.imports() if name.split(".")[0] in packages)


def offenders(among: list[Source], *packages: str) -> dict[str, list[str]]:
    """The modules that import something of packages that they must not know, each with what it imports."""
    return {source.name: reaching(source, *packages) for source in among if reaching(source, *packages)}


def is_verb(source: Source) -> bool:
    """Whether a module of fixtures is one that a stage performs."""
    return any(isinstance(node, ast.FunctionDef) and node.name == "perform" for node in source.tree.body)


VERBS = {source.name for source in FIXTURES if is_verb(source)}
# Parts that verbs share: what an earlier verb achieved is what they work with.
SHARED_BY_VERBS = {"fixtures.candidate", "fixtures.closing"}
NOUNS = [source for source in FIXTURES if source.name not in VERBS | PLUGINS | SHARED_BY_VERBS]


def test_who_does_it_knows_nothing_of_the_runbook_the_checks_and_the_reports() -> None:
    assert offenders(FIXTURES, "runbook", "checks", "reports", "tests") == {}


def test_nouns_and_verbs_know_nothing_of_pytest_and_of_the_rehearsal() -> None:
    plain = [source for source in FIXTURES if source.name not in PLUGINS]
    assert offenders(plain, "pytest", "_pytest", "pytest_docker", "staging") == {}


def test_nouns_know_no_verb() -> None:
    assert {source.name: source.imports() & VERBS for source in NOUNS if source.imports() & VERBS} == {}


@pytest.mark.parametrize(
    "name", ["fixtures.errors", "fixtures.settings", "fixtures.host", "fixtures.hearing", "fixtures.disk"]
)
def test_what_everything_stands_on_stands_on_nothing(name: str) -> None:
    (source,) = [source for source in FIXTURES if source.name == name]
    assert set(reaching(source, "fixtures")) <= {
        *(
            "fixtures.errors",
            "fixtures.settings_types",
            "fixtures.settings_notifications",
            "fixtures.settings_gates",
            "fixtures.settings_backups",
            "fixtures.settings_application",
            "fixtures.settings_backups",
            "fixtures.command",
            "fixtures.hearing",
            "fixtures.disk",
            "fixtures.processes",
            "fixtures.remote_path",
        ),
    }


def test_the_runner_is_plain_python() -> None:
    plain = [source for source in RUNBOOK if source.name in PLAIN_RUNNER]
    assert offenders(plain, "pytest", "_pytest", "staging", *ALLURE) == {}


def test_the_runbook_never_calls_a_report_or_a_check() -> None:
    assert offenders(RUNBOOK, "reports", "checks", "tests") == {}


def test_checks_are_given_everything_and_ask_for_nothing_of_the_runbook() -> None:
    assert offenders(CHECKS, "runbook", "reports", "staging") == {}


def test_checks_use_no_command_of_their_own() -> None:
    assert offenders(CHECKS, "subprocess", "os", "psycopg", "requests", "docker") == {}


def test_checks_of_ones_own_keep_to_the_same() -> None:
    own = sources("checks/site")
    assert own
    assert offenders(own, "runbook", "reports", "staging", "subprocess", "os", "psycopg", "requests", "docker") == {}


def test_the_rehearsals_maker_knows_nothing_of_the_runbook() -> None:
    assert offenders(STAGING, "runbook", "checks", "reports", "tests") == {}


def test_nothing_but_the_reports_knows_allure() -> None:
    assert offenders([*FIXTURES, *RUNBOOK, *CHECKS, *STAGING], *ALLURE) == {}


def test_no_two_modules_need_each_other() -> None:
    everything = [*FIXTURES, *RUNBOOK, *CHECKS, *STAGING, *REPORTS]
    names = {source.name for source in everything}
    graph = {source.name: source.imports() & names for source in everything}
    assert set(TopologicalSorter(graph).static_order()) == names


def test_the_modules_that_this_guard_names_exist() -> None:
    names = {source.name for source in [*FIXTURES, *RUNBOOK]}
    assert names >= PLUGINS | PLAIN_RUNNER | SHARED_BY_VERBS
    assert len(VERBS) >= 12


def test_every_module_with_proofs_or_fixtures_is_rewritten_by_pytest() -> None:
    plugins = re.findall(r'"([\w.]+)"', (ROOT / "conftest.py").read_text())
    assert set(plugins) >= PLUGINS | {"runbook.gate", "runbook.selection", "runbook.options"}


# size ----------------------------------------------------------------------------------------------------------------


def test_functions_and_files_stay_small() -> None:
    small = [*FIXTURES, *RUNBOOK, *CHECKS]
    lengths = {
        source.name: len((ROOT / f"{source.name.replace('.', '/')}.py").read_text().splitlines()) for source in small
    }
    functions = [
        f"{source.name}.{node.name}"
        for source in small
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 50
    ]
    assert {name: lines for name, lines in lengths.items() if lines > 330} == {}
    assert functions == []


def test_no_module_is_a_drawer_for_everything() -> None:
    names = [source.name for source in [*FIXTURES, *RUNBOOK, *CHECKS, *STAGING, *REPORTS]]
    assert [name for name in names if re.search(r"\.(utils?|helpers?|common|misc)$", name)] == []


def test_no_two_files_of_tests_have_the_same_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
