"""The QR code on a phone's screen."""

from typing import Final, NamedTuple

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import QRData

NUMERIC: Final = 1
"""Mode indicator 0001 of ISO/IEC 18004."""
VERSION_MAX: Final = 10
"""A token fills version 9 or 10 at level M; beyond that modules get too small for the scanner."""


class Picture(NamedTuple):
    """What the scanner sees: the text and the modules that carry it (True is dark)."""

    text: str
    modules: tuple[tuple[bool, ...], ...]


def draw(digits: str) -> Picture:
    """Draw the digits of a credential, densest form, level M, four modules of quiet zone.

    Raises:
        ValueError: `digits` holds anything but digits, or does not fit version 10.
    """
    data = QRData(digits.encode(), mode=NUMERIC)
    code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(data, optimize=0)
    code.make(fit=True)
    if code.data_list[0].mode != NUMERIC or code.version > VERSION_MAX:
        raise ValueError(f"the code needs version {code.version}, at most {VERSION_MAX} is read")
    return Picture(digits, tuple(tuple(map(bool, row)) for row in code.get_matrix()))
