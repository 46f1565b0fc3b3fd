"""Epochs of plain layers against the same epochs by TensorFlow, mask for mask."""

import itertools
import logging
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from keras_search.tuner.training import engine as epochs
from keras_search.tuner.training.engine import COMPILED, KERNELS, EpochRunner
from keras_search.tuner.training.kernels import program
from keras_search.tuner.training.kernels.arrays import DENSE

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

BOTH = (True, False)
"""By kernels of our own, and by TensorFlow."""

layers, optimizers = keras.layers, keras.optimizers
OPTIMIZERS = {
    "adam": lambda rate: optimizers.Adam(rate),
    "decaying adam": lambda rate: optimizers.Adam(rate, weight_decay=0.02),
    "adamw": lambda rate: optimizers.AdamW(rate, weight_decay=0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-5),
    "nadam": lambda rate: optimizers.Nadam(rate),
    "rmsprop": lambda rate: optimizers.RMSprop(rate),
    "rmsprop with momentum": lambda rate: optimizers.RMSprop(rate, momentum=0.5),
    "sgd": lambda rate: optimizers.SGD(rate),
    "sgd with momentum": lambda rate: optimizers.SGD(rate, momentum=0.9),
    "nesterov": lambda rate: optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "clipped adam with averages": lambda rate: optimizers.Adam(rate, global_clipnorm=0.5, use_ema=True),
}


@pytest.fixture(scope="module")
def data():
    """Give 701 digits to train on, of which no batch size divides the number, and 300 to validate on."""
    digits = load_digits()
    x, y = (digits.images / 16).astype(np.float32), digits.target.astype(np.int64)
    return (x[:701], y[:701]), (x[701:1001], y[701:1001])


def network(
    optimizer="adam",
    schedule=False,
    activation="relu",
    normalization="none",
    rate=0.0,
    units=(33, 16),
    seed=0,
    dense=(),
    normalizing=(),
):
    """Build the same network each time; the bias before a normalization is left out, for nothing decides its value."""
    keras.utils.set_random_seed(seed)
    built = [keras.Input((8, 8)), layers.Flatten(), layers.Dropout(rate / 2)]
    for size in units:
        built.append(layers.Dense(size, use_bias=normalization != "before", **dict(dense)))
        normal = layers.BatchNormalization(**dict(normalizing))
        built += [normal] * (normalization == "before") + [layers.Activation(activation)]
        built += [normal] * (normalization == "after") + [layers.Dropout(rate)]
    model = keras.Sequential([*built, layers.Dense(10, activation="softmax")])
    first = 0.02 if "sgd" in optimizer or optimizer == "nesterov" else 0.001
    rates = optimizers.schedules.CosineDecay(first, 25, alpha=0.1) if schedule else first
    model.compile(OPTIMIZERS[optimizer](rates), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model


def trained(monkeypatch, model, data, batch_size, plain, numbers=(1, 2), seed=7):
    monkeypatch.setattr(epochs, "_on_one_core", lambda: plain)
    runner = EpochRunner(model, *data, batch_size)
    assert runner.engine == (KERNELS if plain else COMPILED)
    return [runner.run(seed, number) for number in numbers]


def variables_of(model):
    return [*model.variables, *model.optimizer.variables]


def assert_equal_up_to_rounding(monkeypatch, data, batch_size, **choices):
    """Train two epochs by both; compare every variable and metric."""
    models = [network(**choices) for _ in range(2)]
    logs = [
        trained(monkeypatch, model, data, batch_size, plain) for model, plain in zip(models, (True, False), strict=True)
    ]
    for ours, theirs in zip(*logs, strict=True):
        assert list(ours) == list(theirs)
        assert ours == pytest.approx(theirs, rel=2e-4, abs=max(4e-3, 2.5 / len(data[0][0])))
    for ours, theirs in zip(*map(variables_of, models), strict=True):
        one, two = np.asarray(ours.numpy(), np.float64), np.asarray(theirs.numpy(), np.float64)
        if "seed_generator" not in ours.path:
            np.testing.assert_allclose(one, two, rtol=1e-3, atol=2e-3 * max(np.abs(two).max(), 1e-3), err_msg=ours.path)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_is_that_of_tensorflow(optimizer, data, monkeypatch):
    """Parameters, slots, step count and, of Nadam, the product of its momenta; the rate differs in every step."""
    assert_equal_up_to_rounding(monkeypatch, data, 32, optimizer=optimizer, schedule=True)


BLOCKS = list(itertools.product(["relu", "gelu", "silu"], ["none", "before", "after"]))


@pytest.mark.parametrize(("activation", "normalization"), BLOCKS)
def test_every_block_of_the_search_space_is_that_of_tensorflow(activation, normalization, data, monkeypatch):
    """Activations, batch normalization on either side of them, and dropout with the same masks; the rate stays."""
    choices = {"activation": activation, "normalization": normalization, "rate": 0.3}
    assert_equal_up_to_rounding(monkeypatch, data, 64, **choices)


LIMITS = {
    "l1": {"kernel_regularizer": "l1", "bias_regularizer": keras.regularizers.L2(0.3)},
    "l2": {"kernel_regularizer": keras.regularizers.L2(0.003), "bias_regularizer": keras.regularizers.L1(0.02)},
    "l1 and l2": {"kernel_regularizer": keras.regularizers.L1L2(0.002, 0.004)},
    "max norm": {"kernel_constraint": keras.constraints.MaxNorm(0.7)},
    "max norm and l2": {"kernel_constraint": "max_norm", "kernel_regularizer": "l2"},
}


@pytest.mark.parametrize(
    ("limits", "optimizer"), list(zip(LIMITS, ["adam", "nesterov", "rmsprop", "sgd", "adamw"], strict=True))
)
def test_regularized_and_constrained_weights_are_those_of_tensorflow(limits, optimizer, data, monkeypatch):
    """The penalty is in the loss of training and of validation, and in the gradients of the weights alone."""
    assert_equal_up_to_rounding(monkeypatch, data, 32, optimizer=optimizer, rate=0.2, dense=LIMITS[limits])


def test_regularized_normalization_is_that_of_tensorflow(data, monkeypatch):
    normalizing = {"gamma_regularizer": "l2", "beta_regularizer": keras.regularizers.L1(0.01)}
    assert_equal_up_to_rounding(monkeypatch, data, 50, normalization="after", normalizing=normalizing)


def test_sparse_images_are_trained_on_as_dense_ones(mnist_path, monkeypatch):
    """The zeros around a digit are left out of the sums, on which they have no effect."""
    with np.load(mnist_path) as arrays:
        x, y = (arrays["x_train"][:900, ::2, ::2] / 255).astype(np.float32), arrays["y_train"][:900].astype(np.int64)
    keras.utils.set_random_seed(3)
    models = []
    for _ in range(2):
        model = keras.Sequential(
            [keras.Input((14, 14)), layers.Flatten(), layers.Dropout(0.1), layers.Dense(70, activation="relu")]
        )
        model.add(layers.Dense(10, activation="softmax"))
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.optimizer.build(model.trainable_variables)
        models.append(model)
    models[1].set_weights(models[0].get_weights())
    data = (x[:601], y[:601]), (x[601:], y[601:])
    logs = [trained(monkeypatch, model, data, 30, plain) for model, plain in zip(models, BOTH, strict=True)]
    monkeypatch.setattr(epochs, "_on_one_core", lambda: True)
    records = EpochRunner(models[0], *data, 30)._program._layers
    assert records["sparse"][records["kind"] == DENSE].tolist() == [True, False]
    for ours, theirs in zip(*logs, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-5)


@settings(max_examples=12)
@given(
    batch_size=st.integers(1, 90),
    n=st.integers(2, 150),
    units=st.lists(st.integers(1, 40), min_size=0, max_size=3),
    rate=st.sampled_from([0.0, 0.25]),
)
def test_any_size_trains_as_by_tensorflow(batch_size, n, units, rate, data):
    """Batches larger than the data, batches of one, networks without a hidden layer."""
    (x, y), validation = data
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert_equal_up_to_rounding(
            monkeypatch, ((x[:n], y[:n]), validation), batch_size, units=tuple(units), rate=rate, optimizer="sgd"
        )


def test_the_same_epoch_has_the_same_bits(data, monkeypatch):
    """In another model, after other epochs, and continued from saved variables."""
    choices = {"optimizer": "nadam", "schedule": True, "normalization": "after", "rate": 0.3, "activation": "gelu"}
    straight, first, second = network(**choices), network(**choices), network(**choices, seed=9)
    logs = trained(monkeypatch, straight, data, 32, True, (1, 2, 3, 4))
    trained(monkeypatch, network(), data, 64, True)
    assert trained(monkeypatch, first, data, 32, True, (1, 2)) == logs[:2]
    for variable, value in zip(variables_of(second), variables_of(first), strict=True):
        variable.assign(value)
    assert trained(monkeypatch, second, data, 32, True, (3, 4)) == logs[2:]
    for one, two in zip(variables_of(straight), variables_of(second), strict=True):
        if "seed_generator" not in one.path:
            np.testing.assert_array_equal(one.numpy(), two.numpy())


def test_a_training_that_diverges_says_so(data, monkeypatch):
    """Its loss is not a number, as it is by TensorFlow."""
    model = network(optimizer="sgd")
    model.optimizer.learning_rate = 1e30
    assert not np.isfinite(trained(monkeypatch, model, data, 32, True)[-1]["loss"])


def test_no_other_metric_is_told_than_was_asked_for(data, monkeypatch):
    """Without metrics it is the loss alone; "acc" keeps its name."""
    for metrics, names in ((None, ["loss", "val_loss"]), (["acc"], ["loss", "acc", "val_loss", "val_acc"])):
        model = keras.Sequential([keras.Input((8, 8)), layers.Flatten(), layers.Dense(10, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=metrics)
        model.optimizer.build(model.trainable_variables)
        assert list(trained(monkeypatch, model, data, 32, True, [1])[0]) == names


SCRIPT = """
import hashlib
from keras_search.tuner.training import runtime
runtime.prepare(1)
import keras
import numpy as np
from keras_search.tuner.training.engine import EpochRunner
rng = np.random.default_rng(0)
x, y = rng.random((300, 40), np.float32), rng.integers(0, 5, 300)
keras.utils.set_random_seed(1)
layers = [keras.layers.Dense(70, activation="gelu"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.2)]
model = keras.Sequential([keras.Input((40,)), *layers, keras.layers.Dense(5, activation="softmax")])
model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
runner = EpochRunner(model, (x, y), (x, y), 32)
print(type(runner._program).__name__, runner.run(3, 1), runner.run(3, 2))
values = keras.Sequential([keras.Input((40,)), keras.layers.Dense(30, "tanh", kernel_regularizer="l2")])
values.add(keras.layers.Dense(3))
values.compile("rmsprop", keras.losses.Huber(), metrics=["mae"], weighted_metrics=["mse"])
targets, weights = rng.random((300, 3), np.float32), rng.random(300, np.float32)
runner = EpochRunner(values, (x, targets, weights), (x, targets), 32)
print(runner.engine, runner.run(3, 1), runner.run(3, 2))
for variable in (*model.trainable_variables, *values.trainable_variables):
    print(hashlib.sha256(variable.numpy().tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_every_process_gets_the_same_bits(tmp_path):
    """Whether it compiles the kernels or finds them on disk."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    said = []
    for _ in range(2):
        command = [sys.executable, "-c", SCRIPT]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert said[0].startswith("PlainProgram ")
    assert "\nkernels {" in said[0]
    assert said[0] == said[1]
    assert any(tmp_path.rglob("*.nbc"))


def test_where_the_kernels_cannot_be_compiled_tensorflow_trains(data, monkeypatch, caplog):
    """The log says so, once."""
    monkeypatch.setattr(epochs, "_SAID", set())
    monkeypatch.setattr(epochs, "_on_one_core", lambda: True)

    def fail(*_):
        raise RuntimeError("no such instruction\nand more")

    monkeypatch.setattr(program, "plain_program", fail)
    with caplog.at_level(logging.WARNING, "keras_search"):
        runners = [EpochRunner(network(), *data, 64) for _ in range(2)]
    assert [runner.engine for runner in runners] == [COMPILED, COMPILED]
    assert caplog.messages == ["Training by TensorFlow, not by the kernels: RuntimeError: no such instruction."]


def test_who_asks_for_no_kernels_gets_none(data, monkeypatch):
    monkeypatch.setattr(epochs, "_on_one_core", lambda: True)
    assert EpochRunner(network(), *data, 64, kernels=False).engine == COMPILED
    assert EpochRunner(network(), *data, 64).engine == KERNELS


WITHOUT = """
import sys
sys.modules["numba"] = None
import keras_search.tuner.training.orders
from keras_search.tuner.training.engine import why_no_kernels
print("keras_search.tuner.training.kernels.program" in sys.modules, why_no_kernels())
"""


@pytest.mark.slow
def test_where_numba_cannot_be_imported_all_else_can():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "False ModuleNotFoundError: import of numba halted; None in sys.modules\n"
