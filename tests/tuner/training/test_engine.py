"""The compiled epoch against Keras' own training, and against itself after a break."""

import logging

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_search.models import BASELINES, Problem
from keras_search.models.problem import Spread, Target
from keras_search.tuner.data.tree import take
from keras_search.tuner.training import engine as epochs
from keras_search.tuner.training.compiled import batches
from keras_search.tuner.training.compiled import program as programs
from keras_search.tuner.training.engine import KERNELS, EpochRunner, predict

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
BATCH = 64


@pytest.fixture(scope="module")
def digits():
    """Give ((x_fit, y_fit), (x_val, y_val)); the last batch of 64 of the 700 fit images holds 60."""
    data = load_digits()
    x, y = (data.images / 16).astype(np.float32), data.target.astype(np.int64)
    return (x[:700], y[:700]), (x[700:1000], y[700:1000])


@pytest.fixture
def fresh(monkeypatch):
    """Start without any program kept from another test."""
    monkeypatch.setattr(programs, "_PROGRAMS", programs._Programs())


@pytest.fixture(autouse=True)
def by_tensorflow(monkeypatch):
    """Train by TensorFlow what could be trained by our own kernels."""
    monkeypatch.setattr(epochs, "_on_one_core", lambda: False)


@pytest.fixture
def by_own_kernels(monkeypatch, by_tensorflow):  # noqa: ARG001 - comes after it
    """Train plain layers by our own kernels, if Numba can be imported."""
    pytest.importorskip("numba", exc_type=ImportError)
    monkeypatch.setattr(epochs, "_on_one_core", lambda: True)


@pytest.fixture(params=["graph", "xla", "plain"])
def planned(request):
    """Choose an engine; give the number of epochs for which it is chosen."""
    if request.param == "plain":
        request.getfixturevalue("by_own_kernels")
    return 10_000 if request.param == "xla" else 1


def network(seed=0, units=16, rate=0.0, optimizer=None, loss="sparse_categorical_crossentropy", model=keras.Sequential):
    keras.utils.set_random_seed(seed)
    layers = [keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(units, use_bias=False)]
    layers += [keras.layers.BatchNormalization(), keras.layers.Activation("relu")]
    layers += [keras.layers.Dropout(rate)] if rate else []
    built = model([*layers, keras.layers.Dense(10, activation="softmax")])
    built.compile(optimizer or keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return built


def order_of(seed, epoch, n):
    return np.random.Generator(np.random.Philox(key=epochs._digest(seed, epoch))).permutation(n)


def weights_of(model):
    return [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]


def trained(model, digits, numbers, seed=7, **options):
    runner = EpochRunner(model, *digits, BATCH, **options)
    return [runner.run(seed, number) for number in numbers]


def assert_same(model, other):
    for one, two in zip(weights_of(model), weights_of(other), strict=True):
        if one.dtype != np.int64 or one.shape != (2,):
            np.testing.assert_array_equal(one, two)


def assert_like_keras(model, reference, digits, **options):
    """Compare two epochs with a loop of `train_on_batch` over the same order, and with `evaluate`."""
    (x, y), validation = digits
    logs = trained(model, digits, [1, 2], **options)
    for number in (1, 2):
        order = order_of(7, number, len(x))
        for start in range(0, len(x), BATCH):
            batch = order[start : start + BATCH]
            reference.train_on_batch(x[batch], y[batch])
    held = reference.evaluate(*validation, verbose=0, return_dict=True)
    for one, two in zip(model.variables, reference.variables, strict=True):
        np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=2e-3, atol=2e-4)
    assert logs[-1]["val_loss"] == pytest.approx(held["loss"], rel=1e-3)
    assert logs[-1]["val_accuracy"] == pytest.approx(held["accuracy"], abs=1e-6)


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.003),
    "adamw": lambda: keras.optimizers.AdamW(0.003, weight_decay=0.01),
    "nadam": lambda: keras.optimizers.Nadam(0.003),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.001),
    "rmsprop momentum": lambda: keras.optimizers.RMSprop(0.001, momentum=0.9),
    "sgd": lambda: keras.optimizers.SGD(0.05),
    "nesterov": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "cosine": lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 22), momentum=0.9),
    "clipped": lambda: keras.optimizers.Adam(0.003, global_clipnorm=1.0),
}


def some_now(names, now):
    """Parametrise by all names, those in the second target that go the same way as one of the first."""
    return [pytest.param(name, marks=() if name in now else pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", some_now(OPTIMIZERS, {"adam", "rmsprop", "cosine", "clipped"}))
def test_epoch_equals_train_on_batch(name, digits):
    """Without dropout and in the same order, weights, moving averages and metrics are those of Keras."""
    make = OPTIMIZERS[name]
    assert_like_keras(network(optimizer=make()), network(optimizer=make()), digits)


@pytest.mark.usefixtures("by_own_kernels")
@pytest.mark.parametrize("name", some_now(OPTIMIZERS, {"nadam", "cosine", "clipped"}))
def test_epoch_of_plain_layers_equals_train_on_batch(name, digits):
    """So are those of our own kernels."""
    make = OPTIMIZERS[name]
    model = network(optimizer=make())
    assert EpochRunner(model, *digits, BATCH).engine == KERNELS
    assert_like_keras(model, network(optimizer=make()), digits)


def test_epoch_equals_train_on_batch_under_xla(digits):
    """A long planned training is compiled by XLA, with the same numbers up to rounding."""
    model = network()
    assert_like_keras(model, network(), digits, epochs=10_000)


def test_training_metrics_weigh_the_last_smaller_batch_as_fit_does(planned, digits):
    """One epoch's metrics equal those of model.fit over the same images in the same order."""
    (x, y), validation = digits
    logs = trained(network(), digits, [1], epochs=planned)[0]
    order = order_of(7, 1, len(x))
    fit = network().fit(x[order], y[order], BATCH, 1, verbose=0, shuffle=False, validation_data=validation)
    expected = {name: values[0] for name, values in fit.history.items()}
    assert logs.keys() == expected.keys()
    assert logs == pytest.approx(expected, rel=1e-3, abs=1e-5)


@pytest.mark.usefixtures("fresh")
def test_continuing_from_saved_variables_is_exact(planned, digits):
    """Epochs 3 and 4 after a break give the bits of the run that was never broken."""
    straight = network(rate=0.3)
    trained(straight, digits, [1, 2, 3, 4], epochs=planned)
    first, second = network(rate=0.3), network(seed=99, rate=0.3)
    trained(first, digits, [1, 2], epochs=planned)
    programs._PROGRAMS.kept.clear()
    second.optimizer.build(second.trainable_variables)
    for variable, value in zip((*second.variables, *second.optimizer.variables), weights_of(first), strict=True):
        variable.assign(value)
    trained(second, digits, [3, 4], epochs=planned)
    assert_same(straight, second)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("planned", [1, 10_000], ids=["graph", "xla"])
def test_a_kept_program_gives_the_bits_of_a_fresh_one(planned, digits):
    """What was trained before in the process, with other rates and schedules, leaves no trace."""

    def model(rate, first_rate):
        schedule = keras.optimizers.schedules.CosineDecay(first_rate, 50)
        return network(rate=rate, optimizer=keras.optimizers.Adam(schedule))

    alone, after, before = model(0.2, 0.01), model(0.2, 0.01), model(0.6, 0.05)
    alone_logs = trained(alone, digits, [1, 2], epochs=planned)
    programs._PROGRAMS.kept.clear()
    trained(before, digits, [1], epochs=planned)
    kept = weights_of(before)
    after_logs = trained(after, digits, [1, 2], epochs=planned)
    assert len(programs._PROGRAMS.kept) == 1
    assert alone_logs == after_logs
    assert_same(alone, after)
    assert all(np.array_equal(one, two) for one, two in zip(kept, weights_of(before), strict=True))


@pytest.mark.usefixtures("fresh")
def test_programs_are_kept_within_a_bound(digits, monkeypatch):
    """Every architecture has a program of its own; when there are enough, all are forgotten."""
    monkeypatch.setattr(programs, "PROGRAMS_KEPT", 2)
    kept = []
    for units in (4, 5, 4, 6):
        EpochRunner(network(units=units), *digits, BATCH)
        kept.append(len(programs._PROGRAMS.kept))
    assert kept == [1, 2, 2, 1]


def test_seeds_and_epochs_draw_different_orders():
    """Neighbours share nothing, and any 64-bit seed works."""
    places = [(0, 1), (1, 1), (0, 2), (2**63 + 5, 1), (-1, 1)]
    orders = [tuple(order_of(*place, 50)) for place in places]
    assert len(set(orders)) == len(places)


@pytest.mark.parametrize("planned", ["graph", "plain", pytest.param("xla", marks=pytest.mark.slow)], indirect=True)
def test_one_hot_labels(planned, digits):
    """Labels may be one-hot, with the loss that belongs to them."""
    (x, y), (x_val, y_val) = digits
    one_hot = (x, np.eye(10, dtype=np.float32)[y]), (x_val, np.eye(10, dtype=np.float32)[y_val])
    models = [network(loss="categorical_crossentropy") for _ in range(2)]
    assert_like_keras(*models, one_hot, epochs=planned)


@pytest.mark.parametrize("planned", ["graph", "plain"], indirect=True)
def test_a_metric_of_several_numbers_counts_as_their_mean(planned, digits):
    """Keras reports a number for each class of an F1Score, which KerasTuner averages."""
    (x, y), (x_val, y_val) = digits
    one_hot = (x, np.eye(10, dtype=np.float32)[y]), (x_val, np.eye(10, dtype=np.float32)[y_val])

    def scored():
        model = network(loss="categorical_crossentropy")
        model.compile(model.optimizer, "categorical_crossentropy", metrics=[keras.metrics.F1Score()])
        return model

    logs = trained(scored(), one_hot, [1], epochs=planned)[0]
    order = order_of(7, 1, len(x))
    fit = scored().fit(x[order], one_hot[0][1][order], BATCH, 1, verbose=0, shuffle=False, validation_data=one_hot[1])
    assert logs["f1_score"] == pytest.approx(np.mean(fit.history["f1_score"][0]), rel=1e-3)
    assert logs["val_f1_score"] == pytest.approx(np.mean(fit.history["val_f1_score"][0]), rel=1e-3)


class Doubled(keras.Sequential):
    """A model whose own train_step trains on every batch twice."""

    def train_step(self, data):
        super().train_step(data)
        return super().train_step(data)


@pytest.mark.usefixtures("fresh")
def test_a_custom_train_step_keeps_its_meaning(digits):
    """The model's own step is what is compiled, and it is shared with no other model."""
    models = [network(model=Doubled) for _ in range(2)]
    assert_like_keras(*models, digits)
    assert models[0].optimizer.iterations.numpy() == 2 * 2 * 11
    assert not programs._PROGRAMS.kept


def test_what_cannot_be_compiled_is_trained_by_fit(digits, caplog, monkeypatch):
    """The log says so once, and the result still depends on (seed, epoch) alone."""
    monkeypatch.setattr(epochs, "_SAID", set())
    results = []
    for _ in range(2):
        model = network(rate=0.3)
        model.compile(keras.optimizers.Adam(0.01), model.loss, metrics=["accuracy"], run_eagerly=True)
        small = tuple((x[:128], y[:128]) for x, y in digits)
        with caplog.at_level(logging.WARNING, "keras_search"):
            results.append(trained(model, small, [1, 2]))
    assert results[0] == results[1]
    assert caplog.messages == [
        "Training by model.fit, not in a compiled epoch: the model was compiled with run_eagerly=True."
    ]


def test_predict_gives_probabilities(digits):
    """All images in order, whatever the size of the batches."""
    model, x = network(), digits[1][0]
    np.testing.assert_allclose(predict(model, x), model.predict(x, verbose=0), atol=1e-6)
    np.testing.assert_array_equal(predict(model, x, 70), predict(model, x, 70))


def _branches(outputs):
    """Make a model of two inputs and two outputs: a class and two values."""
    keras.utils.set_random_seed(3)
    image, row = keras.Input((8, 8), name="image"), keras.Input((3,), name="row")
    both = keras.layers.Concatenate()([keras.layers.Flatten()(image), row])
    hidden = keras.layers.Dense(16, activation="relu")(both)
    digit = keras.layers.Dense(10, activation="softmax", name="digit")(hidden)
    area = keras.layers.Dense(2, name="area")(hidden)
    model = keras.Model({"image": image, "row": row}, outputs(digit, area))
    losses = {"digit": "sparse_categorical_crossentropy", "area": "mse"}
    model.compile(keras.optimizers.Adam(0.01), losses, metrics={"digit": ["accuracy"], "area": ["mae"]})
    return model


def _named(arrays):
    x, y = arrays
    row = x.reshape(len(x), -1)[:, :3]
    return {"image": x, "row": row}, {"digit": y, "area": x.reshape(len(x), -1)[:, 3:5] * 2}


STRUCTURES = {"dict": lambda digit, area: {"digit": digit, "area": area}, "list": lambda digit, area: [digit, area]}


@pytest.mark.parametrize(
    ("structure", "planned"),
    [
        pytest.param("dict", 1, id="dict-graph"),
        pytest.param("list", 10_000, id="list-xla"),
        pytest.param("list", 1, id="list-graph", marks=pytest.mark.slow),
        pytest.param("dict", 10_000, id="dict-xla", marks=pytest.mark.slow),
    ],
)
def test_several_inputs_and_outputs_are_trained_as_fit_does(structure, planned, digits):
    """Arrays by name go to the inputs and outputs of that name, in dicts and in lists of outputs."""
    fit, validation = (_named(arrays) for arrays in digits)
    model, reference = (_branches(STRUCTURES[structure]) for _ in range(2))
    logs = EpochRunner(model, fit, validation, BATCH, planned).run(7, 1)
    x, y = (take(tree, order_of(7, 1, 700)) for tree in fit)
    history = reference.fit(x, y, BATCH, 1, verbose=0, shuffle=False, validation_data=validation).history
    held = reference.evaluate(*validation, batch_size=300, verbose=0, return_dict=True)
    expected = {name: values[0] for name, values in history.items()} | {f"val_{n}": held[n] for n in held}
    assert logs == pytest.approx(expected, rel=1e-3, abs=1e-5)
    for one, two in zip(model.variables, reference.variables, strict=True):
        np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=2e-3, atol=2e-4)


def test_losses_of_several_outputs_weigh_every_held_out_example_the_same(digits, monkeypatch):
    """Whatever the batches of the validation."""
    fit, validation = (_named(arrays) for arrays in digits)
    monkeypatch.setattr(batches, "MOST_EXAMPLES", 200)
    model = _branches(STRUCTURES["dict"])
    logs = EpochRunner(model, fit, validation, BATCH).run(7, 1)
    held = model.evaluate(*validation, batch_size=300, verbose=0, return_dict=True)
    assert {name: logs[f"val_{name}"] for name in held} == pytest.approx(held, rel=1e-5)


def test_several_inputs_and_outputs_without_a_compiled_epoch(digits):
    """`model.fit` takes the same arrays."""
    small = tuple(tuple(take(tree, slice(128)) for tree in _named(arrays)) for arrays in digits)
    models = [_branches(STRUCTURES["dict"]) for _ in range(2)]
    models[1].run_eagerly = True
    logs = [EpochRunner(model, *small, BATCH).run(7, 1) for model in models]
    assert logs[1] == pytest.approx(logs[0], rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_predict_gives_outputs_as_the_model_does(structure, digits):
    """All examples in order, in a dict or a list."""
    (x, _), model = _named(digits[1]), _branches(STRUCTURES[structure])
    expected = model.predict(x, verbose=0)
    given = predict(model, x, 70)
    keras.tree.assert_same_structure(given, expected)
    keras.tree.map_structure(lambda one, two: np.testing.assert_allclose(one, two, atol=1e-5), given, expected)


@pytest.fixture(scope="module")
def accuracies_of_fit(digits):
    """Give the validation accuracies of `model.fit` over 10 seeds."""
    (x, y), validation = digits
    found = []
    for seed in range(10):
        model = network(seed, 32, 0.4)
        history = model.fit(x, y, BATCH, 8, verbose=0, validation_data=validation, validation_freq=8)
        found.append(history.history["val_accuracy"][-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["by_tensorflow", "by_own_kernels"])
def test_accuracy_is_that_of_fit_in_distribution(engine, request, digits, accuracies_of_fit):
    """Over 10 seeds the mean validation accuracies differ by less than three standard errors."""
    request.getfixturevalue(engine)
    keras_own = accuracies_of_fit
    ours = [trained(network(seed, 32, 0.4), digits, range(1, 9), seed)[-1]["val_accuracy"] for seed in range(10)]
    error = np.sqrt((np.var(ours, ddof=1) + np.var(keras_own, ddof=1)) / 10)
    assert abs(np.mean(ours) - np.mean(keras_own)) < 3 * error + 1e-3


@pytest.mark.slow
@pytest.mark.usefixtures("by_own_kernels")
def test_errors_of_values_are_those_of_fit_in_distribution(digits):
    """So are those of a built-in network for values, in the values' own units."""
    (x, _), (x_val, _) = digits
    y, y_val = (50 + 3 * each.reshape(len(each), -1)[:, 20:24].sum(axis=1) for each in (x, x_val))
    spread = {"": Spread((float(y.mean()),), (float(y.std()),))}
    problem = Problem((8, 8), (Target(),), len(x), 8, spread)

    def fresh(seed):
        keras.utils.set_random_seed(seed)
        return BASELINES["mlp-bn-dropout"].build(problem)

    data, ours, keras_own = ((x, y), (x_val, y_val)), [], []
    for seed in range(10):
        runner = EpochRunner(fresh(seed), *data, BATCH)
        assert runner.engine == KERNELS
        ours.append([runner.run(seed, number) for number in range(1, 9)][-1]["val_mean_absolute_error"])
        fit = fresh(seed + 50).fit(*data[0], BATCH, 8, verbose=0, validation_data=data[1], validation_freq=8)
        keras_own.append(fit.history["val_mean_absolute_error"][-1])
    error = np.sqrt((np.var(ours, ddof=1) + np.var(keras_own, ddof=1)) / 10)
    assert abs(np.mean(ours) - np.mean(keras_own)) < 3 * error


class OwnFit(keras.Sequential):
    """Changes the data on their way."""

    def fit(self, x, y, **options):
        return super().fit(x * 5, y, **options)


class OwnLoop(keras.Sequential):
    """Does more in a step than its `train_step`."""

    def make_train_function(self, force=False):
        super().make_train_function(force)
        step = self.train_function

        def stepping(iterator):
            self.layers[-1].kernel.assign(self.layers[-1].kernel * 0.9)
            return step(iterator)

        self.train_function = stepping


@pytest.mark.parametrize("kind", [OwnFit, OwnLoop])
def test_a_model_with_a_loop_of_its_own_is_trained_by_it(kind, digits):
    """As `model.fit` trains it, to every number."""
    fit, validation = (tuple(take(tree, slice(150)) for tree in arrays) for arrays in digits)
    models = [network(model=kind) for _ in range(2)]
    logs = EpochRunner(models[0], fit, validation, BATCH).run(7, 1)
    x, y = (take(tree, order_of(7, 1, 150)) for tree in fit)
    history = models[1].fit(x, y, batch_size=BATCH, verbose=0, shuffle=False, validation_data=validation).history
    assert logs == pytest.approx({name: values[0] for name, values in history.items()}, rel=1e-4)


def test_the_same_inputs_are_trained_with_other_outputs_than_before(digits):
    """What lies on the device is of the same arrays, all of them."""
    small = [tuple(take(tree, slice(128)) for tree in arrays) for arrays in digits]
    EpochRunner(network(), *small, BATCH).run(7, 1)
    given = keras.Input((8, 8))
    outputs = {name: keras.layers.Dense(10, "softmax")(keras.layers.Flatten()(given)) for name in ("one", "two")}
    model = keras.Model(given, outputs)
    model.compile("adam", dict.fromkeys(outputs, "sparse_categorical_crossentropy"))
    both = [(x, dict.fromkeys(outputs, y)) for x, y in small]
    assert {"one_loss", "val_two_loss"} <= EpochRunner(model, *both, BATCH).run(7, 1).keys()


@pytest.mark.parametrize("planned", ["xla", "plain", pytest.param("graph", marks=pytest.mark.slow)], indirect=True)
@pytest.mark.parametrize(("part", "value"), [("fit", np.nan), ("validation", np.nan), ("validation", np.inf)])
def test_inputs_that_are_no_numbers_go_on_as_by_keras(planned, part, value, digits):
    """TensorFlow's relu takes NaN for 0, as those of XLA and of our own kernels do not; so they are not asked."""
    (x, y), (x_val, y_val) = ((x.copy(), y) for x, y in digits)
    (x if part == "fit" else x_val)[::7, 3, 3] = value
    data = (x, y), (x_val, y_val)
    logs = trained(network(), data, [1], epochs=planned)[0]
    order = order_of(7, 1, len(x))
    fit = network().fit(x[order], y[order], BATCH, 1, verbose=0, shuffle=False, validation_data=data[1])
    expected = {name: values[0] for name, values in fit.history.items()}
    assert logs == pytest.approx(expected, rel=1e-3, abs=1e-5, nan_ok=True)
