"""The pages."""

from flask import Flask

from punk_eco.views import account, admin, catalogue, orders, system


def register(app: Flask) -> None:
    """Tie the pages to the application."""
    for module in (system, account, catalogue, orders, admin):
        app.register_blueprint(module.blueprint)
    system.register_error_pages(app)
