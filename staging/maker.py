"""Make a Punk Eco deployment to rehearse upgrades on: a clone of its repository, `.env`, settings file."""

import json
import secrets
from dataclasses import asdict
from pathlib import Path

from staging import origin
from staging.deployment import MakerFailed, Rehearsal, at, compose, load, write_private
from staging.filling import Filled, seed

__all__ = ["Filled", "MakerFailed", "Rehearsal", "load", "prepare", "render_settings", "seed", "start"]

INVOICE_SENDER = "factures@punk-eco.test"
ACCOUNTS = (
    ("admin@punk-eco.test", "admin", "true", "form"),
    ("staff@punk-eco.test", "staff", "true", "form"),
    ("client001@punk-eco.test", "customer", "true", "form"),
    ("client002@punk-eco.test", "customer", "true", "token"),
    ("client003@punk-eco.test", "customer", "true", "basic"),
    ("disabled@punk-eco.test", "customer", "false", "form"),
)
TARGET = """\
# The rehearsal deployment, as staging/maker.py made it.
[targets.rehearsal]
directory = {directory}
url = {url}
state_directory = {state_directory}
production = false

[targets.rehearsal.configuration]
INVOICE_SENDER = "{sender}"

[targets.rehearsal.assets]
path = "/app/punk_eco/static"

[targets.rehearsal.login]
path = "/login"
name_field = "email"
password_field = "password"
proof_path = "/orders"
token_path = "/api/token"
token_key = "token"

[[targets.rehearsal.pages]]
path = "/"
contains = "Le catalogue"

[[targets.rehearsal.pages]]
path = "/products/1"
contains = "MAD"

[[targets.rehearsal.pages]]
path = "/orders"
account = "client001@punk-eco.test"
contains = "Mes commandes"
elements = "main tbody tr"

[[targets.rehearsal.pages]]
path = "/admin/"
account = "staff@punk-eco.test"
contains = "Administration"

[[targets.rehearsal.pages]]
path = "/admin/"
account = "client001@punk-eco.test"
status = 403

[[targets.rehearsal.pages]]
path = "/api/products"
account = "client001@punk-eco.test"
api = true
values = ["items.0.name", "items.0.price"]

[[targets.rehearsal.pages]]
path = "/api/orders?per_page=50"
account = "staff@punk-eco.test"
api = true

[[targets.rehearsal.counts]]
path = "/api/orders"
account = "staff@punk-eco.test"
key = "total"
sql = "select count(*) from orders"

[[targets.rehearsal.counts]]
path = "/api/products"
account = "staff@punk-eco.test"
key = "total"
sql = "select count(*) from products"

[[targets.rehearsal.records]]
path = "/api/products/{{id}}"
account = "client001@punk-eco.test"
sql = "select p.id, p.name, p.slug, c.slug as category from products p join categories c on c.id = p.category_id"

[[targets.rehearsal.records]]
path = "/api/orders/{{id}}"
account = "staff@punk-eco.test"
sql = "select id, status, to_char(total, 'FM999999990.00') as total from orders"

# Since v2.0.0 the API tells a customer's first and last name apart.
[targets.rehearsal.expected]
answers = ["/api/orders?per_page=50 as staff@punk-eco.test: items[].customer"]
"""
ACCOUNT = """
[[targets.rehearsal.accounts]]
name = "{name}"
role = "{role}"
enabled = {enabled}
login = "{login}"
password = {{ file = {seed_password_file} }}
"""
SCENARIO = """
[[targets.rehearsal.scenarios]]
name = "a customer places an order, reads it and cancels it"
account = "client002@punk-eco.test"

[[targets.rehearsal.scenarios.steps]]
request = "POST /api/orders"
json = { product_id = 1, quantity = 2 }
status = 201
capture = { order = "id" }

[[targets.rehearsal.scenarios.steps]]
request = "GET /api/orders/{order}"
expect = { status = "pending" }

[[targets.rehearsal.scenarios.steps]]
request = "DELETE /api/orders/{order}"
status = 204

[[targets.rehearsal.scenarios.steps]]
request = "GET /api/orders/{order}"
status = 404
"""


def prepare(place: Path, version: str, *, port: int | None = None) -> Rehearsal:
    """Make a deployment of a version (a tag) in a place; nothing of it runs yet.

    Raise FileExistsError when there is one already, GitFailed when the version is unknown.
    """
    rehearsal = at(place, port)
    if rehearsal.directory.exists():
        raise FileExistsError(f"There is a deployment in {place} already: remove it with `make clean`.")
    origin.make_origin(rehearsal.place)
    origin.git("clone", "--quiet", str(rehearsal.origin), str(rehearsal.directory))
    origin.git("reset", "--quiet", "--hard", version, directory=rehearsal.directory)
    write_private(rehearsal.directory / ".env", environment_file(rehearsal))
    rehearsal.settings_file.write_text(render_settings(rehearsal), "utf-8")
    (rehearsal.place / "port").write_text(f"{rehearsal.port}\n", "utf-8")
    return rehearsal


def start(rehearsal: Rehearsal) -> None:
    """Build the images and start the services; return when they are healthy. Raise MakerFailed otherwise."""
    compose(rehearsal, "up", "--build", "--detach", "--wait")


def environment_file(rehearsal: Rehearsal) -> str:
    """Return the deployment's `.env`: the release's example, its empty values and its address filled in."""
    values = {
        "COMPOSE_PROJECT_NAME": rehearsal.project,
        "PUNK_ECO_PORT": str(rehearsal.port),
        "SECRET_KEY": secrets.token_urlsafe(32),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "INVOICE_SENDER": INVOICE_SENDER,
    }
    example = (rehearsal.directory / ".env.example").read_text("utf-8")
    return "".join(filled(line, values) for line in example.splitlines(keepends=True))


def filled(line: str, values: dict[str, str]) -> str:
    """Return a line of an `.env` file with the value that is known for its key, if one is."""
    key = line.partition("=")[0]
    return f"{key}={values[key]}\n" if key in values else line


def render_settings(rehearsal: Rehearsal) -> str:
    """Return the settings file that describes the deployment as the target `rehearsal`."""
    target = {name: json.dumps(str(value)) for name, value in asdict(rehearsal).items()}
    accounts = "".join(
        ACCOUNT.format(name=name, role=role, enabled=enabled, login=login, **target)
        for name, role, enabled, login in ACCOUNTS
    )
    return TARGET.format(**target, sender=INVOICE_SENDER) + accounts + SCENARIO
