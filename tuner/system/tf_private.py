"""Every private part of TensorFlow and Keras that this package uses, and the versions that it was tested with.

A part that another version lacks never causes an `AttributeError` in the middle of a trial. If there is a slower way,
such as `model.fit`, it is taken; if not, `PrivatePartError` says on one line which versions to install.
"""

import ctypes
import importlib.metadata
import importlib.util
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_search.errors import KerasSearchError
from keras_search.tuner.system import late_imports

if TYPE_CHECKING:
    import numpy as np

TRIED = {"tensorflow": "2.21", "keras": "3.15"}
"""The versions that all of this was tested with, whatever their last number."""

_TF = "tensorflow._api.v2"
_OF_KERAS = ("applications", "datasets", "visualization", "wrappers")
_OF_TENSORFLOW = (
    "audio", "autograph", "data", "dtypes", "feature_column", "image", "io", "linalg", "lite", "lookup", "mlir",
    "profiler", "quantization", "ragged", "raw_ops", "saved_model", "sets", "signal", "strings", "summary", "test",
    "tpu", "train", "types", "xla",
)  # fmt: skip
LATE = (
    *(f"{keras}.{part}" for keras in ("keras", "keras._tf_keras.keras") for part in _OF_KERAS),
    "keras.src.applications",
    "keras.src.datasets",
    "keras.src.visualization.draw_bounding_boxes",
    "keras.src.visualization.plot_image_gallery",
    "keras.src.trainers.data_adapters.array_slicing",
    *(f"{_TF}.{part}" for part in (*_OF_TENSORFLOW, "distribute.experimental", "experimental.numpy")),
    *(f"{_TF}.__internal__.{part}" for part in ("feature_column", "saved_model", "test", "distribute")),
    f"{_TF}.compat.v1",
    f"{_TF}.compat.v2",
    *(f"tensorflow.python.keras.{part}" for part in ("models", "callbacks")),
    *(f"tensorflow.python.keras.saving.{part}" for part in ("save", "hdf5_format")),
)
"""What need not be executed until it is used: nothing in it registers a gradient or a class that a model could need.

These modules import Matplotlib, pandas, scikit-learn, flatbuffers and hundreds of modules of TensorFlow.
"""
KEPT_WAITING = f"{_TF}.compat.v1"
"""What Keras would execute for a single function, before each model."""
LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")
"""What all extension modules of TensorFlow are linked with: to load it takes a seventh of TensorFlow's import."""


class PrivatePartError(KerasSearchError):
    """Raised if a part of TensorFlow or Keras is missing that has no alternative."""


def untried() -> str:
    """Describe on one line which installed version was never tested; "" if there is none."""
    installed = {name: importlib.metadata.version(name) for name in TRIED}
    others = [f"{name} {installed[name]}" for name, tried in TRIED.items() if not _is_of(installed[name], tried)]
    tried = " and ".join(f"{name} {version}" for name, version in TRIED.items())
    return f"{' and '.join(others)} was never tested with keras-search, which is made for {tried}." if others else ""


@contextmanager
def loading_libraries() -> Iterator[None]:
    """Load TensorFlow's libraries in a thread, while the block imports other modules that are not compiled.

    A compiled one would wait for it. TensorFlow finds them loaded, or loads them itself if they are somewhere else.
    """
    thread = threading.Thread(target=_load_libraries)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _load_libraries() -> None:
    """Call the system's own function, during which other threads run, unlike `ctypes.CDLL`."""
    with suppress(Exception):
        package = importlib.util.find_spec("tensorflow")
        load = ctypes.CDLL(None).dlopen
        load.restype, load.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
        for folder in (package and package.submodule_search_locations) or ():
            for name in LIBRARIES:
                load(os.fsencode(Path(folder) / name), os.RTLD_NOW | os.RTLD_LOCAL)


def keep_waiting() -> None:
    """Let `keras.backend.clear_session` find its function of `tf.compat.v1`, the rest of which goes on waiting."""
    with suppress(ImportError, AttributeError):
        from tensorflow.python.framework import ops

        late_imports.give(KEPT_WAITING, reset_default_graph=ops.reset_default_graph)


def value_of(variable: Any) -> "np.ndarray":
    """Return the value of a Keras variable as `variable.numpy()` does, in a quarter of its time."""
    own = _resource_of(variable)
    if own is None:
        value: np.ndarray = variable.numpy()
        return value
    from tensorflow.python.ops import gen_resource_variable_ops as operations

    read: np.ndarray = operations.read_variable_op(own.handle, own.dtype).numpy()
    return read


def set_value(variable: Any, value: "np.ndarray") -> None:
    """Set a Keras variable to a value as `variable.assign` does, in a sixth of its time."""
    own = _resource_of(variable)
    if own is None or value.dtype != own.dtype.as_numpy_dtype or value.shape != tuple(own.shape):
        variable.assign(value)
        return
    from tensorflow.python.ops import gen_resource_variable_ops as operations

    operations.assign_variable_op(own.handle, value.copy())  # which TensorFlow keeps


def _resource_of(variable: Any) -> Any:
    """Return what holds a Keras variable's value if that is this machine's memory and can be used now, else None."""
    try:
        from keras.src.backend.common.stateless_scope import in_stateless_scope
        from tensorflow.python.ops.resource_variable_ops import ResourceVariable
    except ImportError:
        return None
    own = _part(variable, "_value", None)
    usable = type(own) is ResourceVariable and not in_stateless_scope() and "CPU" in own.handle.device
    return own if usable else None


def layers_of(model: Any, include_self: bool = True) -> list[Any]:
    """List a model and all layers in it, however deep."""
    return list(_part(model, "_flatten_layers")(include_self=include_self))


def is_all_built(model: Any) -> bool:
    """Return whether every layer has its weights; as far as the model knows if its layers cannot be listed."""
    try:
        layers = layers_of(model)
    except PrivatePartError:
        layers = [model]
    return all(layer.built for layer in layers)


def nodes_by_depth(model: Any) -> dict[int, list[Any]] | None:
    """Return the nodes of a model's graph, each with its operation, by their distance from the outputs.

    None if a model is not a graph, such as a subclass with its own `call`.
    """
    import keras

    graph = _part(model, "_functional", None) if isinstance(model, keras.Sequential) else model
    nodes: dict[int, list[Any]] | None = _part(graph, "_nodes_by_depth", None)
    return nodes


def operator_name(operation: Any) -> str | None:
    """Return the name of an operation on tensors such as `a + b`, which is `Add`; None if it is another operation."""
    kind, modules = type(operation), ("ops.numpy", "ops.nn", "activations.activations")
    return kind.__name__ if kind.__module__ in [f"keras.src.{module}" for module in modules] else None


def mask_of(tensor: Any) -> Any:
    """Return the mask that a symbolic tensor carries, None if it has none."""
    return _part(tensor, "_keras_mask", None)


def own_trainable_variables(owner: Any) -> list[Any]:
    """List a layer's own trainable variables, or those that an optimizer was built for, in the order of its slots."""
    variables: list[Any] = _part(owner, "_trainable_variables")
    return variables


def compiled_loss(model: Any) -> tuple[Any, Any] | None:
    """Return the loss and the loss weights that a model was compiled with; None without a loss."""
    loss = _part(model, "_compile_loss")
    return None if loss is None else (_part(loss, "_user_loss"), _part(loss, "_user_loss_weights"))


def compiled_metrics(model: Any) -> tuple[Any, Any]:
    """Return the metrics and the weighted metrics that a model was compiled with, each None if there are none."""
    metrics = _part(model, "_compile_metrics")
    if metrics is None:
        return None, None
    return _part(metrics, "_user_metrics"), _part(metrics, "_user_weighted_metrics")


def loss_arguments(loss: Any) -> dict[str, Any]:
    """Return the arguments that a Keras loss passes to its function."""
    arguments: dict[str, Any] = _part(loss, "_fn_kwargs")
    return arguments


def metric_arguments(metric: Any) -> dict[str, Any]:
    """Return the arguments that a Keras metric passes to its function; none if it has no function."""
    arguments: dict[str, Any] = _part(metric, "_fn_kwargs", {})
    return arguments


def function_of(metric: Any) -> Any:
    """Return the function of a loss or a metric; None if it has none."""
    return getattr(metric, "fn", None) or _part(metric, "_fn", None)


def learning_rate_of(optimizer: Any) -> Any:
    """Return an optimizer's learning rate as it is stored: a variable, or a schedule."""
    return _part(optimizer, "_learning_rate")


def first_slots(optimizer: Any) -> list[Any]:
    """List the first moments of Adam and its variants, in the order of the optimizer's variables."""
    slots: list[Any] = _part(optimizer, "_momentums")
    return slots


def second_slots(optimizer: Any) -> list[Any]:
    """List the second moments of Adam and its variants, in the order of the optimizer's variables."""
    slots: list[Any] = _part(optimizer, "_velocities")
    return slots


_SLOTS = {
    "Adagrad": ("_accumulators",),
    "Adadelta": ("_accumulated_grads", "_accumulated_delta_vars"),
    "Adamax": ("_m", "_u"),
    "Ftrl": ("_accumulators", "_linears"),
    "Lion": ("_momentums",),
    "SGD": ("momentums",),
    "RMSprop": ("_momentums", "_velocities", "_average_gradients"),
}
"""The slots of optimizers; of others, those of Adam and its variants."""


def slots_of(optimizer: Any) -> list[list[Any]]:
    """List an optimizer's slots, each a list in the order of its variables, or none where it has none."""
    names = _SLOTS.get(type(optimizer).__name__, ("_momentums", "_velocities"))
    if getattr(optimizer, "amsgrad", False):
        names = (*names, "_velocity_hats")
    return [list(_part(optimizer, name) or ()) for name in names]


def moving_averages(optimizer: Any) -> list[Any]:
    """List an optimizer's averages of its variables, in their order."""
    averages: list[Any] = _part(optimizer, "_model_variables_moving_average")
    return averages


def has_averages_in_model(swap: Any) -> bool:
    """Return whether Keras's `SwapEMAWeights` has swapped a model's weights and their averages."""
    return bool(_part(swap, "_ema_weights_in_model"))


def momentum_product(optimizer: Any) -> Any:
    """Return the variable with the product of Nadam's momenta."""
    return _part(optimizer, "_u_product")


def slot_index(optimizer: Any) -> Callable[[Any], int]:
    """Return the mapping from a variable to its index in an optimizer's slots."""
    index: Callable[[Any], int] = _part(optimizer, "_get_variable_index")
    return index


def build_for(model: Any, batch: tuple[Any, ...]) -> None:
    """Create every variable that training on such a batch needs, before anything is traced."""
    _part(model, "_symbolic_build")(data_batch=batch)


def skip_gradient_sums(optimizer: Any) -> None:
    """Let an optimizer skip the sum of its gradients over replicas, as there is only one."""
    if _part(optimizer, "_all_reduce_sum_gradients", None) is not None:
        vars(optimizer)["_all_reduce_sum_gradients"] = list


def data_set_inputs(dataset: Any) -> list[Any]:
    """List the `tf.data` sets that one was made of; none if that is unknown."""
    return list(_part(dataset, "_inputs", list)())


def hear_seed_requests(heard: Callable[[bool], None]) -> bool:
    """Call `heard` each time an operation requests its seed, with whether it is traced into a function.

    Yields or returns False if that is impossible.
    """
    try:
        from tensorflow.python.eager import context
        from tensorflow.python.framework import random_seed
    except ImportError:
        return False
    given = _part(random_seed, "get_seed", None)
    executing_eagerly = _part(context, "executing_eagerly", None)
    if given is None or executing_eagerly is None:
        return False
    get_seed = getattr(given, "heard_instead_of", given)

    def get_seed_heard(op_seed: Any) -> Any:
        heard(not executing_eagerly())
        return get_seed(op_seed)

    get_seed_heard.heard_instead_of = get_seed  # type: ignore[attr-defined]
    random_seed.get_seed = get_seed_heard
    return True


@contextmanager
def keeping_caches() -> Iterator[None]:
    """Keep TensorFlow's compiled functions when the session is cleared and the seed is set inside.

    If the caches cannot be kept, they are emptied.
    """
    eager = _eager_context()
    parts = ("clear_kernel_cache", "_set_global_seed", "_seed", "_rng")
    if eager is None or any(_part(eager, name, _GONE) is _GONE for name in parts):
        yield
        return
    vars(eager).update(clear_kernel_cache=_nothing, _set_global_seed=_seed_setter(eager))
    try:
        yield
    finally:
        del eager.clear_kernel_cache, eager._set_global_seed


def empty_kernel_cache() -> None:
    """Free the memory of everything that TensorFlow has compiled, as far as possible."""
    empty = _part(_eager_context(), "clear_kernel_cache", None)
    if empty is not None:
        empty()


_GONE = object()


def _part(owner: Any, name: str, *otherwise: Any) -> Any:
    """Return a private part of an object, or `otherwise`.

    Raises:
        PrivatePartError: it is missing, and `otherwise` is not given.
    """
    try:
        return getattr(owner, name, *otherwise)
    except AttributeError:
        raise PrivatePartError(missing(owner, name)) from None


def missing(owner: Any, name: str) -> str:
    """Return the message for a missing part, with the versions that have it."""
    has = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in TRIED)
    wanted = " ".join(f"'{package}=={version}.*'" for package, version in TRIED.items())
    return f"{type(owner).__name__} has no {name} in {has}: pip install {wanted}"


def _is_of(version: str, tried: str) -> bool:
    """Return whether a version is one of those tried.

    >>> _is_of("2.21.1", "2.21"), _is_of("2.210", "2.21")
    (True, False)
    """
    return f"{version}.".startswith(f"{tried}.")


def _eager_context() -> Any:
    try:
        from tensorflow.python.eager import context
    except ImportError:
        return None
    get = _part(context, "context", None)
    return None if get is None else get()


def _nothing() -> None:
    """Replace the function that empties the caches."""


def _seed_setter(eager: Any) -> Callable[[int], None]:
    """Return TensorFlow's function to set the seed, without its last step, which empties the caches."""
    import random

    def set_global_seed(seed: int) -> None:
        eager._seed, eager._rng = seed, random.Random(seed)

    return set_global_seed


def compile_arguments(model: Any) -> dict[str, Any]:
    """Return the arguments that a model was compiled with, as they were given."""
    return dict(_part(model, "_compile_config").config)
