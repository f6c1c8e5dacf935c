"""The JSON API, for the cooperative's own tools and its partners."""

from flask import Flask

from punk_eco.api import orders, products, tokens
from punk_eco.extensions import csrf


def register(app: Flask) -> None:
    """Tie the API to the application; it uses bearer tokens, so it needs no CSRF token."""
    for module in (tokens, products, orders):
        csrf.exempt(module.blueprint)
        app.register_blueprint(module.blueprint, url_prefix="/api")
