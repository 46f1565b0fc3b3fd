"""The ends of the built-in networks follow the problem; the plain case is the plain network, to the bit."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras_tuner import HyperParameters

from keras_search.errors import UsageError
from keras_search.models import BASELINES, HYPERMODELS
from keras_search.models.problem import Problem, Spread, Target

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

LABEL = Target("label", ("a", "b", "c"))
INK = Target("ink", width=2)
SHAPES = {"image": (8, 8), "numbers": (3,)}
RNG = np.random.default_rng(0)
X = {"image": RNG.random((24, 8, 8), np.float32), "numbers": RNG.random((24, 3), np.float32)}
Y = {"label": np.arange(24) % 3, "ink": RNG.random((24, 2), np.float32)}
BUILDERS = {name: baseline.build for name, baseline in BASELINES.items()}
BUILDERS |= {name: lambda problem, name=name: HYPERMODELS[name](problem)(HyperParameters()) for name in HYPERMODELS}
ANY_INPUTS = sorted(set(BUILDERS) - {"cnn"})
SOME = ["mlp", "mlp-256-128-64"]


def problem(shape: Any, *targets: Target) -> Problem:
    return Problem(shape, targets, fit_examples=24, epochs=1)


def build(name: str, shape: Any, *targets: Target) -> keras.Model:
    model = BUILDERS[name](problem(shape, *targets))
    assert isinstance(model, keras.Model)
    model.run_eagerly = True  # tracing a graph takes a second
    return model


def one_hot(name: str) -> bool:
    return name in BASELINES and BASELINES[name].one_hot


def labels(name: str) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[Y["label"]] if one_hot(name) else Y["label"]


def blocks(name: str) -> list[keras.Layer]:
    """Give the hidden layers of some networks."""
    layers = keras.layers
    made = {
        "mlp": lambda: [(layers.Dense(256), layers.Activation("relu"), layers.Dropout(0.2)) for _ in range(2)],
        "dnn-bn": lambda: [(layers.Dense(n, "relu"), layers.BatchNormalization()) for n in (128, 128, 64, 64)],
        "mlp-bn-dropout": lambda: [
            (layers.Dense(n), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.2)) for n in (128, 64)
        ],
    }.get(name, lambda: [(layers.Dense(n, "relu"),) for n in (128, 64)])
    return [layer for block in made() for layer in block]


def plain(name: str) -> keras.Model:
    """Write some of the networks down as they were before there were several inputs and outputs.

    The head of a baseline is made before its other layers, so that it takes the first of the seeds.
    """
    head = keras.layers.Dense(3, "softmax") if name in BASELINES else None
    hidden = blocks(name)
    return keras.Sequential(
        [keras.Input((8, 8)), keras.layers.Flatten(), *hidden, head or keras.layers.Dense(3, "softmax")]
    )


@pytest.mark.parametrize("name", ["mlp", "lr-batch", "mlp-128-64", "mlp-bn-dropout", "dnn-bn"])
def test_one_input_and_one_target_is_the_plain_network_with_the_same_first_weights(name: str) -> None:
    models = []
    for make in (lambda: build(name, (8, 8), Target(class_names=LABEL.class_names)), lambda: plain(name)):
        keras.backend.clear_session()
        keras.utils.set_random_seed(7)
        models.append(make())
    ours, theirs = models
    assert type(ours) is keras.Sequential
    told = [json.dumps([layer.get_config() for layer in model.layers], default=str) for model in models]
    assert told[0] == told[1]
    assert all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True))


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_values_have_a_linear_head(name: str) -> None:
    classifier, model = build(name, (8, 8), *[Target(class_names=("a", "b"))]), build(name, (8, 8), Target(width=2))
    assert [weight.shape for weight in model.weights] == [weight.shape for weight in classifier.weights]
    assert model.layers[-1].activation is keras.activations.linear
    assert model.loss == "mean_squared_error"
    history = model.fit(X["image"], Y["ink"], verbose=0).history
    assert set(history) == {"loss", "mean_absolute_error"}


@pytest.mark.parametrize("name", ANY_INPUTS)
def test_several_inputs_are_joined_and_several_outputs_named(name: str, tmp_path: Path) -> None:
    model = build(name, SHAPES, LABEL, INK)
    history = model.fit(X, {**Y, "label": labels(name)}, verbose=0).history
    assert set(history) == {"loss", "label_loss", "label_accuracy", "ink_loss", "ink_mean_absolute_error"}
    assert set(model.output_names) == {"label", "ink"}
    said = model.predict(X, verbose=0)
    assert {output: array.shape for output, array in said.items()} == {"label": (24, 3), "ink": (24, 2)}
    np.testing.assert_allclose(said["label"].sum(axis=1), 1, rtol=1e-5)
    first = next(layer for layer in model.layers if isinstance(layer, keras.layers.Dense))
    assert first.kernel.shape[0] == 8 * 8 + 3
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True).predict_on_batch(X)
    assert all(np.array_equal(loaded[output], said[output]) for output in said)


@pytest.mark.parametrize("name", SOME)
def test_several_inputs_may_lead_to_one_output(name: str) -> None:
    model = build(name, SHAPES, LABEL)
    assert set(model.fit(X, labels(name), verbose=0).history) == {"loss", "accuracy"}
    assert model.predict(X, verbose=0).shape == (24, 3)


def test_an_only_input_may_have_a_name() -> None:
    model = build("mlp", {"numbers": (3,)}, INK)
    assert model.predict({"numbers": X["numbers"]}, verbose=0).shape == (24, 2)


@pytest.mark.parametrize("name", [*SOME, "cnn"])
def test_one_input_may_lead_to_several_outputs(name: str) -> None:
    model = build(name, (8, 8), INK, LABEL)
    history = model.fit(X["image"], {**Y, "label": labels(name)}, verbose=0).history
    assert {"label_accuracy", "ink_mean_absolute_error"} <= set(history)


def test_the_hyperparameters_are_those_of_any_problem() -> None:
    spaces = []
    for targets in ((Target(class_names=("a", "b")),), (Target(),), (LABEL, INK)):
        HYPERMODELS["mlp"](problem((8, 8), *targets))(space := HyperParameters())
        spaces.append(space.get_config())
    assert spaces[0] == spaces[1] == spaces[2]


def test_convolutions_take_one_input() -> None:
    with pytest.raises(UsageError) as caught:
        HYPERMODELS["cnn"](problem(SHAPES, LABEL))
    assert str(caught.value) == (
        "The hypermodel cnn takes one input, images, received the inputs image, numbers. "
        "Use --hypermodel mlp, which joins any inputs, or your own hypermodel."
    )


@pytest.mark.parametrize("name", ["mlp", "mlp-128-64"])
def test_values_are_learned_in_units_of_their_spread(name: str) -> None:
    """Always saying the mean has a loss of 1, in whatever unit the values are; errors are told in that unit."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 3)).astype(np.float32), rng.normal([500, -3], [80, 0.5], (200, 2)).astype(np.float32)
    spread = Spread(tuple(y.mean(axis=0).tolist()), tuple(y.std(axis=0).tolist()))
    values = Problem((3,), (Target(width=2),), 200, 1, {"": spread})
    model = BUILDERS[name](values)
    model.layers[-2].kernel.assign(np.zeros_like(model.layers[-2].kernel))
    assert np.allclose(model.predict_on_batch(x), spread.mean)
    found = model.evaluate(x, y, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(1, rel=1e-3)
    assert found["mean_absolute_error"] == pytest.approx(np.abs(y - y.mean(axis=0)).mean(), rel=1e-3)
