"""Train a run epoch after epoch, with a checkpoint after each."""

import time
from collections.abc import Sequence
from contextlib import suppress

from keras_search.tuner.study import messages
from keras_search.tuner.training.engine import EpochRunner
from keras_search.tuner.training.run_state import RunState, TrialError
from keras_search.tuner.training.scripts.callbacks import learning_signature


def train_epochs(order: messages.Train, state: RunState) -> bool:
    """Train epoch after epoch; return whether it was completed, and not stopped by an order.

    Raises:
        TrialError: the model does not report the objective, or its loss is not a number.
        ChangedEngineError: the engine that has trained the run so far cannot train it here.
    """
    if not state.callbacks:
        return _train(order, state)
    for rung in range(state.callbacks.rung_after(order, state.trained), len(order.rungs)):
        if state.trained < order.rungs[rung] and not state.stopped:
            state.callbacks.begin(state.network.model, order.rungs[rung], state.trained)
            if not _train(order, state, order.rungs[rung]):
                return False
            state.callbacks.end(state.history[state.trained])
        if rung + 1 < len(order.rungs):
            state.callbacks.begin_rung(rung + 1)
            state.stopped = False
    return True


def _train(order: messages.Train, state: RunState, budget: int | None = None) -> bool:
    """Train until the run is over, or for `budget` epochs; return whether that was not cut short."""
    network, runner, rung, signature = state.network, None, 0, None
    while not state.is_over and (budget is None or state.trained < budget):
        if state.context.asked_to_stop():
            return False
        changed = bool(state.callbacks) and learning_signature(network.model) != signature
        if runner is None or state.trained == rung or changed:
            begin, rung = rung_around(order.rungs, state.trained)
            kernels = state.context.settings.kernels
            epochs, batch_size = rung - begin, network.batch_size
            if changed and runner is not None:  # by a callback, in any run of this trial at the same epoch
                state.engine = ""
            runner = EpochRunner(network.model, *state.arrays, batch_size, epochs, kernels, network.shuffle)
            state.train_by(runner.engine)
            signature = learning_signature(network.model)
        _train_epoch(state, runner)
    return True


def _train_epoch(state: RunState, runner: EpochRunner) -> None:
    started, run, epoch = time.perf_counter(), state.run, state.trained + 1
    with suppress(OSError):
        if state.context.logged:
            print(f"{run.name}: epoch {epoch} of {run.epochs}", flush=True)
    state.callbacks.begin_epoch(epoch)
    metrics = state.callbacks.end_epoch(epoch, runner.run(run.seed, epoch))
    metrics, objective = state.context.with_sum(metrics), state.context.settings.objective
    if objective not in metrics and run.role != "baseline":
        raise TrialError(f"The model has no metric {objective!r}: it has {', '.join(metrics)}.")
    state.commit(epoch, metrics, time.perf_counter() - started)


def rung_around(rungs: Sequence[int], trained: int) -> tuple[int, int]:
    """Return the beginning and end, in epochs from scratch, of the rung that trains the epoch after `trained`.

    How an epoch is compiled depends on the length of its rung; so it is the same epoch in a trial that repeats
    the rungs before it, because their checkpoint was lost.

    >>> rung_around((1, 3, 9), 4)
    (3, 9)
    """
    end = next(budget for budget in rungs if budget > trained)
    return max((budget for budget in rungs if budget <= trained), default=0), end
