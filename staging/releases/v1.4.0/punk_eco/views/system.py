"""What machines ask for: the state, the version, the files; and the pages for errors."""

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
    send_from_directory,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from punk_eco import media
from punk_eco.api import errors

blueprint = Blueprint("system", __name__)

MESSAGES = {
    400: "Cette demande n'est pas valable. Rechargez la page et recommencez.",
    403: "Cette page est réservée.",
    404: "Cette page n'existe pas, ou plus.",
    413: "Ce fichier est trop grand.",
    500: "Une erreur est survenue. L'équipe en est avertie par le journal.",
}


@blueprint.get("/health")
def health() -> Response:
    """Say that the process answers; nothing is asked of the database."""
    return jsonify(status="ok")


@blueprint.get("/version")
def version() -> Response:
    """Say which release this is."""
    return jsonify(version=current_app.config["VERSION"])


@blueprint.get("/media/<name>")
def media_file(name: str) -> Response:
    """Serve an uploaded file."""
    return send_from_directory(media.directory(), name, max_age=3600)


def register_error_pages(app: Flask) -> None:
    """Show errors as a page of the shop, or as JSON below /api/."""
    app.register_error_handler(HTTPException, error_page)
    app.register_error_handler(CSRFError, error_page)


def error_page(error: HTTPException) -> tuple[Response | str, int]:
    """Return the answer to a request that went wrong."""
    code = error.code or InternalServerError.code
    if request.path.startswith("/api/"):
        return errors.as_json(error)
    return render_template("error.html", code=code, message=MESSAGES.get(code, error.description)), code
