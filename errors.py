"""The errors that reach a user as one line; `cli.py` catches the base class once."""


class KerasSearchError(Exception):
    """Say why something could not be done, on one line: expected, received, what to do next."""

    exit_code = 1


class UsageError(KerasSearchError):
    """Say that an argument is wrong."""

    exit_code = 2


class TaskError(KerasSearchError):
    """Say what the user's own code raised; `details` are its frames."""

    def __init__(self, message: str, details: str) -> None:
        super().__init__(message)
        self.details = details
