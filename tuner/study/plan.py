"""Plan the retrainings of a study: which models, on which fresh seeds."""

from keras_search.models import BASELINES
from keras_search.tuner.study.records import TUNED, Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.system.seeds import derive_seed


def planned_runs(settings: StudySettings, best: Run) -> list[Run]:
    """List the retrainings, seed by seed: seed `i` gives every model the same fresh seed."""
    runs = []
    for index in range(settings.compare_seeds):
        seed = derive_seed(settings.seed, "compare", index)
        runs.append(
            Run(f"{TUNED}-seed{index}", Kind.RETRAIN, TUNED, "tuned", best.hyperparameters, seed, settings.max_epochs)
        )
        for name in settings.baselines:
            recipe = BASELINES[name]
            runs.append(Run(f"{name}-seed{index}", Kind.RETRAIN, name, "baseline", {}, seed, recipe.epochs))
    return runs


def seed_index(run: Run) -> int:
    """Give which of the fresh seeds a retraining used, counted from 0."""
    return int(run.name.rpartition("-seed")[2])
