"""Activation as a phone meets it, and the words of the board."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from protocol.credential import Algorithm, parse_certificate
from server.web.encoding import from_base64url, to_base64url
from server.web.rider.board import age_words, distance_words
from tests.support.site import Site
from tests.web.conftest import SetClock

_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()


def body(code: str, **changed: object) -> dict[str, object]:
    return {"code": code, "algorithm": "ed25519", "key": to_base64url(_KEY)} | changed


def test_code_buys_a_certificate_over_the_phones_key_once(
    client: FlaskClient, site: Site, clock: SetClock
) -> None:
    code = site.activation_code(clock())
    answer = client.post("/r/activate", json=body(code))
    assert answer.status_code == 200
    assert answer.json is not None
    certificate = parse_certificate(from_base64url(answer.json["certificate"]))
    assert (certificate.algorithm, certificate.phone_key) == (Algorithm.ED25519, _KEY)
    assert answer.json["expires"] == certificate.exp_h * 3_600_000
    assert "Set-Cookie" not in answer.headers
    again = client.post("/r/activate", json=body(code))
    assert again.status_code == 403
    assert again.json == {
        "error": "code_refused",
        "sentence": "激活码不对或已用过，请核对后再试。",
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"code": 5},
        {"code": ""},
        {"algorithm": "rsa"},
        {"key": "not base64url!"},
        {"key": "A" * 61},
        {"name": "somebody"},
    ],
    ids=str,
)
def test_what_is_no_activation_is_refused_and_spends_nothing(
    client: FlaskClient, site: Site, clock: SetClock, changed: dict[str, object]
) -> None:
    code = site.activation_code(clock())
    answer = client.post("/r/activate", json=body(code) | changed)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "malformed"
    assert client.post("/r/activate", json=body(code)).status_code == 200


def test_form_of_another_site_cannot_activate(client: FlaskClient) -> None:
    answer = client.post("/r/activate", data=body("0000000000"))
    assert answer.status_code == 415


def test_key_of_the_wrong_length_is_refused_and_spends_nothing(
    client: FlaskClient, site: Site, clock: SetClock
) -> None:
    code = site.activation_code(clock())
    answer = client.post("/r/activate", json=body(code, key=to_base64url(_KEY[:-1])))
    assert answer.json is not None
    assert answer.json["error"] == "key_invalid"
    assert client.post("/r/activate", json=body(code)).status_code == 200


def test_server_without_a_key_does_not_show_its_folders(client: FlaskClient, site: Site) -> None:
    for file in (site.folder / "keys").iterdir():
        file.unlink()
    answer = client.post("/r/activate", json=body("0000000000"))
    assert answer.status_code == 503
    assert str(site.folder) not in answer.text
    assert answer.json is not None
    assert answer.json["sentence"] == "暂时不能激活，请稍后再试。"


@given(st.binary(max_size=200))
def test_base64url_gives_back_what_it_took(raw: bytes) -> None:
    text = to_base64url(raw)
    assert from_base64url(text) == raw
    assert text == base64.urlsafe_b64encode(raw).decode().rstrip("=")


@given(st.text(max_size=40))
def test_base64url_takes_its_own_spelling_only(text: str) -> None:
    try:
        raw = from_base64url(text)
    except ValueError:
        return
    assert to_base64url(raw) == text


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-5, "刚刚更新"),
        (0, "刚刚更新"),
        (1, "1分钟前的数据"),
        (59, "59分钟前的数据"),
        (60, "1小时前的数据"),
        (47 * 60 + 59, "47小时前的数据"),
        (48 * 60, "2天前的数据"),
    ],
)
def test_age_is_said_in_the_unit_a_person_uses(minutes: int, words: str) -> None:
    assert age_words(1_000_000_000, 1_000_000_000 + minutes * 60_000) == words


def test_station_never_heard_of_says_so() -> None:
    assert age_words(None, 0) == "还没有数据"


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (0, "约100米"),
        (640, "约600米"),
        (999, "约1000米"),
        (1_000, "约1.0公里"),
        (3_351, "约3.4公里"),
    ],
)
def test_distance_is_rounded_as_people_say_it(metres: float, words: str) -> None:
    assert distance_words(metres) == words
