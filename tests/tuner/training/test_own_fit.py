"""A user's own `fit`: what it is given, what is heard of it, what it may return."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.own_fit import FitResultError, RestartError, Watch, call, numbers, returned
from keras_search.tuner.training.shuffling import EpochOrder

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

RNG = np.random.default_rng(0)
FIT = RNG.random((96, 4), np.float32), RNG.integers(0, 3, 96)
VALIDATION = RNG.random((32, 4), np.float32), RNG.integers(0, 3, 32)
NAMED = [({"a": x, "b": x[:, :2]}, {"label": y, "sum": x.sum(axis=1, keepdims=True)}) for x, y in (FIT, VALIDATION)]


def of_several() -> keras.Model:
    """Give a model of two inputs and two outputs."""
    given = {"a": keras.Input((4,), name="a"), "b": keras.Input((2,), name="b")}
    joined = keras.layers.Dropout(0.2)(keras.layers.Concatenate()(list(given.values())))
    outputs = {"label": keras.layers.Dense(3, "softmax")(joined), "sum": keras.layers.Dense(1)(joined)}
    model = keras.Model(given, outputs)
    model.compile("adam", {"label": "sparse_categorical_crossentropy", "sum": "mse"})
    return model


def of_one() -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.2), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def network(fit: Callable[..., Any], make: Callable[[], keras.Model] = of_one) -> Network:
    keras.utils.set_random_seed(1)
    model = make()
    model.optimizer.build(model.trainable_variables)
    return Network(model, 32, partial(fit, model))


def passes_on(model: keras.Model, *args: Any, **kwargs: Any) -> Any:
    return model.fit(*args, batch_size=16, **kwargs)


def chooses_epochs(model: keras.Model, *args: Any, **kwargs: Any) -> Any:
    return model.fit(*args, epochs=2, verbose=0, **kwargs)


def takes_data_alone(model: keras.Model, x: Any, y: Any) -> float:
    return float(model.fit(x, y, verbose=0).history["loss"][-1])


def loops(_: keras.Model, x: Any, y: Any, validation_data: Any, callbacks: Any = ()) -> float:  # noqa: ARG001
    for epoch in range(2):
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs={"mine": float(epoch)})
    return 0.5


def watched(fit: Callable[..., Any], epochs: int, first: int = 0) -> tuple[Any, list[int], list[str]]:
    heard: list[int] = []
    watch = Watch(lambda epoch, _: heard.append(epoch) is None, first)
    return call(network(fit), FIT, VALIDATION, epochs, watch), heard, watch.seen


@pytest.mark.parametrize(
    ("fit", "epochs", "names"),
    [
        (passes_on, [1, 2, 3], ["accuracy", "loss", "val_accuracy", "val_loss"]),
        (chooses_epochs, [1, 2], ["accuracy", "loss", "val_accuracy", "val_loss"]),
        (takes_data_alone, [], []),
        (loops, [1, 2], ["mine"]),
    ],
)
def test_each_epoch_that_a_fit_tells_of_is_heard(fit: Callable[..., Any], epochs: list[int], names: list[str]) -> None:
    _, heard, seen = watched(fit, 3)
    assert (heard, seen) == (epochs, names)


def test_a_fit_that_passes_initial_epoch_on_continues() -> None:
    assert watched(passes_on, 3, first=2)[1] == [3]


def test_a_fit_that_begins_elsewhere_is_left() -> None:
    with pytest.raises(RestartError):
        watched(loops, 3, first=1)


def test_a_type_error_of_the_users_own_is_raised() -> None:
    def broken(_: keras.Model, *__: Any, **___: Any) -> None:
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        watched(broken, 1)


def test_training_ends_when_the_watch_says_so() -> None:
    watch = Watch(lambda epoch, _: epoch < 2)
    call(network(passes_on), FIT, VALIDATION, 9, watch)
    assert watch.last == 2


@pytest.mark.parametrize(("make", "data"), [(of_one, (FIT, VALIDATION)), (of_several, NAMED)])
def test_a_continued_fit_repeats_an_uninterrupted_one_to_the_bit(make: Callable[[], keras.Model], data: Any) -> None:
    """Weights, optimizer and metrics agree: the order of an epoch depends on the run's seed and the epoch alone."""

    def train(first: int, epochs: int, state: list[np.ndarray] | None = None) -> tuple[list[np.ndarray], list[Any]]:
        net, metrics, order = network(passes_on, make), [], EpochOrder(5)
        for variable, value in zip(net.variables(), state or [], strict=state is not None):
            variable.assign(value)
        watch = Watch(lambda _, logs: metrics.append(logs) is None, first, order)
        order.begin(first)
        with order.shuffling():
            call(net, *data, epochs, watch)
        return [variable.numpy() for variable in net.variables()], metrics

    whole, all_metrics = train(0, 4)
    half, _ = train(0, 2)
    rest, later = train(2, 4, half)
    assert later == all_metrics[2:]
    assert all(np.array_equal(one, other) for one, other in zip(whole, rest, strict=True))


@pytest.mark.parametrize(
    ("result", "metrics"),
    [
        (0.5, {"val_x": 0.5}),
        (np.float32(0.5), {"val_x": 0.5}),
        ({"val_x": 0.5, "other": np.array(1.0), "text": "no number"}, {"val_x": 0.5, "other": 1.0}),
        ([0.25, 0.75], {"val_x": 0.5}),
        ([{"val_x": 0.0, "a": 1}, {"val_x": 1.0}], {"val_x": 0.5}),
        (keras.callbacks.History(), {}),
    ],
)
def test_what_keras_tuner_takes_is_taken(result: Any, metrics: dict[str, float]) -> None:
    assert returned(result, "val_x") == metrics


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, "The hypermodel's fit returned nothing: end it with `return` and a History, a dict of metrics, "
               "the objective's value or a list of these."),
        ({"a": 1, "b": 2}, "The hypermodel's fit returned a, b, without the objective 'val_x': add it, "
                           "or choose another --objective."),
        ("0.5", "The hypermodel's fit must return a History, a dict of metrics, the objective's value or a list of "
                "these, it returned str."),
    ],
)  # fmt: skip
def test_anything_else_is_refused(result: Any, message: str) -> None:
    with pytest.raises(FitResultError) as caught:
        returned(result, "val_x")
    assert str(caught.value) == message


def test_logs_keep_single_numbers_alone() -> None:
    assert numbers({"a": np.array([1.0]), "b": [1.0, 2.0], "c": True, "d": None}) == {"a": 1.0, "c": 1.0}
