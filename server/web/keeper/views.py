"""Requests of the keeper's page. The station comes from the account, never from the request."""

from flask import render_template

from server.services.board import Board, keeper_board
from server.services.errors import ServiceError
from server.web.database import now, read_session
from server.web.identity import current


def page() -> str:
    """The whole page."""
    at = now()
    return render_template("keeper/page.html", board=_board(at), now=at)


def board() -> str:
    """The board alone, for the page to put in place."""
    at = now()
    return render_template("keeper/board.html", board=_board(at), now=at)


def _board(at: int) -> Board:
    who = current()
    if who.station_no is None:
        raise ServiceError("no_station", "这个账户没有对应的站点，请联系管理员。", status=403)
    return keeper_board(read_session(), station_no=who.station_no, now=at)
