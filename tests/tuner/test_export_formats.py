"""Each format on models that are hard to export."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_search.tuner.exporting import keras_file
from keras_search.tuner.exporting.certificate import TOLERANCE
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.runtime import BrokenModelError, ExportError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
ALL = pytest.mark.parametrize("name", list(FORMATS))


@pytest.fixture(scope="module")
def awkward() -> keras.Model:
    """Give a network with random shifts, and activations that tf2onnx does not know of itself."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Reshape((8, 8, 1)),
            layers.RandomTranslation(0.3, 0.3),
            layers.RandomRotation(0.2),
            layers.Conv2D(4, 3, padding="same", activation="gelu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(8, activation="celu"),
            layers.Dense(8, activation="silu"),
            layers.Dense(3, activation="softmax"),
        ]
    )


@ALL
def test_a_model_with_random_layers_infers_alike_in_batches_of_any_size(
    awkward: keras.Model, tmp_path: Path, name: str
) -> None:
    format_, x = FORMATS[name], np.random.default_rng(0).random((7, 8, 8), np.float32)
    path = tmp_path / format_.file
    format_.write(awkward, path)
    runtime = format_.load(path)
    expected = awkward(x, training=False).numpy()
    for size in (7, 1, 3):
        np.testing.assert_allclose(runtime.run(x[:size]), expected[:size], atol=TOLERANCE)
    assert runtime.input_shape == (8, 8)


@ALL
def test_a_broken_file_is_told_on_one_line(tmp_path: Path, name: str) -> None:
    format_ = FORMATS[name]
    path = tmp_path / format_.file
    if name == "saved-model":
        path.mkdir()
        (path / "saved_model.pb").write_bytes(b"\xff not a model")
    else:
        path.write_bytes(b"not a model")
    with pytest.raises(BrokenModelError, match=rf"{format_.file} cannot be loaded by \w+: ") as raised:
        format_.load(path)
    assert "\n" not in str(raised.value)


def test_a_layer_of_ones_own_is_named(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable(package="thesis")
    class Doubling(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: object) -> object:
            return inputs * 2  # type: ignore[operator]

    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), Doubling(), keras.layers.Dense(3)])
    with pytest.raises(ExportError, match=r"holds ordinary Keras layers only, the model has .*thesis>Doubling as well"):
        keras_file.write(model, tmp_path / "model.keras")


def test_code_inside_a_file_is_refused(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Lambda(lambda x: x * 2)])
    path = tmp_path / "model.keras"
    model.save(path)
    assert "a lambda" in keras_file.foreign_objects(path)
    with pytest.raises(BrokenModelError, match="cannot be loaded by Keras"):
        keras_file.load(path)


def test_a_model_of_two_inputs_is_refused(tmp_path: Path) -> None:
    one, two = keras.Input((4,)), keras.Input((4,))
    path = tmp_path / "model.keras"
    keras.Model([one, two], keras.layers.Dense(3)(keras.layers.Concatenate()([one, two]))).save(path)
    with pytest.raises(BrokenModelError, match="it has several inputs, expected one"):
        keras_file.load(path)
