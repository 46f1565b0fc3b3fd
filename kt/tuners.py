"""The four tuners under KerasTuner's other name for them: `from keras_search.kt.tuners import Hyperband`."""

from typing import Any

from keras_search import kt
from keras_search.tuner.api.tuners.kinds import BayesianOptimization, GridSearch, Hyperband, RandomSearch

__all__ = ["BayesianOptimization", "GridSearch", "Hyperband", "RandomSearch"]


def __getattr__(name: str) -> Any:
    if name in ("Tuner", "SklearnTuner"):
        raise kt.not_here(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
