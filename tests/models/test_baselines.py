"""Each baseline is the network and the recipe that its source gives."""

import keras
import numpy as np
import pytest

from keras_search.models import BASELINE_NAMES, BASELINES, DEFAULT_BASELINE, Problem
from keras_search.models.problem import Target

MNIST = Problem((28, 28), (Target(class_names=tuple("0123456789")),), fit_examples=48_000, epochs=10)

# Counted by hand on 784 inputs and 10 classes: a Dense layer has (inputs + 1) * units, a batch
# normalization 4 * units, two of them trained.
PARAMETERS = {
    "mlp-128-64": 100_480 + 8_256 + 650,
    "mlp-bn-dropout": 100_480 + 512 + 8_256 + 256 + 650,
    "dense-relu": 100_480 + 16_512 + 1_290,
    "mlp-256-128-64": 200_960 + 1_024 + 32_896 + 512 + 8_256 + 256 + 650,
    "ann-128": 100_480 + 1_290,
    "dnn-bn": 100_480 + 512 + 16_512 + 512 + 8_256 + 256 + 4_160 + 256 + 650,
}
BLOCK = ("Dense", "BatchNormalization", "ReLU", "Dropout")
LAYERS = {
    "mlp-128-64": ("Dense",) * 2,
    "mlp-bn-dropout": BLOCK * 2,
    "dense-relu": ("Dense",) * 2,
    "mlp-256-128-64": BLOCK * 3,
    "ann-128": ("Dense",),
    "dnn-bn": ("Dense", "BatchNormalization") * 4,
}
UNITS = {
    "mlp-128-64": [128, 64],
    "mlp-bn-dropout": [128, 64],
    "dense-relu": [128, 128],
    "mlp-256-128-64": [256, 128, 64],
    "ann-128": [128],
    "dnn-bn": [128, 128, 64, 64],
}
DROPOUT = {"mlp-bn-dropout": [0.2, 0.2], "mlp-256-128-64": [0.3, 0.3, 0.2]}


@pytest.fixture(params=BASELINE_NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def build(name: str, problem: Problem = MNIST) -> keras.Model:
    model = BASELINES[name].build(problem)
    assert isinstance(model, keras.Model)
    return model


def test_there_are_six_and_the_first_is_the_default() -> None:
    assert tuple(PARAMETERS) == BASELINE_NAMES
    assert BASELINE_NAMES[0] == DEFAULT_BASELINE == "mlp-128-64"
    assert all(baseline.name == name for name, baseline in BASELINES.items())


def test_recipe(name: str) -> None:
    baseline = BASELINES[name]
    expected = (15, 128, True) if name == "mlp-256-128-64" else (10, 32, False)
    assert (baseline.epochs, baseline.batch_size, baseline.one_hot) == expected


def test_network(name: str) -> None:
    model = build(name)
    assert model.count_params() == PARAMETERS[name]
    assert tuple(type(layer).__name__ for layer in model.layers) == ("Flatten", *LAYERS[name], "Dense")
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in dense] == [*UNITS[name], 10]
    inside = "linear" if "ReLU" in LAYERS[name] else "relu"
    assert [layer.activation.__name__ for layer in dense] == [inside] * len(UNITS[name]) + ["softmax"]
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == DROPOUT.get(name, [])


def test_compiled_with_adam_and_the_loss_of_its_labels(name: str) -> None:
    model = build(name)
    assert type(model.optimizer) is keras.optimizers.Adam
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)
    one_hot = BASELINES[name].one_hot
    assert model.loss == ("categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy")


@pytest.mark.parametrize("name", ["mlp-128-64", "mlp-256-128-64"])
def test_trains_on_another_shape_and_number_of_classes(name: str) -> None:
    model = build(name, Problem((4, 5, 3), (Target(class_names=tuple("abcdefg")),), fit_examples=14, epochs=1))
    labels = np.arange(14) % 7
    y = np.eye(7)[labels] if BASELINES[name].one_hot else labels
    x = np.random.default_rng(0).random((14, 4, 5, 3), np.float32)
    history = model.fit(x, y, epochs=1, verbose=0).history
    assert set(history) == {"loss", "accuracy"}
    assert model.predict(x, verbose=0).shape == (14, 7)
