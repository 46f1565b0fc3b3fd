"""A user's own `fit`: what it is given, what is heard of it, what it may return."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras_tuner.src.engine import tuner_utils

from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.own_fit import (
    FitResultError,
    RestartError,
    Watch,
    call,
    concluded,
    numbers,
    outcome_of,
    training,
)
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
        (takes_data_alone, [1], ["accuracy", "loss"]),
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


@pytest.mark.parametrize(
    ("make", "data"), [(of_several, NAMED), pytest.param(of_one, (FIT, VALIDATION), marks=pytest.mark.slow)]
)
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


def history_of(**lists: list[float]) -> keras.callbacks.History:
    history = keras.callbacks.History()
    history.history = lists
    return history


MAX = "val_x", "max"


@pytest.mark.parametrize(
    ("result", "metrics", "kind"),
    [
        (0.5, {"val_x": 0.5}, "number"),
        (np.float32(0.5), {"val_x": 0.5}, "number"),
        (np.int64(2), {"val_x": 2.0}, "number"),
        ({"val_x": 0.5, "other": np.array(1.0), "text": "no number"}, {"val_x": 0.5, "other": 1.0}, "values"),
        ([0.25, 0.75], {"val_x": 0.5}, "numbers"),
        ([{"val_x": 0.0, "a": 1}, {"val_x": 1.0}], {"val_x": 0.5, "a": 1.0}, "values"),
        (history_of(val_x=[1.0, 3.0, 2.0], b=[1.0, 2.0, 3.0]), {"val_x": 3.0, "b": 2.0}, "history"),
        ([history_of(val_x=[1.0, 3.0]), history_of(val_x=[2.0, 1.0])], {"val_x": 2.5}, "values"),
        (history_of(), {}, "history"),
    ],
)
def test_what_keras_tuner_takes_is_taken(result: Any, metrics: dict[str, float], kind: str) -> None:
    outcome = outcome_of(result, *MAX)
    assert (outcome.metrics, outcome.kind) == (metrics, kind)


VALUES = st.floats(-9, 9, width=32)
RESULTS = st.one_of(
    VALUES,
    st.fixed_dictionaries({"val_x": VALUES}, optional={"a": VALUES, "b": VALUES}),
    st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=4).map(
        lambda pairs: history_of(val_x=[one for one, _ in pairs], a=[other for _, other in pairs])
    ),
)


@given(result=RESULTS | st.lists(RESULTS, min_size=1, max_size=3), direction=st.sampled_from(["min", "max"]))
def test_every_result_is_read_as_keras_tuner_reads_it(result: Any, direction: str) -> None:
    objective = keras_tuner.Objective("val_x", direction)
    tuner_utils.validate_trial_results(result, objective, "fit")
    theirs = tuner_utils.convert_to_metrics_dict(result, objective)
    assert outcome_of(result, "val_x", direction).metrics == pytest.approx(dict(theirs))


def test_a_number_has_the_name_that_it_is_asked_for() -> None:
    assert outcome_of(2.5, *MAX, number="default_objective").metrics == {"default_objective": 2.5}
    assert outcome_of([{"default_objective": 2.5}], *MAX, number="default_objective").kind == "values"


HEARD = {1: {"val_x": 0.9, "loss": 3.0}, 2: {"val_x": 0.7, "loss": 2.0}, 3: {"val_x": 0.8, "loss": 1.0}}


@pytest.mark.parametrize(
    ("result", "heard", "told", "score"),
    [
        ({"val_x": 0.1, "own": 5.0}, 3, {3: {"val_x": 0.1, "own": 5.0, "loss": 1.0}}, (3, 0.1)),
        (0.2, 3, {3: {"val_x": 0.2, "loss": 1.0}}, (3, 0.2)),
        (history_of(val_x=[0.9, 0.7, 0.8]), 3, {3: HEARD[3]}, (1, 0.9)),
        (history_of(val_x=[0.7, 0.8]), 3, {3: HEARD[3]}, (3, 0.8)),
        (history_of(val_x=[0.8]), 1, {3: HEARD[3]}, (1, 0.9)),
        (history_of(), 0, {3: HEARD[3]}, (1, 0.9)),
    ],
    ids=["dict", "number", "History", "History of the second fit", "continued", "nothing left to train"],
)
def test_what_fit_returned_counts_before_what_an_epoch_said(
    result: Any, heard: int, told: dict[int, Any], score: tuple[int, float]
) -> None:
    assert concluded(outcome_of(result, *MAX), HEARD, heard, 9, *MAX) == (told, score)


def test_a_history_of_epochs_that_were_not_heard_brings_them_along() -> None:
    """As that of a copy of the model."""
    outcome = outcome_of(history_of(val_x=[0.5, 0.6, 0.4]), *MAX)
    told, score = concluded(outcome, {}, 0, 9, *MAX)
    assert told == {1: {"val_x": 0.5}, 2: {"val_x": 0.6}, 3: {"val_x": 0.4}}
    assert score == (2, 0.6)
    assert concluded(outcome_of(0.5, *MAX), {}, 0, 9, *MAX) == ({9: {"val_x": 0.5}}, (9, 0.5))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_fails_the_trial(value: float) -> None:
    for result in (value, {"val_x": value}, [value, 1.0]):
        with pytest.raises(FitResultError, match=f"^The hypermodel's fit returned {value} as val_x.$"):
            concluded(outcome_of(result, *MAX), HEARD, 3, 9, *MAX)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, "The hypermodel's fit returned nothing: end it with `return` and a History, a dict of metrics, "
               "the objective's value or a list of these."),
        ({"a": 1, "b": 2}, "The hypermodel's fit returned a, b, without the objective 'val_x': add it, "
                           "or choose another --objective."),
        (history_of(a=[1.0]), "The hypermodel's fit returned a History of a, without the objective 'val_x': pass "
                              "validation_data on to model.fit, or choose another --objective."),
        ("0.5", "The hypermodel's fit must return a History, a dict of metrics, the objective's value or a list of "
                "these, it returned str."),
    ],
)  # fmt: skip
def test_anything_else_is_refused(result: Any, message: str) -> None:
    with pytest.raises(FitResultError) as caught:
        outcome_of(result, *MAX)
    assert str(caught.value) == message


def warms_up(model: keras.Model, x: Any, y: Any, **kwargs: Any) -> Any:
    """Train twice: first without the callbacks."""
    model.fit(x, y, epochs=2, verbose=0)
    return model.fit(x, y, **kwargs)


def in_place(model: keras.Model, x: Any, y: Any, callbacks: Any = None, **_: Any) -> Any:
    """Give the callbacks by their place."""
    return model.fit(x, y, 32, 3, 0, callbacks)


def twice(model: keras.Model, *args: Any, **kwargs: Any) -> Any:
    model.fit(*args, **kwargs)
    return model.fit(*args, **kwargs)


def test_epochs_of_the_users_own_are_heard_but_not_of_the_budget() -> None:
    heard: list[int] = []
    watch = Watch(lambda epoch, _: heard.append(epoch) is None and watch.passed < 2)
    call(network(warms_up), FIT, VALIDATION, 9, watch)
    assert heard == [1, 2, 3, 4]
    heard.clear()
    watch = Watch(lambda epoch, _: heard.append(epoch) is None and watch.passed < 2)
    call(network(in_place), FIT, VALIDATION, 9, watch)
    assert heard == [1, 2]


@pytest.mark.parametrize("fit", [warms_up, twice, takes_data_alone])
def test_a_fit_of_which_only_a_part_would_continue_is_left(fit: Callable[..., Any]) -> None:
    with pytest.raises(RestartError):
        watched(fit, 3, first=1)


def test_an_argument_of_the_users_own_is_found_before_anything_is_trained_twice() -> None:
    def warms_up_with_its_own(model: keras.Model, x: Any, y: Any, **kwargs: Any) -> Any:
        model.fit(x, y, verbose=0)
        return model.fit(x, y, epochs=2, **kwargs)

    with pytest.raises(RestartError, match="its fit has its own epochs"):
        watched(warms_up_with_its_own, 3)
    assert watched(warms_up_with_its_own, 3)[1] == [1, 2, 3]


def test_model_fit_is_as_before_afterwards() -> None:
    net = network(passes_on)
    call(net, FIT, VALIDATION, 1, Watch(lambda _epoch, _metrics: True))
    assert "fit" not in vars(net.model)


def test_logs_keep_single_numbers_alone() -> None:
    assert numbers({"a": np.array([1.0]), "b": [1.0, 2.0], "c": True, "d": None}) == {"a": 1.0, "c": 1.0}
    assert numbers({"classes": np.array([0.25, 0.75]), "none": np.zeros(0), "image": np.eye(3)}) == {"classes": 0.5}


def changed_by_hand(model: keras.Model) -> None:
    model.layers[-1].bias.assign_add([1.0, 0.0, 0.0])


def left_alone(_: keras.Model) -> None:
    pass


@pytest.mark.parametrize(
    ("needed", "heard", "change", "taken"),
    [
        (True, 1, left_alone, True),
        (False, 0, left_alone, True),
        (True, 0, changed_by_hand, True),
        (True, 0, left_alone, False),
    ],
)
def test_a_model_that_was_trained_or_need_not_be_is_taken(
    needed: bool, heard: int, change: Callable[[keras.Model], None], taken: bool
) -> None:
    model, watch, refused = of_one(), Watch(lambda _epoch, _metrics: True), False
    try:
        with training(model, watch, needed):
            watch.own = heard
            change(model)
    except FitResultError:
        refused = True
    assert refused is not taken


def trains_a_copy(model: keras.Model, watch: Watch) -> None:
    copy = keras.models.clone_model(model)
    copy.compile("adam", "sparse_categorical_crossentropy")
    with training(model, watch, needed=True):
        copy.fit(*FIT, verbose=0)


def test_a_fit_that_trains_copies_alone_leaves_nothing_to_compare() -> None:
    """Of a cross-validation the score is one, the model is as it was."""
    with pytest.raises(FitResultError, match="left the model that it was given as it was"):
        trains_a_copy(of_one(), Watch(lambda _epoch, _metrics: True))


def test_a_copy_that_is_given_the_callbacks_is_not_taken_for_the_model() -> None:
    """Its epochs are heard of; the model was kept untrained, and measured so."""

    def fit(model: keras.Model, *args: Any, **options: Any) -> Any:
        copy = keras.models.clone_model(model)
        copy.compile("adam", "sparse_categorical_crossentropy")
        return copy.fit(*args, **options)

    own, watch = network(fit), Watch(lambda _epoch, _metrics: True)
    with (
        pytest.raises(FitResultError, match="left the model that it was given as it was"),
        training(own.model, watch, needed=True),
    ):
        call(own, FIT, VALIDATION, 2, watch)
    assert (watch.heard, watch.own, watch.others) == (2, 0, 1)
