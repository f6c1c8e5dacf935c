"""The command line: what is refused beside a plan, read by pytest's own parser with this project's options."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures import settings_gates
from fixtures.errors import Refused
from fixtures.settings import Target
from runbook import options, session
from runbook.options import NEEDED
from runbook.plans import LATE_ROLLBACK, MINOR_NO_RESTART, PLANS

ROOT = Path(__file__).parents[2]
Parse = Callable[..., pytest.Config]


@pytest.fixture
def parse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Parse]:
    """Read a command line as pytest does in this project; nothing is configured, collected or run."""
    monkeypatch.chdir(ROOT)
    made: list[pytest.Config] = []

    def parsed(*arguments: str) -> pytest.Config:
        made.append(pytest.Config.fromdictargs({}, list(arguments)))
        return made[-1]

    yield parsed
    for config in made:
        config._ensure_unconfigure()


@pytest.mark.parametrize("plan", [plan for plan in PLANS if plan not in (LATE_ROLLBACK, MINOR_NO_RESTART)])
def test_a_plan_is_named_by_m_alone(parse: Parse, plan: str) -> None:
    config = parse("-m", plan, *(word for flag in NEEDED.get(plan, {}).values() for word in (flag, "why")))
    options.refuse_bad_options(config)
    assert options.plan_name(config) == plan


@pytest.mark.parametrize("plan", NEEDED)
def test_an_operation_that_is_not_told_what_it_is_about_is_refused(parse: Parse, plan: str) -> None:
    with pytest.raises(Refused, match=f"-m {plan} needs --.*; nothing was changed"):
        options.refuse_bad_options(parse("-m", plan))


@pytest.mark.parametrize(
    "arguments", [(), ("-m", "engine"), ("-m", "not engine"), ("-k", "backup"), ("--collect-only",)]
)
def test_anything_else_means_the_suites_own_tests(parse: Parse, arguments: tuple[str, ...]) -> None:
    config = parse(*arguments)
    options.refuse_bad_options(config)
    assert options.plan_name(config) == ""


@pytest.mark.parametrize("expression", ["migration", "backup or trial", "not migration", "(upgrade)"])
def test_an_expression_with_a_stage_in_it_is_refused(parse: Parse, expression: str) -> None:
    with pytest.raises(Refused, match="nothing was changed"):
        options.refuse_bad_options(parse("-m", expression))


@pytest.mark.parametrize("plan", ["upgrade", "backup", "verification", "rollback", "diagnose"])
@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (("-k", "backup"), "-k"),
        (("--deselect", "runbook/stage_02_backup.py"), "--deselect"),
        (("--stepwise",), "--stepwise"),
        (("--collect-only",), "--collect-only"),
        (("--co",), "--collect-only"),
        (("--setup-plan",), "--setup-plan"),
        (("--setup-only",), "--setup-only"),
        (("--lf",), "--last-failed"),
        (("--ff",), "--failed-first"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_what_would_make_the_order_meaningless_is_refused(
    parse: Parse, plan: str, choice: tuple[str, ...], told: str
) -> None:
    with pytest.raises(Refused) as refused:
        options.refuse_bad_options(parse("-m", plan, "-p", "cacheprovider", *choice))
    assert told in refused.value.what.split(" cannot be used with a plan")[0].split(", ")
    assert "nothing was changed" in refused.value.what
    assert refused.value.next_step == f"pytest -m {plan}"


def test_all_that_cannot_be_used_is_told_at_once(parse: Parse) -> None:
    with pytest.raises(Refused, match="-k, --deselect cannot be used"):
        options.refuse_bad_options(parse("-m", "backup", "-k", "x", "--deselect", "y"))


@pytest.mark.parametrize("harmless", [("-x",), ("--maxfail=1",), ("-v",), ("-q",), ("-rA",), ("--tb=short",), ("-s",)])
def test_what_changes_no_order_may_be_given(parse: Parse, harmless: tuple[str, ...]) -> None:
    options.refuse_bad_options(parse("-m", "upgrade", *harmless))


@pytest.mark.parametrize(
    "waiver", ["trial", "trial=", "trial= ", "backup=no time", "verification=it is fine", "=why", "", "Trial=why"]
)
def test_only_the_trial_and_the_gates_are_waived_and_only_with_a_reason(parse: Parse, waiver: str) -> None:
    with pytest.raises(Refused, match="nothing was changed") as refused:
        options.waivers(parse("-m", "upgrade", "--waive", waiver))
    assert '--waive NAME="why"' in refused.value.expected


@pytest.mark.parametrize("gate", settings_gates.NAMES)
def test_a_gate_is_waived_with_a_reason(parse: Parse, gate: str) -> None:
    assert options.waivers(parse("-m", "upgrade", "--waive", f"{gate}=why")) == {gate: "why"}
    with pytest.raises(Refused, match="nothing was changed"):
        options.waivers(parse("-m", "upgrade", "--waive", gate))


def test_one_bad_waiver_among_good_ones_is_refused(parse: Parse) -> None:
    with pytest.raises(Refused, match="--waive backup="):
        options.waivers(parse("-m", "upgrade", "--waive", "trial=why", "--waive", "backup=why"))


@pytest.mark.parametrize("reason", ["no licence", "a=b", "l'hiver"])
def test_a_reason_is_kept_as_it_was_given(parse: Parse, reason: str) -> None:
    assert options.waivers(parse("-m", "upgrade", "--waive", f"trial={reason}")) == {"trial": reason}


@pytest.mark.parametrize("release", ["--evil", "v1;id", "a..b", "v 2"])
def test_a_release_that_git_could_misread_is_refused(parse: Parse, tmp_path: Path, release: str) -> None:
    target = Target(name="shop", directory=tmp_path, url="http://127.0.0.1:9")
    with pytest.raises(Refused, match="nothing was changed"):
        session.release(parse("-m", "upgrade", f"--to={release}"), target)


@pytest.mark.parametrize(("arguments", "release"), [((), "main"), (("--to", "v2.0.0"), "v2.0.0")])
def test_the_release_is_the_deployed_branch_unless_another_is_asked_for(
    parse: Parse, tmp_path: Path, arguments: tuple[str, ...], release: str
) -> None:
    target = Target(name="shop", directory=tmp_path, url="http://127.0.0.1:9")
    assert session.release(parse("-m", "upgrade", *arguments), target) == release


def test_runs_are_named_so_that_they_sort_by_time_and_two_of_a_second_differ() -> None:
    names = [session.run_name() for _ in range(5)]
    assert [name for name in names if not re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{4}", name)] == []
    assert [name[:16] for name in names] == sorted(name[:16] for name in names)
    assert len(set(names)) > 1


def test_a_command_that_is_named_is_given_the_options_of_its_target(parse: Parse) -> None:
    config = parse("-m", "upgrade", "--target", "shop")
    told = options.with_target(config, "`pytest -m upgrade --resume`, pytest -m rollback; pytest -m upgrade --plan")
    assert (
        told == "`pytest -m upgrade --resume --target shop`, pytest -m rollback --target shop; pytest -m upgrade --plan"
    )


@pytest.mark.parametrize("arguments", [("-m", "rollback"), ("-m", "upgrade", "--plan"), ("-m", "trial")])
def test_only_an_upgrade_and_a_restore_are_gone_on_with(parse: Parse, arguments: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="--resume goes on with an upgrade or a restore; nothing was changed"):
        options.refuse_bad_options(parse(*arguments, "--resume"))


@pytest.mark.parametrize("ending", ["", "`", ", then"])
def test_a_backup_that_is_named_stays_with_its_command(parse: Parse, ending: str) -> None:
    config = parse("-m", "backups", "--target", "production")
    command = "pytest -m restore --backup 20261122T021000Z-4f1a"
    assert options.with_target(config, command + ending) == f"{command} --target production{ending}"


RESTORE = ("-m", "restore", "--backup", "20261122T021041Z-4f1a")


@pytest.mark.parametrize(
    "arguments",
    [
        RESTORE,
        (*RESTORE, "--accept-data-loss", "the shop was emptied"),
        (*RESTORE, "--db-only"),
        (*RESTORE, "--media-only"),
        ("-m", "restore"),
        ("-m", "restore", "--resume"),
        (*RESTORE, "--plan"),
    ],
    ids=" ".join,
)
def test_a_restore_is_asked_for_by_backup_part_and_reason(parse: Parse, arguments: tuple[str, ...]) -> None:
    options.refuse_bad_options(parse(*arguments))


@pytest.mark.parametrize("reason", ["", " "])
def test_newer_data_is_given_up_only_with_a_reason(parse: Parse, reason: str) -> None:
    with pytest.raises(Refused, match="--accept-data-loss needs a reason; nothing was changed"):
        options.refuse_bad_options(parse(*RESTORE, f"--accept-data-loss={reason}"))


def test_that_nobody_wrote_can_be_said_to_a_verification_alone(parse: Parse) -> None:
    options.refuse_bad_options(parse("-m", "verification", "--nobody-wrote"))
    with pytest.raises(Refused, match="--nobody-wrote can be used only where a run begins with -m verification"):
        options.refuse_bad_options(parse("-m", "upgrade", "--nobody-wrote"))


@pytest.mark.parametrize("plan", ["upgrade", "backup", "status"])
@pytest.mark.parametrize("option", [("--backup", "x"), ("--accept-data-loss", "why")], ids=lambda option: option[0])
def test_what_only_a_restore_knows_is_refused_elsewhere(parse: Parse, plan: str, option: tuple[str, str]) -> None:
    with pytest.raises(Refused, match=f"{option[0]} can be used only where a run begins with "):
        options.refuse_bad_options(parse("-m", plan, *option))


def test_a_rollback_may_be_told_that_data_may_be_lost_but_names_no_backup(parse: Parse) -> None:
    options.refuse_bad_options(parse("-m", "rollback", "--accept-data-loss", "nobody had ordered yet"))
    with pytest.raises(Refused, match="--accept-data-loss needs a reason"):
        options.refuse_bad_options(parse("-m", "rollback", "--accept-data-loss", " "))
    with pytest.raises(Refused, match="--backup can be used only where a run begins with -m restore"):
        options.refuse_bad_options(parse("-m", "rollback", "--backup", "x"))


def test_a_restore_that_is_gone_on_with_keeps_its_backup(parse: Parse) -> None:
    with pytest.raises(Refused, match="--backup can be used only where a run begins with -m restore"):
        options.refuse_bad_options(parse(*RESTORE, "--resume"))


def test_a_restore_that_gives_data_up_is_given_the_options_of_its_target(parse: Parse) -> None:
    config, reason = parse("-m", "restore", "--target", "shop"), '--accept-data-loss "why"'
    told = options.with_target(config, f"pytest -m restore --backup A-1 {reason}")
    assert told == f"pytest -m restore --backup A-1 --target shop {reason}"


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "minor"),
        ("-m", "minor", "--backup"),
        ("-m", "minor", "--backup", "--no-restart"),
        ("-m", "minor", "--to", "v1.5.0", "--no-restart"),
        ("-m", "rebuild"),
    ],
    ids=" ".join,
)
def test_the_guides_flags_are_those_of_a_minor_update(parse: Parse, arguments: tuple[str, ...]) -> None:
    config, target = parse(*arguments), Target(name="shop", directory=ROOT, url="http://127.0.0.1:9")
    options.refuse_bad_options(config)
    wanted = "minor_no_restart" if "--no-restart" in arguments else arguments[1]
    assert session.plan(config) == wanted
    assert any("a backup is taken" in text for text in session.notes(config, wanted, target)) == (
        "--backup" in arguments
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "minor", "--backup", "20261122T021000Z-4f1a"),
        ("-m", "restore", "--backup"),
        ("-m", "upgrade", "--no-restart"),
        ("-m", "upgrade", "--backup"),
        ("-m", "rebuild", "--to", "v2.0.0"),
    ],
    ids=" ".join,
)
def test_the_guides_flags_are_refused_where_they_mean_nothing(parse: Parse, arguments: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="nothing was changed"):
        options.refuse_bad_options(parse(*arguments))
