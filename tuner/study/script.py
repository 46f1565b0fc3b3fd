"""What a script in KerasTuner's manner decides beside the settings that every study has."""

from typing import Any

from pydantic import BaseModel, ConfigDict

ARRAYS = "arrays"
STREAM = "stream"
"""What the data set of a script is called: arrays, of which the study keeps a copy, or what gives batches."""
MULTI_OBJECTIVE = "multi_objective"
"""What KerasTuner calls the sum of several objectives, those to maximize subtracted; less of it is better."""


class ScriptSettings(BaseModel):
    """The arguments of a tuner and of its `search` that decide the result and no other setting holds.

    `executions` is how often each trial is trained on seeds of its own; its score is the mean. `retries` is how often
    a failed trial is trained again on another seed, `failures_in_row` after how many failed trials the search ends.
    `initial_points`, `alpha` and `beta` are those of Bayesian optimization. `entries` is the search space that the
    script registers in advance, as KerasTuner's configuration; `tune_new_entries` and `allow_new_entries` say what
    becomes of the other hyperparameters. `objectives` are names and directions where there are several. `fit` and
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
