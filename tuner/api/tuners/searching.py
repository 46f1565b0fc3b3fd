"""The arguments of `search`: what `model.fit` takes, sorted into arrays to keep, objects to carry, and settings."""

import copy
import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras_tuner import HyperModel

from keras_search.errors import UsageError
from keras_search.tuner.api.tuners.constructing import BuildFunction, Construction, is_whole
from keras_search.tuner.api.tuners.describing import described
from keras_search.tuner.api.tuners.sharing import shared_names
from keras_search.tuner.data.passed import arrays_out, mapped_arguments, places_of
from keras_search.tuner.data.streams import is_stream
from keras_search.tuner.data.tree import Array
from keras_search.tuner.study.script import ARRAYS, STREAM
from keras_search.tuner.training.scripts.arguments import FIT_NAMES
from keras_search.tuner.training.scripts.callbacks import absolute_places, kept_callbacks
from keras_search.tuner.training.scripts.carried import Carried, NotCarriedError

BACKED_UP = "BackupAndRestore is left out: every trial is saved after each epoch, and continues from there."
NOT_OF_THE_RESULT = {"x", "y", "validation_data", "sample_weight", "callbacks", "verbose", "epochs"}


@dataclass(frozen=True)
class Given:
    """The arguments of `search`: `arguments` with a `Slot` for each of the `arrays`, and what else they contain.

    `others` are arrays that stay among the arguments, such as texts and tables, by which other data are noticed;
    `places` say where the arrays belong.
    """

    arguments: tuple[tuple[Any, ...], dict[str, Any]]
    arrays: Sequence[Array]
    others: Sequence[Array]
    callbacks: list[keras.callbacks.Callback]
    notes: list[str]
    epochs: int | None
    quiet: bool
    dataset: str
    fit: dict[str, str]
    places: tuple[str, ...]


def given_of(hypermodel: HyperModel, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Given:
    """Read the arguments of `search`.

    Raises:
        UsageError: one cannot be honoured; the message says what to do.
    """
    own = has_own_fit(hypermodel)
    named = dict(kwargs) if own else {**dict(zip(FIT_NAMES, args, strict=False)), **kwargs}
    if not own:
        _check_fit_arguments(args, named)
    callbacks = _callbacks(named.pop("callbacks", None))
    rest: tuple[tuple[Any, ...], dict[str, Any]] = (args, named) if own else ((), mapped_arguments(as_array, named))
    arguments, arrays = arrays_out(rest)
    kept = kept_callbacks(callbacks)
    epochs = named.get("epochs")
    if epochs is not None and (not is_whole(epochs) or epochs < 1):
        raise UsageError(f"epochs= must be a whole number of at least 1, received {epochs!r}.")
    return Given(
        arguments=arguments,
        arrays=arrays,
        others=_others(arguments),
        callbacks=absolute_places(kept),
        notes=[BACKED_UP] if len(kept) < len(callbacks) else [],
        epochs=None if epochs is None else int(epochs),
        quiet=named.get("verbose") == 0,
        dataset=STREAM if _has_stream(rest) else ARRAYS,
        fit=_described_fit(named),
        places=tuple(places_of(arguments)),
    )


def _described_fit(named: dict[str, Any]) -> dict[str, str]:
    """Describe the arguments that decide the result, except for the arrays, which are compared by themselves."""
    kinds = (int, float, str, bool, dict, list, type(None), np.generic)
    described_fit = {
        name: described(value)
        for name, value in sorted(named.items())
        if name not in NOT_OF_THE_RESULT and isinstance(value, kinds)
    }
    return described_fit if named.get("sample_weight") is None else {**described_fit, "sample_weight": "given"}


def has_own_fit(hypermodel: HyperModel) -> bool:
    """Return whether a hypermodel trains its models itself."""
    return type(hypermodel).fit is not HyperModel.fit


def carried_of(construction: Construction, given: Given) -> tuple[Carried, bytes | None, str]:
    """Return a script's objects, the same for other processes, and why they cannot leave this one, "" if they can."""
    carried = Carried(construction.hypermodel, given.arguments, given.callbacks, construction.overrides)
    names = shared_names(given.callbacks)
    if names:
        return carried, None, f"the callbacks use the script's {', '.join(names)}, which another process does not have"
    try:
        return carried, carried.to_bytes(), ""
    except NotCarriedError as error:
        return carried, None, str(error)


def name_of(hypermodel: HyperModel) -> str:
    """Name a hypermodel by its module and its name, which workers do not import."""
    found = hypermodel.build if isinstance(hypermodel, BuildFunction) else type(hypermodel)
    name = getattr(found, "__qualname__", type(found).__name__)
    return f"{getattr(found, '__module__', None) or 'script'}:{name}"


def code_of(hypermodel: HyperModel) -> str:
    """Hash the source of a hypermodel; "" if there is none to read."""
    found = hypermodel.build if isinstance(hypermodel, BuildFunction) else type(hypermodel)
    try:
        return hashlib.sha256(inspect.getsource(found).encode()).hexdigest()
    except (OSError, TypeError):
        return ""


def as_array(value: Any) -> Any:
    """Return tensors, columns and tables of plain values as arrays; all else as it is."""
    kind = type(value).__name__
    if isinstance(value, np.ndarray) or is_stream(value) or kind in ("RaggedTensor", "SparseTensor"):
        return value
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    if hasattr(value, "__array__") and getattr(value, "shape", None):
        return _as_texts(np.asarray(value))
    return value


def _as_texts(array: Array) -> Array:
    """Decode the texts of a tensor, of which NumPy makes bytes that Keras does not take."""
    if array.dtype.kind != "O" or not all(isinstance(each, bytes) for each in array.flat):
        return array
    decoded = np.empty(array.shape, object)
    decoded.flat[:] = [each.decode("utf-8", "surrogateescape") for each in array.flat]
    return decoded


def _check_fit_arguments(args: tuple[Any, ...], named: dict[str, Any]) -> None:
    if len(args) > len(FIT_NAMES):
        raise UsageError(f"search takes at most {len(FIT_NAMES)} positional arguments, received {len(args)}.")
    unknown = [name for name in named if name not in FIT_NAMES]
    if unknown:
        raise UsageError(
            f"search takes the arguments of model.fit, which has no {unknown[0]}=; it has "
            f"{', '.join(FIT_NAMES)}. Your own HyperModel.fit may take others."
        )
    if named.get("initial_epoch") not in (None, 0):
        raise UsageError("initial_epoch= is not accepted: a trial begins with its first epoch. Leave it out.")
    if "x" not in named:
        raise UsageError("search needs data, as model.fit does: pass x and y, or a data set.")


def _callbacks(given: Any) -> list[keras.callbacks.Callback]:
    callbacks = list(given) if isinstance(given, list | tuple) else [] if given is None else [given]
    for each in callbacks:
        if not isinstance(each, keras.callbacks.Callback):
            raise UsageError(f"callbacks= must hold Keras callbacks, received {each!r}.")
        try:
            copy.deepcopy(each)
        except Exception as error:
            raise UsageError(
                f"Each trial gets copies of the callbacks, and {type(each).__name__} cannot be copied by copy.deepcopy "
                f"({type(error).__name__}): create what cannot be copied in on_train_begin."
            ) from error
    return callbacks


def _others(arguments: Any) -> list[Array]:
    """Give the tables, tensors and arrays of texts among arguments, as arrays whose values can be compared."""
    found: list[Array] = []

    def take(value: Any) -> None:
        for array in map(as_array, _parts_of(value)):
            if isinstance(array, np.ndarray) and (array.dtype.kind != "O" or all(map(_is_plain, array.flat))):
                found.append(array)

    mapped_arguments(take, arguments)
    return found


def _parts_of(value: Any) -> list[Any]:
    """Return the dense tensors that a ragged or sparse one is made of; anything else is one part."""
    kind = type(value).__name__
    if kind == "RaggedTensor":
        return [value.flat_values, *value.nested_row_splits]
    if kind == "SparseTensor":
        return [value.indices, value.values, value.dense_shape]
    return [value]


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | bytes | int | float)


def _has_stream(arguments: Any) -> bool:
    found: list[bool] = []
    mapped_arguments(lambda value: found.append(is_stream(value)), arguments)
    return any(found)
