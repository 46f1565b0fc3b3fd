"""Train a run by the user's own `HyperModel.fit`: one call, whose epochs are committed as they end."""

import time
from contextlib import suppress
from typing import Any

import keras

from keras_search.tuner.study import messages
from keras_search.tuner.study.records import Kind, Metrics
from keras_search.tuner.study.script import MULTI_OBJECTIVE
from keras_search.tuner.training import own_fit
from keras_search.tuner.training.belief import check_belief
from keras_search.tuner.training.engine import OWN_FIT
from keras_search.tuner.training.run_state import RunState
from keras_search.tuner.training.shuffling import EpochOrder


def train_by_own_fit(order: messages.Train, state: RunState) -> bool:
    """Train by the user's own `fit` after the epochs that are trained; return whether it was completed.

    Raises:
        RestartError: it must begin with the run's first epoch.
        RepeatError: it must begin where the run began, whose parent's epochs it does not know.
    """
    with suppress(own_fit.LeftError):
        if state.result is None and not _has_history(order, state):
            _train(order, state)
        return True
    return False


def _has_history(order: messages.Train, state: RunState) -> bool:
    """Return whether a run's last epochs were trained by a `fit` that returned their `History`, so nothing is left.

    A parent whose `fit` returned values has stored their result.
    """
    ended = bool(state.history) and state.is_full
    history_alone = state.network.plain_fit or state.context.fit_knowledge.gives_values is False
    return ended and (order.source != state.run.name or history_alone)


def _train(order: messages.Train, state: RunState) -> None:
    """Call the user's `fit` once; commit each epoch that it reports, and its result."""
    run, began = state.run, time.perf_counter()
    if state.stopped:
        raise own_fit.RestartError("a callback has ended its fit, which returned nothing")
    state.train_by(OWN_FIT)

    def on_epoch(epoch: int, metrics: Metrics) -> bool:
        nonlocal began
        state.commit(epoch, metrics, time.perf_counter() - began)
        began = time.perf_counter()
        over = (watch.passed >= run.epochs and not state.network.ends_itself) or state.lost_patience
        if not over and state.context.asked_to_stop():
            raise own_fit.LeftError
        return not over

    shuffled = EpochOrder(run.seed)
    go_on = state.callbacks.going_on(state.network.model, state.trained)
    watch = own_fit.Watch(on_epoch, state.trained, shuffled, state.callbacks.callbacks, go_on)
    _check_continued(order, state, watch)
    shuffled.begin(watch.first)
    needed = run.kind is Kind.RETRAIN and not state.history
    first = not state.history
    before = _weights(state)
    with shuffled.shuffling(), own_fit.training(state.network.model, watch, needed):
        returned = _call(state, watch)
    state.untrained = bool(before and (first or watch.heard)) and own_fit.untrained(state.network.model, before, watch)
    state.network.check_asked()
    outcome = _outcome_of(order, state, watch, returned)
    metrics, result = own_fit.concluded(outcome, state.history, watch.heard, run.epochs, *state.context.objective)
    seconds = time.perf_counter() - began if max(metrics) not in state.seconds else 0.0
    _commit_returned(state, metrics, result, seconds / len(metrics))


def _weights(state: RunState) -> list[Any]:
    """Return the weights of a script's model, none if no fit of its own trains it."""
    if state.context.settings.script is None or state.network.plain_fit:
        return []
    return [weight.numpy() for weight in state.network.model.weights]


def _call(state: RunState, watch: own_fit.Watch) -> Any:
    """Call the user's `fit` after the epochs that are trained, to which it adds none if these are all."""
    complete = state.is_over
    try:
        fit, validation = (None, None) if state.network.call is not None else state.arrays
        returned = own_fit.call(state.network, fit, validation, state.run.epochs, watch)
    except Exception:
        if complete and not watch.heard:
            raise own_fit.RestartError(own_fit.LOST) from None
        raise
    if watch.first and not watch.heard and not complete:
        raise own_fit.RestartError(own_fit.OTHER_EPOCH)
    return returned


def _outcome_of(order: messages.Train, state: RunState, watch: own_fit.Watch, returned: Any) -> own_fit.Outcome:
    """Read the result of `fit`, and make sure that it belongs to the run's epochs and is possible for its name."""
    objective, direction = state.context.objective
    _add_sums(state, returned)
    outcome = own_fit.outcome_of(returned, objective, direction)
    state.context.fit_knowledge.gives_values = outcome.kind != "history"
    _check_continued(order, state, watch)
    score = outcome.metrics.get(objective)
    check_belief(objective, score, state.network.model, composed=outcome.kind == "values")
    return outcome


def _commit_returned(
    state: RunState, metrics_by_epoch: dict[int, Metrics], result: tuple[int, float], seconds: float
) -> None:
    """Commit the result of `fit`, `seconds` more for each epoch; the last one includes the result."""
    for epoch, metrics in metrics_by_epoch.items():
        state.result = result if epoch == max(metrics_by_epoch) else None
        if state.history.get(epoch) != metrics:
            state.commit(epoch, metrics, state.seconds.get(epoch, 0.0) + seconds)


def _add_sums(state: RunState, returned: Any) -> None:
    """Add the sum of several objectives to a `History`, for each epoch."""
    script = state.context.settings.script
    if script is None or not script.objectives or not isinstance(returned, keras.callbacks.History):
        return
    names = [name for name, _ in script.objectives]
    columns = [returned.history.get(name, []) for name in names]
    epochs = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    returned.history[MULTI_OBJECTIVE] = [state.context.with_sum(each)[MULTI_OBJECTIVE] for each in epochs]


def _check_continued(order: messages.Train, state: RunState, watch: own_fit.Watch) -> None:
    """Begin again if a run was interrupted and its `fit` returns values, which are for all of the run's epochs."""
    if state.context.fit_knowledge.gives_values and watch.first and order.source == state.run.name:
        own = state.run.parent is None
        raise own_fit.RestartError(own_fit.LOST) if own else own_fit.RepeatError(own_fit.LOST)
