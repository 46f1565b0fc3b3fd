"""Networks that branch and join, over whole epochs against TensorFlow."""

import itertools

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_search.tuner.training.kernels.program import plain_program
from keras_search.tuner.training.kernels.recognition.model import graph_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers, optimizers = keras.layers, keras.optimizers

N, HELD = 83, 47
X = np.random.default_rng(0).normal(size=(N + HELD, 7)).astype(np.float32)
VALUES = (X[:, :2] * 2 + np.square(X[:, 1:3])).astype(np.float32)
CLASS = X[:, :3].argmax(axis=1)
WEIGHTS = np.random.default_rng(1).random(N + HELD).astype(np.float32) * 3


def residual(x):
    """Add what a block of layers learns to its inputs, twice; the first have a layer of their own for that."""
    for _ in range(2):
        block = layers.Dropout(0.2)(layers.Dense(12, activation="silu")(layers.LayerNormalization()(x)))
        x = layers.Add()([x if x.shape[-1] == 12 else layers.Dense(12)(x), block])
    return x


def residual_inputs(x):
    return layers.Add()([layers.Dense(7, activation="relu")(layers.Dense(5, activation="tanh")(x)), x])


def inputs_beside(x):
    """Join a hidden layer and the inputs, which have no gradient."""
    return layers.Concatenate()([x, layers.Dense(9, activation="sigmoid")(x), x])


def dense_net(x):
    """Give each layer the outputs of all before it."""
    for _ in range(3):
        x = layers.Concatenate(axis=1)([x, layers.Dropout(0.3)(layers.Dense(5, activation="gelu")(x))])
    return x


def towers(x):
    """Take the same hidden layer in four ways, each with a mask of its own."""
    x = layers.Dense(11, activation="selu")(x)
    normal = layers.LayerNormalization(center=False, gamma_regularizer="l2")(layers.Dropout(0.4)(x))
    return layers.Concatenate()([layers.Dropout(0.2)(x), layers.Add()([x, normal, x]), layers.Rescaling(2.0, 1)(x)])


def normalized(x):
    """Normalize the inputs' columns and the rows, at a price."""
    x = layers.Dense(20, use_bias=False)(layers.BatchNormalization()(x))
    return layers.Activation("relu")(layers.LayerNormalization(epsilon=1e-5, beta_regularizer="l1")(x))


def gated(x):
    """Combine layers number by number, with operators and layers, and with numbers."""
    one, two, gate = layers.Dense(6)(x), layers.Dense(6)(x), layers.Dense(6, activation="sigmoid")(x)
    mixed = one * gate + (1 - gate) * two
    least = layers.Minimum()([one, mixed]) - keras.ops.maximum(two, mixed) / 3
    both = layers.Average()([mixed, least, one]) / (layers.Multiply()([gate, gate]) * 2.0 + 0.5)
    return layers.Maximum()([layers.Subtract()([both, -two]), layers.Activation("relu")(one) - 0.1]) + one


NETWORKS = [residual, residual_inputs, inputs_beside, dense_net, towers, normalized, gated]
RULES = [lambda: optimizers.Adam(0.003), lambda: optimizers.SGD(0.02, momentum=0.9), lambda: optimizers.Nadam(0.003)]


def compiled(hidden, optimizer, classifies=False):
    """Build the same network each time."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((7,))
    end = layers.Dense(3, activation="softmax") if classifies else layers.Dense(2)
    model = keras.Model(inputs, end(hidden(inputs)))
    loss, metric = ("sparse_categorical_crossentropy", "accuracy") if classifies else ("mse", "mae")
    more = "sparse_categorical_crossentropy" if classifies else "cosine_similarity"
    model.compile(optimizer, loss, metrics=[metric, more])
    return model


def data(classifies=False):
    y = CLASS if classifies else VALUES
    return (X[:N], y[:N]), (X[N:], y[N:])


@pytest.mark.parametrize(("hidden", "rule"), list(zip(NETWORKS, itertools.cycle(RULES), strict=False)))
def test_networks_that_branch_train_as_by_tensorflow(hidden, rule, assert_trained_alike):
    """Every variable, with the same masks; a gradient from several layers is the sum of all."""
    classifies = hidden in (residual, towers)
    assert_trained_alike(lambda: compiled(hidden, rule(), classifies), data(classifies), 16)


ONE = {
    "dense": lambda x, size: layers.Dense(size, activation="tanh")(x),
    "dropout": lambda x, _: layers.Dropout(0.2)(x),
    "rows": lambda x, _: layers.LayerNormalization()(x),
    "columns": lambda x, _: layers.BatchNormalization()(x),
    "activation": lambda x, _: layers.Activation("gelu")(x),
    "rescaling": lambda x, _: layers.Rescaling(0.7, 0.2)(x),
}


def grown(x, choices):
    """Apply one layer after the other to any tensor before it, and join all that nothing took."""
    tensors, ends = [x], []
    for kind, place, size in choices:
        here = tensors[place % len(tensors)]
        others = [each for each in tensors if each.shape == here.shape]
        if kind == "sum":
            made = layers.Add()([here, others[size % len(others)]])
        elif kind == "joint":
            made = layers.Concatenate()([here, tensors[size % len(tensors)]])
        else:
            made = ONE[kind](here, size)
        tensors.append(made)
        ends.append(layers.Dense(4)(made))
    return layers.Concatenate()([*ends, x])


STEPS = st.tuples(st.sampled_from([*ONE, "sum", "joint"]), st.integers(0, 20), st.integers(1, 20))


@settings(max_examples=4)
@given(choices=st.lists(STEPS, min_size=2, max_size=6), batch_size=st.integers(1, 40))
def test_any_network_trains_as_by_tensorflow(choices, batch_size, assert_trained_alike):
    """Wherever layers take their inputs from."""
    rule = optimizers.SGD
    assert_trained_alike(lambda: compiled(lambda x: grown(x, choices), rule(0.02)), data(), batch_size)


def two_tasks(structure=dict, **compiling):
    """Build a network with two inputs, of which one is an image, and three outputs: classes, values and a share."""
    keras.utils.set_random_seed(5)
    image, row = keras.Input((2, 2), name="image"), keras.Input((3,), name="row")
    both = layers.Concatenate()([row, layers.Rescaling(2.0)(layers.Flatten()(image))])
    hidden = layers.Dropout(0.2)(layers.Dense(12, activation="relu")(both))
    outputs = {
        "kind": layers.Dense(3, activation="softmax", name="kind")(layers.Dense(6, activation="tanh")(hidden)),
        "size": layers.Rescaling(3.0, 1.0, name="size")(layers.Dense(2)(hidden)),
        "large": layers.Dense(1, activation="sigmoid", name="large")(hidden),
    }
    losses = {"size": "mse", "kind": "sparse_categorical_crossentropy", "large": "bce"}
    measured = {"large": ["accuracy", "mse"], "kind": ["accuracy"], "size": ["mae"]}
    scales = {"kind": 0.3, "large": 1, "size": 4.0}
    if structure is list:
        losses, measured, scales = ([each[name] for name in outputs] for each in (losses, measured, scales))
        inputs, outputs = [image, row], [*outputs.values()]
    else:
        inputs = {"image": image, "row": row}
    model = keras.Model(inputs, outputs)
    model.compile(optimizers.Adam(0.003), **({"loss": losses, "loss_weights": scales, "metrics": measured} | compiling))
    return model


def several(part, **others):
    """Give examples of `two_tasks` by the names of its inputs and outputs."""
    x = {"image": np.ascontiguousarray(X[part, :4]).reshape(-1, 2, 2), "row": np.ascontiguousarray(X[part, 4:])}
    return x, {"large": (VALUES[part, 0] > 1).astype(np.int64), "size": VALUES[part], "kind": CLASS[part]} | others


@pytest.mark.parametrize("structure", [dict, list])
def test_several_inputs_and_outputs_train_as_by_tensorflow(structure, assert_trained_alike):
    """By their names, in dicts and in lists; each loss has its weight, and is reported without it."""
    data = several(slice(N)), several(slice(N, None))
    assert_trained_alike(lambda: two_tasks(structure), data, 16)


def test_several_outputs_without_weights_or_metrics_train_as_by_tensorflow(assert_trained_alike):
    """What Keras reports are then the losses alone, and metrics that count each example by its weight."""
    parts = slice(N), slice(N, None)
    data = [(*several(part), dict.fromkeys(("size", "large", "kind"), WEIGHTS[part])) for part in parts]
    measured = {"large": "Precision", "size": ["mae"]}
    assert_trained_alike(lambda: two_tasks(loss_weights=None, metrics=[], weighted_metrics=measured), data, 40)


@pytest.mark.parametrize("named", ["loss", "loss_weights"])
def test_what_a_list_of_outputs_has_by_name_is_that_of_tensorflow(named, assert_trained_alike):
    """Losses are reported in the order of the outputs; Keras gives weights by name to a list of losses as sorted."""
    given = {"loss": {"size": "mse", "large": "bce", "kind": "sparse_categorical_crossentropy"}}
    scales = {"kind": 0.3, "size": 4.0, "large": 1.0}
    given = given | {"loss_weights": scales} if named == "loss" else {"loss_weights": scales}
    data = several(slice(N)), several(slice(N, None))
    assert_trained_alike(lambda: two_tasks(list, **given), data, 16)


@pytest.mark.parametrize("weight", [0.4, 3])
def test_the_weight_of_a_cross_entropy_is_that_of_tensorflow(weight, assert_trained_alike):
    def make():
        model = compiled(residual_inputs, optimizers.SGD(0.05), classifies=True)
        model.compile(model.optimizer, model.loss, loss_weights=[weight], metrics=["accuracy"])
        return model

    assert_trained_alike(make, data(classifies=True), 16)


OTHER_ENDS = {
    "a loss too few": lambda: two_tasks(loss_weights=None, metrics=None, loss={"size": "mse", "kind": "mse"}),
    "a weight too few": lambda: two_tasks(loss_weights={"size": 2.0}),
    "a weight for all": lambda: two_tasks(loss_weights=2.0),
    "a metric for all": lambda: two_tasks(metrics=["mae"]),
    "an unknown metric": lambda: two_tasks(metrics={"size": [keras.metrics.MeanIoU(2)]}),
}


@pytest.mark.parametrize("name", OTHER_ENDS)
def test_other_ways_to_compile_several_outputs_are_left_to_keras(name):
    """Whatever Keras makes of them, which may be an error at the first step."""
    assert graph_of(OTHER_ENDS[name]()) is None


WHOLE = several(slice(N))
OTHER_DATA = {
    "an input too few": ({"image": WHOLE[0]["image"]}, WHOLE[1]),
    "inputs of other names": ({"picture": WHOLE[0]["image"], "row": WHOLE[0]["row"]}, WHOLE[1]),
    "inputs in rows": ({"image": X[:N, :4], "row": WHOLE[0]["row"]}, WHOLE[1]),
    "inputs of other lengths": ({"image": WHOLE[0]["image"][1:], "row": WHOLE[0]["row"]}, WHOLE[1]),
    "targets of other lengths": several(slice(N), size=VALUES[1:N]),
    "targets of another kind": several(slice(N), kind=VALUES[:N, 0]),
    "a target too many": several(slice(N), more=CLASS[:N]),
    "weights of some": (*WHOLE, {"size": np.ones(N, np.float32)}),
    "other weights for each": (*WHOLE, {name: np.full(N, len(name), np.float32) for name in WHOLE[1]}),
    "one input": (X[:N], WHOLE[1]),
}


@pytest.mark.parametrize("name", OTHER_DATA)
def test_other_examples_are_left_to_keras(name):
    assert plain_program(two_tasks(), OTHER_DATA[name], WHOLE, 16) is None
    assert plain_program(two_tasks(), WHOLE, OTHER_DATA[name], 16) is None


OTHERS = {
    "examples joined": lambda x: layers.Concatenate(axis=0)([x, layers.Dense(7)(x)]),
    "rows without gamma": lambda x: layers.LayerNormalization(scale=False)(layers.Dense(4)(x)),
    "rows constrained": lambda x: layers.LayerNormalization(gamma_constraint="non_neg")(layers.Dense(4)(x)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_networks_are_left_to_keras(name):
    """What the kernels would compute otherwise, or not at all."""
    assert graph_of(compiled(OTHERS[name], "adam")) is None
