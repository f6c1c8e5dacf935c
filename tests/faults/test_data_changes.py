"""Fingerprints and comparisons on a real server: any type, any name, each undeclared change is told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from fixtures import data_changes, table
from fixtures.database import Database
from fixtures.expected_changes import ExpectedChanges, RevisionChange
from tests.faults import server
from tests.faults.server import copied, made, run

pytestmark = [pytest.mark.engine, pytest.mark.thorough]

SHOP = """
    create table users (id int primary key, full_name text not null, fax text, email text unique);
    insert into users select g, 'Person ' || g, '05' || g, g || '@shop.test' from generate_series(1, 2100) g;
    create table orders (id serial primary key, user_id int references users, total float8 check (total > 0));
    insert into orders (user_id, total) select least(g, 2000), g * 1.5 from generate_series(1, 2100) g;
    create table lines (order_id int references orders, place int, what text, primary key (order_id, place));
    insert into lines select g, 1, 'tea' from generate_series(1, 2100) g;
    create table log (said text);
    insert into log select 'line ' || g / 2 from generate_series(1, 2100) g;
    create table alembic_version (version_num varchar(32) primary key);
    insert into alembic_version values ('first')
"""
# A column of each type, and two values of it that differ; those of some are equal for PostgreSQL.
VALUES = {
    "smallint": ("1", "2"),
    "bigint": ("1", "2"),
    "numeric": ("1.0", "1.00"),
    "numeric(10,2)": ("1.0", "1.01"),
    "real": ("0.1", "0.2"),
    "double precision": ("0", "-0"),
    "boolean": ("true", "false"),
    "text": ("a", "A"),
    'text collate "anything"': ("a", "A"),
    "varchar(9)": ("a", "b"),
    "char(9)": ("a", "b"),
    '"char"': ("a", "b"),
    "name": ("a", "b"),
    "bytea": ("\\x00", "\\x0000"),
    "date": ("2026-01-01", "2026-01-02"),
    "time": ("10:00", "10:00:01"),
    "timetz": ("10:00+00", "11:00+01"),
    "timestamp": ("2026-01-01", "2026-01-01 00:00:00.000001"),
    "timestamptz": ("2026-01-01 00:00+00", "2026-01-01 00:00+01"),
    "interval": ("24:00:00", "1 day"),
    "uuid": ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"),
    "json": ('{"a": 1}', '{"a":1}'),
    "jsonb": ('{"a": 1.0}', '{"a": 1.00}'),
    "xml": ("<a/>", "<a></a>"),
    "money": ("1", "1.01"),
    "inet": ("10.0.0.1/24", "10.0.0.1/16"),
    "cidr": ("10.0.0.0/24", "10.0.0.0/16"),
    "macaddr": ("08:00:2b:01:02:03", "08:00:2b:01:02:04"),
    "bit(4)": ("0001", "0010"),
    "bit varying": ("1", "01"),
    "point": ("(1,2)", "(2,1)"),
    "box": ("(1,1),(0,0)", "(0,0),(1,1.0000001)"),
    "int4range": ("[1,3)", "[1,4)"),
    "int4multirange": ("{[1,3)}", "{[1,4)}"),
    "tsvector": ("a b", "a"),
    "oid": ("1", "2"),
    "regclass": ("pg_class", "pg_type"),
    "int[]": ("{1,2}", "{{1,2}}"),
    "text[]": ("{a,b}", '{"a,b"}'),
    "json[]": ('{"{}"}', '{"{ }"}'),
    "mood": ("glad", "sad"),
    "pair": ("(1,a)", "(1,b)"),
    "positive": ("1", "2"),
    "json_domain": ("1", "1.0"),
}
TYPES = """
    create collation anything (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create type mood as enum ('glad', 'sad');
    create type pair as (a int, b text);
    create domain positive as int check (value > 0);
    create domain json_domain as json
"""
NAMES = """
    create schema "An other";
    create table "An other"."100% ""odd"".table" (id int primary key, "Größe %s" text, "t" text, "a.b" int);
    insert into "An other"."100% ""odd"".table" values (1, 'x', 'y', 2), (2, 'z', 'y', 3);
    create table nothing ();
    insert into nothing default values;
    create table parts (id int, year int, primary key (id, year)) partition by list (year);
    create table parts_2025 partition of parts for values in (2025);
    create table parts_2026 partition of parts for values in (2026);
    insert into parts values (1, 2025), (2, 2026), (3, 2026);
    create table parent (id int);
    create table child (more int) inherits (parent);
    insert into parent values (1);
    insert into child values (2, 3), (4, 5);
    create unlogged table quick (id int);
    insert into quick values (1);
    create table sums (a int, b int generated always as (a * 2) stored);
    insert into sums (a) values (1)
"""
WIDE = ", ".join(f"c{number} int default {number}" for number in range(300))
ROWS = {
    '"An other"."100% ""odd"".table"': 2,
    "public.nothing": 1,
    "public.parts_2025": 1,
    "public.parts_2026": 2,
    "public.parent": 1,
    "public.child": 2,
    "public.quick": 1,
    "public.sums": 1,
    "public.wide": 2,
    "large objects": 1,
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Database]:
    """A throwaway server."""
    with server.running() as found:
        yield found


@pytest.fixture(scope="module")
def shop(postgres: Database) -> Database:
    """A small shop that no test changes: each has copies of it."""
    return made(postgres, SHOP)


@pytest.fixture
def pair(shop: Database) -> Iterator[tuple[Database, Database]]:
    """The shop before, and a copy that the test may change."""
    name = f"{shop.name}_now"
    shop.copy_to(name)
    yield shop, shop.named(name)
    shop.drop(name)


# fingerprint ---------------------------------------------------------------------------------------------------------


def test_every_type_shows_every_difference(postgres: Database) -> None:
    tables = [f"create table t{place} (id int, value {kind})" for place, kind in enumerate(VALUES)]
    types = made(postgres, ";\n".join([TYPES, *tables]))
    with types.connect(autocommit=True) as connection:
        for place, (first, _) in enumerate(VALUES.values()):
            connection.execute(f"insert into t{place} values (1, %s)".encode(), [first])
        was = types.fingerprint()
        assert was == types.fingerprint()
        for place, (_, second) in enumerate(VALUES.values()):
            connection.execute(f"update t{place} set value = %s".encode(), [second])
    now = types.fingerprint()
    labels = {kind: f"public.t{place}" for place, kind in enumerate(VALUES)}
    assert [kind for kind, label in labels.items() if was.tables[label] == now.tables[label]] == []


def test_every_name_and_kind_of_table_is_counted(postgres: Database) -> None:
    odd = made(postgres, NAMES)
    run(odd, f"create table wide ({WIDE});\ninsert into wide (c0) values (1), (2);\nselect lo_from_bytea(0, 'x')")
    found = odd.fingerprint()
    assert {name: content.rows for name, content in found.tables.items()} == ROWS
    run(odd, "select lo_put(oid, 0, 'y') from pg_largeobject_metadata")
    assert [line.partition(":")[0] for line in found.differences(odd.fingerprint())] == ["table large objects"]


def test_values_that_two_rows_exchange_are_noticed(pair: tuple[Database, Database]) -> None:
    prints = [pair[1].fingerprint()]
    for one in range(1, 13):
        run(
            pair[1],
            f"""update users u set full_name = o.full_name from users o
                 where (u.id, o.id) in (({one}, {2000 - one}), ({2000 - one}, {one}))""",
        )
        prints.append(pair[1].fingerprint())
    assert len({found.tables["public.users"].digest for found in prints}) == 13


def test_equal_rows_do_not_cancel_each_other_out_and_revisions_are_named(pair: tuple[Database, Database]) -> None:
    run(pair[1], "update log set said = 'another' where said = 'line 7';\nupdate alembic_version set version_num = 'b'")
    log, revision = pair[0].fingerprint().differences(pair[1].fingerprint())
    assert log.startswith("table public.log: 2100 rows")
    assert revision == "revision in public.alembic_version: first became b"


def test_settings_of_the_database_change_nothing(shop: Database, pair: tuple[Database, Database]) -> None:
    changed = pair[1]
    for setting in ("datestyle = 'German'", "timezone = 'Asia/Tokyo'", "extra_float_digits = 0", "search_path = ''"):
        run(changed, f"alter database {changed.name} set {setting}")
    assert shop.fingerprint().differences(changed.fingerprint()) == []


def test_a_database_without_an_encoding_is_read(postgres: Database) -> None:
    options = "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0"
    plain = made(postgres, "create table users (id int primary key, name text)", options)
    run(plain, "insert into users values (1, E'caf\\351'), (2, 'b')")
    before = copied(plain)
    run(plain, "update users set name = E'caf\\350' where id = 1")
    assert data_changes.undeclared(before, plain, ExpectedChanges()) == [
        "public.users.name: not what it was, among 1 row changed: id = 1"
    ]


def test_a_server_that_hashes_no_records_notices_it_too(
    pair: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "HASHES_RECORDS", 10**6)
    was = pair[0].fingerprint()
    run(
        pair[1],
        """update users u set full_name = o.full_name from users o where (u.id, o.id) in ((1, 2), (2, 1));
           alter table orders add column note text""",
    )
    assert data_changes.undeclared(*pair, ExpectedChanges(), was) == [
        "public.users.full_name: not what it was, among 2 rows changed: id = 1; 2"
    ]


def test_volatile_tables_are_counted_and_not_compared(pair: tuple[Database, Database]) -> None:
    before, after = (replace(database, volatile_tables=("log", "public.orders")) for database in pair)
    was = before.fingerprint()
    run(after, "delete from log where said = 'line 7';\nselect setval('orders_id_seq', 1)")
    assert (was.tables["public.log"].rows, after.fingerprint().tables["public.log"].rows) == (2100, 2098)
    told = was.differences(after.fingerprint())
    assert told == ["sequence public.orders_id_seq: 2100 became 1"]
    assert was.lost_rows(after.fingerprint()) == []
    assert data_changes.undeclared(before, after, ExpectedChanges(), was) == []


# changes -------------------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """What a revision does to its shop, what is declared of it, and what is told: without the name of the schema."""

    name: str
    statements: str
    declared: str
    told: list[str]


CASES = (
    Case(
        "only additions",
        "create table photos (id serial primary key);\nalter table users add column born date;\n"
        "update users set born = '2000-01-01';\nalter table users add unique (full_name);\n"
        "alter table orders alter column user_id type bigint;\nselect nextval('orders_id_seq')",
        "",
        [],
    ),
    Case(
        "one value",
        "update users set fax = 'x' where id = 7",
        "",
        ["users.fax: not what it was, among 1 row changed: id = 7"],
    ),
    Case(
        "exchanged values",
        "update users u set fax = o.fax from users o where (u.id, o.id) in ((3, 2000), (2000, 3))",
        "",
        ["users.fax: not what it was, among 2 rows changed: id = 3; 2000"],
    ),
    Case(
        "a value of a table with a new column",
        "alter table users add column born date;\nupdate users set fax = null where id = 7",
        "",
        ["users.fax: not what it was, among 1 row changed: id = 7"],
    ),
    Case(
        "rows gone",
        "delete from lines where order_id % 7 = 0",
        "",
        ["lines: 300 rows gone (2100 before, 1800 now): order_id, place = 7, 1; 14, 1; 21, 1; 28, 1; 35, 1"],
    ),
    Case("row new", "insert into users values (0, 'New')", "", ["users: 1 row new (2100 before, 2101 now): id = 0"]),
    Case(
        "row replaced",
        "delete from users where id = (select max(id) from users);\ninsert into users values (0, 'New')",
        "",
        ["users: 1 row gone (2100 before, 2100 now): id = 2100", "users: 1 row new (2100 before, 2100 now): id = 0"],
    ),
    Case(
        "no key",
        "update log set said = 'x' where said = 'line 1050'",
        "",
        [
            "log: 1 row gone or changed (2100 before, 2100 now): as it has no primary key to know them by, "
            "md5 of their content 21f23b0ab652"
        ],
    ),
    Case("table gone", "drop table lines", "", ["lines: the table is gone, with its 2100 rows"]),
    Case("column gone", "alter table users drop column fax", "", ["users.fax: the column is gone"]),
    Case(
        "constraint gone",
        "alter table orders drop constraint orders_total_check",
        "",
        ["constraint orders.orders_total_check: gone, CHECK ((total > (0)::double precision))"],
    ),
    Case(
        "constraint replaced",
        "alter table orders drop constraint orders_total_check;\n"
        "alter table orders add constraint orders_total_check check (total > 1)",
        "",
        [
            "constraint orders.orders_total_check: CHECK ((total > (0)::double precision)) "
            "became CHECK ((total > (1)::double precision))"
        ],
    ),
    Case(
        "sequence back", "select setval('orders_id_seq', 2)", "", ["sequence orders_id_seq: went back from 2100 to 2"]
    ),
    Case(
        "sequence gone",
        "alter table orders alter column id drop default;\ndrop sequence orders_id_seq",
        "",
        ["sequence orders_id_seq: gone; it had given out 2100"],
    ),
    Case(
        "columns exchange their names",
        "alter table users rename column fax to other;\nalter table users rename column full_name to fax;\n"
        "alter table users rename column other to full_name",
        "",
        [
            "users.full_name: not what it was, among 2100 rows changed: id = 1; 3; 4; 8; 11",
            "users.fax: not what it was, among 2100 rows changed: id = 1; 3; 4; 8; 11",
        ],
    ),
    Case(
        "declared becomes",
        "alter table users add first_name text;\nalter table users add last_name text;\n"
        "alter table users drop full_name",
        'tables.users.becomes = { full_name = ["first_name", "last_name"] }',
        [],
    ),
    Case(
        "declared rewritten",
        "alter table orders alter total type numeric(10, 2)",
        'tables.orders.rewritten_columns = ["total"]',
        [],
    ),
    Case("declared dropped", "alter table users drop column fax", 'tables.users.dropped_columns = ["fax"]', []),
    Case(
        "declared renamed",
        "alter table users rename fax to phone",
        'tables.users.renamed_columns = { fax = "phone" }',
        [],
    ),
    Case("declared removed", "delete from lines where place = 1", 'tables.lines.rows = "removed"', []),
    Case("declared added", "insert into users values (0, 'New')", 'tables.users.rows = "added"', []),
    Case("declared any", "delete from lines;\ninsert into lines values (1, 2, 'x')", 'tables.lines.rows = "any"', []),
    Case("declared table", "drop table lines", 'dropped_tables = ["lines"]', []),
    Case("declared name", "alter table users rename to people", 'renamed_tables = { users = "people" }', []),
    Case(
        "declared constraint",
        "alter table orders drop constraint orders_total_check",
        'constraints = ["orders.orders_total_check"]',
        [],
    ),
    Case("declared seq", "select setval('orders_id_seq', 2)", 'sequences = ["orders_id_seq"]', []),
    Case(
        "declared but another row",
        "delete from lines where place = 1 and order_id > 9;\nupdate lines set what = 'x' where order_id = 4",
        'tables.lines.rows = "removed"',
        ["lines.what: not what it was, among 1 row changed: order_id, place = 4, 1"],
    ),
    Case(
        "declared but another column",
        "alter table orders alter total type numeric(10, 2);\nupdate orders set user_id = 1 where id = 5",
        'tables.orders.rewritten_columns = ["total"]',
        ["orders.user_id: not what it was, among 1 row changed: id = 5"],
    ),
    Case(
        "declared but in a renamed table",
        "alter table users rename to people;\nupdate people set fax = '' where id = 8",
        'renamed_tables = { users = "people" }',
        ["users.fax: not what it was, among 1 row changed: id = 8"],
    ),
    Case(
        "declared but half of it",
        "alter table users add first_name text;\nalter table users drop full_name",
        'tables.users.becomes = { full_name = ["first_name", "last_name"] }',
        ["users.full_name: was to become first_name, last_name; there is no last_name"],
    ),
)


@pytest.fixture(scope="module")
def told(postgres: Database) -> dict[str, list[str]]:
    """What is told of each case: every one has a shop in a schema of its own, and all are compared at once."""
    shops = made(postgres, ";\n".join(in_schema(case, SHOP) for case in CASES))
    before = copied(shops)
    for case in CASES:
        run(shops, in_schema(case, case.statements, new=False))
    known, expected = before.fingerprint(), ExpectedChanges()
    for case in CASES:
        declared = qualified(tomllib.loads(case.declared), schema(case))
        expected = expected.after(RevisionChange.model_validate(declared))
    lines = data_changes.undeclared(before, shops, expected, known)
    unknown = data_changes.undeclared(before, shops, expected)
    assert unknown == [line.replace(", with its 2100 rows", "") for line in lines]
    return {
        case.name: [line.replace(f"{schema(case)}.", "") for line in lines if schema(case) in line] for case in CASES
    }


def schema(case: Case) -> str:
    """The schema of a case."""
    return f"s{CASES.index(case):02}"


def in_schema(case: Case, statements: str, *, new: bool = True) -> str:
    """Statements that concern the shop of a case."""
    create = f"create schema {schema(case)};\n" if new else ""
    return f"{create}set search_path = {schema(case)};\n{statements}"


def qualified(declared: dict[str, Any], name: str) -> dict[str, Any]:
    """What is declared, of the tables and other objects in a schema."""
    found: dict[str, Any] = {}
    for key, value in declared.items():
        if key == "renamed_tables":
            found[key] = {f"{name}.{old}": f"{name}.{new}" for old, new in value.items()}
        else:
            places = [f"{name}.{one}" for one in value]
            found[key] = dict(zip(places, value.values(), strict=True)) if isinstance(value, dict) else places
    return found


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_not_declared_is_told_with_its_place(told: dict[str, list[str]], case: Case) -> None:
    assert told[case.name] == case.told
