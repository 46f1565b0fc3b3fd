"""Say in model.json what goes into a model and what comes out of it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from keras_search.models.problem import Target
from keras_search.tuner.data import Array, Splits
from keras_search.tuner.data.encoding import TableEncoding
from keras_search.tuner.data.framing import measure_framing
from keras_search.tuner.data.preparation import AsGiven, PerInput, Scaling, Standardising
from keras_search.tuner.exporting.naming import tensor_names
from keras_search.tuner.report.contents import is_picture

FULL_SCALES = (1, 16, 255, 65535)
"""What white is among raw pixels: the least of these that holds them all."""


def describe_input(splits: Splits) -> dict[str, Any]:
    """Describe what goes in: an array, several by name, or the rows of a table with what its columns became."""
    preparation = splits.preparation
    if isinstance(preparation, TableEncoding):
        return {**preparation.to_json(), "inputs": _table_inputs(preparation)}
    if isinstance(splits.x_fit, dict):
        inputs = preparation.inputs if isinstance(preparation, PerInput) else {}
        parts = {name: _array(x, inputs.get(name, AsGiven())) for name, x in splits.x_fit.items()}
        safe = tensor_names(parts)
        return {"kind": "several", "inputs": {safe[name]: {"name": name, **parts[name]} for name in parts}}
    found = {"kind": "array", **_array(splits.x_fit, preparation)}
    if not is_picture(splits.x_fit.shape[1:]):
        return found
    framing = measure_framing(splits.x_fit)
    white = next((full for full in FULL_SCALES if full >= found.get("high", 1)), None)
    return {**found, "white": white if found.get("low", 0) >= 0 else None, "framing": framing and asdict(framing)}


def describe_outputs(splits: Splits, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Describe what comes out, the compared output first; `name` is "" for an output alone."""
    safe = {**tensor_names(target.name for target in splits.targets), "": ""}
    return [_output(t, safe[t.name], str(settings.get("target") or t.name)) for t in splits.targets]


def _array(x: Array, preparation: object) -> dict[str, Any]:
    found: dict[str, Any] = {"shape": list(x.shape[1:]), "dtype": x.dtype.name}
    if isinstance(preparation, Scaling):
        found |= {**asdict(preparation), "scaling": "(raw - low) / (high - low)"}
    if isinstance(preparation, Standardising):
        found |= {**asdict(preparation), "scaling": "(raw - means) / deviations"}
    return found


def _table_inputs(encoding: TableEncoding) -> dict[str, Any]:
    """Describe the arrays that the rows of a table are: their columns in order, and what stands for a missing value."""
    numbers, texts = ([column.name for column in columns] for columns in (encoding.numbers, encoding.texts))
    both = {
        "numbers": {"shape": [len(numbers)], "dtype": "float32", "columns": numbers, "missing": "NaN"},
        "texts": {"shape": [len(texts)], "dtype": "string", "columns": texts, "missing": ""},
    }
    return {name: found for name, found in both.items() if found["columns"]}


def _output(target: Target, name: str, predicted: str) -> dict[str, Any]:
    if target.classifies:
        names = list(target.class_names)
        return {"name": name, "predicts": predicted, "shape": [len(names)], "class_names": names,
                "meaning": "a probability for each class"}  # fmt: skip
    meaning = f"{predicted or 'the value'}, in the unit of the data"
    return {"name": name, "predicts": predicted, "shape": [target.width], "class_names": [], "meaning": meaning}
