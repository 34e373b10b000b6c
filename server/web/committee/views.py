"""Requests of the committee's pages."""

from flask import render_template


def page() -> str:
    """A month's report."""
    return render_template("committee/page.html")
