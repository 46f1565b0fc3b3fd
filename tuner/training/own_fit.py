"""Train by a user's own `HyperModel.fit`: one call a run, watched epoch by epoch where it passes its callbacks on.

What `fit` is given is what keras-tuner's `search(x, y, validation_data=...)` gives it: `epochs`, `initial_epoch`
and `callbacks` as well, unless its own code sets them or its signature has no place for them.
"""

import collections
import functools
import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keras_search.errors import KerasSearchError
from keras_search.tuner.data.tree import Examples
from keras_search.tuner.study.records import Metrics, best_epoch
from keras_search.tuner.training.averages import unswapped
from keras_search.tuner.training.compiled.fresh_start import keep_nothing
from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.reported import numbers
from keras_search.tuner.training.shuffling import EpochOrder
from keras_search.tuner.training.texts import with_text_tensors

OnEpoch = Callable[[int, Metrics], bool]
"""Takes an epoch, counted from 1, and its metrics; says whether to train on."""

OTHER_EPOCH = "its fit does not begin at initial_epoch"
LOST = "what its fit returns is of all its epochs"
SEVERAL_FITS = "its fit trains more than once, or without the callbacks that it is given"
LEFT_ALONE = (
    "The hypermodel's fit left the model that it was given as it was, so there is nothing to compare or to export: "
    "train that model too, for instance after the copies that give its score, or search with --search-only."
)

_CALLBACKS = 5
"""The place of the callbacks among the arguments of `model.fit`."""
_CONFLICT = re.compile(r"got multiple values for (?:keyword )?argument '(\w+)'")

_REFUSED: dict[Any, set[str]] = {}
"""The arguments that the code of a `fit` sets itself, as it was found by calling it."""


class FitResultError(KerasSearchError):
    """Say that what a `fit` returned is none of what keras-tuner takes."""


class RestartError(BaseException):
    """Say why a `fit` must be called from its first epoch; past `except Exception` of the user's."""


class RepeatError(Exception):
    """Say why a continued `fit` must be called anew from where its run began, which may be a parent's last epoch."""


class LeftError(BaseException):
    """Leave a `fit` after an epoch, as was asked; past `except Exception` of the user's."""


@dataclass
class Watch:
    """Hear of the epochs of one `fit`: `first` is the epoch it is to begin with, counted from 0.

    A `model.fit` that the user's code does not pass its callbacks on to is heard of as well, but its epochs are not of
    the budget, for its number of epochs is the user's own.
    """

    on_epoch: OnEpoch
    first: int = 0
    order: EpochOrder | None = None
    beside: Sequence[keras.callbacks.Callback] = ()
    """The callbacks of a script, which are passed on too."""
    on_begin: Callable[[], None] | None = None
    """Called once all of them have begun."""
    seen: list[str] = field(default_factory=list)
    last: int = 0
    """The last epoch heard of, counted from 1."""
    passed: int = 0
    """The last of those of the budget."""
    heard: int = 0
    """How many epochs were heard of."""
    model: keras.Model | None = None
    """The model that the `fit` is given to train."""
    own: int = 0
    """How many of those that were heard of were that model's, not a copy's to which the callbacks were passed on."""
    fits: int = 0
    """How often `model.fit` was begun."""
    others: int = 0
    """How often the `fit` of another model was begun."""
    swaps: list[keras.callbacks.SwapEMAWeights] = field(default_factory=list)
    """Those that put averages into the model of the `model.fit` that runs."""

    def callback(self, passed_on: bool = True) -> keras.callbacks.Callback:
        """Return the callback to pass to `fit`, or one that takes its place where it was not passed on."""
        callback = keras.callbacks.LambdaCallback()

        def begin_fit(logs: Any = None) -> None:  # noqa: ARG001 - the name is part of the call
            self.begin_fit(passed_on)

        def begin(epoch: int, logs: Any = None) -> None:  # noqa: ARG001 - the name is part of the call
            self.check_first(epoch)
            if self.order is not None:
                self.order.begin(epoch)

        def end(epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            self.check_first(epoch)
            self.own += callback.model is self.model
            if not self.end_epoch(epoch, logs or {}, passed_on) and callback.model is not None:
                callback.model.stop_training = True

        callback.on_train_begin, callback.on_epoch_begin, callback.on_epoch_end = begin_fit, begin, end
        return callback

    def begin_fit(self, passed_on: bool) -> None:
        """Leave a continued `fit` where more than one `model.fit` is a part of it: each would begin in its middle."""
        self.fits += 1
        if self.first and not (passed_on and self.fits == 1):
            raise RestartError(SEVERAL_FITS)
        if self.on_begin is not None and passed_on:
            self.on_begin()

    def check_first(self, epoch: int) -> None:
        """Leave if the first epoch is not the one to begin with."""
        if self.last == 0 and self.first and epoch != self.first:
            raise RestartError(OTHER_EPOCH)

    def end_epoch(self, epoch: int, logs: Mapping[str, Any], passed_on: bool = True) -> bool:
        """Pass an epoch on; a second `model.fit` in the same `fit` counts on where the first ended."""
        metrics = numbers(logs)
        self.seen += [name for name in metrics if name not in self.seen]
        self.heard += 1
        self.last = max(epoch + 1, self.last + 1)
        if passed_on:
            self.passed = max(epoch + 1, self.passed + 1)
        with unswapped(self.swaps):
            return self.on_epoch(self.last, metrics) or not passed_on


def call(network: Network, fit: Examples | None, validation: Examples | None, epochs: int, watch: Watch) -> Any:
    """Call the user's `fit` and give what it returns; one of a script has arguments of its own in place of these.

    Raises:
        RestartError: it cannot be continued after `watch.first`.
        Exception: whatever the user's code raises.
    """
    assert network.custom_fit is not None
    keep_nothing()
    watch.model = network.model
    callback = watch.callback()
    args, given = network.call or _arguments(fit, validation)
    given = {**given, "callbacks": [*watch.beside, callback]}
    if not network.ends_itself:
        given |= {"epochs": epochs}
    if watch.first or not network.ends_itself:
        given |= {"initial_epoch": watch.first}
    refused = _REFUSED.setdefault(_code_of(network.custom_fit), set())
    given = {name: value for name, value in given.items() if _takes(network.custom_fit, name) and name not in refused}
    with _heard(network.model, callback, watch), _others_counted(network.model, watch):
        while True:
            try:
                return network.custom_fit(*args, **given)
            except TypeError as error:
                conflict = _CONFLICT.search(str(error))
                if conflict is None or conflict[1] not in given:
                    raise
                refused.add(conflict[1])
                if watch.last:
                    raise RestartError(f"its fit has its own {conflict[1]}") from None
                del given[conflict[1]]


def _arguments(fit: Examples | None, validation: Examples | None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments by place and by name that keras-tuner's `search(x, y, validation_data=...)` passes on."""
    assert fit is not None
    assert validation is not None
    x, y, *weights = fit
    weighted = {"sample_weight": weights[0]} if weights else {}
    held_out = tuple(map(with_text_tensors, validation))
    return (with_text_tensors(x), y), {**weighted, "validation_data": held_out, "verbose": 2}


@contextmanager
def training(model: keras.Model, watch: Watch, needed: bool) -> Iterator[None]:
    """Make sure that a `fit` trains the model that it is given where that is to be kept and compared.

    A search needs no more than the score, as of a cross-validation that trains copies.

    Raises:
        FitResultError: the model is as it was.
    """
    before = [weight.numpy() for weight in model.weights] if needed else []
    yield
    if before and untrained(model, before, watch):
        raise FitResultError(LEFT_ALONE)


def left_alone(model: keras.Model, before: Sequence[np.ndarray], watch: Watch) -> bool:
    """Return whether a `fit` trained other models and not the one that it was given, whose weights were `before`."""
    return watch.others > 0 and untrained(model, before, watch)


def untrained(model: keras.Model, before: Sequence[np.ndarray], watch: Watch) -> bool:
    """Return whether a `fit` has left the model that it was given, whose weights were `before`, as it was."""
    return not watch.own and _same(model, before)


def _same(model: keras.Model, before: Sequence[np.ndarray]) -> bool:
    return len(before) == len(model.weights) and all(map(np.array_equal, before, map(_value, model.weights)))


@contextmanager
def _others_counted(model: keras.Model, watch: Watch) -> Iterator[None]:
    """Hear of `fit` where it is called on other models, such as copies for a cross-validation."""
    fit, own = keras.Model.fit, "fit" in vars(keras.Model)

    @functools.wraps(fit)
    def heard(self: keras.Model, *args: Any, **kwargs: Any) -> Any:
        watch.others += self is not model
        return fit(self, *args, **kwargs)

    keras.Model.fit = heard
    try:
        yield
    finally:
        if own:
            keras.Model.fit = fit
        else:
            del keras.Model.fit


def _value(weight: keras.Variable) -> Any:
    return weight.numpy()


@contextmanager
def _heard(model: keras.Model, passed: keras.callbacks.Callback, watch: Watch) -> Iterator[None]:
    """Hear of the epochs of `model.fit` too where `passed` is not among its callbacks."""
    fit, own = model.fit, "fit" in vars(model)

    def with_ours(given: Any) -> list[Any]:
        callbacks = list(given) if isinstance(given, list | tuple) else [] if given is None else [given]
        watch.swaps = [each for each in callbacks if isinstance(each, keras.callbacks.SwapEMAWeights)]
        return callbacks if any(each is passed for each in callbacks) else [*callbacks, watch.callback(passed_on=False)]

    @functools.wraps(fit)
    def heard(*args: Any, **kwargs: Any) -> Any:
        if len(args) > _CALLBACKS:
            args = (*args[:_CALLBACKS], with_ours(args[_CALLBACKS]), *args[_CALLBACKS + 1 :])
        elif _takes(fit, "callbacks"):
            kwargs["callbacks"] = with_ours(kwargs.get("callbacks"))
        return fit(*args, **kwargs)

    vars(model)["fit"] = heard
    try:
        yield
    finally:
        del vars(model)["fit"]
        if own:
            vars(model)["fit"] = fit


def explore_fit(network: Network, fit: Examples | None, validation: Examples | None) -> None:
    """Run the user's `fit` with a `model.fit` that trains nothing, for the hyperparameters that it asks for."""

    def pretend(*_: Any, **__: Any) -> keras.callbacks.History:
        history = keras.callbacks.History()
        history.history = collections.defaultdict(lambda: [0.0])
        return history

    network.model.fit = pretend
    with suppress(Exception):
        call(network, fit, validation, 1, Watch(lambda _epoch, _metrics: True))


@dataclass(frozen=True)
class Outcome:
    """What a `fit` returned, as keras-tuner reads it: the metrics that count, the objective among them.

    `epochs` are those of a `History`, of which the best counts; `kind` is "history", "number", "numbers" (a list of
    them, of which the mean counts) or "values".
    """

    metrics: Metrics
    kind: str
    epochs: tuple[Metrics, ...] = ()


def outcome_of(result: Any, objective: str, direction: str, number: str = "") -> Outcome:
    """Read what a `fit` returned; a single number is the value of `number`, the objective where that is "".

    Raises:
        FitResultError: it is neither a History nor a dict with the objective, a number or a list of these.
    """
    expected = "a History, a dict of metrics, the objective's value or a list of these"
    if result is None:
        raise FitResultError(f"The hypermodel's fit returned nothing: end it with `return` and {expected}.")
    if isinstance(result, keras.callbacks.History):
        return _of_history(result, objective, direction)
    if isinstance(result, int | float | np.floating | np.integer):
        return Outcome({number or objective: float(result)}, "number")
    if isinstance(result, Mapping):
        if objective not in (told := numbers(result)) and number not in told:
            raise FitResultError(
                f"The hypermodel's fit returned {', '.join(map(str, result)) or 'an empty dict'}, "
                f"without the objective {objective!r}: add it, or choose another --objective."
            )
        return Outcome(told, "values")
    if isinstance(result, list) and result:
        parts = [outcome_of(each, objective, direction, number) for each in result]
        kinds = {part.kind for part in parts}
        return Outcome(_averaged([part.metrics for part in parts]), "numbers" if kinds == {"number"} else "values")
    raise FitResultError(f"The hypermodel's fit must return {expected}, it returned {type(result).__name__}.")


def concluded(
    outcome: Outcome, history: Mapping[int, Metrics], heard: int, budget: int, objective: str, direction: str
) -> tuple[dict[int, Metrics], tuple[int, float]]:
    """Return what is to be committed when `fit` has returned, by epoch, and the best epoch with its score.

    What a dict or a number says counts before what any epoch did, and is of the model as `fit` leaves it. Of a
    `History` the best epoch counts; where none of them was heard of, it brings them along.

    Raises:
        FitResultError: it trained nothing and gave no value, or one that is no number.
    """
    if outcome.kind == "history":
        known = dict(history) or dict(enumerate(outcome.epochs, 1))
        if not known:
            raise FitResultError("The hypermodel's fit trained no epoch and gave no value.")
        last = max(known)
        first = 1 if len(outcome.epochs) >= heard else last - len(outcome.epochs) + 1
        best = best_epoch({epoch: told for epoch, told in known.items() if epoch >= first}, objective, direction)
        return ({last: known[last]} if history else known), best
    score = outcome.metrics[objective]
    if not math.isfinite(score):
        raise FitResultError(f"The hypermodel's fit returned {score} as {objective}.")
    last = max(history, default=budget)
    return {last: {**history.get(last, {}), **outcome.metrics}}, (last, score)


def _of_history(result: keras.callbacks.History, objective: str, direction: str) -> Outcome:
    """Take the epoch with the best value of the objective; a History without epochs says nothing."""
    told = result.history
    count = max(map(len, told.values()), default=0)
    epochs = [
        numbers({name: each[index] for name, each in told.items() if index < len(each)}) for index in range(count)
    ]
    if epochs and not any(objective in epoch for epoch in epochs):
        raise FitResultError(
            f"The hypermodel's fit returned a History of {', '.join(told)}, without the objective {objective!r}: "
            "pass validation_data on to model.fit, or choose another --objective."
        )
    known = {index: epoch for index, epoch in enumerate(epochs) if math.isfinite(epoch.get(objective, math.nan))}
    best = epochs[best_epoch(known, objective, direction)[0]] if known else {objective: math.nan} if epochs else {}
    return Outcome(best, "history", tuple(epochs))


def _averaged(parts: list[Metrics]) -> Metrics:
    """Average each metric over those that have it, as keras-tuner does."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: float(np.mean([part[name] for part in parts if name in part])) for name in names}


def _code_of(fit: Any) -> Any:
    """Return the code of a `fit`, equal in each run of its file."""
    function = getattr(fit, "func", fit)
    return getattr(getattr(function, "__func__", function), "__code__", function)


def _takes(fit: Callable[..., Any], name: str) -> bool:
    parameters = inspect.signature(fit).parameters.values()
    return any(p.kind is p.VAR_KEYWORD or p.name == name for p in parameters)
