"""Measure the inputs, outputs and columns of a data set."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.data.dataset import Columns, Dataset
from keras_search.tuner.data.examples import is_picture, kind_of_example
from keras_search.tuner.data.readings import DateReading
from keras_search.tuner.data.tree import Array, Tree, leaves


@dataclass(frozen=True)
class Input:
    """One input: its kind, the shape of an example, and the lowest and highest number of the training part.

    Text has no such numbers; NaN is ignored.

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
    """The number of examples of a class."""

    name: str
    train: int
    test: int


@dataclass(frozen=True)
class Output:
    """One output: its classes, or, if it has none, `width` values and their range in the training part."""

    name: str
    classes: tuple[ClassCount, ...]
    width: int = 1
    low: float | None = None
    mean: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table, its rows of the training part; `kind` is numbers, dates or text.

    `distinct` counts the different values; `common` is the most frequent text; for dates, `low`, `mean` and `high` are
    days since 1970-01-01. `names_rows`: over all rows, the column only names or counts them; `whole`: it holds only
    whole numbers or texts.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    low: float | None = None
    mean: float | None = None
    high: float | None = None
    common: str | None = None
    names_rows: bool = False
    whole: bool = False


LEAST_ROWS = 10
"""With so many rows or more, a column that differs in each probably holds identifiers."""


def kind_of(array: Array) -> str:
    """Name the kind of examples `(n, ...)`."""
    return kind_of_example(array.shape[1:], array.dtype)


def image_input(x: Tree) -> str | None:
    """Name the first input that holds images, None if none does."""
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
    train, test = leaves(dataset.x_train), leaves(dataset.x_test)
    return tuple(_columns(dataset.columns, train, test))


def _columns(columns: Columns, train: dict[str, Array], test: dict[str, Array]) -> Iterator[Column]:
    dates = {reading.column for reading in columns.readings if isinstance(reading, DateReading)}
    made = {name for reading in columns.readings for name in reading.features[1:]}
    for name, values, rest in zip(columns.numbers, train["numbers"].T, test["numbers"].T, strict=True):
        if name not in made:
            yield _number_column(name, values, rest, "dates" if name in dates else "numbers")
    for name, values, rest in zip(columns.texts, train["texts"].T, test["texts"].T, strict=True):
        yield _text_column(name, values, rest)


def _input(name: str, array: Array) -> Input:
    if array.dtype.kind == "U":
        constant = int(np.count_nonzero((array == array[:1]).all(axis=0)))
        return Input(name, "text", tuple(array.shape[1:]), "text", None, None, constant)
    least, most = (np.fmin, np.fmax) if array.dtype.kind == "f" else (np.minimum, np.maximum)  # fmin ignores NaN
    lowest, highest = least.reduce(array), most.reduce(array)
    low, high = float(least.reduce(lowest, axis=None)), float(most.reduce(highest, axis=None))
    return Input(
        name,
        kind_of(array),
        tuple(array.shape[1:]),
        str(array.dtype),
        low=None if math.isnan(low) else low,
        high=None if math.isnan(high) else high,
        constant=int(np.count_nonzero(lowest == highest)),
    )


def _output(target: Target, train: Array, test: Array) -> Output:
    if not target.classifies:
        values = train + np.array(target.offset or 0.0) if target.offset else train
        return Output(target.name, (), target.width, float(values.min()), _mean(values), float(values.max()))
    counts = (np.bincount(part, minlength=target.classes).tolist() for part in (train, test))
    return Output(target.name, tuple(map(ClassCount, target.class_names, *counts)))


def _number_column(name: str, values: Array, rest: Array, kind: str) -> Column:
    there = values[~np.isnan(values)]
    missing, distinct = len(values) - len(there), len(np.unique(there))
    if not distinct:
        return Column(name, kind, missing, 0)
    whole = bool((there % 1 == 0).all())
    return Column(
        name, kind, missing, distinct, float(there.min()), _mean(there), float(there.max()),
        names_rows=kind == "numbers" and _counts_rows(np.concatenate([values, rest])), whole=whole,
    )  # fmt: skip


def _counts_rows(values: Array) -> bool:
    """Return whether numbers are whole, different in every row, and close together, like row numbers."""
    if len(values) < LEAST_ROWS or np.isnan(values).any() or (values % 1 != 0).any():
        return False
    return len(np.unique(values)) == len(values) and bool(np.ptp(values) < 2 * len(values))


def _text_column(name: str, values: Array, rest: Array) -> Column:
    there, counts = np.unique(values[values != ""], return_counts=True)
    common = str(there[counts.argmax()]) if len(there) else None
    missing, every = len(values) - int(counts.sum()), np.concatenate([values, rest])
    naming = len(every) >= LEAST_ROWS and len(np.unique(every)) == len(every) and not (every == "").any()
    return Column(name, "text", missing, len(there), common=common, names_rows=naming, whole=True)


def _mean(values: Array) -> float:
    return float(values.mean(dtype=np.float64))
