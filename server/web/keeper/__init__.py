"""The keeper's page: what is wrong at the own station, and what to do next."""

from flask import Blueprint

from server.web.identity import require
from server.web.keeper import views

blueprint = Blueprint("keeper", __name__, url_prefix="/k")
blueprint.before_request(require("keeper"))

blueprint.add_url_rule("", "page", views.page)
blueprint.add_url_rule("/board", "board", views.board)
