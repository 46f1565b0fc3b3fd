"""Which models are made of plain layers."""

import keras
import numpy as np
import pytest

from keras_search.models import BASELINES, Problem
from keras_search.models.problem import Target
from keras_search.tuner.training.kernels.arithmetic import elementwise
from keras_search.tuner.training.kernels.examples import taken
from keras_search.tuner.training.kernels.optimizers.rules import rule_of
from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.model import graph_of

layers = keras.layers
CROSS_ENTROPY = "sparse_categorical_crossentropy"


def model(*hidden, end="softmax", loss=CROSS_ENTROPY, optimizer="adam", shape=(4, 4), flattened=True, **compiling):
    """Compile a classifier of three classes."""
    ends = [*[layers.Flatten()] * flattened, *hidden, layers.Dense(3, activation=end)]
    built = keras.Sequential([keras.Input(shape), *ends])
    built.compile(optimizer, loss, **({"metrics": ["accuracy"]} | compiling))
    built.optimizer.build(built.trainable_variables)
    return built


def test_a_model_is_taken_apart():
    """Into layers and activations, whether these are layers or within one; what drops nothing is left out."""
    hidden = [layers.Dropout(0.0), layers.Dense(5, activation="gelu"), layers.BatchNormalization(), layers.ReLU()]
    graph = graph_of(model(*hidden, layers.Dropout(0.5)))
    assert [part.what if isinstance(part.what, int) else type(part.what).__name__ for part in graph.parts] == [
        "InputLayer",
        "Flatten",
        "Dense",
        elementwise.GELU,
        "BatchNormalization",
        elementwise.RELU,
        "Dropout",
        "Dense",
    ]
    assert graph.ends.metric_names == ("loss", "accuracy")


def test_functional_models_are_taken_apart_too():
    """Where each layer gives to the next alone."""
    inputs = keras.Input((6,))
    outputs = layers.Activation("softmax")(layers.Dense(3)(layers.Dense(4, activation="silu")(inputs)))
    built = keras.Model(inputs, outputs)
    built.compile("adam", CROSS_ENTROPY)
    assert graph_of(built).ends.metric_names == ("loss",)


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_are_known(name):
    target = Target(class_names=tuple("0123456789"))
    built = BASELINES[name].build(Problem(input_shape=(8, 8), targets=(target,), fit_examples=100, epochs=2))
    assert graph_of(built) is not None


def test_logits_are_as_good_as_probabilities():
    """If loss and output agree on what they are."""
    logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert graph_of(model(end=None, loss=logits)) is not None
    assert graph_of(model(end=None)) is None
    assert graph_of(model(loss=logits)) is None


class Own(layers.Dense):
    """A layer of the user's own."""


class OwnRegularizer(keras.regularizers.L2):
    """A regularizer of the user's own."""


class OwnModel(keras.Sequential):
    """A model of the user's own."""


def frozen():
    """Make a model with a layer that is not trained."""
    built = keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.Dense(3, activation="softmax")])
    built.layers[0].trainable = False
    return compiled(built)


def own_step():
    """Make a model whose step is set on it."""
    built = model()
    built.train_step = lambda data: keras.Model.train_step(built, data)
    return built


def own_call():
    """Make a model with a layer whose call is set on it."""
    layer = layers.Dense(4)
    built = model(layer)
    layer.call = lambda inputs, **_: layers.Dense.call(layer, inputs)
    return built


def added_loss():
    """Make a model with one more term in its loss."""
    built = model(layers.Dense(5, kernel_regularizer="l2"))
    built.layers[1].add_loss(keras.ops.convert_to_tensor(1.0))
    return built


def masked():
    """Make a model that leaves the last class out."""
    inputs = keras.Input((6,))
    logits = layers.Dense(3)(inputs)
    return compiled(keras.Model(inputs, layers.Softmax()(logits, mask=np.array([[True, True, False]]))))


def after_building(name, value):
    """Make a model and change something about a weight of it."""
    built = keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.Dense(3, activation="softmax")])
    setattr(built.layers[0].kernel, name, value)
    return compiled(built)


def images(*hidden):
    """Make a model of images."""
    ends = [layers.Flatten(), layers.Dense(3, activation="softmax")]
    return compiled(keras.Sequential([keras.Input((4, 4, 4)), *hidden, *ends]))


def one_class():
    """Make a model that knows one class."""
    return compiled(keras.Sequential([keras.Input((6,)), layers.Dense(1, activation="softmax")]))


def compiled(built):
    built.compile("adam", CROSS_ENTROPY)
    return built


def with_another_function():
    """Make a model whose loss is changed after it was made."""
    loss = keras.losses.SparseCategoricalCrossentropy()
    loss.fn = keras.losses.categorical_hinge
    return model(loss=loss)


OTHERS = {
    "pooled, channels first": lambda: images(layers.AveragePooling2D(2, data_format="channels_first")),
    "pixels constrained": lambda: images(layers.Conv2D(2, 2, kernel_constraint=keras.constraints.MaxNorm(1, axis=0))),
    "of any length": lambda: compiled(
        keras.Sequential([keras.Input((None, 4)), layers.Dense(5), layers.Dense(3, activation="softmax")])
    ),
    "classes of rows": lambda: compiled(
        keras.Sequential([keras.Input((4, 4)), layers.Dense(5), layers.Dense(3, activation="softmax")])
    ),
    "normalized by position": lambda: model(layers.BatchNormalization(axis=1), layers.Flatten(), flattened=False),
    "regularized as a whole": lambda: model(layers.Dense(5, kernel_regularizer="orthogonal_regularizer")),
    "regularized by its own": lambda: model(layers.Dense(5, kernel_regularizer=OwnRegularizer(0.1))),
    "constrained to be positive": lambda: model(layers.Dense(5, kernel_constraint="non_neg")),
    "rows constrained": lambda: model(layers.Dense(5, kernel_constraint=keras.constraints.MaxNorm(axis=1))),
    "bias constrained": lambda: model(layers.Dense(5, bias_constraint="max_norm")),
    "gamma constrained": lambda: model(layers.BatchNormalization(gamma_constraint="max_norm")),
    "added loss": added_loss,
    "activity": lambda: model(layers.Dense(5, activity_regularizer="l2")),
    "other activation": lambda: model(layers.Dense(5, activation="log_softmax")),
    "slopes of all": lambda: model(layers.Reshape((2, 8)), layers.PReLU(shared_axes=[2]), layers.Flatten()),
    "slopes of positions": lambda: model(layers.Reshape((2, 8)), layers.PReLU(), layers.Flatten()),
    "positive slopes": lambda: model(layers.Dense(5), layers.PReLU(alpha_constraint="non_neg")),
    "endless slope": lambda: model(layers.LeakyReLU(float("inf"))),
    "tanh approximation": lambda: model(layers.Activation(lambda x: keras.activations.gelu(x, approximate=True))),
    "half precision": lambda: model(layers.Dense(5, dtype="mixed_bfloat16")),
    "unscaled": lambda: model(layers.BatchNormalization(scale=False)),
    "noise shape": lambda: model(layers.Dropout(0.5, noise_shape=(None, 1))),
    "all dropped": lambda: model(layers.GaussianDropout(1.0)),
    "noise shape of alpha": lambda: model(layers.AlphaDropout(0.5, noise_shape=(None, 1))),
    "layer as activation": lambda: model(layers.Dense(5, activation=layers.PReLU())),
    "half precision of an activation": lambda: model(layers.Dense(5, activation=layers.ReLU(dtype="float16"))),
    "trained activation": lambda: model(layers.Dense(5, activation=layers.Dense(5, kernel_regularizer="l2"))),
    "channels first": lambda: model(layers.Flatten(data_format="channels_first"), flattened=False),
    "flattened in half precision": lambda: model(layers.Flatten(dtype="mixed_float16"), flattened=False),
    "flattened at a price": lambda: model(layers.Flatten(activity_regularizer="l2"), flattened=False),
    "rescaled beyond numbers": lambda: model(layers.Rescaling(float("inf"))),
    "own call": own_call,
    "masked": masked,
    "weight not trained": lambda: after_building("trainable", False),
    "weight regularized": lambda: after_building("regularizer", OwnRegularizer(0.1)),
    "weight constrained": lambda: after_building("constraint", keras.constraints.NonNeg()),
    "without epsilon": lambda: model(layers.BatchNormalization(epsilon=0.0)),
    "half precision of the loss": lambda: model(loss=keras.losses.SparseCategoricalCrossentropy(dtype="float16")),
    "one class": one_class,
    "own layer": lambda: model(Own(5)),
    "own model": lambda: compiled(OwnModel([keras.Input((6,)), layers.Dense(3, activation="softmax")])),
    "own step": own_step,
    "frozen": frozen,
    "another function": with_another_function,
    "ignored class": lambda: model(loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=0)),
    "summed": lambda: model(loss=keras.losses.SparseCategoricalCrossentropy(reduction="sum")),
    "own loss": lambda: model(loss=lambda y, said: keras.losses.sparse_categorical_crossentropy(y, said)),
    "other metric": lambda: model(metrics=["accuracy", "binary_crossentropy"]),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_other_models_are_none(make):
    """What does more than plain layers do is left to Keras."""
    assert graph_of(make()) is None


OPTIMIZERS = keras.optimizers
OTHER_OPTIMIZERS = {
    "averaged now and then": lambda: OPTIMIZERS.Adam(use_ema=True, ema_overwrite_frequency=3),
    "accumulating": lambda: OPTIMIZERS.Adam(gradient_accumulation_steps=2),
    "scaled": lambda: OPTIMIZERS.Adam(loss_scale_factor=3.0),
    "without epsilon": lambda: OPTIMIZERS.Adam(epsilon=0.0),
    "with hardly any": lambda: OPTIMIZERS.RMSprop(epsilon=1e-40),
    "rate of its own": lambda: OPTIMIZERS.Adam(lambda: 0.001),
    "without rule": lambda: OPTIMIZERS.Adafactor(),
    "of another power": lambda: OPTIMIZERS.Ftrl(learning_rate_power=-0.4),
    "other schedule": lambda: OPTIMIZERS.Adam(OPTIMIZERS.schedules.PolynomialDecay(0.1, 10, cycle=True)),
}


@pytest.mark.parametrize("make", OTHER_OPTIMIZERS.values(), ids=OTHER_OPTIMIZERS)
def test_other_optimizers_have_no_rule(make):
    """What does more than its formula is left to Keras."""
    assert rule_of(model(optimizer=make()).optimizer) is None


@pytest.mark.parametrize("name", ["bias", "dense"])
def test_a_decay_that_leaves_variables_out_has_no_rule(name):
    """The rule decays all."""
    optimizer = OPTIMIZERS.AdamW()
    optimizer.exclude_from_weight_decay(var_names=[name])
    assert rule_of(model(optimizer=optimizer).optimizer) is None


X = np.zeros((5, 4, 4), np.float32)
Y = np.array([0, 1, 2, 0, 1])
OTHER_DATA = {
    "double precision": (X.astype(np.float64), Y),
    "truths": (X > 0, Y),
    "not in order": (np.asfortranarray(np.ones((5, 4, 4), np.float32)), Y),
    "of another size": (np.zeros((5, 4, 5), np.float32), Y),
    "in rows": (X.reshape(5, 16), Y),
    "named": ({"image": X}, Y),
    "a label too high": (X, Y + 1),
    "a label too low": (X, Y - 1),
    "shares": (X, np.full((5, 3), 1 / 3, np.float32)),
    "numbers with a point": (X, Y.astype(np.float32)),
}


@pytest.mark.parametrize("data", OTHER_DATA.values(), ids=OTHER_DATA)
def test_other_data_are_left_to_keras(data):
    """Whether they are to be trained on or to validate with."""
    plain, built = (X, Y), model()
    assert plain_program(built, plain, plain, 2) is not None
    assert plain_program(built, data, plain, 2) is None
    assert plain_program(built, plain, data, 2) is None


def test_whole_numbers_are_trained_on_in_single_precision():
    """As Keras casts them for an input of single precision, such as the bytes of images."""
    built, given = model(), np.arange(80).reshape(5, 4, 4)
    for dtype in (np.uint8, np.int64):
        examples = taken(built, (given.astype(dtype), Y), graph_of(built))
        assert examples.x.dtype == np.float32
        np.testing.assert_array_equal(examples.x, given.reshape(5, 16))


def test_labels_are_those_that_the_loss_takes():
    """Whole numbers, in a column too, or rows with a single one."""
    for labels in (Y, Y[:, None], Y.astype(np.uint8)):
        assert plain_program(model(), (X, labels), (X, Y), 2) is not None
        assert plain_program(model(loss="categorical_crossentropy"), (X, labels), (X, Y), 2) is None
    ones = np.eye(3)[Y]
    assert plain_program(model(loss="categorical_crossentropy"), (X, ones), (X, ones), 2) is not None
    assert plain_program(model(), (X, ones), (X, ones), 2) is None
