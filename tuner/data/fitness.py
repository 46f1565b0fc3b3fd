"""Check whether the built-in networks can learn from a data set; the user's own model may even if they cannot."""

import numpy as np

from keras_search.tuner.data.arrays import PARTS
from keras_search.tuner.data.dataset import Dataset
from keras_search.tuner.data.pieces import count_of
from keras_search.tuner.data.tree import Array, leaves

OWN = "Your own hypermodel gets them unchanged."


def unfit_for_builtin(dataset: Dataset) -> str | None:
    """Explain in one line why the built-in networks and baselines cannot learn from the data; None if they can."""
    if dataset.columns is not None:
        return None
    for name, array in leaves(dataset.x_train).items():
        what = f"the input {name}" if name else "x_train"
        reason = _unfit(array, what) or _not_finite(dataset, name)
        reason = reason or (None if isinstance(dataset.x_train, dict) else _without_range(array, what))
        if reason:
            return reason
    for target in dataset.targets:
        if target.other:
            what = f"the output {target.name}" if target.name else "y_train"
            return (
                f"The built-in networks predict a class or values for each example, {what} holds "
                f"{_other(target.shape or ())}. {OWN}"
            )
    return None


def _unfit(x: Array, what: str) -> str | None:
    if x.dtype.kind == "U":
        return (
            f"The built-in networks take numbers, {what} holds text. Your own hypermodel gets it unchanged, for "
            "example for a TextVectorization layer; or save the texts as a column of a table."
        )
    if x.ndim == 1:
        return (
            f"The built-in networks take rows, images or sequences, {what} has shape {x.shape}: reshape it to (n, 1)."
        )
    return None


def broken_numbers(dataset: Dataset) -> str | None:
    """Count in one line the numbers of the inputs that are NaN or infinite, by part; None if there are none.

    In a table they are missing values, which are allowed.
    """
    found = [] if dataset.columns is not None else [_broken(dataset, name) for name in leaves(dataset.x_train)]
    counts = ", ".join(each for each in found if each)
    if not counts:
        return None
    return (
        f"{counts} are NaN or infinite. The model gets them unchanged: one that neither masks nor replaces them "
        "fails on them."
    )


def _not_finite(dataset: Dataset, name: str) -> str | None:
    counts = _broken(dataset, name)
    return f"The built-in networks take finite numbers, {counts} are NaN or infinite. {OWN}" if counts else None


def _broken(dataset: Dataset, name: str) -> str:
    """Count the NaN and infinite numbers of an input in each part that has some: train, validation, test."""
    counts = []
    for part in PARTS:
        x = leaves(tree)[name] if (tree := getattr(dataset, f"x_{part}")) is not None else None
        bad = 0 if x is None or x.dtype.kind != "f" else x.size - count_of(np.isfinite, x)
        if x is not None and bad:
            what = f"the input {name}" if name else f"x_{part}"
            of = f" of the {part} part" if name and part != "train" else ""
            counts.append(f"{bad:,} of {x.size:,} in {what}{of}")
    return ", ".join(counts)


def _without_range(x: Array, what: str) -> str | None:
    """Check that the numbers can be scaled by their range."""
    low, high = float(x.min()), float(x.max())
    if low == high:
        return f"Every number of {what} is {low:g}: nothing can be learned from it. Check how the data were written."
    if high - low > float(np.finfo(np.float32).max):
        return f"{what} must span a range that fits float32, received {low:g} to {high:g}."
    return None


def _other(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} labels at once" if len(shape) == 1 else f"arrays of shape {shape}"
