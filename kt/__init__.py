"""KerasTuner's names on this engine: `from keras_search import kt` in place of `import keras_tuner as kt`."""

from typing import TYPE_CHECKING, Any

from keras_search.errors import UsageError

if TYPE_CHECKING:
    from keras_tuner import HyperModel, HyperParameters, Objective

    from keras_search.kt import applications, errors, tuners
    from keras_search.tuner.api.tuners.kinds import BayesianOptimization, GridSearch, Hyperband, RandomSearch

OURS = ("BayesianOptimization", "GridSearch", "Hyperband", "RandomSearch")
HANDED_ON = ("HyperModel", "HyperParameters", "Objective")
"""KerasTuner's own classes."""
MODULES = ("applications", "errors", "tuners")
"""KerasTuner's modules that are here too."""
NOT_HERE = {
    "Tuner": "move the code of run_trial to the fit of a kt.HyperModel, for kt.RandomSearch, kt.Hyperband, "
    "kt.BayesianOptimization or kt.GridSearch",
    "SklearnTuner": "models of scikit-learn are tuned by sklearn.model_selection.RandomizedSearchCV, or by KerasTuner "
    "itself: import keras_tuner",
    "Oracle": "the four tuners have theirs; for your own: import keras_tuner",
    "synchronized": "there is no oracle to decorate; for your own: import keras_tuner",
    "oracles": "the four tuners have theirs; for your own: import keras_tuner",
    "engine": "the parts that scripts need are here: kt.HyperModel, kt.HyperParameters, kt.Objective",
}
"""KerasTuner's names that are missing here, and what to do."""
__all__ = ["BayesianOptimization", "GridSearch", "HyperModel", "HyperParameters", "Hyperband", "Objective",
           "RandomSearch", "applications", "errors", "tuners"]  # fmt: skip
__version__ = "1.4.8"
"""The version of KerasTuner whose names these are."""


def __getattr__(name: str) -> Any:
    """Import a name on first use, so that a script starts at once.

    Raises:
        UsageError: KerasTuner has it, and this module does not.
    """
    if name in OURS:
        from keras_search.tuner.api.tuners import kinds

        return getattr(kinds, name)
    if name in HANDED_ON:
        import keras_tuner

        return getattr(keras_tuner, name)
    if name in MODULES:
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    if name in NOT_HERE:
        raise not_here(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def not_here(name: str) -> UsageError:
    """Return the error that says what to do in place of one of KerasTuner's names."""
    return UsageError(f"kt.{name} is not here: {NOT_HERE[name]}.")


def __dir__() -> list[str]:
    return __all__
