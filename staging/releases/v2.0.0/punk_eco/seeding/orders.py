"""Orders whose totals are what their lines add up to."""

import random
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from punk_eco.extensions import db
from punk_eco.models import Order, OrderLine
from punk_eco.models.order import PAID, PENDING, SHIPPED
from punk_eco.seeding.calendar import some_moment
from punk_eco.seeding.products import Stock

MOST_LINES = 4
MOST_PIECES = 3
STATUSES = (SHIPPED,) * 8 + (PAID, PENDING)


def add(chance: random.Random, customers: list[int], stock: list[Stock], count: int) -> None:
    """Write the orders of these customers, the oldest first."""
    if not count:
        return
    moments = sorted(some_moment(chance) for _ in range(count))
    baskets = [some_lines(chance, stock) for _ in moments]
    orders = [
        {
            "reference": f"PE-{moment.year}-{number:06}",
            "user_id": chance.choice(customers),
            "status": chance.choice(STATUSES),
            "total": total(basket),
            "created_at": moment,
        }
        for number, (moment, basket) in enumerate(zip(moments, baskets, strict=True), start=1)
    ]
    ids = db.session.scalars(insert(Order).returning(Order.id, sort_by_parameter_order=True), orders)
    lines = [{"order_id": id} | line for id, basket in zip(ids, baskets, strict=True) for line in basket]
    db.session.execute(insert(OrderLine), lines)


def some_lines(chance: random.Random, stock: list[Stock]) -> list[dict[str, Any]]:
    """Return one to four lines, each of another product."""
    return [
        {"product_id": product.id, "quantity": chance.randint(1, MOST_PIECES), "unit_price": product.price}
        for product in chance.sample(stock, chance.randint(1, MOST_LINES))
    ]


def total(lines: list[dict[str, Any]]) -> Decimal:
    """Return what the lines add up to, in MAD."""
    return sum((line["quantity"] * line["unit_price"] for line in lines), Decimal())
