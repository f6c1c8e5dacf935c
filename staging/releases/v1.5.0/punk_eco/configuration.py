"""Settings, read from the environment once, when the application is made."""

import os
from pathlib import Path
from typing import Any

BYTES_PER_MB = 1024 * 1024


def from_environment() -> dict[str, Any]:
    """Return the settings for Flask. Raise KeyError when a required variable is missing."""
    return {
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "SQLALCHEMY_DATABASE_URI": os.environ["DATABASE_URL"],
        "MEDIA_DIRECTORY": Path(os.environ.get("MEDIA_DIRECTORY", "/data/media")),
        "SHOP_NAME": os.environ.get("SHOP_NAME", "Punk Eco"),
        "CONTACT_EMAIL": os.environ.get("CONTACT_EMAIL", "support@punk-eco.ma"),
        "PRODUCTS_PER_PAGE": int(os.environ.get("PRODUCTS_PER_PAGE", "24")),
        "MAX_CONTENT_LENGTH": int(os.environ.get("MAX_UPLOAD_MB", "8")) * BYTES_PER_MB,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }
