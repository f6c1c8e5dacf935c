"""The releases of Punk Eco on the real engine: they serve, they migrate, and the broken ones are broken as said."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from fixtures.work import RUN_LABEL
from staging import clean, maker, origin, sample
from staging.deployment import PLACES, MakerFailed, Rehearsal, compose

pytestmark = pytest.mark.engine

PLACE = PLACES / f"test-releases-{os.getpid()}"
FIRST_HEAD = "e6a41d92c0b7"
ORDERS = 2100
SUM = "select round(sum(total::numeric), 2) from orders"
COLUMNS = """
    select json_object_agg(table_name, columns) from (
        select table_name, string_agg(quote_ident(column_name), ',' order by column_name) as columns
        from information_schema.columns
        where table_schema = 'public' and table_name <> 'alembic_version'
        group by table_name) as tables
"""


@dataclass
class Shop:
    """The deployment under test, at whatever release it was last given."""

    rehearsal: Rehearsal

    def take(self, tag: str) -> None:
        """Check out and build a release."""
        origin.git("reset", "--quiet", "--hard", tag, directory=self.rehearsal.directory)
        compose(self.rehearsal, "build", "web")

    def migrate(self, command: str = "upgrade", *revision: str) -> None:
        """Migrate to the release's head, or elsewhere."""
        compose(self.rehearsal, "run", "--rm", "web", "flask", "db", command, *revision)

    def serve(self, tag: str) -> None:
        """Take, migrate and start a release."""
        self.take(tag)
        self.migrate()
        compose(self.rehearsal, "up", "--detach", "--wait")

    def ask(self, sql: str, database: str = "punk_eco") -> str:
        """Return what the database answers."""
        psql = ("psql", "--username=punk_eco", f"--dbname={database}", "--no-align", "--tuples-only", "--quiet")
        return compose(self.rehearsal, "exec", "-T", "db", *psql, "--command", sql).strip()

    def content(self) -> dict[str, str]:
        """Return a hash of every table's rows, whatever the order of its columns."""
        tables = json.loads(self.ask(COLUMNS))
        return {
            table: self.ask(f"select md5(string_agg(t::text, '|' order by id)) from (select {columns} from {table}) t")
            for table, columns in tables.items()
        }

    def count(self, table: str) -> int:
        """Return the number of a table's rows."""
        return int(self.ask(f"select count(*) from {table}"))

    def get(self, path: str) -> requests.Response:
        """Return a page as a visitor without an account sees it."""
        return requests.get(self.rehearsal.url + path, timeout=15)

    def token(self, email: str, password: str) -> requests.Response:
        """Ask the API for a token."""
        body = {"email": email, "password": password}
        return requests.post(f"{self.rehearsal.url}/api/token", json=body, timeout=15)

    def api_status(self, email: str, path: str) -> int:
        """Return how the API answers an account."""
        headers = {"Authorization": f"Bearer {self.token(email, self.password).json()['token']}"}
        return requests.get(self.rehearsal.url + path, headers=headers, timeout=15).status_code

    @property
    def password(self) -> str:
        """The password of the seeded accounts."""
        return self.rehearsal.seed_password_file.read_text("utf-8").strip()


@pytest.fixture(scope="module")
def seeded() -> Iterator[Shop]:
    """A seeded v1.4.0 whose database is kept beside it, to begin every test from."""
    try:
        rehearsal = maker.prepare(PLACE, "v1.4.0")
        with (rehearsal.directory / ".env").open("a", encoding="utf-8") as file:
            file.write(f"INVOICE_SENDER={maker.INVOICE_SENDER}\n")
        compose(rehearsal, "build", "web")
        maker.seed(rehearsal, users=300, orders=ORDERS, files=30, accounts=6, cache=PLACE / "cache")
        shop = Shop(rehearsal)
        shop.ask("create database seeded template punk_eco", database="postgres")
        yield shop
    finally:
        clean.remove_place(PLACE)


@pytest.fixture
def shop(seeded: Shop) -> Shop:
    """The seeded v1.4.0, its web service stopped."""
    origin.git("reset", "--quiet", "--hard", "v1.4.0", directory=seeded.rehearsal.directory)
    compose(seeded.rehearsal, "rm", "--stop", "--force", "web")
    seeded.ask("drop database punk_eco with (force)", database="postgres")
    seeded.ask("create database punk_eco template seeded", database="postgres")
    return seeded


@pytest.mark.parametrize("tag", ["v1.4.0", "v1.5.0", "v2.0.0"])
def test_a_release_serves_its_pages_and_does_what_people_ask(shop: Shop, tag: str) -> None:
    shop.serve(tag)
    assert shop.get("/version").json() == {"version": tag.removeprefix("v")}
    statuses = {path: shop.get(path).status_code for path in ("/", "/products/1", "/login", "/api/orders")}
    assert statuses == {"/": 200, "/products/1": 200, "/login": 200, "/api/orders": 401}
    sample.make_sample(shop.rehearsal.url, shop.password)
    assert shop.count("orders") == ORDERS + 1


def test_the_api_shows_an_order_to_its_owner_and_to_staff_only(shop: Shop) -> None:
    shop.serve("v1.4.0")
    order = shop.ask("select min(id) from orders where user_id = (select id from users where email like 'client001%')")
    people = ("client001@punk-eco.test", "client002@punk-eco.test", "staff@punk-eco.test")
    assert [shop.api_status(email, f"/api/orders/{order}") for email in people] == [200, 403, 200]


def test_the_api_gives_no_token_for_a_wrong_password_or_a_disabled_account(shop: Shop) -> None:
    shop.serve("v1.4.0")
    assert shop.token("client001@punk-eco.test", "wrong").status_code == 401
    assert shop.token("disabled@punk-eco.test", shop.password).status_code == 403


def test_the_seeded_totals_are_what_the_lines_add_up_to(shop: Shop) -> None:
    wrong = """
        select count(*) from orders
        where total <> (select sum(quantity * unit_price) from order_lines where order_id = orders.id)
    """
    assert shop.ask(wrong) == "0"


def test_the_major_migration_loses_nothing(shop: Shop) -> None:
    tables = ("users", "orders", "order_lines", "products", "photos")
    counts, total = [shop.count(table) for table in tables], shop.ask(SUM)
    with_address = shop.count("users where num_nonnulls(address_line, postal_code, city) > 0")
    shop.take("v2.0.0")
    shop.migrate()
    assert [shop.count(table) for table in tables] == counts
    assert shop.count("addresses") == with_address
    assert shop.ask(SUM) == total


def test_the_major_migration_can_be_undone_exactly(shop: Shop) -> None:
    before = shop.content()
    shop.take("v2.0.0")
    shop.migrate()
    shop.migrate("downgrade", FIRST_HEAD)
    assert shop.content() == before


def test_a_shop_is_seeded_only_once(shop: Shop) -> None:
    shop.take("v1.4.0")
    with pytest.raises(MakerFailed, match="rien n'a été changé"):
        compose(
            shop.rehearsal,
            *("run", "--rm", "--env", "SEED_PASSWORD", "web", "flask", "seed"),
            extra_environment={"SEED_PASSWORD": shop.password},
        )


def test_a_shop_filled_from_the_cache_is_the_same(shop: Shop) -> None:
    before = shop.content()
    shop.ask("drop database punk_eco with (force)", database="postgres")
    shop.ask("create database punk_eco", database="postgres")
    filled = maker.seed(shop.rehearsal, users=300, orders=ORDERS, files=30, accounts=6, cache=PLACE / "cache")
    assert filled.source == "cache"
    assert shop.content() == before


def test_the_release_that_dies_on_boot_migrates_but_never_serves(shop: Shop) -> None:
    shop.take("v2.0.1-dies-on-boot")
    shop.migrate()
    with pytest.raises(MakerFailed, match=r"logging\.ini"):
        compose(shop.rehearsal, "run", "--rm", "web")


def test_the_migration_that_raises_leaves_everything_as_it_was(shop: Shop) -> None:
    before = shop.content()
    shop.take("v2.0.1-migration-raises")
    with pytest.raises(MakerFailed, match=r'NotNullViolation.*"city" of relation "addresses"'):
        shop.migrate()
    assert shop.ask("select version_num from alembic_version") == FIRST_HEAD
    assert shop.content() == before


def test_the_release_with_the_broken_login_is_healthy(shop: Shop) -> None:
    shop.serve("v2.0.1-login-500")
    assert shop.get("/health").json() == {"status": "ok"}
    with pytest.raises(sample.SampleFailed, match="answered 500"):
        sample.make_sample(shop.rehearsal.url, shop.password)


def test_the_release_that_loses_rows_loses_every_seventh_order(shop: Shop) -> None:
    lines = shop.count("order_lines")
    shop.serve("v2.0.1-loses-rows")
    assert shop.count("orders") == ORDERS - ORDERS // 7
    assert shop.count("order_lines") < lines


def test_removing_a_place_removes_all_of_it_and_nothing_else(shop: Shop) -> None:
    other = maker.prepare(PLACE.with_name(f"{PLACE.name}-other"), "v1.4.0")
    compose(other, "up", "--detach", "--wait", "db")
    clean.docker("volume", "create", "--label", f"{RUN_LABEL}={other.project}-run", f"{other.project}-run")
    clean.remove_place(other.place)
    assert not other.place.exists()
    assert [clean.owned(kind, other.project) for kind in clean.NAME] == [[], [], []]
    assert shop.count("orders") == ORDERS
