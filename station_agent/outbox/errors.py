"""What the outbox cannot do."""


class OutboxError(Exception):
    """The events could not be made durable; nothing may be confirmed to a person.

    Attributes:
        code: `full` (disk), `broken` (input/output).
        sentence: for the log.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
