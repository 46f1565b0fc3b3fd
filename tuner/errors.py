"""The errors that reach a user as one line; `cli.py` catches the base class once."""


class KerasSearchError(Exception):
    """Say why something could not be done, on one line: expected, received, what to do next."""

    exit_code = 1


class UsageError(KerasSearchError):
    """Say that an argument is wrong."""

    exit_code = 2
