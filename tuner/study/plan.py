"""Plan the retrainings of a study: which models, on which fresh seeds."""

from collections.abc import Sequence

from keras_search.models import BASELINES
from keras_search.models.baselines import DEFAULTS, longer, recipe_of
from keras_search.tuner.study.records import TUNED, Kind, Run, Values, Work
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.seeds import derive_seed

ABLATION_SEEDS = 3
"""The number of fresh seeds that every step of an ablation is trained on."""


def planned_runs(settings: StudySettings, best: Run, defaults: Values | None = None) -> list[Run]:
    """List the retrainings, seed by seed: seed `i` gives every model the same fresh seed.

    `defaults` are the hypermodel's default values, which the baseline of that name is trained with.
    """
    runs = []
    for index in range(settings.compare_seeds):
        seed = derive_seed(settings.seed, "compare", index)
        runs.append(
            Run(f"{TUNED}-seed{index}", Kind.RETRAIN, TUNED, "tuned", best.hyperparameters, seed, settings.max_epochs)
        )
        for name in compared_baselines(settings):
            if name == DEFAULTS:
                as_they_are = dict(defaults or {}), seed, settings.max_epochs
                runs.append(Run(f"{name}-seed{index}", Kind.RETRAIN, name, "defaults", *as_they_are))
            else:
                runs.append(
                    Run(f"{name}-seed{index}", Kind.RETRAIN, name, "baseline", {}, seed, recipe_of(name).epochs)
                )
    return runs


def planned_comparison(settings: StudySettings) -> Work:
    """Count the retrainings, and their epochs at most."""
    return work_of(planned_runs(settings, Run(TUNED, Kind.TRIAL, TUNED, "trial", {}, 0, settings.max_epochs)))


def work_of(runs: Sequence[Run]) -> Work:
    """Count runs, and their epochs at most."""
    return Work(len(runs), sum(run.epochs for run in runs))


def compared_baselines(settings: StudySettings) -> list[str]:
    """List the baselines of the comparison, in the order of the study, then those trained as long as the tuned model.

    The latter exist if fair epochs are set and a baseline's own recipe has a different number of epochs.
    """
    named = list(settings.baselines)
    if not settings.fair_epochs:
        return named
    other = (name for name in named if name in BASELINES and BASELINES[name].epochs != settings.max_epochs)
    return [*named, *(longer(name, settings.max_epochs) for name in other)]


def compared_models(settings: StudySettings) -> list[str]:
    """List all models of the comparison, the tuned one first."""
    return [TUNED, *compared_baselines(settings)]


def seed_index(run: Run) -> int:
    """Return the index, from 0, of the fresh seed that a retraining used."""
    return int(run.name.rpartition("-seed")[2])
