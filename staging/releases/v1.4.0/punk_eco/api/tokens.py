"""Who asks: by bearer tokens, signed, valid for an hour, kept nowhere; old tools by name and password."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, jsonify, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from punk_eco.models.user import User, find_by_email, load_user

blueprint = Blueprint("api_tokens", __name__)
LIFETIME_SECONDS = 3600


@blueprint.post("/token")
def create() -> Response:
    """Exchange {"email", "password"} for {"token", "expires_in"}."""
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400, "Un objet JSON avec email et password est attendu.")
    user = find_by_email(str(body.get("email", "")))
    if user is None or not user.has_password(str(body.get("password", ""))):
        abort(401, "Adresse e-mail ou mot de passe incorrect.")
    if not user.active:
        abort(403, "Ce compte est désactivé.")
    return jsonify(token=serializer().dumps(user.id), expires_in=LIFETIME_SECONDS)


def token_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Answer 401 unless the request bears a valid token, or name and password; its account is then g.user."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.user = bearer() or named() or abort(401, "Un jeton valable est nécessaire.")
        return view(*args, **kwargs)

    return guarded


def bearer() -> User | None:
    """Return the account of the request's token, if there is one and it is still good."""
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        return None
    try:
        return load_user(serializer().loads(authorization.token, max_age=LIFETIME_SECONDS))
    except BadSignature:
        return None


def named() -> User | None:
    """Return the account whose name and password the request gives (HTTP basic), if they are right and it is active."""
    authorization = request.authorization
    if authorization is None or authorization.type != "basic":
        return None
    user = find_by_email(authorization.username or "")
    return user if user and user.active and user.has_password(authorization.password or "") else None


def serializer() -> URLSafeTimedSerializer:
    """Return what signs the tokens."""
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="api-token")
