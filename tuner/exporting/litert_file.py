"""LiteRT (TensorFlow Lite), run by its interpreter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_search.tuner.data.encoding import TextColumn
from keras_search.tuner.data.tree import Tree
from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import (
    BrokenModelError,
    Runtime,
    UnfitFormatError,
    as_tree,
    inputs_by_name,
    one_line,
)
from keras_search.tuner.exporting.subject import INPUT, Subject


def write(subject: Subject, path: Path) -> None:
    """Write a model's inference in float32, for batches of any size, by Keras's own export.

    Raises:
        UnfitFormatError: it takes or returns 64-bit numbers.
    """
    with quiet():
        model = subject.model(_comparison)
        if any(end.dtype == "float64" for end in (*model.inputs, *model.outputs)):
            raise UnfitFormatError(
                "The format litert has no 64-bit numbers, and these raw data need them: they are so large for "
                "their spread that 32 bits could not distinguish them. Export it as keras, saved-model or onnx."
            )
        model.export(path, format="litert", verbose=False)


def load(path: Path) -> Runtime:
    """Load a `.tflite` file.

    Raises:
        BrokenModelError: it is not one, or needs more than LiteRT's own operations.
    """
    with quiet():
        from ai_edge_litert.interpreter import Interpreter

    try:
        with quiet():
            interpreter: Any = Interpreter(model_path=str(path))
            interpreter.allocate_tensors()
            given, outputs = _details(interpreter)
    except Exception as error:
        raise BrokenModelError(path, "LiteRT", one_line(error)) from error

    def run(x: Tree) -> Tree:
        arrays = inputs_by_name(x, list(given))
        if any(tuple(given[name]["shape"]) != array.shape for name, array in arrays.items()):
            with quiet():
                for name, array in arrays.items():
                    interpreter.resize_tensor_input(given[name]["index"], array.shape)
                    given[name]["shape"] = array.shape
                interpreter.allocate_tensors()
        for name, array in arrays.items():
            interpreter.set_tensor(given[name]["index"], array)
        interpreter.invoke()
        return as_tree({name: interpreter.get_tensor(output["index"]) for name, output in outputs.items()})

    inputs = {
        name: tuple(int(size) if size >= 0 else None for size in details["shape_signature"][1:])
        for name, details in given.items()
    }
    return Runtime(run, inputs, _example(list(inputs), list(outputs)))


def _details(interpreter: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the details of inputs and outputs by their exported names, else by those inside."""
    if interpreter.get_signature_list():
        runner = interpreter.get_signature_runner()
        return runner.get_input_details(), runner.get_output_details()
    both = interpreter.get_input_details(), interpreter.get_output_details()
    given, outputs = ({details["name"]: details for details in every} for every in both)
    return given, outputs


def _comparison(column: TextColumn) -> Callable[[Any], Any]:
    """Return the layer that codes texts by comparing each with every category, because LiteRT has no lookup tables."""
    import keras
    import tensorflow as tf

    def compare(texts: Any) -> Any:
        same = tf.cast(tf.equal(texts[:, None], tf.constant([list(column.categories)])), tf.float32)
        return tf.concat([1 - tf.reduce_sum(same, axis=1, keepdims=True), same], axis=1)

    return keras.layers.Lambda(compare, output_shape=(column.width,))  # type: ignore[no-any-return]


def _example(inputs: list[str], outputs: list[str]) -> str:
    given = f"{INPUT}=x" if inputs == [INPUT] else "**x"
    return (
        "from ai_edge_litert.interpreter import Interpreter\n\n"
        'model = Interpreter("model.tflite").get_signature_runner()\n'
        f"y = model({given})" + (f'["{outputs[0]}"]' if len(outputs) == 1 else "")
    )
