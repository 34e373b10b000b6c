"""Every refusal and failure becomes a friendly page, or JSON for scripts, in this one place."""

import traceback
from typing import Final

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from server.services.errors import ServiceError

_log = structlog.get_logger("web")

_SENTENCES: Final = {
    400: "这个请求没看懂，请返回重试。",
    401: "请先登录。",
    403: "您没有查看权限，请联系管理员。",
    404: "没有这个页面，可能地址写错了。",
    405: "这个操作这里不支持，请返回重试。",
    413: "内容太大了，请减少后再试。",
    429: "操作太快，请1分钟后再试。",
}
_OURS: Final = "系统忙，直接用就好，不影响使用。"


def install(app: Flask) -> None:
    """Answer `ServiceError`, HTTP errors and anything unforeseen."""
    app.register_error_handler(ServiceError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _refused(error: ServiceError) -> Response:
    return _answer(error.status, error.code, error.sentence)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    sentence = _SENTENCES.get(status, _OURS if status >= 500 else _SENTENCES[400])
    answer = _answer(status, error.name.lower().replace(" ", "_"), sentence)
    if error.response is not None:  # redirects carry their own answer
        return make_response(error.response)
    return answer


def _unforeseen(error: Exception) -> Response:
    # Places only: the URL, the form and an exception's text may hold what a person typed.
    _log.error(
        "request_failed",
        endpoint=request.endpoint,
        kind=type(error).__name__,
        places=[f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)],
    )
    g.signed_in = None  # the page must not need the database that may have failed
    return _answer(500, "internal", _OURS)


def _answer(status: int, code: str, sentence: str) -> Response:
    best = request.accept_mimetypes.best_match(("text/html", "application/json"), "text/html")
    if request.is_json or best == "application/json":
        body = jsonify(error=code, sentence=sentence)
    else:
        body = make_response(render_template("error.html", status=status, sentence=sentence))
    body.status_code = status
    return body
