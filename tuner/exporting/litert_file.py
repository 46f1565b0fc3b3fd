"""LiteRT (TensorFlow Lite), run by its interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_search.tuner.exporting.inference import inference_only
from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import BrokenModelError, Runtime, Values, one_line

if TYPE_CHECKING:
    import keras


def write(model: keras.Model, path: Path) -> None:
    """Write a model's inference in float32, for batches of any size, by Keras's own export."""
    with quiet():
        inference_only(model).export(path, format="litert", verbose=False)


def load(path: Path) -> Runtime:
    """Load a `.tflite` file.

    Raises:
        BrokenModelError: it is not one, has several inputs, or needs more than LiteRT's own operations.
    """
    with quiet():
        from ai_edge_litert.interpreter import Interpreter

    try:
        with quiet():
            interpreter: Any = Interpreter(model_path=str(path))
            interpreter.allocate_tensors()
        (given,), (output,) = interpreter.get_input_details(), interpreter.get_output_details()
    except Exception as error:
        raise BrokenModelError(path, "LiteRT", one_line(error)) from error

    def run(x: Values) -> Values:
        if tuple(given["shape"]) != x.shape:
            with quiet():
                interpreter.resize_tensor_input(given["index"], x.shape)
                interpreter.allocate_tensors()
            given["shape"] = x.shape
        interpreter.set_tensor(given["index"], x)
        interpreter.invoke()
        probabilities: Values = interpreter.get_tensor(output["index"])
        return probabilities

    shape = tuple(int(size) if size >= 0 else None for size in given["shape_signature"][1:])
    example = (
        "from ai_edge_litert.interpreter import Interpreter\n\n"
        'interpreter = Interpreter("model.tflite")\n'
        "given, output = interpreter.get_input_details()[0], interpreter.get_output_details()[0]\n"
        'interpreter.resize_tensor_input(given["index"], x.shape)\n'
        "interpreter.allocate_tensors()\n"
        'interpreter.set_tensor(given["index"], x)\n'
        "interpreter.invoke()\n"
        'probabilities = interpreter.get_tensor(output["index"])'
    )
    return Runtime(run, shape, example)
