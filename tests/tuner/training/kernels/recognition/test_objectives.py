"""Every loss and metric that the kernels compute, over whole epochs against TensorFlow."""

import itertools
from functools import partial

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_search.models import BASELINES, Problem
from keras_search.models.problem import Spread, Target
from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers, losses, metrics, optimizers = keras.layers, keras.losses, keras.metrics, keras.optimizers

RULES = [
    *(partial(optimizers.Adam, 0.003), partial(optimizers.AdamW, 0.003, weight_decay=0.02)),
    *(partial(optimizers.Nadam, 0.003), partial(optimizers.RMSprop, 0.002)),
    *(partial(optimizers.RMSprop, 0.002, momentum=0.5), partial(optimizers.SGD, 0.05)),
    *(partial(optimizers.SGD, 0.02, momentum=0.9), partial(optimizers.SGD, 0.02, momentum=0.9, nesterov=True)),
]
"""One of each kind of rule; the cases take them in turn."""
N, HELD = 83, 47
X = np.random.default_rng(0).normal(size=(N + HELD, 7)).astype(np.float32)
W = np.random.default_rng(1).random(N + HELD).astype(np.float32) * 3
W[::9] = 0.0
VALUES = (X[:, :5] * 2 + np.square(X[:, 1:6])).astype(np.float32)
BITS = (VALUES > 1).astype(np.float32)
CLASS = X[:, :3].argmax(axis=1)
ONE_HOT = np.eye(3, dtype=np.float32)[CLASS]
SHARES = (np.exp(VALUES) / np.exp(VALUES).sum(axis=1, keepdims=True)).astype(np.float32)


def weights_of_classes(weights):
    """Return the weights of the examples by their classes, as Keras makes them of `class_weight`."""
    return np.array(weights, np.float32)[CLASS]


def case(loss, y, end=None, measured=(), weighted=None, weights=None):
    return loss, y, end, measured, weighted, weights


def named(name, kind, *arguments, **more):
    return partial(kind, *arguments, name=name, **more)


RMSE = metrics.RootMeanSquaredError
CASES = {
    "mse": case("mse", VALUES[:, 0].astype(np.float64), None, ["mae", "mse", "RootMeanSquaredError"]),
    "mse by class": case(losses.MeanSquaredError, VALUES[:, :1], None, [metrics.mean_squared_error]),
    "mae": case(losses.mean_absolute_error, VALUES, None, [partial(RMSE, name="miss")]),
    "mae of whole numbers": case("MAE", VALUES[:, :2].astype(np.int64), "relu", ["mean_absolute_error"]),
    "huber": case("huber", VALUES[:, :2], "tanh", ["mse"]),
    "huber with another delta": case(partial(losses.Huber, delta=0.4), VALUES[:, :2], "gelu", ["mae"]),
    "log-cosh": case("log_cosh", VALUES[:, :3], "elu", [partial(metrics.MeanAbsoluteError)]),
    "LogCosh": case("LogCosh", VALUES[:, :1], "sigmoid"),
    "poisson": case("poisson", np.abs(VALUES[:, :2]), "softplus", ["mape", "poisson"], ["msle"], W),
    "mse, accuracy of a column": case("mse", BITS[:, :1], "sigmoid", ["accuracy"]),
    "mse, accuracy of several": case("mse", np.eye(3, dtype=np.float32)[CLASS], None, ["acc"]),
    "sigmoid": case("binary_crossentropy", BITS[:, 0], "sigmoid", ["accuracy", "mae", "binary_accuracy"]),
    "sigmoid, whole numbers": case("bce", BITS[:, :1].astype(np.uint8), "sigmoid", ["acc", partial(RMSE)]),
    "logit": case(partial(losses.BinaryCrossentropy, from_logits=True), BITS[:, :1], None, ["accuracy", "mse"]),
    "several sigmoids": case(losses.binary_crossentropy, BITS, "sigmoid", ["accuracy", metrics.binary_accuracy]),
    "several logits": case(partial(losses.BinaryCrossentropy, from_logits=True), BITS, None, ["binary_accuracy"]),
    "smoothed bits": case(partial(losses.BinaryCrossentropy, label_smoothing=0.2), BITS, "sigmoid", ["mse"]),
    "shares": case("BinaryCrossentropy", BITS * np.float32(0.7), "sigmoid", ["mae"]),
    "smoothed classes": case(
        partial(losses.CategoricalCrossentropy, label_smoothing=0.1), np.eye(3)[CLASS], "softmax", ["accuracy"]
    ),
    "weighted values": case("mse", VALUES[:, :2], None, ["mae"], ["mse", partial(RMSE)], W),
    "weighted value": case("mae", VALUES[:, 0], None, ["mse"], [partial(RMSE), "mae"], W),
    "weighted bits": case("bce", BITS, "sigmoid", ["accuracy"], ["binary_accuracy", "mae"], W.astype(np.float64)),
    "weighted bit": case("bce", BITS[:, 0], "sigmoid", ["mae"], ["accuracy"], W),
    "weighted classes": case(
        "sparse_categorical_crossentropy", CLASS, "softmax", ["accuracy"], ["sparse_categorical_accuracy"], W
    ),
    "class weights": case(
        losses.SparseCategoricalCrossentropy, CLASS, "softmax", ["accuracy"], None, weights_of_classes([0.5, 2, 5])
    ),
    "scores of bits": case(
        "bce",
        BITS[:, :1],
        "sigmoid",
        [
            "Precision",
            named("recall", metrics.Recall, [0.3, 0.6]),
            "AUC",
            named("near", metrics.BinaryAccuracy, threshold=0.3),
        ],
        [named("tp", metrics.TruePositives), named("f", metrics.F1Score, None, 0.4), "mae"],
        W,
    ),
    "scores of classes": case(
        "categorical_crossentropy",
        np.eye(3, dtype=np.float32)[CLASS],
        "softmax",
        ["accuracy", named("f", metrics.F1Score, "weighted"), "mse", named("top", metrics.TopKCategoricalAccuracy, 2)],
        [named("auc", metrics.AUC)],
        W,
    ),
    "hinge": case("hinge", BITS[:, 0], "tanh", [], None, W),
    "hinge of sides": case(losses.Hinge, 2 * BITS - 1, None, ["hinge", "mae"], [metrics.SquaredHinge], W),
    "squared hinge": case("squared_hinge", BITS[:, :1], None, ["squared_hinge", metrics.Hinge]),
    "hinge of classes": case("categorical_hinge", ONE_HOT, "softmax", ["accuracy", "categorical_hinge"], [], W),
    "hinge of classes by relu": case(losses.CategoricalHinge, ONE_HOT, "relu", [metrics.CategoricalHinge]),
    "divergence": case("kl_divergence", SHARES, "softmax", ["kl_divergence", "mae"], ["mse"], W),
    "divergence of sigmoids": case(losses.KLDivergence, SHARES, "sigmoid", []),
    "cosine": case("cosine_similarity", VALUES, None, ["cosine_similarity"], ["mae"], W),
    "cosine of two": case(losses.CosineSimilarity, VALUES[:, :2], "tanh"),
    "focal": case("binary_focal_crossentropy", BITS, "sigmoid", ["accuracy", "mae"], [named("auc", metrics.AUC)], W),
    "balanced focal": case(
        partial(losses.BinaryFocalCrossentropy, True, 0.7, 1.5, True, 0.1), BITS[:, 0], None, [RMSE]
    ),
    "focal of classes": case("categorical_focal_crossentropy", ONE_HOT, "softmax", ["accuracy"], [], W),
    "smoothed focal of classes": case(
        *(partial(losses.CategoricalFocalCrossentropy, 0.4, 1.0, label_smoothing=0.2), ONE_HOT, "softmax", ["acc"]),
        *(None, weights_of_classes([3, 0, 1])),
    ),
    "class weights, smoothed": case(
        partial(losses.CategoricalCrossentropy, label_smoothing=0.3, from_logits=True),
        *(np.eye(3)[CLASS], None, [], ["accuracy"], weights_of_classes([3, 0, 1])),
    ),
}


def made(given):
    return given() if isinstance(given, partial | type) else given


def network(case, optimizer, units=(20,), rate=0.2, loss_weights=None):
    loss, y, end, measured, weighted, _ = case
    keras.utils.set_random_seed(5)
    columns = 3 if y.ndim == 1 and y.dtype == np.int64 else 1 if y.ndim == 1 else y.shape[1]
    hidden = [layer for size in units for layer in (layers.Dense(size, activation="silu"), layers.Dropout(rate))]
    model = keras.Sequential([keras.Input((7,)), *hidden, layers.Dense(columns, activation=end)])
    model.compile(
        *(optimizer(), made(loss), loss_weights),
        metrics=[*map(made, measured)],
        weighted_metrics=weighted and [*map(made, weighted)],
    )
    model.optimizer.build(model.trainable_variables)
    return model


def alike(check, case, optimizer, batch_size=16, n=N, **sizes):
    """Train the network of a case on its first `n` examples."""
    trees = (X, case[1]) if case[5] is None else (X, case[1], case[5])
    data = tuple(tree[:n] for tree in trees), tuple(tree[N:] for tree in trees)
    check(partial(network, case, optimizer, **sizes), data, batch_size)


@pytest.mark.parametrize(("name", "optimizer"), list(zip(CASES, itertools.cycle(RULES), strict=False)), ids=CASES)
def test_every_objective_trains_as_by_tensorflow(name, optimizer, assert_trained_alike):
    """Losses, metrics, weights, the last batch smaller, and the same dropout masks."""
    alike(assert_trained_alike, CASES[name], optimizer)


@settings(max_examples=6)
@given(
    kind=st.sampled_from(["mse", "huber", "log_cosh", "mae", losses.BinaryCrossentropy(from_logits=True)]),
    columns=st.integers(1, 40),
    batch_size=st.integers(1, 90),
    n=st.integers(2, N),
    units=st.lists(st.integers(1, 20), max_size=2),
    weighted=st.booleans(),
)
def test_any_size_trains_as_by_tensorflow(kind, columns, batch_size, n, units, weighted, assert_trained_alike):
    """Outputs of any width, batches larger than the data, batches of one, networks without a hidden layer."""
    y = np.tile(BITS, 8)[:, :columns]
    weighing = case(kind, y, None, ["mae"], ["mse"], W) if weighted else case(kind, y, None, ["mae", "mse"])
    alike(assert_trained_alike, weighing, RULES[5], batch_size, n, units=tuple(units))


@pytest.mark.parametrize("scale", [0.3, 4])
def test_the_weight_of_the_loss_is_that_of_tensorflow(scale, assert_trained_alike):
    """By which the built-in networks relate the squared error to the variance of the values."""
    alike(assert_trained_alike, case("mse", VALUES[:, :2], None, ["mae"], ["mse"], W), RULES[5], loss_weights=[scale])


UNITS = VALUES[:, :2] * np.float32([3, 40]) + np.float32([250, -7])
SPREAD = Spread(tuple(UNITS.mean(axis=0).tolist()), tuple(UNITS.std(axis=0).tolist()))


@pytest.mark.parametrize("name", ["dnn-bn", "dense-relu"])
def test_built_in_networks_for_values_train_as_by_tensorflow(name, assert_trained_alike):
    """They learn in units of the spread, and return values in their own: the last layer is a Rescaling."""
    problem = Problem((7,), (Target(width=2),), fit_examples=N, epochs=2, spreads={"": SPREAD})

    def make():
        keras.utils.set_random_seed(5)
        return BASELINES[name].build(problem)

    assert_trained_alike(make, ((X[:N], UNITS[:N]), (X[N:], UNITS[N:])), 16)


RESCALED = {
    "in front": lambda: [layers.Rescaling(0.5, [0.1, 0, 0, 0, 0, 0, -3]), layers.Dense(9, "relu"), layers.Dense(2)],
    "between": lambda: [
        layers.Dense(5),
        layers.Rescaling([1, 2, -3, 0, 0.1]),
        layers.Activation("silu"),
        layers.Dense(2),
    ],
    "before a sigmoid": lambda: [layers.Dense(2), layers.Rescaling(30, [0, -1]), layers.Activation("sigmoid")],
}


@pytest.mark.parametrize("name", RESCALED)
def test_rescaled_numbers_train_as_by_tensorflow(name, assert_trained_alike):
    def make():
        keras.utils.set_random_seed(5)
        model = keras.Sequential([keras.Input((7,)), *RESCALED[name]()])
        model.compile(optimizers.SGD(0.02, momentum=0.9), "bce" if "sigmoid" in name else "mse", metrics=["mae"])
        return model

    y = BITS[:, :2] if "sigmoid" in name else VALUES[:, :2]
    assert_trained_alike(make, ((X[:N], y[:N]), (X[N:], y[N:])), 16)


def plain(loss="mse", columns=2, end=None, optimizer="adam", **compiling):
    model = keras.Sequential([keras.Input((7,)), layers.Dense(columns, activation=end)])
    model.compile(optimizer, loss, **({"metrics": ["mae"]} | compiling))
    return model


class OwnLoss(losses.MeanSquaredError):
    """A loss of the user's own."""


class OwnMetric(metrics.MeanSquaredError):
    """A metric of the user's own."""


def with_another_threshold():
    metric = metrics.BinaryAccuracy()
    metric._fn_kwargs["threshold"] = 0.9
    return metric


UNKNOWN = {
    "own loss": lambda: plain(OwnLoss()),
    "own function": lambda: plain(lambda y, p: losses.mean_squared_error(y, p)),
    "summed": lambda: plain(losses.MeanSquaredError(reduction="sum")),
    "by the sum of weights": lambda: plain(losses.MeanSquaredError(reduction="mean_with_sample_weight")),
    "not reduced": lambda: plain(losses.MeanSquaredError(reduction=None)),
    "loss in double precision": lambda: plain(losses.MeanSquaredError(dtype="float64")),
    "no formula": lambda: plain("dice"),
    "cosine by another axis": lambda: plain(losses.CosineSimilarity(axis=0)),
    "focal with a root": lambda: plain(losses.BinaryFocalCrossentropy(gamma=0.5), end="sigmoid"),
    "focal with a weight for each class": lambda: plain(
        losses.CategoricalFocalCrossentropy(alpha=[0.2, 0.8]), end="softmax"
    ),
    "focal of logits of classes": lambda: plain(losses.CategoricalFocalCrossentropy(from_logits=True)),
    "by a word": lambda: plain("crossentropy", 1, "sigmoid", metrics=[]),
    "weighted by two": lambda: plain(loss_weights=[2.0, 1.0]),
    "weighted by none": lambda: plain(loss_weights=[float("nan")]),
    "weighted by name": lambda: plain(loss_weights={"output": 2.0}),
    "in a list": lambda: plain(["mse"]),
    "unknown end": lambda: plain(end="sparsemax"),
    "probabilities as logits": lambda: plain(losses.BinaryCrossentropy(from_logits=True), end="sigmoid"),
    "values as probabilities": lambda: plain("bce"),
    "values by relu as probabilities": lambda: plain("bce", end="relu"),
    "by another axis": lambda: plain(losses.BinaryCrossentropy(axis=0), end="sigmoid"),
    "own metric": lambda: plain(metrics=[OwnMetric()]),
    "metric in double precision": lambda: plain(metrics=[metrics.MeanSquaredError(dtype="float64")]),
    "metric by a function": lambda: plain(metrics=[lambda y, p: keras.ops.mean(y - p)]),
    "changed threshold": lambda: plain("bce", 1, "sigmoid", metrics=[with_another_threshold()]),
    "classes of one column": lambda: plain("bce", 1, "sigmoid", metrics=["categorical_accuracy"]),
    "metric of no formula": lambda: plain(metrics=[metrics.SensitivityAtSpecificity(0.5)]),
    "metrics as a class": lambda: plain("bce", 1, "sigmoid", metrics=[metrics.AUC]),
    "metric named twice": lambda: plain(metrics=["mae"], weighted_metrics=["mae"]),
    "metric named loss": lambda: plain(metrics=[metrics.MeanSquaredError(name="loss")]),
    "errors of classes": lambda: plain("sparse_categorical_crossentropy", 3, "softmax"),
    "accuracy of other labels": lambda: plain(
        "sparse_categorical_crossentropy", 3, "softmax", metrics=["categorical_accuracy"]
    ),
}


@pytest.mark.parametrize("make", UNKNOWN.values(), ids=UNKNOWN)
def test_other_objectives_are_left_to_keras(make):
    """What is not exactly a loss or a metric with a known formula."""
    assert graph_of(make()) is None


def test_single_precision_is_the_only_one(monkeypatch):
    """By default losses and metrics are computed in the type that Keras is set to."""
    model = plain()
    assert graph_of(model) is not None
    monkeypatch.setattr(keras.config, "floatx", lambda: "float64")
    assert graph_of(model) is None


Y = VALUES[:, :2]
OTHER_DATA = {
    "a column for two": (X, Y[:, :1]),
    "flat for two": (X, Y[:, 0]),
    "more columns": (X, VALUES),
    "one more axis": (X, Y[:, :, None]),
    "words": (X, Y.astype(str)),
    "truths": (X, Y > 0),
    "weights of columns": (X, Y, np.ones_like(Y)),
    "weights in a column": (X, Y, W[:, None]),
    "too few weights": (X, Y, W[:-1]),
    "named weights": (X, Y, {"output": W}),
}


@pytest.mark.parametrize("data", OTHER_DATA.values(), ids=OTHER_DATA)
def test_other_targets_are_left_to_keras(data):
    """Whether they are to be trained on or to validate with."""
    model = plain()
    assert plain_program(model, (X, Y), (X, Y, W), 8) is not None
    assert plain_program(model, data, (X, Y), 8) is None
    assert plain_program(model, (X, Y), data, 8) is None


@pytest.mark.parametrize("measured", ["kl_divergence", "poisson"])
def test_divergences_of_flat_targets_are_left_to_keras(measured):
    """It compares each output with the targets of all examples."""
    model = plain(columns=1, metrics=[measured])
    assert plain_program(model, (X, Y[:, :1]), (X, Y[:, :1]), 8) is not None
    assert plain_program(model, (X, Y[:, 0]), (X, Y[:, 0]), 8) is None


@pytest.mark.parametrize("given", ["loss", "metric"])
def test_hinges_take_two_sides(given):
    """It takes 0 for -1 in batches where all targets are 0 or 1."""
    model = plain("hinge") if given == "loss" else plain(metrics=["squared_hinge"])
    sides = BITS[:, :2]
    for y, known in ((sides, True), (2 * sides - 1, True), (3 * sides - 1, False), (VALUES[:, :2], False)):
        assert (plain_program(model, (X, y), (X, sides), 8) is not None) is known
        assert (plain_program(model, (X, sides), (X, y), 8) is not None) is known


def test_focal_losses_take_chances():
    """Of others, such as labels -1 and 1, the power of a number below zero may be none."""
    model = plain("binary_focal_crossentropy", end="sigmoid")
    chances = np.random.default_rng(0).random((len(X), 2))
    for y, known in ((BITS[:, :2], True), (chances, True), (2 * BITS[:, :2] - 1, False), (chances + 1, False)):
        assert (plain_program(model, (X, y), (X, chances), 8) is not None) is known
        assert (plain_program(model, (X, chances), (X, y), 8) is not None) is known


def test_targets_that_would_match_only_rounded_are_left_to_keras():
    """It compares those in double precision as they are."""
    y, almost = np.ones((len(X), 2)), np.full((len(X), 2), 1 + 1e-12)
    for measured, known in ((["binary_accuracy"], False), (["mae"], True)):
        model = plain("bce", end="sigmoid", metrics=measured)
        assert plain_program(model, (X, y), (X, y), 8) is not None
        assert (plain_program(model, (X, almost), (X, y), 8) is not None) is known
