"""The forms of the shop, each with its CSRF token."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, PasswordField, StringField, SubmitField
from wtforms.validators import DataRequired, NumberRange


class LoginForm(FlaskForm):
    """Who is there."""

    email = StringField("Adresse e-mail", validators=[DataRequired("Indiquez votre adresse e-mail.")])
    password = PasswordField("Mot de passe", validators=[DataRequired("Indiquez votre mot de passe.")])
    submit = SubmitField("Se connecter")


class OrderForm(FlaskForm):
    """How many of the product shown."""

    quantity = IntegerField("Quantité", default=1, validators=[NumberRange(1, 20, "Commandez de 1 à 20 pièces.")])
    submit = SubmitField("Commander")


class PhotoForm(FlaskForm):
    """A photo of the product shown."""

    photo = FileField("Photo (PNG ou JPEG)", validators=[FileRequired("Choisissez un fichier.")])
    submit = SubmitField("Ajouter la photo")


class ConfirmationForm(FlaskForm):
    """A button that changes something: nothing but the CSRF token."""
