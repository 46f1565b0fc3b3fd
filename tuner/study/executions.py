"""The executions of a trial: its further trainings on their own seeds; its score is the mean of all."""

import itertools
from dataclasses import replace

from keras_search.tuner.study.records import Kind, Run, State
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.seeds import derive_seed

RETRIED = "retried"
"""The event of a failed trial that is trained again."""


def execution_name(trial: str, number: int) -> str:
    """Name the `number`-th further training of a trial, counted from 2."""
    return f"{trial}.x{number}"


def executions_of(trial: Run, count: int) -> list[Run]:
    """List the further trainings of a trial that is trained `count` times; a promoted one continues its parent's."""
    return [
        replace(
            trial,
            name=execution_name(trial.name, number),
            kind=Kind.EXECUTION,
            role="execution",
            seed=derive_seed(trial.seed, "execution", number),
            parent=execution_name(trial.parent, number) if trial.parent else None,
            state=State.RUNNING,
            attempts=0,
            deaths=0,
            score=None,
            best_epoch=None,
            error=None,
        )
        for number in range(2, count + 1)
    ]


def mean_score(store: Store, trial: str, score: float) -> float:
    """Return the mean of a trial's own score and those of its further trainings."""
    further = (store.runs.get(execution_name(trial, number)) for number in itertools.count(2))
    others = itertools.takewhile(lambda run: run is not None, further)
    scores = [score, *(run.score for run in others if run is not None and run.score is not None)]
    return sum(scores) / len(scores)


def retries_of(store: Store, trial: str) -> int:
    """Count how often a failed trial was trained again."""
    return sum(kind == RETRIED and run == trial for _, kind, run, _ in store.events())


def failures_in_row(store: Store) -> list[Run]:
    """List the failed trials at the end of those that have ended, in the order of their start, the last one last."""
    failed: list[Run] = []
    trials = store.of_kind(Kind.TRIAL)
    for run in (trials[name] for name in reversed(trials)):
        if run.state is State.FAILED and TOO_LARGE not in (run.error or ""):
            failed.append(run)
        elif run.finished:
            break
    return failed[::-1]


TOO_LARGE = "more than max_model_size="
"""The mark in the reason of a model that is too large to be trained, which is no failure of the hypermodel."""
