"""Turn a model into one that only ever infers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

INPUT = "images"


def inference_only(model: keras.Model) -> keras.Model:
    """Wrap a model so that its layers take `training=False`, and its input is named `images`.

    Keras exports a model as it is called without arguments, where random shifts and rotations are still at work.
    """
    import keras

    images = keras.Input(batch_shape=model.input_shape, dtype=model.inputs[0].dtype, name=INPUT)
    wrapped = keras.Model(images, model(images, training=False))
    wrapped(keras.ops.zeros([size or 1 for size in model.input_shape]))  # Keras's ONNX export asks for one call
    return wrapped
