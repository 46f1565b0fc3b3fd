"""Errors of the command line in Python's spelling: `max_epochs=` for `--max-epochs`."""

import re
from collections.abc import Callable
from functools import wraps
from os import PathLike
from pathlib import Path
from typing import ParamSpec, TypeVar

from keras_search.errors import UsageError
from keras_search.tuner.study.fields import SETTINGS
from keras_search.tuner.study.refusal import one_value

P = ParamSpec("P")
T = TypeVar("T")
NAMES = {each.option: name for name, each in SETTINGS.items()} | {
    "--workers": "workers", "--threads": "threads", "--studies-dir": "studies_dir", "--reports-dir": "reports_dir",
    "--overwrite": "overwrite", "--search-only": "search_only", "--baseline": "baseline", "--engine": "engine",
    "--ray-address": "ray_address", "--format": "formats", "--output": "output",
}  # fmt: skip
_COMMAND = re.compile(r"keras-search [a-z]+[^.;,:]*")
_OPTION = re.compile(r"--[a-z][a-z-]*")


def in_python(message: str) -> str:
    """Spell the options in a message as Python's arguments; commands in it stay as they are.

    >>> in_python("--max-epochs must be at least 1, received 0.")
    'max_epochs= must be at least 1, received 0.'
    """
    parts, end = [], 0
    for command in _COMMAND.finditer(message):
        parts += [_OPTION.sub(_spelled, message[end : command.start()]), command[0]]
        end = command.end()
    return "".join([*parts, _OPTION.sub(_spelled, message[end:])])


def spells_as_python(function: Callable[P, T]) -> Callable[P, T]:
    """Let the usage errors of a function name Python's arguments."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except UsageError as error:
            raise type(error)(in_python(str(error))) from error.__cause__

    return call


def as_path(argument: str, value: object) -> Path:
    """Return the path that was passed for an argument.

    Raises:
        UsageError: it is neither text nor a path.
    """
    if not isinstance(value, str | PathLike) or isinstance(value, bytes):
        raise UsageError(f"{argument}= must be a path, received {one_value(value)}.")
    return Path(value)


def as_flag(argument: str, value: object) -> bool:
    """Return what was passed for an argument that is on or off.

    Raises:
        UsageError: it is neither True nor False.
    """
    if not isinstance(value, bool):
        raise UsageError(f"{argument}= must be True or False, received {one_value(value)}.")
    return value


def _spelled(option: re.Match[str]) -> str:
    name = NAMES.get(option[0])
    return option[0] if name is None else f"{name}="
