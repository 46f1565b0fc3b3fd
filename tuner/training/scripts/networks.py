"""Build the networks of a script's runs from the objects that it has handed over."""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras_tuner import HyperModel, HyperParameters

from keras_search.tuner.data.passed import arrays_in, mapped_arguments, open_passed
from keras_search.tuner.data.tfdata import is_tf_dataset
from keras_search.tuner.data.tree import Array, Tree, take
from keras_search.tuner.study.records import Run
from keras_search.tuner.study.script import ScriptSettings
from keras_search.tuner.study.settings import DEFAULT_BATCH_SIZE, StudySettings
from keras_search.tuner.system import tf_private
from keras_search.tuner.system.seeds import derive_seed
from keras_search.tuner.training.compiled.fresh_start import begin_anew
from keras_search.tuner.training.networks import Network, checked
from keras_search.tuner.training.outputs import UnfitModelError
from keras_search.tuner.training.scripts.arguments import OtherDataError, WholeArrays, few_rows, named, whole_arrays
from keras_search.tuner.training.scripts.callbacks import batch_hook, copies_for
from keras_search.tuner.training.scripts.carried import Carried, Overrides, opened

Call = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class ScriptNetwork(Network):
    """A model of a script's hypermodel; `reason` says why it is not trained in compiled epochs.

    That is "" if it is, and where the hypermodel's own `fit` trains it. `unknown` lists the hyperparameters that were
    asked for and are not in the search space.
    """

    reason: str = ""
    unknown: Callable[[], list[str]] = list

    def check_asked(self) -> None:
        """Make sure that the hypermodel's own `fit` has asked for no hyperparameter that the search does not know.

        Raises:
            UnfitModelError: it has; every trial would train with the default.
        """
        names = self.unknown()
        if names and not self.plain_fit:
            raise UnfitModelError(
                f"HyperModel.fit asked for {', '.join(names)}, which the rehearsal of fit before the search did not "
                "reach, so the search cannot tune it: ask for it in build too, or before fit uses its data."
            )


class ScriptNetworks:
    """Make the networks of a script's study; `data` is the folder of its arrays.

    Each run gets new copies of the script's objects, so that none finds what another has left in them; in the process
    of the script itself there is only one of each.
    """

    def __init__(self, carried: Any, settings: StudySettings, space: HyperParameters | None, data: Path) -> None:
        assert settings.script is not None
        self._carried, self._settings, self._space, self._data = carried, settings, space, data
        self._script: ScriptSettings = settings.script
        self._whole: dict[tuple[str, ...], WholeArrays] = {}
        """What compiled epochs take, by the names of a model's inputs and outputs: made once, not for each run."""

    @cached_property
    def arrays(self) -> list[Array]:
        """The arrays of the script, mapped into memory."""
        return open_passed(self._data)

    def build(self, run: Run, max_parameters: int | None = None) -> Network:  # noqa: ARG002 - a script has its own limit
        """Build the network of `run` with its first weights.

        Raises:
            UnfitModelError: the hypermodel returned no model, or one with too many parameters.
        """
        space = HyperParameters() if self._space is None else self._space.copy()
        space.values = dict(run.hyperparameters)
        return self._network(space, derive_seed(run.seed, "weights") % 2**32, run.name, self._script.max_model_size)

    def choose(self, hyperparameters: HyperParameters) -> bool:  # noqa: ARG002 - as all builders of networks have it
        """Return False: what a script asks for is known once it has built."""
        return False

    def explore(self, hyperparameters: HyperParameters, trains: bool = True) -> Network:  # noqa: ARG002 - it may
        """Build once with `hyperparameters`, which take in what the hypermodel asks for."""
        return self._network(hyperparameters, 0, "survey", None, declare=True)

    def code_digest(self) -> str:
        """Return no hash: the script's process knows its code."""
        return ""

    def _network(
        self, hyperparameters: HyperParameters, seed: int, run: str, limit: int | None, declare: bool = False
    ) -> Network:
        begin_anew(seed)
        carried = opened(self._carried)
        carried.keras_state.restore()
        if declare:
            carried.hypermodel.declare_hyperparameters(hyperparameters)
        model = carried.hypermodel.build(hyperparameters)
        if isinstance(model, keras.Model):
            with_overrides(model, carried.overrides)
        call = arrays_in(carried.arguments, self.arrays)
        network = self._for_fit(carried, hyperparameters, model, call, run)
        network = checked(network, _example(call), None)
        check_size(network.model, limit)
        return network

    def _for_fit(self, carried: Carried, hp: HyperParameters, model: Any, call: Call, run: str) -> ScriptNetwork:
        """Decide how a model is trained: by a `fit` of the user's own, in compiled epochs, or by `model.fit`."""
        own = type(carried.hypermodel).fit is not HyperModel.fit
        callbacks = tuple(copies_for(carried.callbacks, run))
        logged = self._carried is not carried
        if not own:  # a log gets a line an epoch, the screen what the script has asked for
            call = call[0], {**call[1], "verbose": 2 if logged else call[1].get("verbose", 0)}
        by_fit: dict[str, Any] = {
            "custom_fit": partial(carried.hypermodel.fit, hp, model),
            "call": call,
            "plain_fit": not own,
            "unknown": partial(self._unknown, hp),
            "ends_itself": own and self._settings.tuner != "hyperband",
        }
        if own or not isinstance(model, keras.Model):
            return ScriptNetwork(model, DEFAULT_BATCH_SIZE, own=True, callbacks=callbacks, **by_fit)
        hooks = ((each, batch_hook(each)) for each in callbacks)
        hook = next((f"{type(each).__name__} has the hook {name}" for each, name in hooks if name), None)
        try:
            if hook is not None:
                raise OtherDataError(hook)
            arrays = self._whole_arrays(call, model)
        except OtherDataError as error:
            return ScriptNetwork(model, DEFAULT_BATCH_SIZE, own=True, callbacks=callbacks, reason=str(error), **by_fit)
        return ScriptNetwork(
            model,
            arrays.batch_size,
            own=True,
            callbacks=callbacks,
            passed=(arrays.fit, arrays.validation),
            shuffle=arrays.shuffle,
        )

    def _unknown(self, hp: HyperParameters) -> list[str]:
        """List the hyperparameters that a run has asked for and the search does not know."""
        if self._space is None or not self._script.tune_new_entries:
            return []
        known = {parameter.name for parameter in self._space.space}
        return list(dict.fromkeys(each.name for each in hp.space if each.name not in known))

    def _whole_arrays(self, call: Call, model: keras.Model) -> WholeArrays:
        inputs = [each.name for each in getattr(model, "inputs", None) or ()]
        names = (*inputs, "", *(getattr(model, "output_names", None) or ()))
        if names not in self._whole:
            self._whole[names] = whole_arrays(named(call), model)
        return self._whole[names]


def check_size(model: keras.Model, limit: int | None) -> None:
    """Refuse a model with more weights to train than `limit`, which is what KerasTuner counts.

    Raises:
        UnfitModelError: it has more.
    """
    size = sum(math.prod(weight.shape) for weight in model.trainable_weights) if limit is not None else 0
    if limit is not None and size > limit:
        raise UnfitModelError(f"The model has {size:,} weights to train, more than max_model_size={limit:,}.")


def with_overrides(model: keras.Model, overrides: Overrides) -> None:
    """Compile a model with the script's optimizer, loss or metrics, and with its own where the script has none."""
    if not overrides:
        return
    kept: Mapping[str, Any] = tf_private.compile_arguments(model) if model.compiled else {}
    given = {name: value for name, value in kept.items() if value is not None}
    if overrides.optimizer is not None:
        given["optimizer"] = (
            overrides.optimizer
            if isinstance(overrides.optimizer, str)
            else keras.optimizers.deserialize(keras.optimizers.serialize(overrides.optimizer))
        )
    given |= {name: value for name in ("loss", "metrics") if (value := getattr(overrides, name)) is not None}
    model.compile(**given)


def rehearsed_call(network: Network) -> Call | None:
    """Return the arguments of a `fit` cut to few rows; None if they hold a stream, which would lose batches."""
    assert network.call is not None
    flat = keras.tree.flatten((network.call[0], list(network.call[1].values())))
    plain = (np.ndarray, int, float, str, bool, type(None))
    if any(not isinstance(each, plain) for each in flat):
        return None
    cut: Call = few_rows(network.call, 64)
    return cut


def explored_call(network: Network) -> Call:
    """Return the arguments of a `fit` that trains nothing: arrays cut to few rows, and streams to few or no batches.

    A rehearsal must not take a batch from a generator, which has each of them once, nor last as long as an epoch.
    """
    assert network.call is not None
    found: Call = mapped_arguments(_unspent, few_rows(network.call, 64))
    return found


def _unspent(value: Any) -> Any:
    if is_tf_dataset(value):
        return value.take(0)
    if isinstance(value, keras.utils.PyDataset):
        return _first_batch(value)
    return _no_batches() if isinstance(value, Iterator) else value


def _no_batches() -> Iterator[Any]:
    yield from ()


def _first_batch(batches: keras.utils.PyDataset) -> keras.utils.PyDataset:
    kind, short = type(batches), copy.copy(batches)
    short.__class__ = type(kind.__name__, (kind,), {"__len__": lambda _: 1, "num_batches": 1})
    return short


def _example(call: Call) -> Tree | None:
    """Return one row of the inputs, to build models that do not say what they take; None if they are no arrays."""
    x = named(call).get("x")
    arrays = list(x.values()) if isinstance(x, dict) else [x]
    if not all(isinstance(array, np.ndarray) and array.ndim and len(array) for array in arrays):
        return None
    return take(x, slice(1))  # type: ignore[arg-type]
