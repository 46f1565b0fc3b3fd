"""The losses, their gradients and the sums over an epoch, against Keras and SciPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.arrays import LOSS_SUM, RIGHT, SUMS, Answers, Targets
from keras_search.tuner.training.kernels.compiled import compiled
from keras_search.tuner.training.kernels.losses import losses
from keras_search.tuner.training.kernels.losses.rare import rare_loss

CLASSES = keras.losses
NONE = np.zeros(0, np.float32)


def record(kind, **numbers):
    made = np.zeros(1, arrays.LOSS)
    for name, number in {"kind": kind, "scale": 1, **numbers}.items():
        made[name] = number
    return made[0]


def entropy(logits, labels, batch, weights, smoothing=0.0):
    """Return the sums and the gradient of a cross-entropy of ten classes."""
    sums, gradient = np.zeros((2, SUMS)), np.full_like(logits, np.nan)
    targets = Targets(labels, NONE, weights)
    answers = Answers(logits.reshape(-1), logits.shape[1], 10, targets, batch)
    arguments = answers, gradient.reshape(-1), sums
    loss = record(arrays.SOFTMAX, smoothing=smoothing)
    losses.cross_entropy(loss, *arguments)
    if smoothing:
        losses.smooth(loss, *arguments)
    return sums, gradient


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropy_is_that_of_keras(smoothing, weighted):
    """Sum of losses, right answers and the gradient of the mean; the first of equal logits is the answer."""
    rng, width = np.random.default_rng(2), padded(10)
    logits = rng.normal(0, 4, (50, width)).astype(np.float32)
    logits[7, :10] = 1.0
    labels, batch = rng.integers(0, 10, 200), rng.permutation(200)[:50].astype(np.int32)
    weights = rng.random(200).astype(np.float32) if weighted else np.ones(200, np.float32)
    sums, gradient = entropy(logits, labels, batch, weights, smoothing)
    shares = special.log_softmax(logits[:, :10].astype(np.float64), axis=1)
    truth = np.eye(10)[labels[batch]] * (1 - smoothing) + smoothing / 10
    weight = weights[batch].astype(np.float64)
    assert sums[1, LOSS_SUM] == pytest.approx(-(weight[:, None] * truth * shares).sum(), rel=1e-6)
    right = logits[:, :10].argmax(axis=1) == labels[batch]
    assert sums[:, RIGHT] == pytest.approx([right.sum(), weight[right].sum()])
    np.testing.assert_allclose(gradient[:, :10], weight[:, None] * (np.exp(shares) - truth) / 50, atol=1e-8)
    assert (gradient[:, 10:] == 0).all()


def test_cross_entropy_of_what_is_not_a_number_is_none():
    """Wherever it is among the logits."""
    for place in (0, 3, 9):
        logits = np.zeros((1, padded(10)), np.float32)
        logits[0, place] = np.nan
        sums, _ = entropy(logits, np.array([5]), np.zeros(1, np.int32), np.ones(1, np.float32))
        assert np.isnan(sums[1, LOSS_SUM])


LOSSES = {
    "mse": (record(arrays.MSE), CLASSES.MeanSquaredError),
    "mae": (record(arrays.MAE), CLASSES.MeanAbsoluteError),
    "huber": (record(arrays.HUBER, delta=0.8), lambda **kw: CLASSES.Huber(delta=0.8, **kw)),
    "log-cosh": (record(arrays.LOG_COSH), CLASSES.LogCosh),
    "percentage": (record(arrays.PERCENTAGE, delta=1e-7), CLASSES.MeanAbsolutePercentageError),
    "logarithmic": (record(arrays.LOGARITHMIC, delta=1e-7), CLASSES.MeanSquaredLogarithmicError),
    "poisson": (record(arrays.POISSON, delta=1e-7), CLASSES.Poisson),
    "binary": (record(arrays.BINARY), lambda **kw: CLASSES.BinaryCrossentropy(from_logits=True, **kw)),
    "smoothed": (
        record(arrays.BINARY, smoothing=0.3),
        lambda **kw: CLASSES.BinaryCrossentropy(from_logits=True, label_smoothing=0.3, **kw),
    ),
}


RARE = {
    "hinge": (record(arrays.HINGE), CLASSES.Hinge),
    "squared hinge": (record(arrays.SQUARED_HINGE), CLASSES.SquaredHinge),
    "hinge of classes": (record(arrays.CATEGORICAL_HINGE), CLASSES.CategoricalHinge),
    "divergence": (record(arrays.DIVERGENCE, delta=1e-7), CLASSES.KLDivergence),
    "cosine": (record(arrays.COSINE, delta=1e-7), CLASSES.CosineSimilarity),
    "focal": (
        record(arrays.BINARY_FOCAL, smoothing=0.1, alpha=0.7, gamma=1.3, balances=True),
        lambda: CLASSES.BinaryFocalCrossentropy(True, 0.7, 1.3, True, 0.1),
    ),
    "focal of classes": (
        record(arrays.FOCAL, delta=1e-7, smoothing=0.2, alpha=0.25, gamma=2),
        lambda: CLASSES.CategoricalFocalCrossentropy(label_smoothing=0.2),
    ),
}


@pytest.mark.parametrize("columns", [2, 5])
@pytest.mark.parametrize("name", RARE)
def test_rare_losses_are_those_of_keras(name, columns):
    """At the ends of what they take, where several outputs are the largest, and where there are none."""
    loss, make = RARE[name]
    rng, width, n = np.random.default_rng(3), padded(columns), 40
    shares = name in ("divergence", "focal of classes")
    outputs = (rng.random((n, width)) if shares else rng.normal(0, 2, (n, width))).astype(np.float32)
    values = np.eye(5, dtype=np.float32)[rng.integers(0, 5, 90)][:, :columns]
    values[7] = 0
    batch, weights = rng.permutation(90)[:n].astype(np.int32), rng.random(90).astype(np.float32)
    outputs[0, :columns], outputs[1, :columns], outputs[2, 0] = values[batch[0]], 1.0, 1e-9
    if not shares:
        outputs[3, :columns], outputs[4, :columns], outputs[5, :columns] = 60.0, -60.0, 0
    sums, gradient = np.zeros((2, SUMS)), np.full_like(outputs, np.nan)
    targets = Targets(np.zeros(0, np.int64), values.reshape(-1), weights)

    @tf.function
    def expected(given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            found = make()(values[batch], given, weights[batch])
        return found, tape.gradient(found, given)

    total, slopes = expected(tf.constant(outputs[:, :columns]))
    compared = compiled(rare_loss)
    compared(loss, Answers(outputs.reshape(-1), width, columns, targets, batch), gradient.reshape(-1), sums)
    assert sums[1, LOSS_SUM] / n == pytest.approx(float(total), rel=1e-5)
    np.testing.assert_allclose(gradient[:, :columns], slopes, rtol=2e-5, atol=2e-7)
    assert (gradient[:, columns:] == 0).all()


@pytest.mark.parametrize("columns", [1, 5])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_columns_are_those_of_keras(name, columns):
    """Sum of losses and the gradient of the mean, for errors of zero and for large ones too."""
    loss, make = LOSSES[name]
    rng, width, n = np.random.default_rng(3), padded(columns), 40
    outputs = rng.normal(0, 2, (n, width)).astype(np.float32)
    values = rng.integers(0, 2, (90, columns)).astype(np.float32)
    batch, weights = rng.permutation(90)[:n].astype(np.int32), rng.random(90).astype(np.float32)
    outputs[0, :columns], outputs[1, :columns], outputs[2, :columns] = values[batch[0]], 60.0, -60.0
    if name == "poisson":
        outputs = np.abs(outputs)
    sums, gradient = np.zeros((2, SUMS)), np.full_like(outputs, np.nan)
    targets = Targets(np.zeros(0, np.int64), values.reshape(-1), weights)
    with tf.GradientTape() as tape:
        given = tf.constant(outputs[:, :columns])
        tape.watch(given)
        expected = make()(values[batch], given, weights[batch])
    losses.column_loss(loss, Answers(outputs.reshape(-1), width, columns, targets, batch), gradient.reshape(-1), sums)
    assert sums[1, LOSS_SUM] / n == pytest.approx(float(expected), rel=1e-5)
    np.testing.assert_allclose(gradient[:, :columns], tape.gradient(expected, given), rtol=1e-5, atol=1e-7)
    assert (gradient[:, columns:] == 0).all()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("where", ["output", "target"])
def test_losses_of_what_is_not_a_number_are_none(name, where):
    """And neither is the gradient."""
    outputs, values = np.zeros(padded(2), np.float32), np.zeros(2, np.float32)
    (outputs if where == "output" else values)[1] = np.nan
    sums, gradient = np.zeros((2, SUMS)), np.zeros_like(outputs)
    targets = Targets(np.zeros(0, np.int64), values, np.ones(1, np.float32))
    batch = np.zeros(1, np.int32)
    losses.column_loss(LOSSES[name][0], Answers(outputs, len(outputs), 2, targets, batch), gradient, sums)
    assert np.isnan(sums[1, LOSS_SUM])
    assert np.isnan(gradient[1])
    assert gradient[0] in (0, 0.25, -0.25) or name in ("smoothed", "poisson")


def test_the_poisson_loss_of_a_rate_below_zero_is_none():
    """As of TensorFlow, so that a training with such an output is seen to."""
    sums, outputs = np.zeros((2, SUMS)), np.full(padded(1), -0.5, np.float32)
    targets = Targets(np.zeros(0, np.int64), np.ones(1, np.float32), np.ones(1, np.float32))
    answers = Answers(outputs, len(outputs), 1, targets, np.zeros(1, np.int32))
    losses.column_loss(LOSSES["poisson"][0], answers, np.zeros_like(outputs), sums)
    assert np.isnan(sums[1, LOSS_SUM])


def test_probabilities_take_the_place_of_logits():
    """Where the model ends in a sigmoid, by which its metrics measure it."""
    outputs = np.arange(padded(3), dtype=np.float32) - 1
    logits, sums = outputs.copy(), np.zeros((2, SUMS))
    targets = Targets(np.zeros(0, np.int64), np.ones(3, np.float32), np.ones(1, np.float32))
    answers = Answers(outputs, len(outputs), 3, targets, np.zeros(1, np.int32))
    losses.column_loss(record(arrays.BINARY), answers, np.zeros_like(outputs), sums)
    np.testing.assert_array_equal(outputs, logits)
    losses.column_loss(record(arrays.BINARY, sigmoid=True), answers, np.zeros_like(outputs), sums)
    np.testing.assert_allclose(outputs[:3], special.expit(logits[:3]), rtol=1e-6)
