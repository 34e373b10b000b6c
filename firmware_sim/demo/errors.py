"""What stops the demonstration, each with a sentence and an exit code."""


class DemoError(Exception):
    """The demonstration cannot start or go on.

    Attributes:
        sentence: what is wrong and what to do, for a person.
        status: exit code of the command: 2 when the machine must be changed, else 1.
    """

    def __init__(self, sentence: str, *, status: int = 1) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
