"""Describe the inputs and outputs of a model in model.json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.data import Array, Splits, Tree
from keras_search.tuner.data.encoding import TableEncoding
from keras_search.tuner.data.examples import is_picture, kind_of_example
from keras_search.tuner.data.framing import MEASURED, measure_framing
from keras_search.tuner.data.preparation import Preparation, Scaling, scale
from keras_search.tuner.data.tree import leaves
from keras_search.tuner.exporting.naming import tensor_names
from keras_search.tuner.exporting.raw_input import is_active, of_input

FULL_SCALES = (1, 16, 255, 65535)
"""Possible values of white in raw pixels: the lowest that none exceeds."""
FILE_WHITE = 255
"""The value of white if the images were read from files."""


def describe_input(seen: Splits, examples: Tree, files: bool = False, framed: bool = True) -> dict[str, Any]:
    """Describe the input: an array, several by name, or the rows of a table with the encoding of its columns.

    `examples` are raw ones, in the types that a file takes. `files`: they were read from image files, all of the size
    of the examples if they may be `framed`.
    """
    preparation = seen.preparation
    if isinstance(preparation, TableEncoding):
        return {**preparation.to_json(), "inputs": _table_inputs(preparation)}
    if isinstance(examples, dict):
        fit = leaves(seen.x_fit)
        parts = {name: _array(x, of_input(preparation, name), fit[name]) for name, x in examples.items()}
        safe = tensor_names(parts)
        return {"kind": "several", "inputs": {safe[name]: {"name": name, **parts[name]} for name in parts}}
    found = {"kind": "array", **_array(examples, preparation, leaves(seen.x_fit)[""])}
    if found["range"] is None or not _is_image(examples, files):
        return found
    low, high = found["range"]
    pixels = _pixels(low, high, files)
    return {**found, "pixels": pixels, "framing": _framing(seen, pixels) if framed and pixels else None}


def describe_outputs(targets: Sequence[Target], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Describe the outputs, the compared one first; `name` is "" for a single output."""
    safe = {**tensor_names(target.name for target in targets), "": ""}
    return [_output(t, safe[t.name], str(settings.get("target") or t.name)) for t in targets]


def _array(x: Array, preparation: Preparation, fit: Array) -> dict[str, Any]:
    """Describe one array; `fit` are the training examples, for the range of raw numbers."""
    dtype = "string" if x.dtype.kind == "U" else x.dtype.name
    return {
        "shape": list(x.shape[1:]),
        "dtype": dtype,
        "range": None if dtype == "string" else _range(preparation, fit),
        "inside": preparation.to_json() if is_active(preparation) else None,
    }


def _range(preparation: Preparation, fit: Array) -> list[float] | None:
    """Return the least and the greatest raw number trained on, None if each column has its own."""
    if isinstance(preparation, Scaling):
        return [preparation.low, preparation.high]
    if is_active(preparation) or not np.size(fit):
        return None
    ends = [float(fit.min()), float(fit.max())]
    return ends if np.isfinite(ends).all() else None


def _is_image(x: Array, files: bool) -> bool:
    """Return whether examples are images that a file can hold: grey or in colour, in levels or shares of white."""
    shape = x.shape[1:]
    if not is_picture(kind_of_example(shape, None if files else x.dtype)) or shape[2:] == (4,):
        return False
    few = np.asarray(x[:MEASURED], np.float64)
    return files or bool(np.abs(few).max(initial=0) <= 1 or (few == np.floor(few)).all())


def _pixels(low: float, high: float, files: bool) -> dict[str, float] | None:
    """Return the values of black and white in raw pixels, None if no image file shows them."""
    if files:
        return {"black": 0.0, "white": float(FILE_WHITE)}
    if low < 0:
        return {"black": -1.0, "white": 1.0} if low >= -1 and high <= 1 else None
    white = next((full for full in FULL_SCALES if full >= high), None)
    return None if white is None else {"black": 0.0, "white": float(white)}


def _framing(seen: Splits, pixels: Mapping[str, float]) -> dict[str, Any] | None:
    """Measure how the training images are framed, as shares of white."""
    x, preparation = np.asarray(leaves(seen.x_fit)[""][:MEASURED]), seen.preparation
    if isinstance(preparation, Scaling):
        x = x * (preparation.high - preparation.low) + preparation.low
    framing = measure_framing(scale(x, pixels["black"], pixels["white"]))
    return None if framing is None else asdict(framing)


def _table_inputs(encoding: TableEncoding) -> dict[str, Any]:
    """Describe the arrays of a table's rows: their columns in order, and the sign of a missing value."""
    numbers, texts = ([column.name for column in columns] for columns in (encoding.numbers, encoding.texts))
    both = {
        "numbers": {
            "shape": [len(numbers)],
            "dtype": np.dtype(encoding.dtype).name,
            "columns": numbers,
            "missing": "NaN",
        },
        "texts": {"shape": [len(texts)], "dtype": "string", "columns": texts, "missing": ""},
    }
    return {name: found for name, found in both.items() if found["columns"]}


def _output(target: Target, name: str, predicted: str) -> dict[str, Any]:
    found = {"name": name, "predicts": predicted, "class_names": list(target.class_names), "other": target.other}
    if target.classifies:
        return {**found, "shape": [target.classes], "meaning": "a probability for each class"}
    if target.other:
        return {**found, "shape": list(target.shape or ()), "meaning": "the output of the model, as it is"}
    meaning = f"{predicted or 'the value'}, in the unit of the data{', as float64' if target.offset else ''}"
    return {**found, "shape": [target.width], "meaning": meaning}
