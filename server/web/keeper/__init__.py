"""Pages of the keeper."""

from flask import Blueprint

blueprint = Blueprint("keeper", __name__, url_prefix="/k")
