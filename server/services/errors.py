"""What a use case refuses, as exceptions that the web maps to answers in one place."""


class ServiceError(Exception):
    """Refused.

    Attributes:
        code: stable short name.
        sentence: for the person on the page, in Chinese.
        status: HTTP status the web answers with.
    """

    def __init__(self, code: str, sentence: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.status = status
