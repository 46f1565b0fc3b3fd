"""Propose trials: keras-tuner's four oracles, each as a pure function of the settings and the trials so far.

keras-tuner's oracles change with every call, so their proposals depend on the order of the calls. These learn the
study's trials one by one, and those are their whole state: a proposal is a function of the trials, the seed, its
place in the schedule and the hyperparameter's name, and a trial is named after its place.
"""

from collections.abc import Callable

from keras_tuner import HyperParameters

from keras_search.tuner.oracles.base import Oracle
from keras_search.tuner.oracles.bayesian import BayesianOptimization
from keras_search.tuner.oracles.grid_search import GridSearch
from keras_search.tuner.oracles.hyperband import Hyperband
from keras_search.tuner.oracles.random_search import RandomSearch
from keras_search.tuner.study.settings import StudySettings

__all__ = [
    "BayesianOptimization",
    "GridSearch",
    "Hyperband",
    "Oracle",
    "RandomSearch",
    "make_oracle",
]


def make_oracle(settings: StudySettings, space: HyperParameters) -> Oracle:
    """Make the oracle for `settings.tuner`."""
    kinds: dict[str, Callable[[StudySettings, HyperParameters], Oracle]] = {
        "random": RandomSearch,
        "hyperband": Hyperband,
        "bayesian": BayesianOptimization,
        "grid": GridSearch,
    }
    return kinds[settings.tuner](settings, space)
