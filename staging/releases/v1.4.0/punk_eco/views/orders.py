"""The visitor's own orders."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user, login_required
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from punk_eco import ordering
from punk_eco.extensions import db
from punk_eco.forms import OrderForm
from punk_eco.models import Order, Product

blueprint = Blueprint("orders", __name__)
ORDERS_PER_PAGE = 20


@blueprint.get("/orders")
@login_required
def index() -> str:
    """Show the visitor's orders, the latest first."""
    query = (
        db.select(Order)
        .filter_by(user_id=current_user.id)
        .options(selectinload(Order.lines))
        .order_by(Order.created_at.desc(), Order.id.desc())
    )
    return render_template("orders/index.html", orders=db.paginate(query, per_page=ORDERS_PER_PAGE))


@blueprint.get("/orders/<int:order_id>")
@login_required
def order(order_id: int) -> str:
    """Show one order."""
    return render_template("orders/order.html", order=visible_order(order_id))


@blueprint.post("/products/<int:product_id>/order")
@login_required
def place(product_id: int) -> Response | tuple[str, int]:
    """Order a product."""
    product = db.get_or_404(Product, product_id)
    form = OrderForm()
    if not form.validate_on_submit():
        return render_template("product.html", product=product, form=form), 400
    placed = ordering.place(current_user, product, form.quantity.data)
    flash("Merci ! Votre commande est enregistrée.", "success")
    return redirect(url_for("orders.order", order_id=placed.id))


@blueprint.post("/orders/<int:order_id>/cancel")
@login_required
def cancel(order_id: int) -> Response:
    """Cancel an order that is still pending: it is deleted."""
    found = visible_order(order_id)
    title = found.title
    try:
        ordering.cancel(found)
    except ordering.NotCancellable:
        flash(f"{title} : déjà payée, elle ne peut plus être annulée ici.", "error")
        return redirect(url_for("orders.order", order_id=order_id))
    flash(f"{title} : annulée.", "success")
    return redirect(url_for("orders.index"))


def visible_order(order_id: int) -> Order:
    """Return the order, or answer 404 when there is none and 403 when it is someone else's."""
    found = db.get_or_404(Order, order_id)
    if not found.is_visible_to(current_user):
        abort(403)
    return found
