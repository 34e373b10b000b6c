"""Pages of the committee."""

from flask import Blueprint

blueprint = Blueprint("committee", __name__, url_prefix="/c")
