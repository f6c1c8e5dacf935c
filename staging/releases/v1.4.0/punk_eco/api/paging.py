"""Lists, a page at a time."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify
from sqlalchemy import Select

from punk_eco.extensions import db

LARGEST_PAGE = 200


def page_of(query: Select[Any], render: Callable[[Any], dict[str, Any]]) -> Response:
    """Return the page that ?page= and ?per_page= ask for, and how many there are in all."""
    found = db.paginate(query, max_per_page=LARGEST_PAGE)
    return jsonify(
        items=[render(item) for item in found.items],
        page=found.page,
        per_page=found.per_page,
        total=found.total,
    )
