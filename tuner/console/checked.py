"""Read the values of a command's own options, and refuse a wrong one in the words that the settings have."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from keras_search.errors import UsageError, did_you_mean

E = TypeVar("E", bound=StrEnum)


def whole(option: str, least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` to `most`."""
    limits = f"be at least {least}" if most is None else f"lie between {least} and {most}, both included"

    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise UsageError(f"{option} must be a whole number, received {value!r}.") from None
        if number < least or (most is not None and number > most):
            raise UsageError(f"{option} must {limits}, received {number}.")
        return number

    return read


def one_of(option: str, choices: type[E]) -> Callable[[str], E]:
    """Return a reader of one of some names."""
    names = [each.value for each in choices]

    def read(value: str) -> E:
        if value not in names:
            close = did_you_mean(value, names)
            raise UsageError(f"{option} must be one of {', '.join(names)}, received {str(value)!r}.{close}")
        return choices(value)

    return read


def folder(option: str) -> Callable[[str], Path]:
    """Return a reader of the path of a folder, which need not exist."""

    def read(value: str) -> Path:
        path = Path(value)
        if not str(value).strip():
            raise UsageError(f"{option} must be a folder, received {str(value)!r}.")
        if path.exists() and not path.is_dir():
            raise UsageError(f"{option} must be a folder, {path} is a file.")
        return path

    return read
