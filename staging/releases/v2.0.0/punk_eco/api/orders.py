"""Orders, for programs: one's own, or all of them for staff."""

from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, request, url_for
from sqlalchemy.orm import joinedload, selectinload

from punk_eco import ordering
from punk_eco.api.paging import page_of
from punk_eco.api.tokens import token_required
from punk_eco.extensions import db
from punk_eco.formatting import amount
from punk_eco.models import Order, OrderLine, Product

blueprint = Blueprint("api_orders", __name__)
LARGEST_QUANTITY = 20


@blueprint.get("/orders")
@token_required
def index() -> Response:
    """Return the orders, the latest first."""
    query = db.select(Order).options(joinedload(Order.user), selectinload(Order.lines).joinedload(OrderLine.product))
    if not g.user.is_staff:
        query = query.filter_by(user_id=g.user.id)
    return page_of(query.order_by(Order.id.desc()), order_as_json)


@blueprint.get("/orders/<int:order_id>")
@token_required
def order(order_id: int) -> Response:
    """Return one order."""
    return jsonify(order_as_json(visible_order(order_id)))


@blueprint.post("/orders")
@token_required
def create() -> tuple[Response, int, dict[str, str]]:
    """Place an order of {"product_id", "quantity"}."""
    quantity = whole_number("quantity")
    if not 1 <= quantity <= LARGEST_QUANTITY:
        abort(400, f"quantity : un nombre entier de 1 à {LARGEST_QUANTITY}.")
    product = db.session.get(Product, whole_number("product_id"))
    if product is None:
        abort(400, "product_id : ce produit n'existe pas.")
    try:
        placed = ordering.place(g.user, product, quantity)
    except ordering.NotSold:
        abort(409, "Ce produit n'est plus vendu.")
    return jsonify(order_as_json(placed)), 201, {"Location": url_for("api_orders.order", order_id=placed.id)}


@blueprint.delete("/orders/<int:order_id>")
@token_required
def delete(order_id: int) -> tuple[str, int]:
    """Cancel an order that is still pending."""
    try:
        ordering.cancel(visible_order(order_id))
    except ordering.NotCancellable:
        abort(409, "Cette commande ne peut plus être annulée.")
    return "", 204


def whole_number(name: str) -> int:
    """Return a number of the request's JSON object, or answer 400 when it is missing or something else."""
    body = request.get_json()
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, int) else abort(400, f"{name} : un nombre entier est attendu.")


def visible_order(order_id: int) -> Order:
    """Return the order, or answer 404 when there is none and 403 when it is someone else's."""
    found = db.get_or_404(Order, order_id)
    if not found.is_visible_to(g.user):
        abort(403)
    return found


def order_as_json(order: Order) -> dict[str, Any]:
    """Return what the API tells about an order; amounts are text with two decimals."""
    return {
        "id": order.id,
        "reference": order.reference,
        "customer": {"first_name": order.user.first_name, "last_name": order.user.last_name},
        "status": order.status,
        "total": amount(order.total),
        "currency": "MAD",
        "created_at": order.created_at.isoformat(),
        "lines": [line_as_json(line) for line in order.lines],
    }


def line_as_json(line: OrderLine) -> dict[str, Any]:
    """Return what the API tells about a line of an order."""
    return {
        "product_id": line.product_id,
        "product": line.product.name,
        "quantity": line.quantity,
        "unit_price": amount(line.unit_price),
    }
