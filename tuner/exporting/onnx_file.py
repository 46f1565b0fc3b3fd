"""ONNX, run by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_search.tuner.exporting.inference import inference_only
from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import BrokenModelError, Runtime, Values, one_line

if TYPE_CHECKING:
    import keras

MISSING = {"Erfc": ("Erf", True), "Expm1": ("Exp", False)}
"""Operations of gelu and celu that tf2onnx does not know: what ONNX has instead, and whether 1 - that or that - 1."""
ERF_SINCE = 9
"""The version of ONNX that brought the error function."""


def write(model: keras.Model, path: Path) -> None:
    """Write a model's inference for batches of any size, by Keras's own export (which uses tf2onnx)."""
    with quiet():
        _teach_missing()
        inference_only(model).export(path, format="onnx", verbose=False)


def load(path: Path) -> Runtime:
    """Load an ONNX file on the processor.

    Raises:
        BrokenModelError: it is not one, or has several inputs or outputs.
    """
    import onnxruntime

    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        (given,), (output,) = session.get_inputs(), session.get_outputs()
    except Exception as error:
        raise BrokenModelError(path, "onnxruntime", one_line(error)) from error

    def run(x: Values) -> Values:
        probabilities: Values = session.run([output.name], {given.name: x})[0]
        return probabilities

    shape = tuple(size if isinstance(size, int) else None for size in given.shape[1:])
    example = (
        "import onnxruntime\n\n"
        'session = onnxruntime.InferenceSession("model.onnx")\n'
        f'probabilities = session.run(None, {{"{given.name}": x}})[0]'
    )
    return Runtime(run, shape, example)


def _teach_missing() -> None:
    """Teach tf2onnx the operations that TensorFlow's activations are made of and that it does not know."""
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
