"""The shop window."""

from flask import Blueprint, current_app, render_template, request
from sqlalchemy.orm import selectinload

from punk_eco.extensions import db
from punk_eco.forms import OrderForm
from punk_eco.models import Category, Product

blueprint = Blueprint("catalogue", __name__)


@blueprint.get("/")
def index() -> str:
    """Show the products, a page at a time, of all categories or of one."""
    slug = request.args.get("category")
    query = db.select(Product).filter_by(archived=False).options(selectinload(Product.photos))
    if slug:
        query = query.join(Category).where(Category.slug == slug)
    products = db.paginate(query.order_by(Product.id), per_page=current_app.config["PRODUCTS_PER_PAGE"])
    categories = db.session.scalars(db.select(Category).order_by(Category.name)).all()
    return render_template("index.html", products=products, categories=categories, slug=slug)


@blueprint.get("/products/<int:product_id>")
def product(product_id: int) -> str:
    """Show a product, and how to order it."""
    found = db.get_or_404(Product, product_id)
    return render_template("product.html", product=found, form=OrderForm())
