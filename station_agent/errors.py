"""The agent's own exceptions: each has a code to count and a sentence to act on."""


class AgentError(Exception):
    """Something the agent cannot work around by itself.

    Attributes:
        code: short stable name.
        sentence: what is wrong and what to do, for a person at the station.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class StartError(AgentError):
    """The agent cannot start: a folder, a password file or an outbox is not usable."""
