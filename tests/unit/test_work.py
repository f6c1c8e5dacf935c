"""Long work: named, labelled, detached containers; secrets reach them by environment and stand in no command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

import pytest
from pydantic import SecretStr

from fixtures.command import CommandFailed
from fixtures.errors import StageFailed
from fixtures.work import RUN_LABEL, Work, WorkFailed, bind, volume
from tests.unit.recording import RecordingHost, project

RUN = "shop-20261122t021000z-4f1a"
ENDED_WELL: dict[tuple[str, ...], str] = {("docker", "wait"): "0\n", ("docker", "logs"): "done\n"}


def ask_for(what: str) -> list[str]:
    """The question whether a piece of work is there."""
    return ["docker", "ps", "--all", "--filter", f"name=^/{RUN}-{what}$", "--format", "{{.State}}"]


def make(answers: dict[tuple[str, ...], str] | None = None) -> tuple[RecordingHost, Work]:
    host = RecordingHost(answers=ENDED_WELL if answers is None else answers)
    return host, Work(host, RUN)


def test_work_in_an_image() -> None:
    host, work = make()
    work.in_image("postgres:15", "dump", ["-euc", "pg_dump"], options=["--user", "0"], timeout_seconds=60)
    assert host.commands == [
        ask_for("dump"),
        shlex.split(
            f"docker run --detach --name {RUN}-dump --label {RUN_LABEL}={RUN} --log-driver json-file"
            " --log-opt max-size=10g --user 0 postgres:15 -euc pg_dump"
        ),
        ["docker", "wait", f"{RUN}-dump"],
        ["docker", "logs", f"{RUN}-dump"],
    ]


def test_work_in_a_service() -> None:
    host, work = make()
    work.in_service(
        project(host), "web", "migration", ["flask", "db", "upgrade"], environment={"A": "1"}, timeout_seconds=60
    )
    command = host.commands[1]
    assert command[command.index("run") :] == shlex.split(
        f"run --detach --no-deps --name {RUN}-migration --label {RUN_LABEL}={RUN} --env A=1 web flask db upgrade"
    )


@pytest.mark.parametrize("secret", ["hunter2", "it's; $HOME", "-x"])
def test_a_secret_stands_in_no_command_and_reaches_the_container(secret: str) -> None:
    host, work = make()
    work.in_image("postgres:15", "dump", [], secrets={"PGPASSWORD": SecretStr(secret)}, timeout_seconds=60)
    assert [word for command in host.commands for word in command if secret in word] == []
    assert host.commands[1][-3:] == ["--env", "PGPASSWORD", "postgres:15"]
    assert host.noted[1].environment == {"PGPASSWORD": secret}


def test_only_the_command_that_starts_it_is_given_the_secret() -> None:
    host, work = make()
    work.in_image("postgres:15", "dump", [], secrets={"PGPASSWORD": SecretStr("hunter2")}, timeout_seconds=60)
    assert [noted.environment for noted in host.noted] == [{}, {"PGPASSWORD": "hunter2"}, {}, {}]


def test_no_container_takes_its_exit_code_with_it() -> None:
    host, work = make()
    work.in_image("postgres:15", "dump", [], timeout_seconds=60)
    work.in_service(project(host), "web", "migration", [], timeout_seconds=60)
    assert [command for command in host.commands if "--rm" in command] == []


def test_it_waits_as_long_as_it_is_told() -> None:
    host, work = make()
    work.in_image("postgres:15", "dump", [], timeout_seconds=3600)
    (waited,) = [noted.timeout_seconds for noted in host.noted if "wait" in noted.argv]
    assert 3599 < waited <= 3600


def test_work_that_ended_well_hands_out_what_it_said() -> None:
    finished = make()[1].in_image("postgres:15", "dump", [], timeout_seconds=60)
    assert (finished.name, finished.exit_code, finished.output) == (f"{RUN}-dump", 0, "done\n")


def test_work_that_failed_says_which_with_its_code_last_lines_and_where_to_read_on() -> None:
    said = "".join(f"line {number}\n" for number in range(40))
    _, work = make({("docker", "wait"): "3\n", ("docker", "logs"): said})
    with pytest.raises(StageFailed, match=f"migration failed in container {RUN}-migration") as failed:
        work.in_image("shop-web", "migration", [], timeout_seconds=60)
    assert failed.value.found.splitlines() == ["exit code 3", *(f"line {number}" for number in range(25, 40))]
    assert failed.value.evidence == f"docker logs {RUN}-migration"


@pytest.mark.parametrize(("answer", "is_so"), [("true\n", True), ("false\n", False), ("", False)])
def test_work_that_the_kernel_ended_for_want_of_memory_says_so(answer: str, is_so: bool) -> None:
    asking = ("docker", "container", "inspect", "--format", "{{.State.OOMKilled}}", f"{RUN}-migration")
    _, work = make({("docker", "wait"): "137\n", asking: answer})
    with pytest.raises(WorkFailed) as failed:
        work.in_image("shop-web", "migration", [], timeout_seconds=60)
    assert failed.value.is_out_of_memory is is_so


def test_work_that_cannot_begin_is_not_waited_for() -> None:
    host = RecordingHost(exit_codes={("docker", "run"): 125})
    with pytest.raises(CommandFailed):
        Work(host, RUN).in_image("postgres:15", "dump", [], timeout_seconds=60)
    assert ["docker", "wait", f"{RUN}-dump"] not in host.commands


def test_work_that_an_earlier_process_began_is_waited_for_and_not_begun_again() -> None:
    host, work = make(ENDED_WELL | {("docker", "ps"): "running\n"})
    assert work.in_image("postgres:15", "dump", [], timeout_seconds=60).output == "done\n"
    assert host.commands == [ask_for("dump"), ["docker", "wait", f"{RUN}-dump"], ["docker", "logs", f"{RUN}-dump"]]


def test_work_whose_container_was_made_and_never_started_is_started() -> None:
    host, work = make(ENDED_WELL | {("docker", "ps"): "created\n"})
    work.in_image("postgres:15", "dump", [], timeout_seconds=60)
    assert host.commands[1] == ["docker", "start", f"{RUN}-dump"]
    assert [command for command in host.commands if command[1] == "run"] == []


def test_a_client_that_dies_while_it_waits_ends_nothing() -> None:
    class Impatient(RecordingHost):
        deaths = 2

        def exit_code(self, argv: Sequence[str]) -> int:
            if argv[1] != "wait" or not self.deaths:
                return 0
            self.deaths -= 1
            return 137

    host = Impatient(answers=ENDED_WELL | {("docker", "ps"): "running\n"})
    assert Work(host, RUN).in_image("postgres:15", "dump", [], timeout_seconds=60).exit_code == 0
    assert len([command for command in host.commands if command[1] == "wait"]) == 3


def test_work_that_is_gone_is_said_to_be_gone() -> None:
    host = RecordingHost(exit_codes={("docker", "wait"): 1})
    with pytest.raises(StageFailed, match=f"The container {RUN}-dump is gone"):
        Work(host, RUN).finish("dump", 60)


def test_work_that_is_not_done_in_time_says_that_it_still_runs() -> None:
    host = RecordingHost(answers={("docker", "ps"): "running\n"})
    with pytest.raises(StageFailed, match="dump was not done in time") as failed:
        Work(host, RUN).finish("dump", 0)
    assert failed.value.found == "running"


def test_one_piece_of_work_can_be_left_as_it_is() -> None:
    host = RecordingHost(
        answers={
            ("docker", "ps", "--quiet", "--no-trunc", "--all", "--filter", f"name=^/{RUN}-migration$"): "bbb\n",
            ("docker", "ps"): "aaa\nbbb\n",
        }
    )
    Work(host, RUN).forget(but=["migration"])
    assert host.commands[-1] == ["docker", "container", "rm", "--force", "--volumes", "aaa"]


@pytest.mark.parametrize(
    ("options", "mount"),
    [
        (bind, "type=bind,source=/srv/a,target=/b"),
        (volume, "type=volume,source=/srv/a,target=/b,volume-nocopy"),
    ],
)
def test_a_mount_is_read_only_unless_said_otherwise(options: object, mount: str) -> None:
    assert callable(options)
    assert options("/srv/a", "/b") == ["--mount", f"{mount},readonly"]
    assert options("/srv/a", "/b", writable=True) == ["--mount", mount]


def test_stopping_ends_what_runs_of_this_run_and_keeps_the_containers() -> None:
    host = RecordingHost(answers={("docker", "ps"): "aaa\nbbb\n"})
    Work(host, RUN).stop()
    assert host.commands == [
        ["docker", "ps", "--quiet", "--no-trunc", "--filter", f"label={RUN_LABEL}={RUN}"],
        ["docker", "container", "kill", "aaa", "bbb"],
    ]


def test_forgetting_removes_the_containers_of_this_run_only() -> None:
    host = RecordingHost(answers={("docker", "ps"): "aaa\n"})
    Work(host, RUN).forget()
    assert host.commands == [
        ["docker", "ps", "--quiet", "--no-trunc", "--all", "--filter", f"label={RUN_LABEL}={RUN}"],
        ["docker", "container", "rm", "--force", "--volumes", "aaa"],
    ]


@pytest.mark.parametrize("act", ["stop", "forget"])
def test_nothing_is_done_where_nothing_runs(act: str) -> None:
    host, work = make({})
    getattr(work, act)()
    assert [command[1] for command in host.commands] == ["ps"]


def test_how_long_it_took_is_read_from_the_engine() -> None:
    state = {"StartedAt": "2026-11-22T02:10:00.123456789Z", "FinishedAt": "2026-11-22T02:10:04.623456789Z"}
    inspected = json.dumps([{"State": state}])
    _, work = make({("docker", "ps"): "exited\n", ("docker", "container", "inspect"): inspected})
    assert work.seconds("dump") == 4.5
    assert make({})[1].seconds("dump") == 0.0
