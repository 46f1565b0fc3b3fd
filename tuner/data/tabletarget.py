"""Read the target column of a table: classes or values."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keras_search.errors import UsageError
from keras_search.models.problem import Target
from keras_search.tuner.data.columns import MISSING, ColumnPlace, as_texts, checked, parsed
from keras_search.tuner.data.labels import MOST_CLASSES
from keras_search.tuner.data.numberforms import NumberForm
from keras_search.tuner.data.oddity import Oddity, quoted
from keras_search.tuner.data.precision import centred
from keras_search.tuner.data.readings import NumberReading
from keras_search.tuner.data.recognising import has_leading_zeros, settled_form, settled_layout
from keras_search.tuner.data.source import Task
from keras_search.tuner.data.tree import Array

Read = tuple[Array, Target, tuple[Oddity, ...]]


def read_target(values: pd.Series, task: Task | None, place: ColumnPlace, wish: str | None, mark: str | None) -> Read:
    """Read the target: int64 `(n,)` with the names of its classes, or float32 `(n, 1)` without; and notes.

    Raises:
        UsageError: it has empty cells, is constant, has text among numbers, or dates.
    """
    texts = as_texts(values, place)
    numbers, filled = parsed(texts, words=False)
    coded = wish is None and task is None and has_leading_zeros(texts[filled])
    if wish == "text" or coded:
        task = task or "classification"
    others = np.flatnonzero(filled & np.isnan(numbers))
    if not len(others) and not coded and wish != "text":
        _check_filled(filled, place)
        return _numeric(numbers, task, place)
    form = None if task == "classification" or coded else settled_form(_different(texts[filled]), place, wish, mark)
    if form is not None:
        _check_filled(filled, place)
        return _formed(form, texts, task, place)
    if task == "regression":
        _check_filled(filled, place)
        received = f"received {str(texts[others[0]])!r} in {place.row(int(others[0]))}"
        raise UsageError(f"Column {place}, the target, must hold numbers for --task regression, {received}.")
    _check_filled(texts != "", place)
    if task is None and 2 * len(others) <= filled.sum():
        found = f"holds numbers, but {str(texts[others[0]])!r} in {place.row(int(others[0]))}"
        raise place.error(found, "write a number there", "add --task classification")
    if task is None and (layout := settled_layout(_different(texts), place, wish)):
        raise place.error(f"holds dates ({layout}), such as {str(texts[0])!r}", "write them as numbers, days since the "
                          "first for example", "add --task classification")  # fmt: skip
    return _classes(texts, place)


def _formed(form: NumberForm, texts: Array, task: Task | None, place: ColumnPlace) -> Read:
    """Read numbers in a form; classes keep their names as written."""
    reading = NumberReading(place.column, form.decimal, form.thousands, form.unit)
    numbers = reading.apply(texts)[:, 0]
    y, target, notes = _numeric(numbers, task, place)
    if target.classifies:
        return _classes(texts, place)
    example = next(str(text) for text in texts if not str(text).isdigit())
    what = (
        f"Column {quoted(place.column)}, the target, was read as {reading}: {example!r} is {form.value(example):.12g}."
    )
    return (
        y,
        target,
        (*notes, Oddity("note", what, f"No action needed if that is right, else {place.read_as('text')}.")),
    )


def _numeric(numbers: Array, task: Task | None, place: ColumnPlace) -> Read:
    """Decide whether numbers are classes or values."""
    checked(numbers, place)
    present, y = np.unique(numbers, return_inverse=True)
    whole = bool((present == np.floor(present)).all())
    if task == "classification" or (task is None and whole and len(present) <= MOST_CLASSES):
        names = [str(int(value)) if whole else repr(float(value)) for value in present]
        return _labels(y, names, place)
    if len(present) == 1:
        raise UsageError(f"Column {place}, the target, must hold different values, every row is {present[0]:g}.")
    values, offset = centred(numbers[:, None])
    if not offset:
        return values, Target("", ()), ()
    what = (
        f"Column {quoted(place.column)}, the target, is so far from 0 that float32, in which networks compute, cannot "
        f"distinguish its values: {offset[0]:.17g} is subtracted for training and added back to predictions."
    )
    return values, Target("", (), offset=offset), (Oddity("note", what, "No action needed."),)


def _classes(texts: Array, place: ColumnPlace) -> Read:
    names, y = np.unique(texts, return_inverse=True)
    labels, target, _ = _labels(y, names.tolist(), place)
    gaps = [name for name in names.tolist() if name.lower() in MISSING]
    notes = [
        Oddity("note", f"Class {quoted(name)} of the target may stand for missing labels.", "Remove its rows if so.")
        for name in gaps
    ]
    return labels, target, tuple(notes)


def _labels(y: Array, names: Sequence[str], place: ColumnPlace) -> Read:
    if len(names) < 2:
        raise UsageError(f"Column {place}, the target, must hold at least 2 classes, every row is {names[0]!r}.")
    return y.astype(np.int64), Target("", tuple(names)), ()


def _check_filled(filled: Array, place: ColumnPlace) -> None:
    missing = np.flatnonzero(~filled)
    if len(missing):
        raise UsageError(
            f"Column {place}, the target, must be filled in every row: {len(missing):,} of {len(filled):,} are empty, "
            f"the first is {place.row(int(missing[0]))}. Fill them in, or delete those rows."
        )


def _different(texts: Array) -> list[str]:
    return [str(text) for text in np.unique(texts)]
