"""Phones are enrolled over real HTTP, and a refusal is told."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from firmware_sim.world.enrol import enrol
from firmware_sim.world.phones import PhoneError, load_phones, pack, unpack
from protocol.credential import Algorithm, issue, parse_certificate
from tests.unit.firmware_sim.world.test_phones import NOW, SERVER

USED = "USED-CODE"


class _Page(BaseHTTPRequestHandler):
    """The activation page of docs/contracts.md."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/r/activate" or asked["code"] == USED:
            self.send_error(403)
            return
        algorithm = {"ed25519": Algorithm.ED25519, "p256": Algorithm.P256}[asked["algorithm"]]
        certificate = issue(
            SERVER,
            kid=1,
            rid=b"abcdefgh",
            enterprise=0,
            exp_h=NOW // 3600,
            algorithm=algorithm,
            phone_key=unpack(asked["key"]),
        )
        body = json.dumps({"certificate": pack(certificate), "expires": NOW * 1000}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def page() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_enrolled_phones_hold_certificates_of_their_own_keys(page: str, tmp_path: Path) -> None:
    folder = tmp_path / "phones"
    enrol(page, ["A", "B"], folder)
    enrol(page, ["C"], folder)
    phones = load_phones(folder)
    assert [(p.name, p.algorithm) for p in phones] == [
        ("phone-001", "ed25519"),
        ("phone-002", "ed25519"),
        ("phone-003", "p256"),
    ]
    for phone in phones:
        assert parse_certificate(phone.certificate).phone_key == phone.key.public()
        assert phone.expires == NOW * 1000


def test_a_refused_code_and_a_dead_server_are_told(page: str, tmp_path: Path) -> None:
    with pytest.raises(PhoneError, match="phone-001: the server refused: HTTP 403"):
        enrol(page, [USED], tmp_path)
    with pytest.raises(PhoneError, match="phone-001: no certificate"):
        enrol("http://127.0.0.1:1", ["A"], tmp_path)
    with pytest.raises(PhoneError, match="is no http address"):
        enrol("file:///etc", ["A"], tmp_path)
