"""A data set from its source, checked."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from keras_search.errors import UsageError
from keras_search.models.problem import Target
from keras_search.tuner.data.arrays import NAMES, checked_arrays
from keras_search.tuner.data.dividing import Arrangement, divided_by_group, divided_by_time
from keras_search.tuner.data.drawing_lots import split_at_random, split_by_class
from keras_search.tuner.data.labels import Kind, checked_class_names
from keras_search.tuner.data.oddity import Oddity
from keras_search.tuner.data.precision import is_coarse
from keras_search.tuner.data.readings import Reading
from keras_search.tuner.data.source import Task
from keras_search.tuner.data.tree import Array, Labels, Tree, leaves, size, take
from keras_search.tuner.system.seeds import derive_seed

TEST_SPLIT = 0.2
"""The share of the examples to set aside for testing if the source has no test split."""
TEST_SEED = 0
"""Decides which; the same in every study, so that no study tests on what another was tuned on."""

OwnView = Literal["prepared", "as given", "pixels"]
"""What the user's own model gets: what the built-in networks get, what the user passed, or the pixels of image
files as `keras.utils.image_dataset_from_directory` returns them."""

ClassNames = Sequence[str] | Array | Mapping[str, Sequence[str]] | None


@dataclass(frozen=True)
class Columns:
    """The columns of a table that networks get, numbers and texts, and the one to predict.

    `readings` are the ways in which columns were read that are not plain numbers.
    """

    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    target: str
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, eq=False)
class Dataset:
    """Hold the examples of a data set.

    `x` is `(n, ...)` of any real type or text, or a dict of such arrays by the name of an input. `y` is the
    truth of each target: int64 `(n,)` in 0..k-1, or float32 `(n, width)`, or the labels as given if they are neither;
    with several targets, a dict of these by name. `labels` are the labels as given, by part (`train`, `val`, `test`),
    if `y` differs from them; `weights` float32 `(n,)` weight the examples of a part.

    The test part is empty if it is still to be set aside; the validation part is None unless the data bring their
    own. With `columns`, the data are a table: `x` holds `numbers` float64 `(n, n_numbers)`, NaN where missing, and
    `texts` `(n, n_texts)`, "" if missing. `own_view` says what the user's own model gets,
    `notes` what the user should know about how the data were read. The training examples may be `arranged` in groups
    or in time, by which they are then divided. `test_set_aside`: the test part was taken from the training part.
    """

    name: str
    x_train: Tree
    y_train: Tree
    x_test: Tree
    y_test: Tree
    targets: tuple[Target, ...]
    columns: Columns | None = None
    x_val: Tree | None = None
    y_val: Tree | None = None
    labels: Mapping[str, Tree] = field(default_factory=dict)
    weights: Mapping[str, Array] = field(default_factory=dict)
    own_view: OwnView = "prepared"
    notes: tuple[Oddity, ...] = ()
    arranged: Arrangement | None = None
    test_set_aside: bool = False

    @property
    def target(self) -> Target:
        """The output on which models are compared."""
        return self.targets[0]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the compared output."""
        return self.target.class_names

    @cached_property
    def digest(self) -> str:
        """Hash the content (SHA-256, hex): targets, columns, and each array's name, type, shape and bytes."""
        about = [_known(target) for target in self.targets], self.columns and _known(self.columns)
        content = hashlib.sha256(json.dumps(about).encode())
        parts = {part: tree for part in NAMES if (tree := getattr(self, part)) is not None}
        parts |= {f"labels of {part}": tree for part, tree in self.labels.items()}
        parts |= {f"weights of {part}": array for part, array in self.weights.items()}
        if self.arranged:
            parts[f"{self.arranged.kind} {self.arranged.column}"] = self.arranged.values
        for part, tree in parts.items():
            for name, array in leaves(tree).items():
                little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
                content.update(f"{part} {name} {little.dtype.str} {little.shape} ".encode())
                content.update(little.data)
        return content.hexdigest()


def dataset_of(
    name: str,
    arrays: Mapping[str, Tree],
    class_names: ClassNames = None,
    *,
    source: str = "",
    task: Task | None = None,
    own_view: OwnView = "prepared",
) -> Dataset:
    """Return a data set of `x_train`, `y_train` and the other arrays that `checked_arrays` takes.

    `class_names` are those of the only output, or of each by its name; `source` names the data in errors.

    Raises:
        UsageError: the first mistake in them.
    """
    checked = checked_arrays(arrays, source or name, task)
    found = checked.arrays
    targets = [
        _target(each, y, checked.kinds[each], _names_of(each, class_names), source or name)
        for each, y in leaves(found["y_train"]).items()
    ]
    for each, kind in checked.kinds.items():
        if kind == "values":
            _check_fine(leaves(arrays["y_train"])[each], f"y_train{f'[{each!r}]' if each else ''} of {source or name}")
    parts: dict[str, Any] = {f"{side}_test": take(found[f"{side}_train"], slice(0)) for side in "xy"}
    return Dataset(
        name, **(parts | found), targets=tuple(targets), labels=checked.labels, weights=checked.weights,
        own_view=own_view,
    )  # fmt: skip


def _check_fine(y: Array, what: str) -> None:
    """Check that float32, in which networks compute, can distinguish values to predict.

    Raises:
        UsageError: they are too far from 0 for their spread.
    """
    if y.dtype.kind == "f" and y.dtype.itemsize <= 4:
        return  # float32 values were already rounded
    columns = y.reshape(len(y), -1).astype(np.float64).T
    coarse = next((column for column in columns if is_coarse(column)), None)
    if coarse is not None:
        raise UsageError(
            f"{what} is so far from 0, {coarse.min():.15g} to {coarse.max():.15g}, that float32, in which networks "
            f"compute, cannot distinguish its values: subtract {np.round(coarse.mean()):.15g} first and add it to what "
            "is predicted."
        )


def set_test_aside(dataset: Dataset, share: float) -> Dataset:
    """Move a share of the examples, stratified by class, to the empty test split.

    Raises:
        UsageError: the share is not between 0 and 1, or a class has too few examples for it.
    """
    if not 0 < share < 1:
        raise UsageError(f"--test-split must lie between 0 and 1, received {share:g}.")
    train, test = divided(dataset, share, derive_seed(TEST_SEED, "test split"), "--test-split")
    parts = {"train": train, "test": test}
    arrays: dict[str, Any] = {f"x_{part}": take(dataset.x_train, index) for part, index in parts.items()}
    arrays |= {f"y_{part}": take(dataset.y_train, index) for part, index in parts.items()}
    return replace(
        dataset,
        **arrays,
        labels=_dealt(dataset.labels, parts),
        weights={part: leaves(found)[""] for part, found in _dealt(dataset.weights, parts).items()},
        arranged=dataset.arranged and dataset.arranged.taken(train),
        test_set_aside=True,
    )


def _dealt(trees: Mapping[str, Tree], parts: Mapping[str, Labels]) -> dict[str, Tree]:
    """Distribute what belongs to the training part to `parts`; what belongs to the validation part stays."""
    stays = {part: tree for part, tree in trees.items() if part == "val"}
    return stays | {part: take(trees["train"], index) for part, index in parts.items() if "train" in trees}


def divided(dataset: Dataset, share: float, seed: int, option: str) -> tuple[Labels, Labels]:
    """Draw the indices of the training examples that stay and of the share that goes, both in random order.

    The split is stratified by the classes of the compared output. If the examples are arranged, whole groups go or the
    latest examples, and every class stays.

    Raises:
        UsageError: a class has too few examples for that; the message names `option`.
    """
    count = size(dataset.x_train)
    going = int(np.ceil(share * count))
    if dataset.arranged:
        return _divided_as_arranged(dataset, dataset.arranged, share, seed, option)
    labels = class_labels(dataset)
    if labels is None:
        if not 0 < going < count:
            raise UsageError(f"{option} {share} must leave examples on both sides, received {count} examples.")
        return split_at_random(count, going, seed % 2**32)
    counts = np.bincount(labels, minlength=dataset.target.classes)
    if counts.min() < 2 or not len(counts) <= going <= count - len(counts):
        raise _too_few(dataset, labels, int(counts.argmin()), share, option)
    stay, go = split_by_class(labels, going, seed % 2**32)
    for part in (stay, go):
        absent = np.setdiff1d(labels, labels[part])
        if len(absent):
            raise _too_few(dataset, labels, int(absent[0]), share, option)
    return stay, go


def _divided_as_arranged(
    dataset: Dataset, arranged: Arrangement, share: float, seed: int, option: str
) -> tuple[Labels, Labels]:
    labels = class_labels(dataset)
    if arranged.kind == "group":
        return divided_by_group(arranged.values, labels, share, seed)
    stay, go = divided_by_time(arranged.values, int(np.ceil(share * len(arranged.values))))
    if labels is not None and len(absent := np.setdiff1d(labels, labels[stay])):
        raise UsageError(
            f"{option} {share} by time must leave an example of every class to train on: class "
            f"{dataset.class_names[absent[0]]!r} is only among the latest. Choose a smaller share, or another split."
        )
    return stay, go


def class_labels(dataset: Dataset) -> Labels | None:
    """Return the training labels of the compared output, None if it has values."""
    return leaves(dataset.y_train)[dataset.target.name] if dataset.target.classifies else None


def _too_few(dataset: Dataset, labels: Labels, label: int, share: float, option: str) -> UsageError:
    return UsageError(
        f"{option} {share} must leave an example of every class on both sides, "
        f"class {dataset.class_names[label]!r} has {np.count_nonzero(labels == label)}. "
        "Add examples of it, drop it, or choose a split closer to 0.5."
    )


def _known(part: Target | Columns) -> dict[str, object]:
    """Return plain values, without the entries that most data lack."""
    values = asdict(part)
    return {name: value for name, value in values.items() if value or name not in ("offset", "readings")}


def _names_of(output: str, given: ClassNames) -> Array | None:
    names = given.get(output) if isinstance(given, Mapping) else given
    return None if names is None else np.asarray(names)


def _target(name: str, y: Array, kind: Kind, class_names: Array | None, source: str) -> Target:
    if kind != "classes":
        if class_names is not None:
            raise UsageError(f"class_names of {source} are for classes, {name or 'y'} holds values.")
        return Target(name, shape=y.shape[1:]) if kind == "other" else Target(name, width=y.shape[1])
    return Target(name, checked_class_names(class_names, int(y.max()) + 1, source))
