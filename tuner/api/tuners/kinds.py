"""The four tuners, with KerasTuner's arguments and defaults."""

from typing import Any

from keras_tuner import HyperParameters

from keras_search.errors import UsageError
from keras_search.tuner.api.tuners.constructing import construction, is_whole
from keras_search.tuner.api.tuners.tuner import ScriptTuner
from keras_search.tuner.api.tuners.wording import script_words


class Hyperband(ScriptTuner):
    """Train many configurations for few epochs, and the best of them for more (Li et al. 2018).

    Example:
        >>> tuner = kt.Hyperband(build_model, objective="val_accuracy", max_epochs=30)
        >>> tuner.search(x, y, validation_split=0.2)
        >>> model = tuner.get_best_models()[0]
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_epochs: int = 100,
        factor: int = 3,
        hyperband_iterations: int = 1,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        **kwargs: Any,
    ) -> None:
        with script_words():
            made = construction(**_shared(locals()))
            super().__init__(
                made, tuner="hyperband", max_epochs=max_epochs, factor=factor, iterations=hyperband_iterations
            )


class RandomSearch(ScriptTuner):
    """Train configurations drawn at random.

    Example:
        >>> tuner = kt.RandomSearch(build_model, objective="val_accuracy", max_trials=10)
        >>> tuner.search(x, y, epochs=5, validation_data=(x_val, y_val))
        >>> best = tuner.get_best_hyperparameters()[0]
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_trials: int = 10,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        **kwargs: Any,
    ) -> None:
        with script_words():
            made = construction(**_shared(locals()))
            super().__init__(made, tuner="random", max_trials=_limited(max_trials))


class BayesianOptimization(ScriptTuner):
    """Train the configurations that a Gaussian process expects most of.

    Example:
        >>> tuner = kt.BayesianOptimization(build_model, objective="val_loss", max_trials=20)
        >>> tuner.search(x, y, epochs=5, validation_split=0.2)
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_trials: int = 10,
        num_initial_points: int | None = None,
        alpha: float = 0.0001,
        beta: float = 2.6,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        **kwargs: Any,
    ) -> None:
        with script_words():
            if num_initial_points is not None and num_initial_points < 1:
                raise UsageError(f"num_initial_points= must be at least 1, received {num_initial_points}.")
            of_process: dict[str, Any] = {"initial_points": num_initial_points, "alpha": alpha, "beta": beta}
            made = construction(**_shared(locals()), **of_process)
            super().__init__(made, tuner="bayesian", max_trials=_limited(max_trials))


class GridSearch(ScriptTuner):
    """Train every combination, or the first `max_trials` of them.

    Example:
        >>> tuner = kt.GridSearch(build_model, objective="val_accuracy")
        >>> tuner.search(x, y, epochs=3, validation_split=0.2)
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_trials: int | None = None,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        **kwargs: Any,
    ) -> None:
        with script_words():
            made = construction(**_shared(locals()))
            super().__init__(made, tuner="grid", max_trials=None if max_trials is None else _limited(max_trials))


SHARED = (
    "hypermodel", "objective", "seed", "hyperparameters", "tune_new_entries", "allow_new_entries",
    "max_retries_per_trial", "max_consecutive_failed_trials",
)  # fmt: skip


def _shared(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that all four take, of all arguments of a constructor."""
    return {**{name: arguments[name] for name in SHARED}, "shared": arguments["kwargs"]}


def _limited(max_trials: Any) -> int:
    if not is_whole(max_trials) or max_trials < 1:
        raise UsageError(f"max_trials= must be a whole number of at least 1, received {max_trials!r}.")
    return int(max_trials)
