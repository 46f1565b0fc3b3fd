"""ONNX, run by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from keras_search.tuner.data.encoding import TEXTS, TextColumn
from keras_search.tuner.data.tree import Tree
from keras_search.tuner.exporting.onnx_texts import code_texts
from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import BrokenModelError, Runtime, as_tree, inputs_by_name, one_line
from keras_search.tuner.exporting.subject import INPUT, Subject

MISSING = {"Erfc": ("Erf", True), "Expm1": ("Exp", False)}
"""Operations of gelu and celu that tf2onnx does not know: what ONNX has instead, and whether 1 - that or that - 1."""
ERF_SINCE = 9
"""The version of ONNX that brought the error function."""


def write(subject: Subject, path: Path) -> None:
    """Write a model's inference for batches of any size, by Keras's own export (which uses tf2onnx)."""
    import keras

    with quiet():
        _teach_missing()
        model = subject.model(_one_hot, text="int64")
        model(keras.tree.map_structure(_nothing, model.input))  # Keras's ONNX export requires one call
        model.export(path, format="onnx", verbose=False)
    if subject.encoding is not None and subject.encoding.texts:
        code_texts(path, subject.encoding.texts, TEXTS)


def load(path: Path) -> Runtime:
    """Load an ONNX file on the processor.

    Raises:
        BrokenModelError: it is not one.
    """
    import onnxruntime

    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise BrokenModelError(path, "onnxruntime", one_line(error)) from error
    inputs = {
        given.name: tuple(size if isinstance(size, int) else None for size in given.shape[1:])
        for given in session.get_inputs()
    }
    outputs = [output.name for output in session.get_outputs()]

    def run(x: Tree) -> Tree:
        return as_tree(dict(zip(outputs, session.run(outputs, inputs_by_name(x, list(inputs))), strict=True)))

    return Runtime(run, inputs, _example(list(inputs), outputs))


def _example(inputs: list[str], outputs: list[str]) -> str:
    given = f'{{"{INPUT}": x}}' if inputs == [INPUT] else "x"
    call = f"session.run(None, {given})"
    outputs_of_run = f"{call}[0]" if len(outputs) == 1 else f"dict(zip({outputs}, {call}))"
    return f'import onnxruntime\n\nsession = onnxruntime.InferenceSession("model.onnx")\ny = {outputs_of_run}'


def _one_hot(column: TextColumn) -> Any:
    """Return the operation that codes the indices of categories, which `code_texts` finds."""
    import keras

    return lambda places: keras.ops.one_hot(places, column.width)


def _nothing(given: Any) -> Any:
    import keras

    return keras.ops.zeros([size or 1 for size in given.shape], given.dtype)


def _teach_missing() -> None:
    """Add the operations to tf2onnx that TensorFlow's activations use and that it does not know."""
    from tf2onnx.handler import tf_op

    known = {name for opset in tf_op.get_opsets().get("", []) for name in opset}
    for name in MISSING.keys() - known:
        tf_op(name).register_compat_handler(_convert_missing, ERF_SINCE)


def _convert_missing(graph: Any, node: Any, **_: Any) -> None:
    """Replace erfc(x) in tf2onnx's graph by 1 - erf(x), and expm1(x) by exp(x) - 1."""
    from tf2onnx import utils

    output = node.output[0]
    node.type, one_comes_first = MISSING[node.type]
    dtype = utils.map_onnx_to_numpy_type(graph.get_dtype(output))
    one = graph.make_const(utils.make_name("one"), np.ones((), dtype)).output[0]
    graph.insert_new_node_on_output("Sub", output, inputs=[one, output] if one_comes_first else [output, one])
