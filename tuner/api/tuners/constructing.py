"""The arguments of a tuner's constructor: checked, refused by name, and converted to settings of a study."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from keras_tuner import HyperModel, HyperParameters

from keras_search.errors import UsageError
from keras_search.tuner.api.tuners.describing import described
from keras_search.tuner.api.tuners.metric_names import named_anew
from keras_search.tuner.api.tuners.objectives import Goal, goal_of
from keras_search.tuner.study.script import ScriptSettings
from keras_search.tuner.training.scripts.carried import Overrides

DIRECTORY, PROJECT_NAME = ".", "untitled_project"
"""KerasTuner's defaults."""
OF_KERAS_TUNER = ("oracle.json", "tuner*.json", "trial_*/trial.json")
"""The files by which a project of KerasTuner's is known, an interrupted one too."""
REFUSED = {
    "distribution_strategy": "each trial is trained by one worker; workers= says how many there are at once",
    "logger": "KerasTuner no longer takes a logger either; the study and its report record the search",
    "tuner_id": "there is no chief and no worker to start by hand; workers= says how many trials are trained at once",
}
"""KerasTuner's arguments that are refused, and what to do instead."""


class BuildFunction(HyperModel):  # type: ignore[misc]
    """The hypermodel of a function `build(hp)`."""

    def __init__(self, build: Callable[[Any], Any]) -> None:
        super().__init__()
        self.build = build


@dataclass(frozen=True)
class Construction:
    """The checked arguments of a tuner."""

    hypermodel: HyperModel
    goal: Goal
    script: ScriptSettings
    overrides: Overrides
    seed: int
    place: Path
    overwrite: bool
    workers: int | None
    threads: int


def construction(
    *,
    hypermodel: Any,
    objective: Any,
    seed: int | None,
    hyperparameters: HyperParameters | None,
    tune_new_entries: bool,
    allow_new_entries: bool,
    max_retries_per_trial: int,
    max_consecutive_failed_trials: int,
    shared: dict[str, Any],
    **of_the_tuner: Any,
) -> Construction:
    """Check the arguments that all tuners have; `shared` are those that KerasTuner's base class takes.

    Raises:
        UsageError: one is refused, unknown, or invalid.
    """
    given = {**DEFAULTS, **_accepted(shared)}
    goal = goal_of(objective)
    if given["metrics"] is not None:
        names = [name for name, _ in goal.parts] or [goal.name]
        given["metrics"] = named_anew(given["metrics"], names)
    entries = _entries(hyperparameters, tune_new_entries, allow_new_entries)
    script = ScriptSettings(
        executions=_at_least(1, executions_per_trial=given["executions_per_trial"]),
        retries=_at_least(0, max_retries_per_trial=max_retries_per_trial),
        failures_in_row=_at_least(1, max_consecutive_failed_trials=max_consecutive_failed_trials),
        max_model_size=given["max_model_size"],
        tune_new_entries=bool(tune_new_entries),
        allow_new_entries=bool(allow_new_entries),
        entries=entries,
        compiled={name: described(given[name]) for name in ("optimizer", "loss", "metrics") if given[name] is not None},
        **of_the_tuner,
    )
    return Construction(
        hypermodel=hypermodel_of(hypermodel),
        goal=goal,
        script=script.model_copy(update={"objectives": goal.parts}),
        overrides=Overrides(given["optimizer"], given["loss"], given["metrics"]),
        seed=0 if seed is None else _at_least(0, seed=seed),
        place=_place(given["directory"], given["project_name"]),
        overwrite=bool(given["overwrite"]),
        workers=None if given["workers"] == "auto" else _at_least(1, workers=given["workers"]),
        threads=_at_least(1, threads=given["threads"]),
    )


def _entries(hyperparameters: HyperParameters | None, tuned: bool, allowed: bool) -> dict[str, Any] | None:
    if hyperparameters is not None:
        config: dict[str, Any] = hyperparameters.get_config()
        return config
    if tuned and allowed:
        return None
    name = "allow_new_entries" if tuned else "tune_new_entries"
    raise UsageError(f"{name}=False needs the search space: pass it as hyperparameters=.")


DEFAULTS: dict[str, Any] = {
    "max_model_size": None, "optimizer": None, "loss": None, "metrics": None, "directory": None, "project_name": None,
    "overwrite": False, "executions_per_trial": 1, "workers": "auto", "threads": 1,
}  # fmt: skip
"""The keyword arguments of every tuner, with their defaults; the last two are ours."""


def hypermodel_of(hypermodel: Any) -> HyperModel:
    """Return a tuner's argument as a hypermodel.

    Raises:
        UsageError: it is neither a function nor an instance of `HyperModel`.
    """
    if isinstance(hypermodel, HyperModel):
        return hypermodel
    if hypermodel is None:
        raise UsageError(
            "hypermodel= is missing: pass a function build(hp) or a kt.HyperModel. The code of a subclass's run_trial "
            "goes into HyperModel.fit(self, hp, model, *args, **kwargs)."
        )
    if isinstance(hypermodel, type):
        raise UsageError(f"hypermodel= must be an instance, received a class: pass {hypermodel.__name__}().")
    if not callable(hypermodel):
        raise UsageError(f"hypermodel= must be a function build(hp) or a kt.HyperModel, received {hypermodel!r}.")
    return BuildFunction(hypermodel)


def _accepted(shared: dict[str, Any]) -> dict[str, Any]:
    for name, value in shared.items():
        if name in REFUSED and value is not None:
            raise UsageError(f"{name}= is not accepted: {REFUSED[name]}. Leave it out.")
        if name not in REFUSED and name not in DEFAULTS:
            raise UsageError(f"Unknown argument {name}=. Known beside the tuner's own: {', '.join(DEFAULTS)}.")
    return {name: value for name, value in shared.items() if name not in REFUSED}


def _at_least(least: int, **argument: Any) -> int:
    ((name, value),) = argument.items()
    if not is_whole(value) or value < least:
        raise UsageError(f"{name}= must be a whole number of at least {least}, received {value!r}.")
    return int(value)


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number, of Python or of NumPy."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _place(directory: Any, project_name: Any) -> Path:
    place = Path(directory or DIRECTORY) / str(project_name or PROJECT_NAME)
    if place.name in ("", ".", ".."):
        raise UsageError(f"project_name= must be the name of a folder, received {project_name!r}.")
    if any(any(place.glob(name)) for name in OF_KERAS_TUNER):
        raise UsageError(
            f"{place} holds a project of KerasTuner's, which is left as it is: choose another project_name=, or read "
            "it with `import keras_tuner as kt`."
        )
    return place
