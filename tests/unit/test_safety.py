"""No plan can destroy a deployment it did not make: the commands that could stand nowhere in the runbook."""

from __future__ import annotations

import ast
from itertools import pairwise

import pytest

from tests.unit.sources import ROOT, Source, sources, words

ACTING = sources("fixtures", "runbook", "checks")
# What git and Compose may be told, though a word in it sounds like more.
HARMLESS = [("worktree", "prune")]
# `down -v`, `prune` and their like remove volumes that no run has made.
DESTROYING = {"down", "prune", "--renew-anon-volumes", "-V", "--remove-orphans"}


def phrases(source: Source) -> list[list[str]]:
    """The literal words of every command of a module, without what is harmless."""
    found = []
    for phrase in words(source.tree):
        for first, second in HARMLESS:
            phrase = [b for a, b in pairwise(["", *phrase]) if (a, b) != (first, second)]
        found.append(phrase)
    return found


def test_the_reading_finds_words_in_calls_lists_tuples_and_texts() -> None:
    tree = ast.parse('run("docker", *["volume", "rm"], name); a = ["down -v"]; b = (f"x prune {y}", *("rm", "z"))')
    found = list(words(tree))
    assert ["docker", "volume", "rm"] in found
    assert ["down", "-v"] in found
    assert ["x", "prune", "rm", "z"] in found


def test_no_command_takes_a_deployment_down_or_prunes() -> None:
    commands = [(source.name, phrase) for source in ACTING for phrase in phrases(source) if is_command(phrase)]
    assert [command for command in commands if DESTROYING & set(command[1])] == []


def is_command(phrase: list[str]) -> bool:
    """Whether words look like arguments rather than a sentence."""
    return not phrase or not phrase[0][:1].isupper()


@pytest.mark.parametrize("kind", ["volume", "network"])
def test_volumes_and_networks_are_removed_by_the_clone_only(kind: str) -> None:
    said = {s.name for s in ACTING for phrase in phrases(s) if (kind, "rm") in pairwise(phrase)}
    assert said == {"fixtures.clone"}


@pytest.mark.parametrize(
    ("command", "modules"),
    [
        (("drop", "database"), {"fixtures.database"}),
        (("container", "rm"), {"fixtures.compose"}),
        (("container", "kill"), {"fixtures.work"}),
        (("image", "rm"), set()),
        (("system", "df"), set()),
        (("reset", "--hard"), set()),
        (("clean", "-f"), set()),
        (("rm", "-rf"), set()),
    ],
)
def test_what_removes_stands_in_one_place(command: tuple[str, str], modules: set[str]) -> None:
    found = {source.name for source in ACTING for phrase in phrases(source) if command in pairwise(phrase)}
    assert found == modules


def test_a_database_is_dropped_only_by_the_runner_and_only_if_a_run_made_it() -> None:
    callers = {
        source.name
        for source in ACTING
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "drop"
    }
    assert callers == {"runbook.tidying", "runbook.clearing"}


def callers_of(function: str) -> set[tuple[str, str]]:
    """The functions, each with its module, that call a function of this name."""
    return {
        (source.name, caller.name)
        for source in ACTING
        for caller in ast.walk(source.tree)
        if isinstance(caller, ast.FunctionDef)
        for node in ast.walk(caller)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == function
    }


def test_a_whole_backup_is_removed_in_exactly_one_place_which_takes_its_name_first() -> None:
    assert callers_of("set_aside") == {
        ("runbook.tidying", "remove_backup"),
        ("runbook.tidying", "remove_kept"),
        ("fixtures.dump_point", "take"),
    }
    assert callers_of("remove_backup") == {("runbook.tidying", "thin_out_backups")}
    (tidying,) = [source for source in ACTING if source.name == "runbook.tidying"]
    (removing,) = [n for n in tidying.tree.body if isinstance(n, ast.FunctionDef) and n.name == "remove_backup"]
    assert "backup_files.discard(backup_files.set_aside(directory))" in ast.unparse(removing)


def test_what_is_half_written_is_discarded_only_where_it_is_written_or_when_its_run_is_over() -> None:
    assert {module for module, _ in callers_of("discard")} == {
        *("fixtures.backup_files", "fixtures.backup", "fixtures.dump_point", "fixtures.leftovers", "runbook.tidying"),
    }


def test_no_file_of_a_deployment_is_removed_from_python() -> None:
    calls = {ast.unparse(n.func) for source in ACTING for n in ast.walk(source.tree) if isinstance(n, ast.Call)}
    removing = {call for call in calls if call.endswith(("rmtree", ".rmdir", "os.remove", ".unlink"))}
    assert removing <= {"partial.unlink", "partial.rmdir"}


def test_no_shell_reads_a_command() -> None:
    nodes = [node for source in ACTING for node in ast.walk(source.tree)]
    assert [node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg == "shell"] == []
    assert "os.system" not in {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}


def test_pytest_docker_is_told_to_clean_up_nothing() -> None:
    (rehearsal,) = [source for source in ACTING if source.name == "fixtures.rehearsal"]
    functions = [node for node in rehearsal.tree.body if isinstance(node, ast.FunctionDef)]
    (cleanup,) = [function for function in functions if function.name == "docker_cleanup"]
    returned = [ast.unparse(node.value) for node in ast.walk(cleanup) if isinstance(node, ast.Return) and node.value]
    assert returned == ["[]"]


def test_no_fixture_of_a_stage_takes_anything_back_when_it_is_over() -> None:
    (achieved,) = [source for source in ACTING if source.name == "fixtures.achieved"]
    ending = [node for node in ast.walk(achieved.tree) if isinstance(node, ast.Yield | ast.Try | ast.With)]
    assert ending == []
    assert "addfinalizer" not in (ROOT / "fixtures" / "achieved.py").read_text()
