"""Train a run epoch after epoch, with a checkpoint after each."""

import time
from collections.abc import Sequence
from contextlib import suppress

from keras_search.tuner.study import messages
from keras_search.tuner.training.engine import EpochRunner
from keras_search.tuner.training.run_state import RunState, TrialError


def train_epochs(order: messages.Train, state: RunState) -> bool:
    """Train epoch after epoch; whether that came to its end, not to an order to stop.

    Raises:
        TrialError: the model does not report the objective, or its loss is no number.
        ChangedEngineError: what has trained the run so far cannot train it here.
    """
    runner, rung = None, 0
    while not state.is_over:
        if state.context.asked_to_stop():
            return False
        if runner is None or state.trained == rung:
            begin, rung = rung_around(order.rungs, state.trained)
            network = state.network
            kernels = state.context.settings.kernels
            runner = EpochRunner(network.model, *state.arrays, network.batch_size, rung - begin, kernels)
            state.train_by(runner.engine)
        _train_epoch(state, runner)
    return True


def _train_epoch(state: RunState, runner: EpochRunner) -> None:
    started, run, epoch = time.perf_counter(), state.run, state.trained + 1
    with suppress(OSError):
        print(f"{run.name}: epoch {epoch} of {run.epochs}", flush=True)
    metrics = runner.run(run.seed, epoch)
    objective = state.context.settings.objective
    if objective not in metrics and run.role != "baseline":
        raise TrialError(f"The model has no metric {objective!r}: it has {', '.join(metrics)}.")
    state.commit(epoch, metrics, time.perf_counter() - started)


def rung_around(rungs: Sequence[int], trained: int) -> tuple[int, int]:
    """Give where the rung begins and ends, in epochs from scratch, that trains the epoch after `trained`.

    How an epoch is compiled depends on the length of its rung; so it is the same epoch in a trial that repeats
    the rungs before it, because their checkpoint was lost.

    >>> rung_around((1, 3, 9), 4)
    (3, 9)
    """
    end = next(budget for budget in rungs if budget > trained)
    return max((budget for budget in rungs if budget <= trained), default=0), end
