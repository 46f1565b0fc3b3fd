"""The errors that a user sees as one line; `cli.py` catches the base class once."""

from collections.abc import Iterable


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


def did_you_mean(name: object, known: Iterable[object]) -> str:
    """Return ` Did you mean 'x'?` with the known name closest to a wrong one, or nothing if none is close.

    >>> did_you_mean("digts", ["digits", "mnist"])
    " Did you mean 'digits'?"
    """
    from difflib import get_close_matches  # takes as long to import as all else here

    written = {_plain(each): each for each in map(str, known)}
    near = get_close_matches(_plain(str(name)), written, 1)
    return f" Did you mean {written[near[0]]!r}?" if near else ""


def _plain(name: str) -> str:
    return name.casefold().replace("_", "-")
