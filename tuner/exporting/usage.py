"""Explain on the model card how to use a model, from model.json."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from keras_search.tuner.data.readings import Reading, reading_from
from keras_search.tuner.exporting.reading_code import reading_lines
from keras_search.tuner.report.markdown import escape, table
from keras_search.tuner.report.page_text import Table
from keras_search.tuner.system.numbers import figure

CATEGORIES_SHOWN = 10
EXPLAINED = {
    "numbers": "numbers are standardised, where a missing one counts as the mean",
    "texts": "categories are coded, where all that are not listed count as one",
}
WIDE = (
    "They are 64-bit numbers, because 32 bits could not distinguish them; Keras's own `predict` would convert them to "
    "32 bits, `predict_on_batch` does not."
)

Given = Mapping[str, Any]


def examples(given: Given) -> str:
    """Name the examples: images, rows or examples."""
    if given["kind"] == "table":
        return "rows"
    return "images" if _is_image(given) else "examples"


def takes(given: Given) -> str:
    """Name the input in words."""
    if given["kind"] == "table":
        count = len(given["numbers"]) + len(given["texts"])
        return f"rows of a table of {count} column{'s' * (count > 1)}"
    if given["kind"] == "several":
        return f"{len(given['inputs'])} inputs ({', '.join(given['inputs'])})"
    shape = given["shape"]
    return f"images of {'x'.join(map(str, shape))}" if _is_image(given) else f"arrays of shape {_shape(shape)}"


def gives(outputs: Sequence[Given]) -> str:
    """Name the outputs in words."""
    return " and ".join(_gives(output) for output in outputs)


def given(given: Given) -> str:
    """Explain how to make the input from raw data, as Markdown with Python."""
    if given["kind"] == "table":
        return _rows(given)
    if given["kind"] == "several":
        parts = [f"- `{name}`: {_array(part, name)}" for name, part in given["inputs"].items()]
        return "The input `x` is a dict of arrays:\n\n" + "\n".join(parts)
    inside = {"scaling": "scaled to 0-1", "standardising": "standardised column by column"}
    text = f"The input `x` is {given['dtype']} of shape `{_shape(given['shape'], 'n')}`: {_numbers(given)}."
    if given["inside"]:
        text += f" Inside the model they are {inside[given['inside']['kind']]}, as fitted to the training examples."
    return f"{text} {WIDE}" if given["dtype"] == "float64" else text


def outputs_text(outputs: Sequence[Given]) -> str:
    """Explain the outputs, as Markdown."""
    if len(outputs) == 1:
        return f"The output `y` is {_output_text(outputs[0])}."
    parts = [f"- `{output['name']}`: {_output_text(output)}" for output in outputs]
    return "The output `y` is a dict of arrays, by the first of which models were compared:\n\n" + "\n".join(parts)


def command(given: Given, outputs: Sequence[Given]) -> str:
    """Explain how keras-search itself predicts with the model; "" if it does not, as with images as outputs."""
    if len(outputs[0]["shape"]) > 1:
        return ""
    if given["kind"] == "table":
        return (
            "Or, for the rows of a CSV with these columns, in any order and with any others: "
            "`keras-search predict FOLDER ROWS.csv`, where FOLDER is this one."
        )
    if _is_image(given):
        return "Or, for images of any size: `keras-search predict FOLDER IMAGE...`, where FOLDER is this one."
    return ""


def _rows(given: Given) -> str:
    """Describe the columns, and show how they are read."""
    parts = given["inputs"]
    arrays = [
        f"`{name}`, {part['dtype']} of shape `{_shape(part['shape'], 'n')}` "
        f"({'NaN' if name == 'numbers' else 'an empty string'} where a value is missing)"
        for name, part in parts.items()
    ]
    rows = [(column["name"], "number", f"mean {figure(column['mean'])}, standard deviation "
             f"{figure(column['deviation'])}") for column in given["numbers"]]  # fmt: skip
    rows += [(column["name"], "category", _categories(column["categories"])) for column in given["texts"]]
    explained = [EXPLAINED[name] for name in parts]
    readings = [reading_from(reading) for reading in given.get("readings", ())]
    explained += [f"before that, `{escape(reading.column)}` is read as {escape(str(reading))}" for reading in readings]
    return "\n\n".join(
        [
            f"The input `x` is a dict of {' and '.join(arrays)}: the raw rows. Inside the model, as fitted to the "
            f"training rows, {' and '.join(explained)}.",
            table(Table(("column", "kind", "in training"), tuple(rows), (False, False, False))),
            f"```python\n{_reading(parts, readings)}\n```",
        ]
    )


def _categories(names: Sequence[str]) -> str:
    shown = [name or "(missing)" for name in names[:CATEGORIES_SHOWN]]
    more = f" and {len(names) - CATEGORIES_SHOWN} more" if len(names) > CATEGORIES_SHOWN else ""
    return ", ".join(shown) + more


def _reading(parts: Mapping[str, Given], readings: Sequence[Reading] = ()) -> str:
    """Return Python that makes `x` from a CSV."""
    names = {part: json.dumps(found["columns"], ensure_ascii=False) for part, found in parts.items()}
    written = json.dumps([reading.column for reading in readings], ensure_ascii=False) if readings else ""
    read = 'rows = pandas.read_csv("rows.csv")'
    if "texts" in names or written:
        kept = f"[*texts, *{written}]" if "texts" in names and written else written or "texts"
        read = (
            'rows = pandas.read_csv("rows.csv", keep_default_na=False, na_values=[""], '
            f"dtype=dict.fromkeys({kept}, str))"
        )
    arrays = {
        "numbers": f'"numbers": rows[numbers].to_numpy("{parts.get("numbers", {}).get("dtype")}")',
        "texts": '"texts": rows[texts].fillna("").to_numpy(str)',
    }
    x = ", ".join(arrays[part] for part in names)
    return "\n".join(
        [
            *(["import numpy"] if any(reading.kind == "date" for reading in readings) else []),
            "import pandas\n",
            *(f"{part} = {columns}" for part, columns in names.items()),
            read,
            *reading_lines(readings),
            f"x = {{{x}}}",
        ]
    )


def _array(part: Given, name: str) -> str:
    original = f" ({escape(part['name'])} in the data)" if part["name"] != name else ""
    return f"{part['dtype']} of shape `{_shape(part['shape'], 'n')}`, {_numbers(part)}{original}"


def _numbers(given: Given) -> str:
    """Describe the raw numbers, or texts, of an array."""
    if given["dtype"] == "string":
        return "texts as they are"
    what = "pixels" if _is_image(given) else "numbers"
    if given["range"] is None:
        return f"{what} as they are in the data"
    low, high = given["range"]
    return f"{what} as they are in the data, from {low:g} to {high:g} in training"


def _output_text(output: Given) -> str:
    shape = f"`{_shape(output['shape'], 'n')}`"
    if not output["class_names"]:
        return f"{shape}: {escape(output['meaning'])}"
    of = f" of {escape(output['predicts'])}" if output["predicts"] else ""
    return f"{shape}, a probability for each class{of}, in this order: {', '.join(map(escape, output['class_names']))}"


def _gives(output: Given) -> str:
    of = f" of {output['predicts']}" if output["predicts"] else ""
    if output["class_names"]:
        return f"a probability for each of {len(output['class_names'])} classes{of}"
    if output["other"]:
        return f"arrays of shape {_shape(output['shape'])}{of}" if output["shape"] else f"a number{of}"
    width = output["shape"][0]
    return f"a value{of}" if width == 1 else f"{width} values{of}"


def _is_image(given: Given) -> bool:
    return given.get("pixels") is not None


def _shape(sizes: Sequence[int], *before: str) -> str:
    inside = ", ".join([*before, *map(str, sizes)])
    return f"({inside},)" if len(sizes) + len(before) == 1 else f"({inside})"
