"""Let an ONNX model take texts: tf2onnx cannot export Keras's string lookup."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_search.tuner.data.encoding import TextColumn

ML_DOMAIN = "ai.onnx.ml"
ML_VERSION = 2
"""The version of ONNX-ML that introduced the label encoder as it is used here."""


def code_texts(path: Path, columns: Sequence[TextColumn], name: str) -> None:
    """Prepend to the input `name` of the model at `path`, int64 `(n, n_columns)`, the lookup of its texts.

    Each number is the index of a text among the categories of its column, from 1, and 0 if it is not one of them.
    """
    import onnx

    model = onnx.load(path)
    graph = model.graph
    codes = f"{name}_places"
    for node in graph.node:
        node.input[:] = [codes if given == name else given for given in node.input]
    found = [node for place, column in enumerate(columns) for node in _coding(column, name, place)]
    found.append(
        onnx.helper.make_node("Concat", [f"{codes}_{place}" for place in range(len(columns))], [codes], axis=1)
    )
    graph.initializer.extend(
        onnx.helper.make_tensor(f"{name}_place_{place}", onnx.TensorProto.INT64, [1], [place])
        for place in range(len(columns))
    )
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*found, *rest])
    (given,) = (given for given in graph.input if given.name == name)
    given.type.tensor_type.elem_type = onnx.TensorProto.STRING
    if ML_DOMAIN not in {opset.domain for opset in model.opset_import}:
        model.opset_import.append(onnx.helper.make_opsetid(ML_DOMAIN, ML_VERSION))
    onnx.save(model, path)


def _coding(column: TextColumn, name: str, place: int) -> list[Any]:
    """Return the nodes that code one column `(n, 1)`."""
    from onnx import helper

    return [
        helper.make_node("Gather", [name, f"{name}_place_{place}"], [f"{name}_{place}"], axis=1),
        helper.make_node(
            "LabelEncoder",
            [f"{name}_{place}"],
            [f"{name}_places_{place}"],
            domain=ML_DOMAIN,
            keys_strings=list(column.categories),
            values_int64s=list(range(1, column.width)),
            default_int64=0,
        ),
    ]
