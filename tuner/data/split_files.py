"""Store the splits of a study where every worker can map them."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from keras_search.errors import KerasSearchError
from keras_search.models.problem import Target
from keras_search.tuner.data.arrays import reason
from keras_search.tuner.data.preparation import preparation_from
from keras_search.tuner.data.splits import Splits
from keras_search.tuner.data.tree import Array, Tree, leaves, mapped
from keras_search.tuner.system.files import replacing_folder, sync
from keras_search.tuner.system.ownership import Mark, seal_of

TRAINED_ON = ("x_fit", "y_fit", "w_fit", "x_val", "y_val", "w_val")
TESTED_ON = ("x_test", "y_test", "w_test", "raw_test")
OWN = "own."
"""The prefix of an array that the user's own model gets instead of the one without it."""
MARK = Mark("data", "data")
_DETAILS = "splits.json"


class DamagedDataError(KerasSearchError):
    """Raised if a study's prepared data cannot be read, which is not the fault of any run."""


def save_splits(splits: Splits, folder: Path) -> str:
    """Write the splits as `.npy` files; the folder appears under its name only when it is complete; return its seal.

    Raises:
        KerasSearchError: the folder cannot be written.
    """
    try:
        with replacing_folder(folder, MARK) as partial:
            write_splits(splits, partial)
    except OSError as error:
        raise KerasSearchError(
            f"The data could not be written to {folder}: {reason(error)}. "
            "Free some space or choose another --studies-dir."
        ) from error
    return seal_of(folder)


def open_splits(folder: Path, test: bool = False) -> Splits:
    """Map the files of `save_splits` into memory, read-only; the test files only if `test` is true.

    Raises:
        DamagedDataError: the folder is missing or damaged.
    """
    try:
        details = json.loads((folder / _DETAILS).read_text(encoding="utf-8"))
        targets = tuple(map(_target, details["targets"]))
        arrays = _Arrays(folder, details["arrays"], test)
        splits = Splits(**arrays.of(""), targets=targets, preparation=preparation_from(details["preparation"]))
        if details["own"] is None:
            return splits
        return replace(splits, own=replace(splits, **arrays.of(OWN), preparation=preparation_from(details["own"])))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DamagedDataError(
            f"The prepared data in {folder} is missing or damaged: {reason(error)}. "
            "Resume the study with the data that it was started with, to prepare it again."
        ) from error


class _Arrays:
    """The arrays in a folder; `names` are by part those of several arrays, None for a single one."""

    def __init__(self, folder: Path, names: Mapping[str, list[str] | None], test: bool) -> None:
        self._folder, self._names, self._test = folder, names, test

    def of(self, view: str) -> dict[str, Any]:
        """Map the arrays of a view; without the test part, its own have length 0."""
        parts = (*TRAINED_ON, *TESTED_ON) if self._test else TRAINED_ON
        found = {part: self._opened(f"{view}{part}") for part in parts if f"{view}{part}" in self._names}
        if not self._test:
            found |= {f"{s}_test": mapped(_none_of, found[f"{s}_fit"]) for s in "xy" if f"{s}_fit" in found}
        return found

    def _opened(self, part: str) -> Tree:
        inside = self._names[part]
        if inside is None:
            return self._mapped(part)
        return {name: self._mapped(f"{part}-{number}") for number, name in enumerate(inside)}

    def _mapped(self, stem: str) -> Array:
        found: Array = np.load(self._folder / f"{stem}.npy", mmap_mode="r", allow_pickle=False)
        return found


def _target(stored: Mapping[str, Any]) -> Target:
    shape = stored["shape"]
    return Target(
        stored["name"],
        tuple(stored["class_names"]),
        stored["width"],
        None if shape is None else tuple(shape),
        tuple(stored.get("offset", ())),
    )


def _none_of(array: Array) -> Array:
    return np.empty((0, *array.shape[1:]), array.dtype)


def write_splits(splits: Splits, folder: Path, **more: Any) -> None:
    """Write each array once, those of several inputs numbered, because names may be invalid as file names.

    `more` is written beside the description of how to read them.
    """
    names: dict[str, list[str] | None] = {}
    for part, tree in _parts(splits).items():
        names[part] = list(tree) if isinstance(tree, dict) else None
        for number, array in enumerate(leaves(tree).values()):
            _save(array, folder / (f"{part}-{number}.npy" if isinstance(tree, dict) else f"{part}.npy"))
    details = {
        "arrays": names,
        "targets": [asdict(target) for target in splits.targets],
        "preparation": splits.preparation.to_json(),
        "own": None if splits.own is None else splits.own.preparation.to_json(),
        **more,
    }
    with (folder / _DETAILS).open("wb") as file:
        file.write(json.dumps(details).encode())
        _flush(file)
    sync(folder)


def _parts(splits: Splits) -> dict[str, Tree]:
    """List the arrays to be written: those of the user's own view only if they differ."""
    every = (*TRAINED_ON, *TESTED_ON)
    parts = {part: getattr(splits, part) for part in every}
    if splits.own is not None:
        own = {part: getattr(splits.own, part) for part in every}
        parts |= {f"{OWN}{part}": tree for part, tree in own.items() if tree is not parts[part]}
    return {part: tree for part, tree in parts.items() if tree is not None}


def _save(array: Array, path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        _flush(file)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
