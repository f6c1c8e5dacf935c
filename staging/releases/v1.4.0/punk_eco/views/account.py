"""Logging in and out, and what the shop knows about the visitor."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response

from punk_eco.forms import ConfirmationForm, LoginForm
from punk_eco.models.user import find_by_email

blueprint = Blueprint("account", __name__)


@blueprint.app_context_processor
def confirmation() -> dict[str, ConfirmationForm]:
    """Give every page the form behind its buttons."""
    return {"confirmation": ConfirmationForm()}


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> tuple[str, int] | Response:
    """Ask who is there; 401 when the answer is wrong."""
    form = LoginForm()
    if not form.validate_on_submit():
        return render_template("login.html", form=form), 200
    user = find_by_email(form.email.data)
    if user is None or not user.has_password(form.password.data):
        return render_template("login.html", form=form, error="Adresse e-mail ou mot de passe incorrect."), 401
    if not login_user(user):
        return render_template("login.html", form=form, error="Ce compte est désactivé."), 403
    flash(f"Bienvenue, {user.full_name}.", "success")
    return redirect(destination())


def destination() -> str:
    """Return where to go after the login: a page of this shop only."""
    wanted = request.args.get("next", "")
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_local else url_for("catalogue.index")


@blueprint.post("/logout")
@login_required
def logout() -> Response:
    """End the session."""
    logout_user()
    flash("À bientôt.", "info")
    return redirect(url_for("catalogue.index"))


@blueprint.get("/account")
@login_required
def details() -> str:
    """Show name and delivery address."""
    return render_template("account.html", user=current_user)
