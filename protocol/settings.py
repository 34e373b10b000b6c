"""Configuration text to typed settings; a mistake is told by file, key, value and rule."""

import re
import tomllib
from typing import Any, TypeVar

import msgspec

from protocol.errors import SettingsError

_T = TypeVar("_T")
_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


def parse_toml(text: str, into: type[_T], *, file: str) -> _T:
    """TOML text as an instance of `into` (a msgspec struct; unknown keys should be forbidden).

    Args:
        text: contents of the file.
        into: the struct to build.
        file: name shown in the error.

    Raises:
        SettingsError: names file, key, value and what is allowed. Values of keys whose name
            contains `password` or `secret` are not shown.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("settings_syntax", f"{file}: not valid TOML: {error}") from error
    try:
        return msgspec.convert(data, into)
    except msgspec.ValidationError as error:
        raise SettingsError("settings_value", f"{file}: {_sentence(str(error), data)}") from error


def _sentence(message: str, data: dict[str, Any]) -> str:
    match = _PATH.match(message)
    if match is None:
        return message
    what, path = match["what"], (match["path"] or "$").removeprefix("$")
    key = path.lstrip(".") or "(top level)"
    found = _lookup(data, path)
    if found is _NOTHING or isinstance(found, dict | list):
        return f"{key}: {what}"
    shown = "(hidden)" if re.search("password|secret|token", key) else repr(found)
    return f"{key} = {shown}: {what}"


_NOTHING = object()


def _lookup(data: object, path: str) -> object:
    here = data
    for name, index in _STEP.findall(path):
        if name and isinstance(here, dict):
            here = here.get(name, _NOTHING)
        elif index.isdigit() and isinstance(here, list) and int(index) < len(here):
            here = here[int(index)]
        else:
            return _NOTHING
    return here
