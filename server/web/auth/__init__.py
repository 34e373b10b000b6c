"""Sign-in and sign-out of keepers and committee members."""

from flask import Blueprint

from server.web.auth import views

blueprint = Blueprint("auth", __name__)

blueprint.add_url_rule("/login", "login", views.show, methods=["GET"])
blueprint.add_url_rule("/login", "sign_in", views.sign_in, methods=["POST"])
blueprint.add_url_rule("/logout", "logout", views.sign_out, methods=["POST"])
