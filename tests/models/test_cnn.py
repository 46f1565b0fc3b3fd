"""`cnn` takes images of any size and colour, and distorts them in training alone."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from keras_tuner import HyperParameters

from keras_search.errors import UsageError
from keras_search.models import HYPERMODELS, Problem
from keras_search.models.cnn import block_range
from keras_search.models.problem import Target

NAMES = [
    "shift",
    "rotation",
    "blocks",
    "convolutions",
    "filters",
    "kernel_size",
    "activation",
    "batch_normalization",
    "dropout",
    "head",
    "head_units",
    "head_dropout",
    "optimizer",
    "learning_rate",
    "sgd_learning_rate",
    "batch_size",
    "schedule",
]


def build(hp: HyperParameters, shape: tuple[int, ...] = (8, 8), classes: int = 4) -> keras.Model:
    problem = Problem(shape, (Target(class_names=tuple(map(str, range(classes)))),), fit_examples=1000, epochs=6)
    model = HYPERMODELS["cnn"](problem)(hp)
    assert isinstance(model, keras.Model)
    return model


def point(**values: Any) -> HyperParameters:
    """Give the defaults with some values replaced, before anything is built with them."""
    hp = HyperParameters()
    hp.values = values
    return hp


def kinds(model: keras.Model) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def test_building_with_the_defaults_discovers_the_whole_space() -> None:
    hp = HyperParameters()
    model = build(hp)
    assert [item.name for item in hp.space] == NAMES
    assert kinds(model) == [
        "Reshape",
        "RandomTranslation",
        *("Conv2D", "Activation", "MaxPooling2D", "Dropout") * 2,
        "Flatten",
        *("Dense", "Activation", "Dropout", "Dense"),
    ]
    assert [layer.filters for layer in model.layers if isinstance(layer, keras.layers.Conv2D)] == [16, 32]


def test_every_hyperparameter_has_its_place() -> None:
    hp = point(
        shift=0.1,
        rotation=15,
        blocks=3,
        convolutions=2,
        filters=32,
        kernel_size=5,
        activation="silu",
        batch_normalization="after",
        dropout=0.3,
        head="average",
    )
    model = build(hp, (28, 28))
    block = ("Conv2D", "Activation", "BatchNormalization") * 2 + ("MaxPooling2D", "Dropout")
    assert kinds(model) == [
        *("Reshape", "RandomTranslation", "RandomRotation"),
        *block * 3,
        *("GlobalAveragePooling2D", "Dense"),
    ]
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [32, 32, 64, 64, 128, 128]
    assert {layer.kernel_size for layer in convolutions} == {(5, 5)}
    assert model.layers[1].get_config()["height_factor"] == 0.1
    assert model.layers[2].get_config()["factor"] == (-15 / 360, 15 / 360)
    assert not hp.is_active("head_units")


def test_no_distortion_where_none_is_asked_for() -> None:
    assert kinds(build(point(shift=0.0, rotation=0)))[1] == "Conv2D"


@pytest.mark.parametrize(
    ("side", "blocks"), [(8, (1, 2)), (9, (1, 3)), (28, (1, 3)), (32, (1, 3)), (64, (2, 4)), (224, (4, 6))]
)
def test_blocks_suit_the_size(side: int, blocks: tuple[int, int]) -> None:
    assert block_range(side) == blocks


@pytest.mark.parametrize("shape", [(64,), (7, 8), (28, 4, 3), (3, 32, 32), (8, 8, 8, 3), ()])
def test_other_inputs_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError) as raised:
        HYPERMODELS["cnn"](Problem(shape, (Target(class_names=tuple("0123456789")),), 100, 1))
    assert str(raised.value) == (
        f"The hypermodel cnn needs images (height, width) or (height, width, channels) of at least 8x8, "
        f"received {shape}. Use --hypermodel mlp, which takes any shape."
    )


# A build takes a fifth of a second: a failing point is shown as it is, not made smaller.
@settings(max_examples=10, phases=(Phase.reuse, Phase.generate))
@given(
    shape=st.sampled_from([(8, 8), (8, 13, 3), (28, 28, 1), (33, 20), (100, 64, 3)]),
    classes=st.integers(2, 12),
    draws=st.data(),
)
def test_a_random_point_builds_for_any_image(shape: tuple[int, ...], classes: int, draws: st.DataObject) -> None:
    hp = HyperParameters()
    build(hp, shape)
    hp.values = {}
    for item in hp.space:
        if hp.is_active(item):
            hp.values[item.name] = item.random_sample(draws.draw(st.integers(0, 2**32)))
    values = dict(hp.values)
    model = build(hp, shape, classes)
    assert hp.values == values
    assert [item.name for item in hp.space] == NAMES
    assert model.input_shape == (None, *shape)
    assert model.output_shape == (None, classes)
    assert kinds(model).count("MaxPooling2D") == values["blocks"]
    assert kinds(model).count("Conv2D") == values["blocks"] * values["convolutions"]
    assert model.loss == "sparse_categorical_crossentropy"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_it_learns_from_distorted_images_and_predicts_from_plain_ones(tmp_path: Path) -> None:
    model = build(point(shift=0.1, rotation=10, filters=8, optimizer="adam", learning_rate=0.01))
    y = np.arange(64) % 4
    x = np.random.default_rng(0).random((64, 8, 8), np.float32) / 2
    x[np.arange(64), y * 2] += 0.5
    history = model.fit(x, y, epochs=8, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    plain = model.predict(x, verbose=0)
    assert np.array_equal(model.predict(x, verbose=0), plain)
    assert not np.array_equal(model(x, training=True), plain)
    path = tmp_path / "model.keras"
    model.save(path)
    assert np.array_equal(keras.saving.load_model(path, safe_mode=True).predict(x, verbose=0), plain)
