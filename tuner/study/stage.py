"""The stage that a study has reached."""

from collections.abc import Set as AbstractSet

from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.plan import compared_models
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store


def stage_of(store: Store) -> str:
    """Return the stage of a study in the store."""
    sampled = store.array("sample_indices") is not None
    return stage(settings_of(store), store.fact("search_ended") is not None, store.evaluated(), sampled)


def stage(settings: StudySettings, searched: bool, evaluated: AbstractSet[str], sampled: bool) -> str:
    """Return the stage: search, retraining, or done once every model is tested on every seed.

    `evaluated` are the names of the runs that were tested; `sampled`: the test split was opened.
    """
    if not searched:
        return "search"
    wanted = {f"{model}-seed{seed}" for model in compared_models(settings) for seed in range(settings.compare_seeds)}
    return "done" if sampled and wanted <= evaluated else "retraining"
