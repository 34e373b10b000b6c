"""Settings of a QR scanner."""

import msgspec

from protocol.ids import Id


class ScannerConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="family",
    tag="gm65",
):
    """GM65-type scanner on a serial port; `configure` sets mode, tail CR, set-up codes off."""

    id: Id
    port: str
    configure: bool = True
