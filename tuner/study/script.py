"""The settings of a KerasTuner-style script beside those of every study."""

from typing import Any

from pydantic import BaseModel, ConfigDict

ARRAYS = "arrays"
STREAM = "stream"
"""The names of a script's data set: arrays, of which the study stores a copy, or a stream of batches."""
MULTI_OBJECTIVE = "multi_objective"
"""KerasTuner's name for the sum of several objectives, those to maximize subtracted; less is better."""


class ScriptSettings(BaseModel):
    """The arguments of a tuner and of its `search` that decide the result and are in no other setting.

    `executions` is how often each trial is trained on its own seeds; its score is the mean. `retries` is how often a
    failed trial is trained again on another seed, `failures_in_row` after how many failed trials the search ends.
    `initial_points`, `alpha` and `beta` are those of Bayesian optimization. `entries` is the search space that the
    script registers in advance, as KerasTuner's configuration; `tune_new_entries` and `allow_new_entries` decide
    about other hyperparameters. `objectives` are names and directions if there are several. `fit` and
    `compiled` are the arguments of `model.fit` and the overrides of `compile` as text, `callbacks` the names of their
    classes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    executions: int = 1
    retries: int = 0
    failures_in_row: int = 3
    initial_points: int | None = None
    alpha: float = 1e-4
    beta: float = 2.6
    max_model_size: int | None = None
    tune_new_entries: bool = True
    allow_new_entries: bool = True
    entries: dict[str, Any] | None = None
    objectives: tuple[tuple[str, str], ...] = ()
    fit: dict[str, str] = {}
    compiled: dict[str, str] = {}
    callbacks: tuple[str, ...] = ()
