"""The errors that a user sees as one line; `cli.py` catches the base class once."""


class KerasSearchError(Exception):
    """Raised if something cannot be done; the message says on one line what was expected, received, and what to do."""

    exit_code = 1


class UsageError(KerasSearchError):
    """Raised if an argument is wrong."""

    exit_code = 2


class TaskError(KerasSearchError):
    """Raised if the user's own code raised an error; `details` are its frames."""

    def __init__(self, message: str, details: str) -> None:
        super().__init__(message)
        self.details = details
