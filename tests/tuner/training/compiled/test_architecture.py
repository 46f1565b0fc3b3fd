"""What lets two models share a program, and what forbids it."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search.tuner.training.compiled.architecture import architecture_of
from keras_search.tuner.training.kernels.recognition.model import graph_of

layers, losses = keras.layers, keras.losses
CROSS_ENTROPY = "sparse_categorical_crossentropy"


def model(*hidden: keras.layers.Layer, loss: Any = "mse", optimizer: Any = "adam", **compiling: Any) -> keras.Model:
    network = keras.Sequential([keras.Input((3,)), *hidden, layers.Dense(2)])
    network.compile(optimizer, loss, **compiling)
    return built(network)


def built(network: keras.Model) -> keras.Model:
    """Make every variable and loss, as an epoch does before it is traced."""
    whole = network.loss == CROSS_ENTROPY
    y = np.zeros(2, np.int64) if whole else np.zeros((2, 2), np.float32)
    network._symbolic_build(data_batch=(np.zeros((2, 3), np.float32), y))
    if not network.optimizer.built:
        network.optimizer.build(network.trainable_variables)
    return network


def test_weights_names_and_rates_may_differ() -> None:
    first, second = (
        model(layers.Dense(4, name=f"of_{rate}".replace(".", "_")), layers.Dropout(rate)) for rate in (0.1, 0.4)
    )
    assert architecture_of(first) == architecture_of(second) is not None
    assert architecture_of(model(layers.Dense(5), layers.Dropout(0.1))) != architecture_of(first)


def test_seeds_initializers_and_learning_rates_may_differ() -> None:
    def of(seed: int) -> keras.Model:
        schedule = keras.optimizers.schedules.CosineDecay(0.1 * seed, 10 * seed)
        start = keras.initializers.HeNormal(seed)
        return model(
            layers.Dense(4, kernel_initializer=start),
            layers.GaussianNoise(0.1, seed=seed),
            optimizer=keras.optimizers.Adam(schedule),
        )

    assert architecture_of(of(1)) == architecture_of(of(2)) is not None


def test_what_has_adapted_to_data_is_shared_with_none() -> None:
    """Its tables are in no attribute."""
    normalization = layers.Normalization()
    normalization.adapt(np.arange(6.0).reshape(2, 3))
    assert architecture_of(model(normalization)) is None


def changed(name: str, value: Any, of: Callable[[keras.Model], Any] = lambda network: network.layers[0]) -> keras.Model:
    """Make a model and change something in it that no configuration need tell of."""
    network = model(layers.Dense(4, activation="relu"), layers.Dropout(0.2), layers.BatchNormalization())
    setattr(of(network), name, value)
    return network


def named_outputs(first: str) -> keras.Model:
    """Make a model whose reports have its outputs' names."""
    given = keras.Input((3,))
    network = keras.Model(given, [layers.Dense(2, name=first)(given), layers.Dense(2, name="other")(given)])
    network.compile("sgd", ["mse", "mse"])
    y = np.zeros((2, 2), np.float32)
    network._symbolic_build(data_batch=(np.zeros((2, 3), np.float32), [y, y]))
    network.optimizer.build(network.trainable_variables)
    return network


def twice(same: bool) -> keras.Model:
    """Make a model that uses a layer twice, or two of the same kind."""
    given, layer = keras.Input((3,)), layers.Dense(3)
    said = layers.Dense(2)((layer if same else layers.Dense(3))(layer(given)))
    network = keras.Model(given, said)
    network.compile("sgd", "mse")
    return built(network)


NOTHING = lambda network: network  # noqa: E731
OF_KERAS = {
    "frozen": (lambda: changed("trainable", False), lambda: changed("trainable", True)),
    "weight frozen": (
        lambda: changed("trainable", False, lambda n: n.layers[0].kernel),
        lambda: changed("trainable", True, lambda n: n.layers[0].kernel),
    ),
    "weight regularized": (
        lambda: changed("regularizer", keras.regularizers.L2(0.1), lambda n: n.layers[0].kernel),
        lambda: changed("regularizer", keras.regularizers.L2(0.2), lambda n: n.layers[0].kernel),
    ),
    "activation": (
        lambda: changed("activation", keras.activations.tanh),
        lambda: changed("activation", keras.activations.relu),
    ),
    "epsilon": (lambda: changed("epsilon", 0.1, lambda n: n.layers[2]), lambda: changed("name", "x")),
    "clipped afterwards": (lambda: changed("clipnorm", 1.0, lambda n: n.optimizer), lambda: changed("name", "x")),
    "decay afterwards": (lambda: changed("weight_decay", 0.1, lambda n: n.optimizer), lambda: changed("name", "x")),
    "rate of a noise with a shape": (
        lambda: model(layers.Dropout(0.1, noise_shape=(None, 1))),
        lambda: model(layers.Dropout(0.4, noise_shape=(None, 1))),
    ),
    "rate of another dropout": (lambda: model(layers.GaussianDropout(0.1)), lambda: model(layers.GaussianDropout(0.4))),
    "weights of losses": (lambda: model(loss_weights=[1.0]), lambda: model(loss_weights=[0.0])),
    "options of a loss": (lambda: model(loss=losses.Huber(0.1)), lambda: model(loss=losses.Huber(2.0))),
    "function of a loss": (
        lambda: changed("fn", losses.mean_absolute_error, lambda n: n._compile_loss._flat_losses[0].loss),
        lambda: changed("fn", losses.mean_squared_error, lambda n: n._compile_loss._flat_losses[0].loss),
    ),
    "options of a metric": (
        lambda: model(metrics=[keras.metrics.BinaryAccuracy(threshold=0.1)]),
        lambda: model(metrics=[keras.metrics.BinaryAccuracy(threshold=0.9)]),
    ),
    "name of a metric": (
        lambda: model(metrics=[keras.metrics.MeanSquaredError("a")]),
        lambda: model(metrics=[keras.metrics.MeanSquaredError("b")]),
    ),
    "names of outputs": (lambda: named_outputs("a"), lambda: named_outputs("b")),
    "a layer used twice": (lambda: twice(True), lambda: twice(False)),
    "precision": (lambda: model(layers.Dense(4, dtype="mixed_bfloat16")), lambda: model(layers.Dense(4))),
    "a constant": (
        lambda: model(layers.Rescaling(0.5, offset=np.zeros(3))),
        lambda: model(layers.Rescaling(0.5, offset=np.ones(3))),
    ),
}


@pytest.mark.parametrize("pair", OF_KERAS.values(), ids=OF_KERAS)
def test_whatever_changes_a_step_changes_the_hash(pair: tuple[Callable[[], keras.Model], ...]) -> None:
    first, second = (architecture_of(make()) for make in pair)
    assert None not in (first, second)
    assert first != second


@pytest.fixture
def settings() -> Iterator[None]:
    """Leave Keras as it was."""
    before = keras.config.floatx(), keras.config.epsilon()
    yield
    keras.config.set_floatx(before[0])
    keras.config.set_epsilon(before[1])


@pytest.mark.usefixtures("settings")
def test_settings_of_the_process_that_a_step_takes_in_are_part_of_the_hash() -> None:
    network = model(layers.Dense(4))
    usual = architecture_of(network)
    keras.config.set_epsilon(1e-3)
    other = architecture_of(network)
    assert usual != other is not None


SCALE = 1.0


class Scaled(layers.Dense):
    """A layer of the user's own that reads a global."""

    def call(self, inputs: Any, training: bool = False) -> Any:  # noqa: ARG002 - as Keras has it
        return super().call(inputs) * SCALE


class OwnLoss(losses.MeanSquaredError):
    """A loss of the user's own."""


class OwnMetric(keras.metrics.MeanSquaredError):
    """A metric of the user's own."""


class OwnAdam(keras.optimizers.Adam):
    """An optimizer of the user's own."""


class OwnModel(keras.Sequential):
    """A model of the user's own."""


class OwnDecay(keras.optimizers.schedules.CosineDecay):
    """A schedule of the user's own."""


class OwnRegularizer(keras.regularizers.Regularizer):
    """A regularizer of the user's own."""

    def __call__(self, x: Any) -> Any:
        return SCALE * keras.ops.sum(x)


@keras.saving.register_keras_serializable(package="keras", name="Dense")
class Registered(layers.Dense):
    """A layer that is registered as Keras' own."""


class Disguised(layers.Dense):
    """A layer that says that it is Keras' own."""


Disguised.__module__, Disguised.__qualname__ = layers.Dense.__module__, layers.Dense.__qualname__


def scaled_loss(y: Any, said: Any, by: float = 1.0) -> Any:
    return by * losses.mean_squared_error(y, said)


def own_model() -> keras.Model:
    network = OwnModel([keras.Input((3,)), layers.Dense(2)])
    network.compile("sgd", "mse")
    return built(network)


def with_loose_variable() -> keras.Model:
    """Make a model with a variable that is no weight of it, which a program would go on reading."""
    return changed("extra", [tf.Variable(1.0)])


OTHERS = {
    "lambda": lambda: model(layers.Lambda(lambda x: x * SCALE, output_shape=(3,))),
    "activation": lambda: model(layers.Dense(3, activation=lambda x: x * SCALE)),
    "partial": lambda: model(layers.Dense(3, activation=functools.partial(keras.activations.elu, alpha=SCALE))),
    "activation of TensorFlow": lambda: model(layers.Dense(3, activation=tf.nn.relu)),
    "layer": lambda: model(Scaled(3)),
    "registered as Keras'": lambda: model(Registered(3)),
    "disguised as Keras'": lambda: model(Disguised(3)),
    "layer within a layer": lambda: model(layers.Dense(3, activation=Scaled(3))),
    "loss": lambda: model(loss=lambda y, said: SCALE * losses.mean_squared_error(y, said)),
    "loss with a default": lambda: model(loss=scaled_loss),
    "loss of a class": lambda: model(loss=OwnLoss()),
    "metric": lambda: model(metrics=[lambda y, said: losses.mean_squared_error(y, said) * SCALE]),
    "metric of a class": lambda: model(metrics=[OwnMetric()]),
    "weighted metric": lambda: model(weighted_metrics=[OwnMetric()]),
    "optimizer": lambda: model(optimizer=OwnAdam()),
    "learning rate": lambda: model(optimizer=keras.optimizers.Adam(lambda: SCALE)),
    "schedule": lambda: model(optimizer=keras.optimizers.Adam(OwnDecay(0.1, 10))),
    "regularizer": lambda: model(layers.Dense(3, kernel_regularizer=OwnRegularizer())),
    "regularizing function": lambda: model(layers.Dense(3, kernel_regularizer=lambda w: SCALE * keras.ops.sum(w))),
    "constraint": lambda: model(layers.Dense(3, kernel_constraint=lambda w: w * SCALE)),
    "initializer": lambda: model(layers.Dense(3, kernel_initializer=lambda *a, **_: keras.ops.ones(a[0]) * SCALE)),
    "regularizer of a weight": lambda: changed("regularizer", OwnRegularizer(), lambda n: n.layers[0].kernel),
    "model": own_model,
    "call of a layer": lambda: changed("call", lambda inputs, **_: inputs * SCALE),
    "step of a model": lambda: changed("train_step", lambda _: {}, NOTHING),
    "loss of a model": lambda: changed("compute_loss", lambda **_: SCALE, NOTHING),
    "update of an optimizer": lambda: changed("update_step", lambda *_: None, lambda n: n.optimizer),
    "function of a loss": lambda: changed("fn", scaled_loss, lambda n: n._compile_loss._flat_losses[0].loss),
    "something of another kind": lambda: changed("extra", object()),
    "a variable of another kind": with_loose_variable,
    "a list of another kind": lambda: changed("extra", {"by": [lambda: SCALE]}),
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_what_holds_code_of_a_user_is_shared_with_none(make: Callable[[], keras.Model]) -> None:
    network = make()
    assert architecture_of(network) is None
    assert graph_of(network) is None


def test_a_method_of_keras_that_a_user_replaced_is_not_keras_own(monkeypatch: pytest.MonkeyPatch) -> None:
    network = model(layers.Dense(4))
    assert architecture_of(network) is not None
    original = layers.Dense.call
    monkeypatch.setattr(layers.Dense, "call", lambda self, inputs, **_: original(self, inputs) * SCALE)
    assert architecture_of(network) is None
