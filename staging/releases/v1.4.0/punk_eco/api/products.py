"""The catalogue, for programs."""

from typing import Any

from flask import Blueprint, Response, jsonify, url_for
from sqlalchemy.orm import joinedload, selectinload

from punk_eco.api.paging import page_of
from punk_eco.api.tokens import token_required
from punk_eco.extensions import db
from punk_eco.formatting import amount
from punk_eco.models import Photo, Product

blueprint = Blueprint("api_products", __name__)


@blueprint.get("/products")
@token_required
def index() -> Response:
    """Return the products."""
    query = db.select(Product).options(joinedload(Product.category), selectinload(Product.photos))
    return page_of(query.order_by(Product.id), product_as_json)


@blueprint.get("/products/<int:product_id>")
@token_required
def product(product_id: int) -> Response:
    """Return one product."""
    return jsonify(product_as_json(db.get_or_404(Product, product_id)))


def product_as_json(product: Product) -> dict[str, Any]:
    """Return what the API tells about a product; the price is text with two decimals."""
    return {
        "id": product.id,
        "name": product.name,
        "slug": product.slug,
        "category": product.category.slug,
        "price": amount(product.price),
        "currency": "MAD",
        "photos": [photo_as_json(photo) for photo in product.photos],
    }


def photo_as_json(photo: Photo) -> dict[str, Any]:
    """Return what the API tells about a photo."""
    return {
        "id": photo.id,
        "url": url_for("system.media_file", name=photo.name),
        "sha256": photo.sha256,
        "size_bytes": photo.size_bytes,
    }
