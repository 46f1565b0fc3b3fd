"""Split a data set, and keep the splits where every worker can map them."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from keras_search.errors import KerasSearchError, UsageError
from keras_search.models.problem import Shape, Target
from keras_search.tuner.data.arrays import reason
from keras_search.tuner.data.dataset import Dataset, divided
from keras_search.tuner.data.encoding import fit_encoding
from keras_search.tuner.data.preparation import Preparation, preparation_from, preparation_of
from keras_search.tuner.data.tree import Array, Tree, leaves, mapped, take
from keras_search.tuner.system.files import sync
from keras_search.tuner.system.seeds import derive_seed

SPLIT_ARRAYS = ("x_fit", "y_fit", "x_val", "y_val", "x_test", "y_test")
ROWS = "rows_test"
_DETAILS = "splits.json"


class DamagedDataError(KerasSearchError):
    """Say that a study's prepared data cannot be read, which nothing that is trained can be blamed for."""


@dataclass(frozen=True, eq=False)
class Splits:
    """Hold what the networks see: `x` `(n, ...)`, already prepared, and `y` as `Dataset` describes it.

    Each is an array, or a dict of arrays by the name of an input or output. Of a table, `rows_test` are the raw
    rows of the test part. Opened without the test part, that has length 0.
    """

    x_fit: Tree
    y_fit: Tree
    x_val: Tree
    y_val: Tree
    x_test: Tree
    y_test: Tree
    targets: tuple[Target, ...]
    preparation: Preparation
    rows_test: Tree | None = None

    @property
    def input_shape(self) -> Shape | dict[str, Shape]:
        """The shape of one example, such as `(28, 28)`, or of each of its inputs."""
        if isinstance(self.x_fit, dict):
            return {name: tuple(x.shape[1:]) for name, x in self.x_fit.items()}
        return tuple(self.x_fit.shape[1:])

    @property
    def target(self) -> Target:
        """The output on which models are compared."""
        return self.targets[0]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the compared output."""
        return self.target.class_names

    @property
    def classes(self) -> int:
        """The number of classes of the compared output, 0 where it gives values."""
        return self.target.classes

    def compared(self, y: Tree) -> Array:
        """Give what the compared output should say: int64 `(n,)` or float32 `(n, width)`."""
        return leaves(y)[self.target.name]


def make_splits(dataset: Dataset, validation_split: float, seed: int) -> Splits:
    """Set a part of the training examples aside for validation, and prepare all for networks.

    The split is stratified by the classes of the compared output.

    Raises:
        UsageError: the split is not between 0 and 1, or a class has too few examples for it.
    """
    if not 0 < validation_split < 1:
        raise UsageError(f"--validation-split must be between 0 and 1, received {validation_split}.")
    fit, val = divided(dataset, validation_split, derive_seed(seed, "validation split"), "--validation-split")
    x_fit, x_val = (take(dataset.x_train, index) for index in (fit, val))
    table = dataset.columns is not None
    preparation = fit_encoding(x_fit, dataset.columns) if dataset.columns else preparation_of(x_fit, dataset.x_train)
    return Splits(
        x_fit=preparation.apply(x_fit),
        y_fit=take(dataset.y_train, fit),
        x_val=preparation.apply(x_val),
        y_val=take(dataset.y_train, val),
        x_test=preparation.apply(dataset.x_test),
        y_test=dataset.y_test,
        targets=dataset.targets,
        preparation=preparation,
        rows_test=dataset.x_test if table else None,
    )


def save_splits(splits: Splits, folder: Path) -> None:
    """Write the splits as `.npy` files; the folder appears under its name only when it is whole.

    Raises:
        KerasSearchError: the folder cannot be written.
    """
    partial, old = (folder.with_name(f"{folder.name}.{state}") for state in ("partial", "old"))
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _write(splits, partial)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            folder.rename(old)
        partial.rename(folder)
        sync(folder.parent)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise KerasSearchError(
            f"The data could not be written to {folder}: {reason(error)}. "
            "Free some space or choose another --studies-dir."
        ) from error
    shutil.rmtree(old, ignore_errors=True)


def open_splits(folder: Path, test: bool = False) -> Splits:
    """Map what `save_splits` wrote into memory, read-only; the test files only where `test` is true.

    Raises:
        DamagedDataError: the folder is missing or damaged.
    """
    try:
        details = json.loads((folder / _DETAILS).read_text(encoding="utf-8"))
        names = (*SPLIT_ARRAYS, ROWS) if test else SPLIT_ARRAYS[:4]
        arrays = {name: _opened(folder, name, details["arrays"]) for name in names}
        if not test:
            arrays |= {f"{side}_test": mapped(_none_of, arrays[f"{side}_fit"]) for side in "xy"}
        targets = tuple(Target(t["name"], tuple(t["class_names"]), t["width"]) for t in details["targets"])
        return Splits(**arrays, targets=targets, preparation=preparation_from(details["preparation"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DamagedDataError(
            f"The prepared data in {folder} is missing or damaged: {reason(error)}. "
            "Resume the study with the data it was started with at hand, to prepare it again."
        ) from error


def _opened(folder: Path, part: str, names: Mapping[str, Any]) -> Any:
    """Map the arrays of a part; `names` says which it has, None where it is one array."""
    if part not in names:
        return None
    inside = names[part]
    if inside is None:
        return np.load(folder / f"{part}.npy", mmap_mode="r", allow_pickle=False)
    files = {name: folder / f"{part}-{number}.npy" for number, name in enumerate(inside)}
    return {name: np.load(file, mmap_mode="r", allow_pickle=False) for name, file in files.items()}


def _none_of(array: Array) -> Array:
    return np.empty((0, *array.shape[1:]), array.dtype)


def _write(splits: Splits, folder: Path) -> None:
    """Write each array, those of several inputs numbered, for names may hold what a file name may not."""
    names: dict[str, list[str] | None] = {}
    for part in (*SPLIT_ARRAYS, ROWS):
        tree: Tree | None = getattr(splits, part)
        if isinstance(tree, dict):
            names[part] = list(tree)
            for number, array in enumerate(tree.values()):
                _save(array, folder / f"{part}-{number}.npy")
        elif tree is not None:
            names[part] = None
            _save(tree, folder / f"{part}.npy")
    targets = [asdict(target) for target in splits.targets]
    details = {"arrays": names, "targets": targets, "preparation": splits.preparation.to_json()}
    with (folder / _DETAILS).open("wb") as file:
        file.write(json.dumps(details).encode())
        _flush(file)
    sync(folder)


def _save(array: Array, path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        _flush(file)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
