"""How money and dates are written on the pages and in the API."""

from datetime import datetime
from decimal import Decimal

from flask import Flask

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def amount(value: Decimal | float) -> str:
    """Return an amount for machines, with two decimals: 1249.00."""
    return f"{value:.2f}"


def dirham(value: Decimal | float) -> str:
    """Return an amount for people: 1 249,00 MAD, with no-break spaces."""
    figures = f"{value:,.2f}".replace(",", NO_BREAK_SPACE).replace(".", ",")
    return f"{figures}{NO_BREAK_SPACE}MAD"


def day(value: datetime) -> str:
    """Return the day of a moment: 05/03/2026."""
    return value.strftime("%d/%m/%Y")


def register(app: Flask) -> None:
    """Make the formats known to the templates."""
    app.jinja_env.filters.update(amount=amount, dirham=dirham, day=day)
