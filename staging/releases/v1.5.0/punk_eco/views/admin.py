"""The administration: for the people of the cooperative."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user, login_required
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from punk_eco import media
from punk_eco.extensions import db
from punk_eco.forms import PhotoForm
from punk_eco.models import Order, Photo, Product, User

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
LATEST_ORDERS = 10


@blueprint.before_request
@login_required
def only_staff() -> None:
    """Refuse customers, with 403."""
    if not current_user.is_staff:
        abort(403)


@blueprint.get("/")
def dashboard() -> str:
    """Show the figures, the latest orders and the products."""
    latest = db.select(Order).options(joinedload(Order.user)).order_by(Order.id.desc()).limit(LATEST_ORDERS)
    products = db.select(Product).options(selectinload(Product.photos)).order_by(Product.id)
    return render_template(
        "admin/dashboard.html",
        figures=figures(),
        orders=db.session.scalars(latest).all(),
        products=db.session.scalars(products).all(),
    )


def figures() -> dict[str, int | float]:
    """Return what the shop counts: orders, turnover in MAD, accounts, products, photos."""
    return {
        "orders": db.session.scalar(db.select(func.count(Order.id))),
        "turnover": db.session.scalar(db.select(func.coalesce(func.sum(Order.total), 0))),
        "users": db.session.scalar(db.select(func.count(User.id))),
        "products": db.session.scalar(db.select(func.count(Product.id))),
        "photos": db.session.scalar(db.select(func.count(Photo.id))),
    }


@blueprint.post("/products/<int:product_id>/archive")
def archive(product_id: int) -> Response:
    """Take a product out of the catalogue, or put it back."""
    product = db.get_or_404(Product, product_id)
    product.archived = not product.archived
    db.session.commit()
    flash(f"{product.name} : {'archivé' if product.archived else 'de nouveau en vente'}.", "success")
    return redirect(url_for("admin.dashboard"))


@blueprint.route("/products/<int:product_id>/photo", methods=["GET", "POST"])
def photo(product_id: int) -> str | Response | tuple[str, int]:
    """Add a photo to a product."""
    product = db.get_or_404(Product, product_id)
    form = PhotoForm()
    if not form.validate_on_submit():
        return render_template("admin/photo.html", product=product, form=form)
    try:
        media.store(product, form.photo.data.read())
        db.session.commit()
    except media.UnknownFormat:
        form.photo.errors = ["Seuls les fichiers PNG et JPEG sont acceptés."]
        return render_template("admin/photo.html", product=product, form=form), 400
    except IntegrityError:
        db.session.rollback()
        flash("Cette photo est déjà là.", "info")
    else:
        flash("Photo ajoutée.", "success")
    return redirect(url_for("admin.photo", product_id=product_id))


@blueprint.post("/photos/<int:photo_id>/delete")
def delete_photo(photo_id: int) -> Response:
    """Take a photo away, the file too."""
    found = db.get_or_404(Photo, photo_id)
    product_id = found.product_id
    media.remove(found)
    flash("Photo supprimée.", "success")
    return redirect(url_for("admin.photo", product_id=product_id))
