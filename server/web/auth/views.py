"""The sign-in form and what happens after it."""

import re
from typing import Final

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers.response import Response

from server.services import accounts
from server.services.errors import ServiceError
from server.web import identity
from server.web.database import resources, write_session

_HOME: Final = {"keeper": "/k", "committee": "/c"}
# A path of this site. Browsers read a second slash, or a backslash for it, as another host, and
# drop white space before they look.
_INSIDE: Final = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]*")


def show() -> str | Response:
    """The form; who is signed in already goes to their own page."""
    who = identity.signed_in()
    if who is not None:
        return redirect(_HOME[who.role])
    return render_template("auth/login.html", login="", sentence="", next=_inside("next"))


def sign_in() -> Response | tuple[str, int]:
    """Check login and password; a mistake shows the form again with the reason."""
    login = request.form.get("login", "").strip().lower()[:32]
    person = _checked(login, request.form.get("password", ""))
    if isinstance(person, ServiceError):
        page = render_template(
            "auth/login.html", login=login, sentence=person.sentence, next=_inside("next")
        )
        return page, person.status
    identity.remember(login)
    return redirect(_inside("next") or _HOME[person.role], code=303)


def sign_out() -> Response:
    """End the session."""
    identity.forget()
    return redirect(url_for("auth.login"), code=303)


def _checked(login: str, password: str) -> accounts.Person | ServiceError:
    """Who this is, or the refusal; a refusal commits too, because it counts a failure."""
    with write_session() as session:
        try:
            return accounts.sign_in(session, resources().clock, login=login, password=password)
        except ServiceError as error:
            return error


def _inside(field: str) -> str:
    """Where to go on to, when it is a page of this site; else empty."""
    target = request.values.get(field, "")
    return target if _INSIDE.fullmatch(target) else ""
