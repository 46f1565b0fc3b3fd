"""Build the network of a run, identical in every process: values and seed decide its initial weights."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import keras
import numpy as np
from keras_tuner import HyperModel, HyperParameters

from keras_search.models import HYPERMODEL_NAMES, Problem
from keras_search.models.baselines import recipe_of
from keras_search.models.builtin import BuiltIn
from keras_search.models.fresh_modules import run_again
from keras_search.models.loader import code_digest, load_callbacks, load_hypermodel
from keras_search.models.problem import Shape, Spread
from keras_search.tuner.data import Splits, Tree
from keras_search.tuner.data.pieces import moments
from keras_search.tuner.data.tree import Examples, fit_types, leaves, size, take
from keras_search.tuner.study.records import Kind, Run, Values
from keras_search.tuner.study.settings import DEFAULT_BATCH_SIZE, StudySettings
from keras_search.tuner.system import tf_private
from keras_search.tuner.system.seeds import derive_seed
from keras_search.tuner.training.compiled.fresh_start import begin_anew
from keras_search.tuner.training.outputs import UnfitModelError, labels_for
from keras_search.tuner.training.scripts.callbacks import batch_hook, copies_for, kept_callbacks


@dataclass(frozen=True)
class Network:
    """A model with its batch size, or with the user's own `fit(x, y, ...)`.

    It is compiled; with a `custom_fit` it need not be. `own`: the user's code has built it.

    Of a script's network, `passed` is what compiled epochs are trained and validated on, `callbacks` are the run's
    copies of its own, and `call` holds the positional and keyword arguments of its `fit`, which is `model.fit` if
    `plain_fit` is set. One that `ends_itself` has no budget of epochs. Without `shuffle` every epoch has the examples
    in their order.
    """

    model: keras.Model
    batch_size: int
    custom_fit: Callable[..., Any] | None = None
    own: bool = False
    passed: tuple[Examples, Examples] | None = None
    callbacks: tuple[keras.callbacks.Callback, ...] = ()
    call: tuple[tuple[Any, ...], dict[str, Any]] | None = None
    plain_fit: bool = False
    ends_itself: bool = False
    shuffle: bool = True

    def examples(self, splits: Splits, part: str, rows: slice | None = None) -> Examples:
        """Return the inputs, the labels and, if present, the weights of a part: `fit`, `val` or `test`.

        A model gets them as `model.fit` would take them, the user's own fit as they are.
        """
        seen = splits.seen_by(self.own)
        as_given = seen is not splits
        x, y = (self._typed(seen, f"{side}_{part}", rows) for side in "xy")
        weights = getattr(seen, f"w_{part}")
        if weights is not None and rows is not None:
            weights = weights[rows]
        labels = labels_for(self.model, y, seen.targets, own_fit=self.custom_fit is not None, as_given=as_given)
        if weights is None:
            return x, labels
        return x, labels, dict.fromkeys(labels, weights) if isinstance(labels, dict) else weights

    def _typed(self, seen: Splits, name: str, rows: slice | None) -> Tree:
        if rows is None:
            given: Tree = getattr(seen, name) if self.custom_fit is not None else seen.as_fitted(name)
            return given
        some = take(getattr(seen, name), rows)
        return some if self.custom_fit is not None else fit_types(some)

    def check_asked(self) -> None:
        """Make sure that the user's own `fit` has asked for no hyperparameter that the search does not know."""

    def variables(self) -> list[Any]:
        """List every variable of model and optimizer, the same order in every process."""
        return [*self.model.variables, *(self.model.optimizer.variables if self.model.compiled else ())]


Callbacks = tuple[keras.callbacks.Callback, ...]
AnyNetwork = TypeVar("AnyNetwork", bound=Network)


class BuildsNetworks(Protocol):
    """The builder of the networks of a study's runs."""

    def build(self, run: Run, max_parameters: int | None = None) -> Network:
        """Build the network of `run` with its first weights."""

    def explore(self, hyperparameters: HyperParameters, trains: bool = True) -> Network:
        """Build once with `hyperparameters`, which take in what it asks for; `trains`: the model will be trained."""

    def choose(self, hyperparameters: HyperParameters) -> bool:
        """Take in what the hypermodel asks for without building, if it is one that can; return whether it is."""

    def code_digest(self) -> str:
        """Hash the user's own files of the hypermodel."""


class Networks:
    """Build the networks of one study; `example`, one row of inputs, builds models of unknown input shape."""

    def __init__(
        self, hypermodel: str, problem: Problem, space: HyperParameters | None, example: Tree | None = None
    ) -> None:
        self._hypermodel, self._problem, self._space = hypermodel, problem, space
        self._example = _zeros(problem.input_shape) if example is None else example
        self._model = load_hypermodel(hypermodel, problem)

    def build(self, run: Run, max_parameters: int | None = None) -> Network:
        """Build the network of `run` with its first weights.

        Raises:
            UnfitModelError: the hypermodel returned no compiled model, or one with too many parameters.
        """
        if run.role == "baseline":
            recipe = recipe_of(run.model)
            begin_anew(derive_seed(run.seed, "weights") % 2**32)
            return checked(Network(recipe.build(self._problem), recipe.batch_size), self._example, None)
        limit = max_parameters if run.kind is Kind.TRIAL else None
        begin_anew(derive_seed(run.seed, "weights") % 2**32)
        self._model = run_again(self._hypermodel, lambda: load_hypermodel(self._hypermodel, self._problem), self._model)
        return self._tuned(self._with_values(run.hyperparameters), limit, self._callbacks(run.name))

    def explore(self, hyperparameters: HyperParameters, trains: bool = True) -> Network:
        """Build once with `hyperparameters`, which take in what the hypermodel asks for.

        Without `trains` the optimizer of a model without its own `fit` has no variables.
        """
        begin_anew(0)
        return self._tuned(hyperparameters, None, trains=trains)

    def choose(self, hyperparameters: HyperParameters) -> bool:
        """Take in what a built-in hypermodel asks for without building; return whether it is a built-in one."""
        build = self._model.build
        if isinstance(build, BuiltIn):
            build.choose(hyperparameters)
        return isinstance(build, BuiltIn)

    def code_digest(self) -> str:
        """Hash the user's own files of the hypermodel; "" for a built-in one."""
        return code_digest(self._hypermodel)

    def _with_values(self, values: Values) -> HyperParameters:
        space = HyperParameters() if self._space is None else self._space.copy()
        space.values = dict(values)
        return space

    def _callbacks(self, run: str) -> Callbacks:
        """Return the callbacks for a run from the hypermodel's own file."""
        return tuple(copies_for(kept_callbacks(load_callbacks(self._hypermodel)), run))

    def _tuned(
        self,
        hyperparameters: HyperParameters,
        max_parameters: int | None,
        callbacks: Callbacks = (),
        trains: bool = True,
    ) -> Network:
        model = self._model.build(hyperparameters)
        batch_size = int(hyperparameters.values.get("batch_size", DEFAULT_BATCH_SIZE))
        own = type(self._model).fit is not HyperModel.fit
        by_fit = not own and any(map(batch_hook, callbacks))
        fit = partial(self._model.fit, hyperparameters, model) if own else None
        fit = partial(model.fit, batch_size=batch_size) if by_fit else fit
        mine = self._hypermodel not in HYPERMODEL_NAMES
        network = Network(model, batch_size, fit, own=mine, callbacks=callbacks, plain_fit=by_fit)
        return checked(network, self._example, max_parameters, trains or fit is not None)


def networks_of(settings: StudySettings, splits: Splits, space: HyperParameters | None) -> Networks:
    """Return the builder of networks for a study with these settings on these data."""
    problem = problem_of(splits, settings.max_epochs)
    return Networks(settings.hypermodel, problem, space, take(splits.seen_by(own=True).x_fit, slice(1)))


def problem_of(splits: Splits, epochs: int) -> Problem:
    """Describe the task to a hypermodel."""
    return Problem(
        input_shape=splits.input_shape,
        targets=splits.targets,
        fit_examples=size(splits.x_fit),
        epochs=epochs,
        spreads=spreads_of(splits),
    )


def spreads_of(splits: Splits) -> dict[str, Spread]:
    """Measure the values to predict in the training examples; if all are the same, the deviation is 1."""
    spreads = {}
    for target in splits.targets:
        if not target.classifies and not target.other:
            means, deviations = moments(leaves(splits.y_fit)[target.name])
            deviations = np.where(deviations > 0, deviations, 1.0)
            spreads[target.name] = Spread(tuple(means.tolist()), tuple(deviations.tolist()))
    return spreads


def checked(network: AnyNetwork, example: Tree | None, max_parameters: int | None, trains: bool = True) -> AnyNetwork:
    """Return the network after checking that its model can be trained; an `example` of its inputs builds its weights.

    With `trains` its optimizer is built too.

    Raises:
        UnfitModelError: it is not a compiled model, or has too many parameters.
    """
    model = network.model
    if model is None:
        raise UnfitModelError("The hypermodel returned nothing: end its build function with `return model`.")
    if not isinstance(model, keras.Model):
        raise UnfitModelError(f"The hypermodel must return a keras.Model, it returned {type(model).__name__}.")
    if not model.compiled and network.custom_fit is None:
        raise UnfitModelError("The hypermodel returned a model that is not compiled: call model.compile in it.")
    if example is not None and not tf_private.is_all_built(model):
        _build(model, example)
    if max_parameters is not None and model.count_params() > max_parameters:
        raise UnfitModelError(
            f"The model has {model.count_params():,} parameters, more than {max_parameters:,} allowed."
        )
    if trains and model.compiled and (example is not None or model.built):
        model.optimizer.build(model.trainable_variables)
    return network


def _zeros(shape: Shape | dict[str, Shape]) -> Tree:
    """Return one example of a shape."""
    if isinstance(shape, dict):
        return {name: np.zeros((1, *each), np.float32) for name, each in shape.items()}
    return np.zeros((1, *shape), np.float32)


def _build(model: keras.Model, example: Tree) -> None:
    """Create the weights of a model of unknown input shape by calling it on an example."""
    model(keras.tree.map_structure(keras.ops.convert_to_tensor, fit_types(example)), training=False)
