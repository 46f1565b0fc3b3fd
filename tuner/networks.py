"""Build the network of a run, the same one in every process: values and seed decide its first weights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras_tuner import HyperParameters

from keras_search.models import BASELINES, Problem
from keras_search.models.loader import load_hypermodel
from keras_search.tuner.data import Splits
from keras_search.tuner.errors import KerasSearchError
from keras_search.tuner.records import Kind, Run, Values
from keras_search.tuner.seeds import derive_seed
from keras_search.tuner.settings import DEFAULT_BATCH_SIZE


class UnfitModelError(KerasSearchError):
    """Say that what a hypermodel returned cannot be trained here."""


@dataclass(frozen=True)
class Network:
    """A compiled model with the batch size that it is trained at."""

    model: keras.Model
    batch_size: int

    @property
    def one_hot(self) -> bool:
        """Whether the compiled loss takes one-hot labels."""
        loss = self.model.loss
        name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")
        return str(name).lower().replace("_", "").startswith("categorical")

    def labels(self, y: np.ndarray, classes: int) -> np.ndarray:
        """Give labels `(n,)` as the loss takes them: `(n,)`, or one-hot `(n, classes)` float32."""
        return np.eye(classes, dtype=np.float32)[y] if self.one_hot else y

    def variables(self) -> list[Any]:
        """List every variable of model and optimizer, the same order in every process."""
        return [*self.model.variables, *self.model.optimizer.variables]


class Networks:
    """Make the networks of one study."""

    def __init__(self, hypermodel: str, problem: Problem, space: HyperParameters | None) -> None:
        self._hypermodel, self._problem, self._space = hypermodel, problem, space
        self._build = load_hypermodel(hypermodel, problem)

    def build(self, run: Run, max_parameters: int | None = None) -> Network:
        """Build the network of `run` with its first weights.

        Raises:
            UnfitModelError: the hypermodel returned no compiled model, or one with too many parameters.
        """
        if run.role == "baseline":
            recipe = BASELINES[run.model]
            return self._seeded(run, lambda: recipe.build(self._problem), recipe.batch_size, None)
        batch_size = int(run.hyperparameters.get("batch_size", DEFAULT_BATCH_SIZE))
        limit = max_parameters if run.kind is Kind.TRIAL else None
        return self._seeded(run, lambda: self._build(self._with_values(run.hyperparameters)), batch_size, limit)

    def explore(self, hyperparameters: HyperParameters) -> Network:
        """Build once with `hyperparameters`, which take in what the hypermodel asks for."""
        keras.backend.clear_session()
        keras.utils.set_random_seed(0)
        model = self._build(hyperparameters)
        batch_size = int(hyperparameters.values.get("batch_size", DEFAULT_BATCH_SIZE))
        return _checked(model, batch_size, self._problem, None)

    def _with_values(self, values: Values) -> HyperParameters:
        space = HyperParameters() if self._space is None else self._space.copy()
        space.values = dict(values)
        return space

    def _seeded(
        self, run: Run, build: Callable[[], keras.Model], batch_size: int, max_parameters: int | None
    ) -> Network:
        keras.backend.clear_session()
        keras.utils.set_random_seed(derive_seed(run.seed, "weights") % 2**32)
        return _checked(build(), batch_size, self._problem, max_parameters)


def problem_of(splits: Splits, epochs: int) -> Problem:
    """Describe to a hypermodel what it is to learn."""
    return Problem(
        input_shape=tuple(splits.x_fit.shape[1:]),
        classes=len(splits.class_names),
        fit_examples=len(splits.x_fit),
        epochs=epochs,
    )


def _checked(model: Any, batch_size: int, problem: Problem, max_parameters: int | None) -> Network:
    if not isinstance(model, keras.Model):
        raise UnfitModelError(f"The hypermodel must return a keras.Model, it returned {type(model).__name__}.")
    if not model.compiled:
        raise UnfitModelError("The hypermodel returned a model that is not compiled: call model.compile in it.")
    if not model.built:
        model.build((None, *problem.input_shape))
    if max_parameters is not None and model.count_params() > max_parameters:
        raise UnfitModelError(
            f"The model has {model.count_params():,} parameters, more than {max_parameters:,} allowed."
        )
    model.optimizer.build(model.trainable_variables)
    return Network(model, batch_size)
