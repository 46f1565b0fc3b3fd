"""Split a data set, and prepare the parts for networks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from keras_search.errors import UsageError
from keras_search.models.problem import Shape, Target
from keras_search.tuner.data.dataset import Dataset, divided
from keras_search.tuner.data.encoding import fit_encoding
from keras_search.tuner.data.fitness import unfit_for_builtin
from keras_search.tuner.data.preparation import Pixels, Preparation, Untouched, preparation_of, scaling_of
from keras_search.tuner.data.tree import Array, Labels, Tree, fit_types, leaves, size, take
from keras_search.tuner.data.weights import ClassWeight, class_weights
from keras_search.tuner.system.seeds import derive_seed

VALIDATION_SPLIT = 0.2
"""The default share of the training examples to validate on, if the data have no validation set."""


@dataclass(frozen=True, eq=False)
class Splits:
    """Hold the data of one kind of networks: `x` `(n, ...)`, already prepared, and `y` as `Dataset` describes it.

    Each is an array, or a dict of arrays by the name of an input or output; `w` `(n,)` weights the examples, None
    if all weights are the same. `raw_test` are the inputs of the test part before the `preparation`. Opened without the
    test part, that has length 0.

    The built-in networks and the baselines get these. `own` is what the user's own model gets, None if that is the
    same: inputs, labels and their types as they were passed.
    """

    x_fit: Tree
    y_fit: Tree
    x_val: Tree
    y_val: Tree
    x_test: Tree
    y_test: Tree
    targets: tuple[Target, ...]
    preparation: Preparation
    raw_test: Tree | None = None
    w_fit: Array | None = None
    w_val: Array | None = None
    w_test: Array | None = None
    own: Splits | None = None

    def seen_by(self, own: bool) -> Splits:
        """Return the splits for the user's `own` model, or for a built-in one."""
        return self.own if own and self.own is not None else self

    def as_fitted(self, name: str) -> Tree:
        """Return the arrays of a `name`, such as `x_fit`, with the types that `model.fit` gives them, made once."""
        if name not in self._fitted:
            self._fitted[name] = fit_types(getattr(self, name))
        return self._fitted[name]

    @cached_property
    def _fitted(self) -> dict[str, Tree]:
        return {}

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
        """The number of classes of the compared output, 0 if it has values."""
        return self.target.classes

    def compared(self, y: Tree) -> Array:
        """Return the truth of the compared output: int64 `(n,)` or float32 `(n, width)`."""
        return leaves(y)[self.target.name]


def make_splits(
    dataset: Dataset,
    validation_split: float | None,
    seed: int,
    own: bool = False,
    class_weight: ClassWeight | None = None,
    prepared: bool = True,
) -> Splits:
    """Set a part of the training examples aside for validation, unless there is one, and prepare all for networks.

    The split is stratified by the classes of the compared output. With `own`, the view of the user's own model is
    stored as well; without `prepared`, no other network will get the data. `class_weight` weights the training examples
    by their class.

    Raises:
        UsageError: the split is not between 0 and 1, a class has too few examples for it, or has no weight.
    """
    fit, val = _divided(dataset, validation_split, seed)
    x_fit = take(dataset.x_train, fit)
    x_val = take(dataset.x_train, val) if dataset.x_val is None else dataset.x_val
    y_fit = take(dataset.y_train, fit)
    raw = Splits(
        x_fit=x_fit,
        y_fit=y_fit,
        x_val=x_val,
        y_val=take(dataset.y_train, val) if dataset.y_val is None else dataset.y_val,
        x_test=dataset.x_test,
        y_test=dataset.y_test,
        targets=dataset.targets,
        preparation=Untouched(),
        raw_test=dataset.x_test,
        **_weights(dataset, fit, val, class_weight),
    )
    mine = _own_view(raw, dataset, fit, val) if own else None
    if not prepared or unfit_for_builtin(dataset) is not None:
        return replace(raw, own=mine)
    return replace(_prepared(raw, _preparation(dataset, x_fit)), own=mine)


def _divided(dataset: Dataset, validation_split: float | None, seed: int) -> tuple[Labels, Labels]:
    """Return the indices of the training examples to fit and to validate on: all to fit with a validation set."""
    if dataset.x_val is not None:
        if validation_split is not None:
            raise UsageError(f"--validation-split is for data without a validation set, {dataset.name} has one.")
        return np.arange(size(dataset.x_train)), np.arange(0)
    share = VALIDATION_SPLIT if validation_split is None else validation_split
    if not 0 < share < 1:
        raise UsageError(f"--validation-split must be between 0 and 1, received {share}.")
    return divided(dataset, share, derive_seed(seed, "validation split"), "--validation-split")


def _preparation(dataset: Dataset, x_fit: Tree) -> Preparation:
    if dataset.own_view == "pixels":
        return scaling_of(x_fit, dataset.x_train)
    return fit_encoding(x_fit, dataset.columns) if dataset.columns else preparation_of(x_fit, dataset.x_train)


def _prepared(raw: Splits, preparation: Preparation) -> Splits:
    inputs: dict[str, Any] = {part: preparation.apply(getattr(raw, part)) for part in ("x_fit", "x_val", "x_test")}
    return replace(raw, **inputs, preparation=preparation)


def _own_view(raw: Splits, dataset: Dataset, fit: Labels, val: Labels) -> Splits | None:
    """Return the view of the user's own model; None if it is that of the built-in networks."""
    if dataset.own_view == "prepared":
        return None
    given = dataset.labels
    labels: dict[str, Any] = {"y_test": given.get("test", dataset.y_test)}
    if "train" in given:
        labels |= {"y_fit": take(given["train"], fit), "y_val": take(given["train"], val)}
    if dataset.y_val is not None:
        labels["y_val"] = given.get("val", dataset.y_val)
    return replace(_prepared(raw, Pixels()) if dataset.own_view == "pixels" else raw, **labels)


def _weights(dataset: Dataset, fit: Labels, val: Labels, class_weight: ClassWeight | None) -> dict[str, Any]:
    """Return the weights of the examples of each part, for training examples also by class."""
    given = dataset.weights
    train = given.get("train")
    weights = {
        "w_fit": None if train is None else train[fit],
        "w_val": given.get("val") if dataset.x_val is not None or train is None else train[val],
        "w_test": given.get("test"),
    }
    if class_weight is None:
        return weights
    if train is not None:
        raise UsageError("--class-weight is for data without weights of their own: leave one of the two out.")
    return {**weights, "w_fit": class_weights(dataset, class_weight)[fit]}
