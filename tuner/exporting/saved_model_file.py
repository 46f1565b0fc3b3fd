"""TensorFlow's SavedModel, run by TensorFlow alone."""

from __future__ import annotations

from pathlib import Path

from keras_search.tuner.data.tree import Tree
from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import BrokenModelError, Runtime, as_tree, inputs_by_name, one_line
from keras_search.tuner.exporting.subject import INPUT, Subject


def write(subject: Subject, path: Path) -> None:
    """Write a model's inference as the endpoint `serve` of a SavedModel, by Keras's own export."""
    with quiet():
        subject.model().export(path, format="tf_saved_model", verbose=False)


def load(path: Path) -> Runtime:
    """Load a SavedModel's endpoint `serve`.

    Raises:
        BrokenModelError: it is not one, or has no such endpoint.
    """
    with quiet():
        import tensorflow as tf

    try:
        with quiet():
            loaded = tf.saved_model.load(path)
        serve = loaded.signatures["serve"]
        inputs = {name: tuple(spec.shape.as_list()[1:]) for name, spec in serve.structured_input_signature[1].items()}
    except Exception as error:
        raise BrokenModelError(path, "TensorFlow", one_line(error)) from error

    def run(x: Tree) -> Tree:
        given = {name: tf.constant(array) for name, array in inputs_by_name(x, list(inputs)).items()}
        return as_tree({name: output.numpy() for name, output in serve(**given).items()})

    given = "tf.constant(x)" if list(inputs) == [INPUT] else "{name: tf.constant(values) for name, values in x.items()}"
    several = len(serve.structured_outputs) > 1
    example = (
        "import tensorflow as tf\n\n"
        'model = tf.saved_model.load("saved-model")\n'
        f"y = model.serve({given}){'' if several else '.numpy()'}"
    )
    return Runtime(run, inputs, example)
