"""A mistake in a settings file is told by file, key, value and what is allowed."""

from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import SettingsError
from protocol.settings import parse_toml


class Part(msgspec.Struct, forbid_unknown_fields=True):
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)]
    password: str = ""


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    mqtt: Part
    device: list[Part] = []


def _sentence(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_toml(text, Whole, file="a.toml")
    return caught.value.sentence


def test_good_settings_are_typed() -> None:
    assert parse_toml("[mqtt]\nport = 1883", Whole, file="a.toml") == Whole(mqtt=Part(port=1883))


def test_a_value_out_of_range_shows_key_value_and_bound() -> None:
    sentence = _sentence("[mqtt]\nport = 99999")
    assert sentence == "a.toml: mqtt.port = 99999: Expected `int` <= 65535"


def test_an_entry_of_a_list_is_found() -> None:
    text = "[mqtt]\nport = 1\n[[device]]\nport = 2\n[[device]]\nport = 'x'"
    assert "device[1].port = 'x'" in _sentence(text) or "device[...].port" in _sentence(text)


def test_an_unknown_key_is_named() -> None:
    assert "prot" in _sentence("[mqtt]\nport = 1\nprot = 2")


def test_a_password_is_not_shown() -> None:
    assert "12345" not in _sentence("[mqtt]\nport = 1\npassword = 12345")


def test_broken_toml_says_where() -> None:
    assert "line 2" in _sentence("[mqtt]\nport =\n")


@given(st.text(max_size=200))
def test_any_text_is_settings_or_a_sentence(text: str) -> None:
    try:
        parse_toml(text, Whole, file="a.toml")
    except SettingsError as error:
        assert error.sentence.startswith("a.toml: ")
