"""The stage that a study has reached."""

from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.plan import compared_models
from keras_search.tuner.study.store import Store


def stage_of(store: Store) -> str:
    """Return the stage of a study: search, retraining, or done once every model is tested on every seed."""
    settings = settings_of(store)
    if store.fact("search_ended") is None:
        return "search"
    seeds, models = range(settings.compare_seeds), compared_models(settings)
    tested = {f"{model}-seed{seed}" for model in models for seed in seeds} <= store.evaluated()
    return "done" if tested and store.array("sample_indices") is not None else "retraining"
