"""Measure what each hyperparameter contributes: from the first settings to the best ones, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_tuner import HyperParameters

from keras_search.models import BASELINES
from keras_search.tuner.report import frames
from keras_search.tuner.report.contents import hyperparameters
from keras_search.tuner.report.importance import importance
from keras_search.tuner.space import walk as spaces
from keras_search.tuner.study.plan import ABLATION_SEEDS
from keras_search.tuner.study.records import Kind, Run, Values
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.seeds import derive_seed


@dataclass(frozen=True)
class Step:
    """One step: the hyperparameter that it changes (empty at the start), and all values after it."""

    hyperparameter: str
    values: Values


def plan_of(study: Path, settings: StudySettings) -> list[Run]:
    """Plan the ablation of a finished search, the most important hyperparameter first; `study` is its folder."""
    with Store.read(study) as store:
        space = HyperParameters.from_config(store.fact("space"))
        best = store.runs[store.fact("best")].hyperparameters
        trials = frames.trials(store)
    ranked = importance(trials, hyperparameters(trials), settings.direction, settings.seed)["hyperparameter"]
    order = list(dict.fromkeys([*ranked, *best]))
    return planned_ablation(settings, ablation_path(space, start_values(settings, space), best, order))


def ablation_path(space: HyperParameters, start: Values, best: Values, order: Sequence[str]) -> list[Step]:
    """Walk from `start` to `best`, changing one hyperparameter per step, the first of `order` that differs.

    A hyperparameter that a step makes active takes its best value with that step. After Fawcett and Hoos (2016),
    "Analysing differences between algorithm configurations through ablation", with a given order instead of
    their greedy one, which needs a training for each pair of hyperparameters.
    """
    values = _active(space, {**best, **start})
    steps = [Step("", values)]
    while (name := _first_difference(values, best, order)) is not None:
        values = _active(space, {**best, **values, name: best[name]})
        steps.append(Step(name, values))
    return steps


def start_values(settings: StudySettings, space: HyperParameters) -> Values:
    """Return the first baseline's settings in the hypermodel's terms: for `mlp` its own, else the defaults."""
    first = settings.baselines[0]
    return BASELINES[first].as_mlp if settings.hypermodel == "mlp" and first in BASELINES else spaces.defaults(space)


def default_values(space: dict[str, Any]) -> Values:
    """Return the default values of a search space, from its configuration."""
    return spaces.defaults(HyperParameters.from_config(space))


def planned_ablation(settings: StudySettings, steps: Sequence[Step]) -> list[Run]:
    """List the trainings of every step, seed by seed, each over the full budget of epochs."""
    return [
        Run(
            name=f"ablation-{number:02d}-seed{index}",
            kind=Kind.ABLATION,
            model=step.hyperparameter,
            role="ablation",
            hyperparameters=step.values,
            seed=derive_seed(settings.seed, "ablation", index),
            epochs=settings.max_epochs,
        )
        for index in range(ABLATION_SEEDS)
        for number, step in enumerate(steps)
    ]


def _active(space: HyperParameters, values: Values) -> Values:
    """Return the active ones of `values`, and the defaults of active hyperparameters without a value."""
    return spaces.fill(space, lambda parameter: values.get(parameter.name, parameter.default))


def _first_difference(values: Values, best: Values, order: Sequence[str]) -> str | None:
    differing = (name for name in order if name in values and name in best and values[name] != best[name])
    return next(differing, None)
