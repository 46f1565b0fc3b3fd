"""The objective of a tuner: a name, KerasTuner's `Objective`, or a list of these."""

from dataclasses import dataclass
from typing import Any

from keras_tuner import Objective
from keras_tuner.engine.metrics_tracking import infer_metric_direction

from keras_search.errors import UsageError
from keras_search.tuner.study.objective import DEFAULT_OBJECTIVE, infer_direction
from keras_search.tuner.study.script import MULTI_OBJECTIVE


@dataclass(frozen=True)
class Goal:
    """The goal of a search: a metric and its direction, and its summands if there are several."""

    name: str
    direction: str
    parts: tuple[tuple[str, str], ...] = ()


def goal_of(objective: Any) -> Goal:
    """Read the argument `objective`; None is a number that the hypermodel's `fit` returns, where less is better.

    Raises:
        UsageError: KerasTuner does not accept it, or its direction is unknown.
    """
    if objective is None:
        return Goal(DEFAULT_OBJECTIVE, "min")
    if not isinstance(objective, list | tuple):
        return _single(objective)
    parts = [_single(each) for each in objective]
    if len(parts) < 2:
        raise UsageError("objective= as a list must hold at least two objectives: pass the only one without a list.")
    return Goal(MULTI_OBJECTIVE, "min", tuple((part.name, part.direction) for part in parts))


def _single(objective: Any) -> Goal:
    if isinstance(objective, Objective):
        if objective.direction not in ("min", "max"):
            raise UsageError(f"kt.Objective needs the direction 'min' or 'max', received {objective.direction!r}.")
        return Goal(str(objective.name), str(objective.direction))
    if not isinstance(objective, str):
        raise UsageError(f"objective= must be a text, a kt.Objective or a list of these, received {objective!r}.")
    try:
        direction = infer_metric_direction(objective) or infer_direction(objective)
    except UsageError:
        raise UsageError(
            f"The name {objective!r} does not say whether higher or lower is better: pass "
            f"objective=kt.Objective({objective!r}, 'max'), or 'min'."
        ) from None
    return Goal(objective, direction)
