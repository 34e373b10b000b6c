"""The committee's pages: a month's use, completeness, and the same as documents."""

from flask import Blueprint

from server.web.committee import views
from server.web.identity import require

blueprint = Blueprint("committee", __name__, url_prefix="/c")
blueprint.before_request(require("committee"))

blueprint.add_url_rule("", "page", views.page)
blueprint.add_url_rule("/report.xlsx", "xlsx", views.xlsx)
blueprint.add_url_rule("/report.csv", "csv", views.csv)
