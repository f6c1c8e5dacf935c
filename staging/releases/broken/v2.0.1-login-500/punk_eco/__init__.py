"""Punk Eco, the online shop of a cooperative that gives old materials a second life."""

from flask import Flask

from punk_eco import api, configuration, formatting, seeding, views
from punk_eco.extensions import csrf, db, login_manager, migrate

__version__ = "2.0.1"


def create_app() -> Flask:
    """Return the shop, configured from the environment."""
    app = Flask(__name__)
    app.config.from_mapping(configuration.from_environment(), VERSION=__version__)
    app.config["SESSION_COOKIE_NAME"] = "punk_eco"
    db.init_app(app)
    migrate.init_app(app, db)
    login_manager.init_app(app)
    csrf.init_app(app)
    formatting.register(app)
    views.register(app)
    api.register(app)
    seeding.register(app)
    return app
