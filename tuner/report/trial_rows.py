"""The rows of the table of trials as plain values, for readers that do without pandas."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from keras_search.tuner.study.records import Run
from keras_search.tuner.system.text import storable

TRIAL_COLUMNS = ("trial", "state", "score", "val_loss", "epochs", "best_epoch", "parameters", "parent", "error")


def hyperparameter_names(space: Mapping[str, Any], trials: Iterable[Run]) -> list[str]:
    """List the names of the search space, a fact of a study, and any that only a trial has, by the trials' names."""
    known = [parameter["config"]["name"] for parameter in space["space"]]
    used = (name for run in sorted(trials, key=lambda run: run.name) for name in run.hyperparameters)
    return list(dict.fromkeys([*known, *used]))


def headings(names: Sequence[str], taken: Sequence[str], before: str) -> list[str]:
    """Map each name to a heading of its own, with `before` as a prefix if a column has that name."""
    found: list[str] = []
    for name in map(storable, names):
        heading = name
        while heading in (*taken, *found):
            heading = before + heading
        found.append(heading)
    return found


def trial_row(run: Run, names: Sequence[str], loss: float | None) -> list[object]:
    """Return the values of a trial, in the order of `TRIAL_COLUMNS` and then of its hyperparameters `names`."""
    row = [run.name, run.state.value, run.score, loss, run.trained, run.best_epoch, run.parameters, run.parent or "",
           run.error or ""]  # fmt: skip
    values = (run.hyperparameters.get(name) for name in names)
    return [*row, *(storable(value) if isinstance(value, str) else value for value in values)]
