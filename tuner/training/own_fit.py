"""Train by a user's own `HyperModel.fit`: one call a run, watched epoch by epoch where it passes its callbacks on.

What `fit` is given is what keras-tuner's `search(x, y, validation_data=...)` gives it: `epochs`, `initial_epoch`
and `callbacks` as well, unless its own code sets them or its signature has no place for them.
"""

import collections
import inspect
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keras_search.errors import KerasSearchError
from keras_search.tuner.data.tree import Examples
from keras_search.tuner.study.records import Metrics
from keras_search.tuner.training.compiled.fresh_start import keep_nothing
from keras_search.tuner.training.networks import Network
from keras_search.tuner.training.shuffling import EpochOrder

OnEpoch = Callable[[int, Metrics], bool]
"""Takes an epoch, counted from 1, and its metrics; says whether to train on."""

OTHER_EPOCH = "its fit does not begin at initial_epoch"

_CONFLICT = re.compile(r"got multiple values for (?:keyword )?argument '(\w+)'")


class FitResultError(KerasSearchError):
    """Say that what a `fit` returned is none of what keras-tuner takes."""


class RestartError(BaseException):
    """Say why a `fit` must be called from its first epoch; past `except Exception` of the user's."""


class LeftError(BaseException):
    """Leave a `fit` after an epoch, as was asked; past `except Exception` of the user's."""


@dataclass
class Watch:
    """Hear of the epochs of one `fit`: `first` is the epoch it is to begin with, counted from 0."""

    on_epoch: OnEpoch
    first: int = 0
    order: EpochOrder | None = None
    seen: list[str] = field(default_factory=list)
    last: int = 0

    def callback(self) -> keras.callbacks.Callback:
        """Give the callback to pass to `fit`."""
        callback = keras.callbacks.LambdaCallback()

        def begin(epoch: int, logs: Any = None) -> None:  # noqa: ARG001 - the name is part of the call
            self.check_first(epoch)
            if self.order is not None:
                self.order.begin(epoch)

        def end(epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            self.check_first(epoch)
            if not self.end_epoch(epoch, logs or {}) and callback.model is not None:
                callback.model.stop_training = True

        callback.on_epoch_begin, callback.on_epoch_end = begin, end
        return callback

    def check_first(self, epoch: int) -> None:
        """Leave if the first epoch is not the one to begin with."""
        if self.last == 0 and epoch != self.first:
            raise RestartError(OTHER_EPOCH)

    def end_epoch(self, epoch: int, logs: Mapping[str, Any]) -> bool:
        """Pass an epoch on; a second `model.fit` in the same `fit` counts on where the first ended."""
        metrics = numbers(logs)
        self.seen += [name for name in metrics if name not in self.seen]
        self.last = max(epoch + 1, self.last + 1)
        return self.on_epoch(self.last, metrics)


def call(network: Network, fit: Examples, validation: Examples, epochs: int, watch: Watch) -> Any:
    """Call the user's `fit` and give what it returns.

    Raises:
        RestartError: it begins at another epoch than `watch.first`.
        Exception: whatever the user's code raises.
    """
    assert network.custom_fit is not None
    keep_nothing()
    x, y, *weights = fit
    given = {
        **({"sample_weight": weights[0]} if weights else {}),
        "validation_data": validation,
        "epochs": epochs,
        "initial_epoch": watch.first,
        "callbacks": [watch.callback()],
        "verbose": 2,
    }
    given = {name: value for name, value in given.items() if _takes(network.custom_fit, name)}
    while True:
        try:
            return network.custom_fit(x, y, **given)
        except TypeError as error:
            conflict = _CONFLICT.search(str(error))
            if conflict is None or conflict[1] not in given or watch.last:
                raise
            del given[conflict[1]]


def rehearse(network: Network, fit: Examples, validation: Examples) -> None:
    """Run the user's `fit` with a `model.fit` that trains nothing, for the hyperparameters that it asks for."""

    def pretend(*_: Any, **__: Any) -> keras.callbacks.History:
        history = keras.callbacks.History()
        history.history = collections.defaultdict(lambda: [0.0])
        return history

    network.model.fit = pretend
    with suppress(Exception):
        call(network, fit, validation, 1, Watch(lambda _epoch, _metrics: True))


def returned(result: Any, objective: str) -> Metrics:
    """Give the metrics that a `fit` returned, as keras-tuner reads them; none for a `History`, which was watched.

    Raises:
        FitResultError: it is neither a History nor a dict with the objective, a number or a list of these.
    """
    expected = "a History, a dict of metrics, the objective's value or a list of these"
    if result is None:
        raise FitResultError(f"The hypermodel's fit returned nothing: end it with `return` and {expected}.")
    if isinstance(result, keras.callbacks.History):
        return {}
    if isinstance(result, int | float | np.floating | np.integer):
        return {objective: float(result)}
    if isinstance(result, Mapping):
        if objective not in result:
            raise FitResultError(
                f"The hypermodel's fit returned {', '.join(map(str, result)) or 'an empty dict'}, "
                f"without the objective {objective!r}: add it, or choose another --objective."
            )
        return numbers(result)
    if isinstance(result, list) and result:
        return _averaged([returned(each, objective) or _best(each, objective) for each in result])
    raise FitResultError(f"The hypermodel's fit must return {expected}, it returned {type(result).__name__}.")


def numbers(logs: Mapping[str, Any]) -> Metrics:
    """Give the entries that are single numbers."""
    arrays = {str(name): np.asarray(value) for name, value in logs.items() if not isinstance(value, list | tuple)}
    return {name: float(a.item()) for name, a in arrays.items() if a.size == 1 and a.dtype.kind in "biuf"}


def _averaged(parts: list[Metrics]) -> Metrics:
    names = [name for name in parts[0] if all(name in part for part in parts)]
    return {name: float(np.mean([part[name] for part in parts])) for name in names}


def _best(history: keras.callbacks.History, objective: str) -> Metrics:
    """Give the objective's last value; of several executions no single epoch is the best."""
    return {objective: float(history.history[objective][-1])} if objective in history.history else {}


def _takes(fit: Callable[..., Any], name: str) -> bool:
    parameters = inspect.signature(fit).parameters.values()
    return any(p.kind is p.VAR_KEYWORD or p.name == name for p in parameters)
