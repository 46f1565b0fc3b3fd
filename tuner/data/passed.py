"""Store the arrays among the arguments that a script passes to `search`, unchanged, in a study's folder."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_search.errors import KerasSearchError
from keras_search.tuner.data.arrays import reason
from keras_search.tuner.data.split_files import MARK, DamagedDataError, write_splits
from keras_search.tuner.data.splits import Splits
from keras_search.tuner.data.tree import Array
from keras_search.tuner.system.files import replacing_folder
from keras_search.tuner.system.ownership import seal_of

DETAILS = "splits.json"
STORED_KINDS = "buifcUSM m".replace(" ", "")
"""The kinds of types that an `.npy` file can hold without a pickle."""


@dataclass(frozen=True)
class Slot:
    """The place of an array that was taken out of arguments."""

    number: int


def arrays_out(arguments: Any) -> tuple[Any, list[Array]]:
    """Take every array out of nested tuples, lists and dicts; return these with a `Slot` for each, and the arrays.

    An array that occurs twice is taken once. The numbers do not depend on the order of names in dicts.
    """
    arrays: list[Array] = []
    numbers: dict[int, int] = {}

    def take(value: Any) -> Any:
        if not isinstance(value, np.ndarray) or value.dtype.kind not in STORED_KINDS or value.ndim == 0:
            return value
        if id(value) not in numbers:
            numbers[id(value)] = len(arrays)
            arrays.append(value)
        return Slot(numbers[id(value)])

    return mapped_arguments(take, arguments), arrays


def arrays_in(arguments: Any, arrays: Sequence[Array]) -> Any:
    """Put the arrays back where `arrays_out` took them from."""
    return mapped_arguments(lambda value: arrays[value.number] if isinstance(value, Slot) else value, arguments)


def mapped_arguments(function: Callable[[Any], Any], arguments: Any) -> Any:
    """Apply a function to all values in nested tuples, lists and dicts; those of a dict in the order of its names."""
    if type(arguments) in (tuple, list):
        return type(arguments)(mapped_arguments(function, each) for each in arguments)
    if type(arguments) is dict:
        mapped = {name: mapped_arguments(function, arguments[name]) for name in sorted(arguments, key=str)}
        return {name: mapped[name] for name in arguments}
    return function(arguments)


def places_of(arguments: Any, path: str = "") -> list[str]:
    """List where each array that `arrays_out` has taken belongs.

    >>> places_of(((), {"x": {"b": Slot(1), "a": Slot(0)}, "y": Slot(0)}))
    ['1.x.a=0', '1.x.b=1', '1.y=0']
    """
    if isinstance(arguments, Slot):
        return [f"{path}={arguments.number}"]
    named: list[tuple[Any, Any]] = []
    if type(arguments) in (tuple, list):
        named = list(enumerate(arguments))
    elif type(arguments) is dict:
        named = sorted(arguments.items(), key=lambda item: str(item[0]))
    return [place for name, each in named for place in places_of(each, f"{path}.{name}" if path else str(name))]


def digest_of(arrays: Sequence[Array]) -> str:
    """Hash the types, shapes and bytes of arrays, of texts as objects what they read (SHA-256, hex)."""
    content = hashlib.sha256()
    for array in arrays:
        content.update(f"{array.dtype.str} {array.shape} ".encode())
        if array.dtype.kind == "O":
            content.update(repr(array.tolist()).encode())
        elif array.size:
            content.update(np.ascontiguousarray(array).view(np.uint8).data)
    return content.hexdigest()


def save_passed(arrays: Sequence[Array], folder: Path, splits: Splits | None = None) -> str:
    """Write arrays as `.npy` files; the folder appears under its name only when it is complete; return its seal.

    `splits` are the same data with a test part, once there is one, as `open_splits` reads them.

    Raises:
        KerasSearchError: the folder cannot be written.
    """
    try:
        with replacing_folder(folder, MARK) as partial:
            for number, array in enumerate(arrays):
                np.save(partial / f"passed-{number}.npy", array, allow_pickle=False)
            if splits is None:
                (partial / DETAILS).write_text(json.dumps({"passed": len(arrays)}), encoding="utf-8")
            else:
                write_splits(splits, partial, passed=len(arrays))
    except OSError as error:
        raise KerasSearchError(
            f"The data could not be written to {folder}: {reason(error)}. Free some space or choose another directory=."
        ) from error
    return seal_of(folder)


def open_passed(folder: Path) -> list[Array]:
    """Map the arrays that `save_passed` wrote into memory, read-only.

    Raises:
        DamagedDataError: the folder is missing or damaged.
    """
    try:
        count = json.loads((folder / DETAILS).read_text(encoding="utf-8"))["passed"]
        names = [folder / f"passed-{number}.npy" for number in range(count)]
        return [np.load(name, mmap_mode="r", allow_pickle=False) for name in names]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DamagedDataError(
            f"The data in {folder} is missing or damaged: {reason(error)}. Search again with overwrite=True."
        ) from error
