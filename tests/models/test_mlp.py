"""Every point of the search space of `mlp` is the network that its hyperparameters describe."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from keras_tuner import HyperParameters

from keras_search.models import HYPERMODELS, Problem
from keras_search.models.problem import Target

PROBLEM = Problem((8, 8), (Target(class_names=tuple("0123456789")),), fit_examples=1000, epochs=6)
SPACE = HyperParameters()
HYPERMODELS["mlp"](PROBLEM)(SPACE)

NAMES = [
    "layers",
    "activation",
    "batch_normalization",
    "input_dropout",
    *(f"{kind}_{number}" for number in (1, 2, 3, 4) for kind in ("units", "dropout")),
    "optimizer",
    "learning_rate",
    "sgd_learning_rate",
    "batch_size",
    "schedule",
]


def point(draws: st.DataObject | None = None, **values: Any) -> HyperParameters:
    """Give a point of the space: the values named, the others drawn, or their defaults."""
    hp = HyperParameters()
    for item in SPACE.space:
        hp._register(item)
    hp.values = {}
    for item in SPACE.space:
        if hp.is_active(item):
            drawn = item.default if draws is None else item.random_sample(draws.draw(st.integers(0, 2**32)))
            hp.values[item.name] = values.get(item.name, drawn)
    return hp


def build(hp: HyperParameters) -> keras.Model:
    model = HYPERMODELS["mlp"](PROBLEM)(hp)
    assert isinstance(model, keras.Model)
    return model


def described(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Write down the layers that hyperparameters ask for."""
    layers: list[tuple[str, Any]] = [("Flatten", None)]
    layers += [("Dropout", values["input_dropout"])] * (values["input_dropout"] > 0)
    norm = values["batch_normalization"]
    for number in range(1, values["layers"] + 1):
        layers.append(("Dense", values[f"units_{number}"]))
        layers += [("BatchNormalization", None)] * (norm == "before")
        layers.append(("Activation", values["activation"]))
        layers += [("BatchNormalization", None)] * (norm == "after")
        layers += [("Dropout", values[f"dropout_{number}"])] * (values[f"dropout_{number}"] > 0)
    return [*layers, ("Dense", 10)]


def found(model: keras.Model) -> list[tuple[str, Any]]:
    """Read the layers of a model back."""
    attributes = {"Dense": "units", "Activation": "activation", "Dropout": "rate"}
    layers = []
    for layer in model.layers:
        kind = type(layer).__name__
        setting = getattr(layer, attributes[kind]) if kind in attributes else None
        layers.append((kind, setting.__name__ if callable(setting) else setting))
    return layers


def test_building_with_the_defaults_discovers_the_whole_space() -> None:
    assert [item.name for item in SPACE.space] == NAMES
    assert SPACE.values == {
        "layers": 2,
        "activation": "relu",
        "batch_normalization": "none",
        "input_dropout": 0.0,
        "units_1": 256,
        "dropout_1": 0.2,
        "units_2": 256,
        "dropout_2": 0.2,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch_size": 128,
        "schedule": "cosine",
    }


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_layers_bring_their_own_hyperparameters(layers: int) -> None:
    hp = point(layers=layers)
    build(hp)
    active = {name for name in NAMES if name.startswith(("units_", "dropout_")) and hp.is_active(name)}
    assert active == {f"{kind}_{number}" for number in range(1, layers + 1) for kind in ("units", "dropout")}


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "nadam", "rmsprop", "sgd"])
def test_each_optimizer_takes_its_own_learning_rate(optimizer: str) -> None:
    hp = point(optimizer=optimizer, learning_rate=0.003, sgd_learning_rate=0.3, schedule="constant")
    chosen = build(hp).optimizer
    assert type(chosen).__name__.lower() == optimizer
    assert float(chosen.learning_rate) == pytest.approx(0.3 if optimizer == "sgd" else 0.003)
    assert ("learning_rate" in hp.values, "sgd_learning_rate" in hp.values) == (
        optimizer != "sgd",
        optimizer == "sgd",
    )
    if optimizer == "sgd":
        assert chosen.momentum == 0.9


@pytest.mark.parametrize(("batch_size", "steps"), [(32, 192), (64, 96), (128, 48), (256, 24)])
def test_cosine_ends_with_the_full_budget_of_epochs(batch_size: int, steps: int) -> None:
    """1,000 examples are 32, 16, 8 or 4 batches an epoch, the last one smaller, six times."""
    optimizer = build(point(schedule="cosine", batch_size=batch_size, learning_rate=0.01)).optimizer
    schedule = keras.saving.serialize_keras_object(optimizer)["config"]["learning_rate"]
    assert schedule["class_name"] == "CosineDecay"
    assert schedule["config"]["decay_steps"] == steps
    assert schedule["config"]["initial_learning_rate"] == 0.01


# A build takes a tenth of a second: a failing point is shown as it is, not made smaller.
@settings(max_examples=20, phases=(Phase.reuse, Phase.generate))
@given(draws=st.data())
def test_a_random_point_is_the_network_described(draws: st.DataObject) -> None:
    hp = point(draws)
    values = dict(hp.values)
    model = build(hp)
    assert hp.values == values
    assert [item.name for item in hp.space] == NAMES
    assert found(model) == described(values)
    assert model.input_shape == (None, 8, 8)
    assert model.inputs[0].dtype == "float32"
    assert model.output_shape == (None, 10)
    assert model.layers[-1].activation is keras.activations.softmax
    assert model.loss == "sparse_categorical_crossentropy"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    "values",
    [
        {"optimizer": "adamw", "batch_normalization": "before", "layers": 1, "schedule": "cosine"},
        {"optimizer": "sgd", "batch_normalization": "after", "activation": "gelu", "schedule": "constant"},
    ],
)
def test_a_model_learns_and_loads_with_plain_keras(values: dict[str, Any], tmp_path: Path) -> None:
    model = build(point(**values))
    x = np.random.default_rng(0).random((64, 8, 8), np.float32)
    y = np.arange(64) % 10
    history = model.fit(x, y, epochs=8, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert set(history) == {"loss", "accuracy"}
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.saving.load_model(path, safe_mode=True)
    assert np.array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))


def test_lr_batch_is_the_128_64_network_in_nine_settings() -> None:
    hp = HyperParameters()
    model = HYPERMODELS["lr-batch"](PROBLEM)(hp)
    assert {item.name: list(item.values) for item in hp.space} == {
        "learning_rate": [0.0001, 0.001, 0.01],
        "batch_size": [32, 64, 128],
    }
    assert found(model) == [("Flatten", None), ("Dense", 128), ("Dense", 64), ("Dense", 10)]
    assert [layer.activation.__name__ for layer in model.layers[1:]] == ["relu", "relu", "softmax"]
    assert type(model.optimizer) is keras.optimizers.Adam
    hp.values["learning_rate"] = 0.01
    assert float(HYPERMODELS["lr-batch"](PROBLEM)(hp).optimizer.learning_rate) == pytest.approx(0.01)
