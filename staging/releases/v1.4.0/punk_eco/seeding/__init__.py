"""`flask seed`: fill an empty shop with what a shop of some years would hold.

The same numbers and the same --seed give the same shop, but for the salts of the password hashes.
"""

import os
import random

import click
from flask import Flask
from flask.cli import with_appcontext

from punk_eco.extensions import db
from punk_eco.models import User
from punk_eco.seeding import orders, people, pictures, products

COUNT = click.IntRange(min=0)


def register(app: Flask) -> None:
    """Tie the command to the application."""
    app.cli.add_command(seed_command)


@click.command("seed")
@click.option("--users", type=COUNT, default=2000, show_default=True, help="People, the accounts included.")
@click.option("--orders", "order_count", type=COUNT, default=20000, show_default=True)
@click.option("--files", type=COUNT, default=300, show_default=True, help="Photos of the products.")
@click.option(
    "--accounts",
    type=click.IntRange(min=len(people.SPECIAL) + 1),
    default=50,
    show_default=True,
    help="People with a password: that of the environment variable SEED_PASSWORD.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number gives another shop.")
@with_appcontext
def seed_command(users: int, order_count: int, files: int, accounts: int, seed: int) -> None:
    """Fill an empty shop with people, products, photos and orders."""
    password = os.environ.get("SEED_PASSWORD")
    if not password:
        raise click.ClickException("SEED_PASSWORD est vide : donnez le mot de passe des comptes.")
    if accounts > users:
        raise click.ClickException("--accounts dépasse --users : rien n'a été changé.")
    if db.session.scalar(db.select(db.exists(User))):
        raise click.ClickException("La base contient déjà des données : rien n'a été changé.")
    fill(random.Random(seed), users, order_count, files, accounts, password)
    db.session.commit()
    click.echo(f"{users} personnes, {order_count} commandes, {files} photos.")


def fill(chance: random.Random, users: int, order_count: int, files: int, accounts: int, password: str) -> None:
    """Write everything into the open transaction, and the files into the media directory."""
    customers = people.add(chance, users, accounts, password)
    stock = products.add(chance)
    pictures.add(chance, stock, files)
    orders.add(chance, customers, stock, order_count)
