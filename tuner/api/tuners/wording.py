"""Translate the command line's messages into a script's words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from keras_search.errors import KerasSearchError, TaskError

_NAMES = {"iterations": "hyperband_iterations", "max_parameters": "max_model_size", "studies_dir": "directory"}
_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")


def in_script_words(text: str) -> str:
    """Write options as arguments.

    >>> in_script_words("--max-epochs must be at least 1, received 0.")
    'max_epochs= must be at least 1, received 0.'
    """

    def argument(found: re.Match[str]) -> str:
        name = found[1].replace("-", "_")
        return f"{_NAMES.get(name, name)}="

    return _OPTION.sub(argument, text)


@contextmanager
def script_words() -> Iterator[None]:
    """Raise errors in a script's words; an error in the user's own code has its frames as a note."""
    try:
        yield
    except KerasSearchError as error:
        error.args = (in_script_words(str(error)), *error.args[1:])
        if isinstance(error, TaskError) and error.details:
            error.add_note(error.details)
        raise
