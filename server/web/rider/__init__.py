"""The rider's page: what stations offer now, and the code on this phone."""

from flask import Blueprint

from server.web.rider import views

blueprint = Blueprint("rider", __name__)

blueprint.add_url_rule("/r", "page", views.page)
blueprint.add_url_rule("/r/stations", "stations", views.stations)
blueprint.add_url_rule("/r/activate", "activate", views.activate, methods=["POST"])
blueprint.add_url_rule("/r/app.webmanifest", "webmanifest", views.webmanifest)
