"""Every check fails on a deployment that really has its fault, and no other check does."""

from __future__ import annotations

import ast
import functools
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

import pytest

from fixtures import browsing
from staging.deployment import PLACES, Rehearsal
from tests.faults import injected
from tests.rehearsal import gate, outside
from tests.rehearsal.gate import Ended

# Memory, processor and answers are measured here, and nothing else may take of them.
pytestmark = pytest.mark.alone

PLACE = PLACES / f"tests-checks-{os.getpid()}"

# Busy processes are noticed also on a machine that others keep busy, which by itself makes no page slow.
LIMITS = """\
cpu_percent = 40.0
latency_floor_seconds = 0.6
latency_p95_floor_seconds = 0.8
transaction_seconds = 5
connections_ratio = 0.4
memory_growth_bytes = 100_000_000
memory_limit_percent = 60.0
processes_floor = 150
open_files_floor = 700
disk_ratio = 1.2
disk_floor_bytes = 40_000_000
"""

BALLAST = "create table ballast as select repeat(md5(n::text), 4) from generate_series(1, 300000) n"
# Staff rename every product, and an order is taken out.
USED = "update products set name = name || ' (neu)'; delete from orders where id = (select max(id) from orders)"
SWOLLEN = "/data/media/planted-by-a-test"
PACKAGE = "set -- $(python -c 'import typing_extensions as t; print(t.__file__.rpartition(\"/\")[0])')/typing_ext*-info"
BLUEPRINT = 'blueprint = Blueprint("catalogue", __name__)\n'

# They look in an upgrade only: tests/rehearsal/test_broken_releases.py, tests/faults/test_undeclared_change.py.
PROVEN_BY_A_RELEASE = {"check_only_declared_data_changed", "check_sessions_are_kept", "check_scenarios_leave_no_trace"}


# A picture that is gone is missed by a browser as well, where a page shows it.
NOTICED_TOO = {"data": {"check_pages_work_in_a_browser"}}


@dataclass(frozen=True)
class Fault:
    """A fault, how it is put in and taken out again, and the checks that must notice it.

    The faults of a group are put in together; no two of them concern the same check, except where `told` says
    what only this one makes the check say.
    """

    name: str
    group: str
    inject: Callable[[Rehearsal], AbstractContextManager[None]]
    checks: frozenset[str]
    told: str = ""


def database(name: str, fault: str, undo: str, check: str) -> Fault:
    """A fault in the data."""
    return Fault(name, "data", lambda r: injected.said_to_database(r, fault, undo), frozenset({check}))


def application(name: str, file: str, old: str, new: str, *checks: str, group: str = "application") -> Fault:
    """A fault in the application's code."""
    return Fault(name, group, lambda r: injected.patched(r, f"punk_eco/{file}", old, new), frozenset(checks))


def background(name: str, flag: str, command: tuple[str, ...], check: str, told: str = "") -> Fault:
    """A process that does harm beside the application."""
    return Fault(name, "container", lambda r: injected.in_background(r, flag, *command), frozenset({check}), told)


# Without a browser its check is skipped, and says so.
HAS_BROWSER = any(shutil.which(name) for name in browsing.NAMES)
IN_A_BROWSER = application(
    "a script of the pages fails",
    "templates/base.html",
    "</body>",
    "<script>planted()</script></body>",
    "check_pages_work_in_a_browser",
)
FAULTS = (
    *([IN_A_BROWSER] if HAS_BROWSER else []),
    Fault(
        "D11: a restart applied no new .env",
        "data",
        injected.restarted_only,
        frozenset({"check_environment_is_the_declared_one"}),
        told="CONTACT_EMAIL",
    ),
    Fault(
        "D8: SECRET_KEY would change",
        "data",
        lambda r: injected.environment(r, "SECRET_KEY", "planted-by-a-test-0f3a9c"),
        frozenset({"check_environment_is_the_declared_one"}),
        told="SECRET_KEY",
    ),
    Fault(
        "a mount is declared and not there",
        "data",
        injected.mount_declared,
        frozenset({"check_mounts_are_the_declared_ones"}),
        told="/srv/more",
    ),
    database(
        "an account has another password",
        "update users set password_hash = password_hash || '0' where email = 'client003@punk-eco.test'",
        "update users set password_hash = left(password_hash, -1) where email = 'client003@punk-eco.test'",
        "check_real_accounts_log_in",
    ),
    database(
        "a disabled account is enabled",
        "update users set active = true where email = 'disabled@punk-eco.test'",
        "update users set active = false where email = 'disabled@punk-eco.test'",
        "check_disabled_accounts_stay_out",
    ),
    database(
        "the database is at another revision",
        "update alembic_version set version_num = '8d37e5a0b4c2'",
        "update alembic_version set version_num = 'e6a41d92c0b7'",
        "check_revision_is_the_expected_one",
    ),
    database(
        "an index is half built",
        "update pg_index set indisvalid = false where indexrelid = 'ix_orders_created_at'::regclass",
        "update pg_index set indisvalid = true where indexrelid = 'ix_orders_created_at'::regclass",
        "check_no_index_is_invalid",
    ),
    database(
        "a product has another name",
        "update products set name = name || '!' where id = 1",
        "update products set name = left(name, -1) where id = 1",
        "check_chosen_values_are_as_before",
    ),
    Fault(
        "an order is gone",
        "data",
        injected.order_gone,
        frozenset({"check_counts_are_as_before", "check_lists_are_not_shorter"}),
    ),
    database(
        "a constraint is not validated",
        "alter table orders add constraint planted check (id > 0) not valid",
        "alter table orders drop constraint planted",
        "check_every_constraint_is_validated",
    ),
    database(
        "a sequence is behind its column",
        "select setval('users_id_seq', 2)",
        "select setval('users_id_seq', (select max(id) from users))",
        "check_sequences_are_ahead_of_their_columns",
    ),
    database(
        "the collation is of another version",
        "update pg_database set datcollversion = '1.0' where datname = current_database()",
        "alter database punk_eco refresh collation version",
        "check_text_is_sorted_as_the_indexes_were_built",
    ),
    database(
        "a column lost its statistics with its type",
        "analyze order_lines; alter table order_lines alter column quantity type bigint",
        "alter table order_lines alter column quantity type integer; analyze order_lines",
        "check_statistics_are_fresh",
    ),
    database(
        "a column is missing in the models",
        "alter table photos add column planted integer",
        "alter table photos drop column planted",
        "check_models_and_database_agree",
    ),
    Fault(
        "a transaction is left open",
        "data",
        injected.transaction_open,
        frozenset({"check_no_transaction_is_left_open"}),
    ),
    Fault("sessions are used up", "data", injected.sessions_used_up, frozenset({"check_connections_are_left"})),
    Fault(
        "the database takes much more disk",
        "data",
        lambda r: injected.said_to_database(r, BALLAST, "drop table ballast"),
        frozenset({"check_disk_does_not_swell"}),
        told="the database",
    ),
    Fault(
        "a volume takes much more disk",
        "data",
        lambda r: injected.done_inside(r, f"head -c 60000000 /dev/zero > {SWOLLEN}", f"rm {SWOLLEN}"),
        frozenset({"check_disk_does_not_swell"}),
        told="the volume at /data/media of web",
    ),
    Fault("an uploaded file is gone", "data", injected.file_deleted, frozenset({"check_no_uploaded_file_is_missing"})),
    Fault(
        "an uploaded file has changed",
        "data",
        injected.file_changed,
        frozenset({"check_no_uploaded_file_is_missing"}),
        told="2 of ",
    ),
    Fault(
        "uploads cannot be written",
        "data",
        lambda r: injected.done_inside(r, "chmod 555 /data/media", "chmod 755 /data/media"),
        frozenset({"check_uploads_can_be_written"}),
    ),
    Fault(
        "the disk is too full, the machine too busy",
        "data",
        injected.host_too_small,
        frozenset({"check_host_has_disk_left", "check_host_is_not_overloaded"}),
    ),
    application(
        "a page answers 500",
        "views/catalogue.py",
        "    found = db.get_or_404(Product, product_id)\n",
        "    raise RuntimeError\n",
        "check_pages_answer_as_before",
        "check_pages_show_what_is_declared",
        "check_logs_show_no_error",
        "check_an_order_is_placed_listed_and_cancelled_on_the_page",
        group="data",
    ),
    application(
        "any password is accepted",
        "models/user.py",
        "return check_password_hash(self.password_hash, password)",
        "return True",
        "check_wrong_password_is_refused",
    ),
    application(
        "an unknown name is taken for somebody",
        "models/user.py",
        "filter_by(email=email.strip().lower()))",
        "filter_by(email=email.strip().lower())) or db.session.get(User, 2)",
        "check_unknown_users_are_refused",
    ),
    application(
        "an API path lets everybody in",
        "api/products.py",
        '@blueprint.get("/products")\n@token_required\n',
        '@blueprint.get("/products")\n',
        "check_what_was_denied_stays_denied",
    ),
    application(
        "administrators are kept out",
        "views/admin.py",
        "if not current_user.is_staff:",
        'if current_user.role == "admin" or not current_user.is_staff:',
        "check_what_was_open_stays_open",
    ),
    application(
        "nobody can log out",
        "views/account.py",
        "    logout_user()\n",
        "",
        "check_logging_out_ends_the_session",
    ),
    application(
        "the session cookie is sent to other sites",
        "configuration.py",
        '        "SESSION_COOKIE_SAMESITE": "Lax",\n',
        "",
        "check_cookies_are_protected_as_before",
    ),
    application(
        "the API tells no currency",
        "api/products.py",
        '        "currency": "MAD",\n',
        "",
        "check_answers_have_the_same_shape",
    ),
    application(
        "a list shows one line",
        "views/orders.py",
        "ORDERS_PER_PAGE = 20",
        "ORDERS_PER_PAGE = 1",
        "check_lists_are_not_shorter",
    ),
    application(
        "the API doubles totals",
        "api/orders.py",
        "amount(order.total)",
        "amount(order.total * 2)",
        "check_records_are_shown_as_they_are_kept",
    ),
    application(
        "a page lacks its text",
        "templates/index.html",
        "Le catalogue",
        "",
        "check_pages_show_what_is_declared",
    ),
    application(
        "the API counts wrongly",
        "api/paging.py",
        "total=found.total",
        "total=found.total + 1",
        "check_api_and_database_agree",
    ),
    application(
        "F6: a page is ten times slower",
        "views/catalogue.py",
        "    found = db.get_or_404(Product, product_id)\n",
        "    __import__('time').sleep(1)\n    found = db.get_or_404(Product, product_id)\n",
        "check_answers_are_not_slower",
    ),
    application(
        "F6: each answer leaks memory",
        "views/catalogue.py",
        BLUEPRINT,
        f"{BLUEPRINT}LEAK = []\n\n\n@blueprint.before_request\ndef leak():\n    LEAK.append(b'x' * 10_000_000)\n",
        "check_memory_does_not_grow",
    ),
    application(
        "nobody can order two",
        "api/orders.py",
        "LARGEST_QUANTITY = 20",
        "LARGEST_QUANTITY = 1",
        "check_scenarios_work",
    ),
    application(
        "nobody can order three on the page",
        "forms.py",
        "NumberRange(1, 20,",
        "NumberRange(1, 2,",
        "check_an_order_is_placed_listed_and_cancelled_on_the_page",
    ),
    application(
        "files are served with other bytes",
        "views/system.py",
        "return send_from_directory(media.directory(), name, max_age=3600)",
        "return Response((media.directory() / name).read_bytes()[:-1])",
        "check_uploaded_files_are_served",
    ),
    application(
        "the health check fails",
        "views/system.py",
        'return jsonify(status="ok")',
        'return jsonify(status="ok"), 404  # type: ignore',
        "check_containers_are_healthy",
    ),
    Fault(
        "F4: an anonymous volume holds the assets of the image before",
        "container",
        injected.old_assets,
        frozenset(
            {
                "check_no_file_is_of_an_earlier_image",
                "check_assets_are_the_ones_of_the_image",
                "check_images_are_of_the_deployed_commit",
                "check_disk_does_not_swell",
            }
        ),
        told="style.css",
    ),
    Fault("the application died once", "container", injected.died_once, frozenset({"check_containers_do_not_restart"})),
    Fault(
        "a process was ended for memory, and more is near the limit",
        "container",
        injected.killed_for_memory,
        frozenset({"check_nothing_was_ended_for_memory", "check_memory_is_below_its_limit"}),
    ),
    Fault(
        "a one-off container is left",
        "container",
        injected.one_off_left,
        frozenset({"check_no_other_container_runs"}),
        told="is a one-off container of web",
    ),
    Fault(
        "F5: an orphan of another description",
        "container",
        injected.orphan_left,
        frozenset({"check_no_other_container_runs"}),
        told="old-worker, which is not declared",
    ),
    Fault(
        "a package is missing",
        "container",
        lambda r: injected.done_inside(r, f"{PACKAGE}; mv $1 /tmp/kept-package", f"{PACKAGE}; mv /tmp/kept-package $1"),
        frozenset({"check_packages_are_the_pinned_ones", "check_packages_fit_together"}),
    ),
    Fault(
        "known errors are many",
        "container",
        injected.known_errors,
        frozenset({"check_known_errors_are_no_more_frequent"}),
    ),
    Fault(
        "another image has the name",
        "container",
        injected.other_image,
        frozenset({"check_images_are_the_expected_ones"}),
    ),
    background(
        "an error is logged",
        "/tmp/complain",
        ("sh", "-c", f"exec 2> /proc/1/fd/2; {injected.COMPLAIN}"),
        "check_logs_show_no_error",
    ),
    background(
        "memory is held",
        "/tmp/held",
        ("python", "-c", injected.HOLD.format(size=injected.HELD_BYTES)),
        "check_memory_is_within_budget",
    ),
    background(
        "many threads are left",
        "/tmp/crowd",
        ("python", "-c", injected.CROWD),
        "check_processes_and_files_are_within_budget",
        told="processes before",
    ),
    background(
        "files are left open",
        "/tmp/opened",
        ("python", "-c", injected.OPEN),
        "check_processes_and_files_are_within_budget",
        told="open files before",
    ),
    background(
        "the processor is busy",
        "/tmp/busy",
        ("sh", "-c", injected.BUSY),
        "check_processor_is_not_saturated",
    ),
)
GROUPS = tuple(dict.fromkeys(fault.group for fault in FAULTS))


def faults_of(group: str) -> list[Fault]:
    """The faults that are put in together."""
    return [fault for fault in FAULTS if fault.group == group]


def verify(rehearsal: Rehearsal, *options: str) -> Ended:
    """Run all checks on what runs."""
    return gate.call("-m", "verification", "--keep", *options, f"--place={rehearsal.place}")


def verify_with(rehearsal: Rehearsal, group: str) -> Ended:
    """Run all checks with the faults of a group in the deployment, and take the faults out again."""
    with ExitStack() as stack:
        for fault in faults_of(group):
            stack.enter_context(fault.inject(rehearsal))
        injected.settle(rehearsal)
        ended = verify(rehearsal, "--nobody-wrote")
    injected.settle(rehearsal)
    return ended


def noticed(ended: Ended) -> set[str]:
    """The checks that failed."""
    return {name.partition("[")[0] for name in ended.failures}


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """A deployment of v1.4.0, whose baseline is known from a preflight."""
    with outside.deployed(PLACE, "v1.4.0", limits=LIMITS, browser="") as made:
        known = gate.call("-m", "preflight", "--keep", "--to", "v2.0.0", f"--place={made.place}")
        assert known.exit_code == 0, known.output
        yield made


@pytest.fixture(scope="module")
def verdicts(rehearsal: Rehearsal) -> Callable[[str], Ended]:
    """How the checks end with the faults of a group; each group is put in only once, also when that goes wrong."""

    @functools.cache
    def put_in(group: str) -> Future[Ended]:
        done: Future[Ended] = Future()
        try:
            done.set_result(verify_with(rehearsal, group))
        except Exception as error:
            done.set_exception(error)
        return done

    return lambda group: put_in(group).result()


@pytest.mark.engine
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_noticed(fault: Fault, verdicts: Callable[[str], Ended]) -> None:
    ended = verdicts(fault.group)
    assert ended.exit_code == 10, ended.output
    assert fault.checks <= noticed(ended), ended.output
    assert fault.told in "".join(
        text for name, text in ended.failures.items() if name.partition("[")[0] in fault.checks
    )


@pytest.mark.engine
@pytest.mark.parametrize("group", GROUPS)
def test_no_other_check_fails(group: str, verdicts: Callable[[str], Ended]) -> None:
    ended = verdicts(group)
    expected = set[str]().union(*(fault.checks for fault in faults_of(group)))
    assert noticed(ended) - NOTICED_TOO.get(group, set()) == expected, ended.output


@pytest.mark.engine
def test_without_a_fault_all_checks_pass(rehearsal: Rehearsal) -> None:
    ended = verify(rehearsal, "--nobody-wrote")
    assert (ended.exit_code, ended.failures) == (0, {}), ended.output


@pytest.mark.engine
def test_what_users_change_is_no_fault(rehearsal: Rehearsal) -> None:
    injected.say(rehearsal, USED)
    with injected.file_changed(rehearsal):
        ended = verify(rehearsal)
    assert (ended.exit_code, ended.failures) == (0, {}), ended.output


def test_every_check_has_a_fault() -> None:
    trees = [ast.parse(file.read_text("utf-8")) for file in (gate.ROOT / "checks").rglob("check_*.py")]
    functions = {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}
    checks = {name for name in functions if name.startswith("check_")}
    assert checks == PROVEN_BY_A_RELEASE.union(*(fault.checks for fault in (*FAULTS, IN_A_BROWSER)))
