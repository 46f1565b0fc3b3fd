"""Measure what there is to know of the inputs, outputs and columns of a data set."""

from dataclasses import dataclass

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.data.dataset import Dataset
from keras_search.tuner.data.examples import is_picture, kind_of_example
from keras_search.tuner.data.tree import Array, Tree, leaves


@dataclass(frozen=True)
class Input:
    """One input: what it holds, the shape of an example, and the least and greatest number of the training part.

    Of text there are no such numbers, and none are given.

    `constant` counts the places, pixels or numbers, that are the same in every training example.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    dtype: str
    low: float | None
    high: float | None
    constant: int


@dataclass(frozen=True)
class ClassCount:
    """How many examples of a class there are."""

    name: str
    train: int
    test: int


@dataclass(frozen=True)
class Output:
    """One output: its classes, or, where it has none, `width` values and what those of the training part span."""

    name: str
    classes: tuple[ClassCount, ...]
    width: int = 1
    low: float | None = None
    mean: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table, its rows of the training part; `kind` is numbers or text.

    `distinct` counts the different values that are there; `common` is the most frequent text.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    low: float | None = None
    mean: float | None = None
    high: float | None = None
    common: str | None = None


def kind_of(array: Array) -> str:
    """Name what examples `(n, ...)` are."""
    return kind_of_example(array.shape[1:], array.dtype)


def image_input(x: Tree) -> str | None:
    """Name the first input that holds images, None where none does."""
    return next((name for name, array in leaves(x).items() if is_picture(kind_of(array))), None)


def inputs_of(dataset: Dataset) -> tuple[Input, ...]:
    """Measure each input; a table has columns instead."""
    if dataset.columns:
        return ()
    return tuple(_input(name, array) for name, array in leaves(dataset.x_train).items())


def outputs_of(dataset: Dataset) -> tuple[Output, ...]:
    """Count the classes of each output, or measure its values."""
    train, test = leaves(dataset.y_train), leaves(dataset.y_test)
    return tuple(_output(target, train[target.name], test[target.name]) for target in dataset.targets)


def columns_of(dataset: Dataset) -> tuple[Column, ...]:
    """Measure each column of a table; other data have none."""
    if dataset.columns is None:
        return ()
    x = leaves(dataset.x_train)
    numbers = zip(dataset.columns.numbers, x["numbers"].T, strict=True)
    texts = zip(dataset.columns.texts, x["texts"].T, strict=True)
    return (*(_number_column(*column) for column in numbers), *(_text_column(*column) for column in texts))


def _input(name: str, array: Array) -> Input:
    if array.dtype.kind == "U":
        constant = int(np.count_nonzero((array == array[:1]).all(axis=0)))
        return Input(name, "text", tuple(array.shape[1:]), "text", None, None, constant)
    lowest, highest = array.min(axis=0), array.max(axis=0)
    return Input(
        name,
        kind_of(array),
        tuple(array.shape[1:]),
        str(array.dtype),
        low=float(np.nanmin(lowest)),
        high=float(np.nanmax(highest)),
        constant=int(np.count_nonzero(lowest == highest)),
    )


def _output(target: Target, train: Array, test: Array) -> Output:
    if not target.classifies:
        return Output(target.name, (), target.width, float(train.min()), _mean(train), float(train.max()))
    counts = (np.bincount(part, minlength=target.classes).tolist() for part in (train, test))
    return Output(target.name, tuple(map(ClassCount, target.class_names, *counts)))


def _number_column(name: str, values: Array) -> Column:
    there = values[~np.isnan(values)]
    missing, distinct = len(values) - len(there), len(np.unique(there))
    if not distinct:
        return Column(name, "numbers", missing, 0)
    return Column(name, "numbers", missing, distinct, float(there.min()), _mean(there), float(there.max()))


def _text_column(name: str, values: Array) -> Column:
    there, counts = np.unique(values[values != ""], return_counts=True)
    common = str(there[counts.argmax()]) if len(there) else None
    return Column(name, "text", len(values) - int(counts.sum()), len(there), common=common)


def _mean(values: Array) -> float:
    return float(values.mean(dtype=np.float64))
