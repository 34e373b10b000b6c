"""The one exception tree of the wire: each error has a code to count and a sentence to read."""


class ProtocolError(Exception):
    """Something received does not fit the protocol.

    Attributes:
        code: short stable name, used for counters and quarantine rows.
        sentence: what is wrong, for a person; never contains personal data.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class TopicError(ProtocolError):
    """A topic that is not one of ours."""


class MessageError(ProtocolError):
    """A payload that cannot be taken: malformed, oversized, unknown version, impossible value."""


class CredentialError(ProtocolError):
    """A scanned code that is not a valid credential. The code names the reason."""


class SettingsError(ProtocolError):
    """A configuration file that cannot be used: file, key, value and what is allowed."""
