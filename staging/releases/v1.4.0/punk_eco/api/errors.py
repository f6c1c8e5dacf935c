"""Errors as JSON."""

from flask import Response, jsonify
from werkzeug.exceptions import HTTPException


def as_json(error: HTTPException) -> tuple[Response, int]:
    """Return an error's description with its status code."""
    code = error.code or 500
    return jsonify(error=error.description), code
