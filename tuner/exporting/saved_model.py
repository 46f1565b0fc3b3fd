"""TensorFlow's SavedModel, run by TensorFlow alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from keras_search.tuner.exporting.inference import inference_only
from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import BrokenModelError, Runtime, Values, one_line

if TYPE_CHECKING:
    import keras


def write(model: keras.Model, path: Path) -> None:
    """Write a model's inference as the endpoint `serve` of a SavedModel, by Keras's own export."""
    with quiet():
        inference_only(model).export(path, format="tf_saved_model", verbose=False)


def load(path: Path) -> Runtime:
    """Load a SavedModel's endpoint `serve`.

    Raises:
        BrokenModelError: it is not one, or has no such endpoint of one input.
    """
    with quiet():
        import tensorflow as tf

    try:
        with quiet():
            loaded = tf.saved_model.load(path)
        (spec,) = loaded.signatures["serve"].structured_input_signature[1].values()
    except Exception as error:
        raise BrokenModelError(path, "TensorFlow", one_line(error)) from error

    def run(x: Values) -> Values:
        probabilities: Values = loaded.serve(tf.constant(x)).numpy()
        return probabilities

    example = (
        "import tensorflow as tf\n\n"
        'model = tf.saved_model.load("saved-model")\n'
        "probabilities = model.serve(tf.constant(x)).numpy()"
    )
    return Runtime(run, tuple(spec.shape.as_list()[1:]), example)
