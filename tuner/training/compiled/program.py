"""The traced program of an architecture: a whole epoch in one call, on the values of any of its models."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_search.tuner.data.reordering import examples_of, in_order
from keras_search.tuner.data.tree import Examples, Tree, leaves, size, take
from keras_search.tuner.training.compiled.architecture import architecture_of
from keras_search.tuner.training.compiled.batches import most_at_once, takes_examples_alone
from keras_search.tuner.training.compiled.dropout import (
    Drop,
    drawn_before,
    drawn_when_needed,
    dropout_calls,
    drops_of,
    hashed_dropout,
    masks_of,
)
from keras_search.tuner.training.compiled.fresh_start import empty_caches
from keras_search.tuner.training.compiled.updates import fused_updates, given_schedule, schedule_values
from keras_search.tuner.training.feeding import PIECE, are_large
from keras_search.tuner.training.reported import number

PROGRAMS_KEPT = 16

Arrays = Examples
ModelValues = tuple[list[Drop], list[Any]]
"""The scalars that differ between models of one architecture: each layer's dropout, the schedule's numbers."""


class Program:
    """The traced program of one architecture: it trains its own `host` model on another's values."""

    def __init__(self, host: keras.Model, fit: Arrays, validation: Arrays, batch_size: int, jit: bool) -> None:
        self.host = host
        self.batch_size = batch_size
        self.held = max(batch_size, most_at_once(validation[0])) if takes_examples_alone(host) else batch_size
        self.steps = size(fit[0]) // batch_size
        self.jit = jit
        self.calls = dropout_calls(host)
        self.variables = _state(host)
        self._step = tf.function(self._train_step, autograph=False, input_signature=self._step_signature(fit))
        self._train = tf.function(self._train_loop, autograph=False, jit_compile=self.jit)
        # If the size of a batch is known, Keras weights the losses of several outputs by it; otherwise it does not.
        self._test = tf.function(self._test_step, autograph=False)
        self._step.get_concrete_function()
        held = min(size(validation[0]), self.held)
        self._test.get_concrete_function(*(_specs(tree, held) for tree in validation))

    def run(
        self, model: keras.Model, fit: Arrays, validation: Arrays, order: np.ndarray, words: np.ndarray
    ) -> dict[str, float]:
        """Train one epoch of `model` and validate it."""
        borrowed = None if model is self.host else [tf.identity(v) for v in self.variables]
        if borrowed:
            _assign(self.variables, _state(model))
        try:
            logs = self._epoch(model, fit, validation, order, words)
        finally:
            if borrowed:
                _assign(_state(model), self.variables)
                _assign(self.variables, borrowed)
        return logs

    def _epoch(
        self, model: keras.Model, fit: Arrays, validation: Arrays, order: np.ndarray, words: np.ndarray
    ) -> dict[str, float]:
        values, key = tf.nest.map_structure(tf.constant, _values(model)), tf.constant(words)
        self.host.reset_metrics()
        whole = self.steps * self.batch_size
        for first, examples, places in _parts(fit, order[:whole], self.batch_size):
            step = tf.constant(first)
            masks = self._masks(self.batch_size, values, key, step)
            self._train(examples, tf.constant(places), step, values, key, masks)
        rest = order[whole:]
        if len(rest):
            step = tf.constant(self.steps)
            self._step(_some(fit, rest), values, key, step, self._masks(len(rest), values, key, step))
        logs = _results(self.host, "")
        self.host.reset_metrics()
        for start in range(0, size(validation[0]), self.held):
            self._test(*_some(validation, slice(start, start + self.held)))
        return logs | _results(self.host, "val_")

    def _train_loop(
        self, examples: Any, order: Any, first: Any, values: ModelValues, key: Any, first_masks: list[Any]
    ) -> None:
        """Train step after step from step number `first`; the masks of the next are drawn in this one.

        XLA recomputes what it can. It keeps values that are carried from step to step; one used twice in a step,
        forward and backward, it computes twice.
        """
        steps = order.shape[0] // self.batch_size

        def body(step: Any, masks: list[Any]) -> tuple[Any, list[Any]]:
            batch = tf.slice(order, [step * self.batch_size], [self.batch_size])
            self._step(_gather(examples, batch), values, key, first + step, masks)
            return step + 1, self._masks(self.batch_size, values, key, first + step + 1)

        tf.while_loop(lambda step, _: step < steps, body, [0, first_masks], parallel_iterations=1)

    def _masks(self, batch_size: int, values: ModelValues, key: Any, step: Any) -> list[Any]:
        return masks_of(self.calls or [], batch_size, values[0], key, step)

    def _train_step(self, examples: Any, values: ModelValues, key: Any, step: Any, masks: list[Any]) -> None:
        draw = drawn_when_needed(key, step) if self.calls is None else drawn_before(masks)
        drops, schedule = values
        optimizer = self.host.optimizer
        with hashed_dropout(self.host, drops, draw), given_schedule(optimizer, schedule), fused_updates(optimizer):
            _check_logs(self.host, self.host.train_step(examples))

    def _step_signature(self, fit: Arrays) -> list[Any]:
        examples = tuple(_specs(tree, None) for tree in fit)
        values = tf.nest.map_structure(lambda number: tf.TensorSpec((), number.dtype), _values(self.host))
        key = tf.TensorSpec((2,), tf.uint32)
        masks = [tf.TensorSpec((None,), tf.bool) for _ in self.calls or []]
        return [examples, values, key, tf.TensorSpec((), tf.int32), masks]

    def _test_step(self, *examples: Any) -> None:
        _check_logs(self.host, self.host.test_step(examples))


class _Programs:
    """The programs of this process by architecture; `traced` also counts those that are not cached."""

    def __init__(self) -> None:
        self.kept: dict[str, Program] = {}
        self.traced = 0

    def make_room(self) -> None:
        """Forget them all when there are many, because TensorFlow can only free the memory of all at once."""
        if self.traced == PROGRAMS_KEPT:
            self.kept.clear()
            empty_caches()
            self.traced = 0
        self.traced += 1


_PROGRAMS = _Programs()
_DEVICE_ARRAYS: OrderedDict[int, tuple[list[np.ndarray], tuple[Any, ...]]] = OrderedDict()


def program_for(model: keras.Model, fit: Arrays, validation: Arrays, batch_size: int, jit: bool) -> Program:
    """Return the program of the model's architecture, traced once while there are few of them."""
    trees = (*fit, *validation)
    sizes = [[(name, array.shape, array.dtype.str) for name, array in leaves(tree).items()] for tree in trees]
    architecture = architecture_of(model)
    key = f"{architecture} {sizes} {batch_size} {jit}"
    if key in _PROGRAMS.kept:
        return _PROGRAMS.kept[key]
    _PROGRAMS.make_room()
    program = Program(model, fit, validation, batch_size, jit)
    if architecture is not None:
        _PROGRAMS.kept[key] = program
    return program


def _values(model: keras.Model) -> ModelValues:
    return drops_of(model), [np.float32(number) for number in schedule_values(model.optimizer)]


def _state(model: keras.Model) -> list[Any]:
    """List the variables that an epoch changes: weights, layer state, optimizer."""
    return [variable.value for variable in (*model.variables, *model.optimizer.variables)]


def _assign(variables: list[Any], values: list[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _check_logs(model: keras.Model, logs: Any) -> None:
    """Make sure that a step reports only the model's metrics, because only those are averaged over an epoch."""
    others = set(_names(logs)) ^ set(model.get_metrics_result())
    if others:
        raise ValueError(f"its step reports other values than the model's metrics: {', '.join(sorted(others))}")


def _names(logs: Any) -> Iterator[str]:
    """Name the values of a step, as `model.fit` does if a metric has several."""
    for name, value in logs.items():
        yield from _names(value) if isinstance(value, dict) else [name]


def _results(model: keras.Model, prefix: str) -> dict[str, float]:
    return {f"{prefix}{name}": number(value) for name, value in model.get_metrics_result().items()}


def _specs(tree: Tree, batch_size: int | None) -> Any:
    def spec(array: np.ndarray) -> tf.TensorSpec:
        return tf.TensorSpec((batch_size, *array.shape[1:]), tf.string if array.dtype.kind == "U" else array.dtype)

    return tf.nest.map_structure(spec, tree)


def _gather(tensors: Any, index: Any) -> Any:
    return tf.nest.map_structure(lambda tensor: tf.gather(tensor, index), tensors)


def _parts(fit: Arrays, order: np.ndarray, batch_size: int) -> Iterator[tuple[int, Any, np.ndarray]]:
    """Yield all examples and their order, or if they are large those of some steps after the other.

    Each comes with the number of its first step.
    """
    if not are_large(fit):
        if len(order):
            yield 0, _on_device(fit), order
        return
    many = examples_of(fit, batch_size, PIECE)
    for part, some in enumerate(in_order(fit, order, many)):
        held = tuple(tf.nest.map_structure(tf.constant, tree) for tree in some)
        yield part * many // batch_size, held, np.arange(size(some[0]), dtype=np.int32)


def _some(arrays: Arrays, rows: slice | np.ndarray) -> tuple[Any, ...]:
    """Return some examples as tensors."""
    if are_large(arrays):
        return tuple(tf.nest.map_structure(tf.constant, take(tree, rows)) for tree in arrays)
    held = _on_device(arrays)
    if isinstance(rows, slice):
        return tuple(tf.nest.map_structure(lambda tensor: tensor[rows], tree) for tree in held)
    return tuple(_gather(tree, rows) for tree in held)


def _on_device(arrays: Arrays) -> tuple[Any, ...]:
    """Return the arrays as tensors, copied once as long as the same arrays are used."""
    own = [array for tree in arrays for array in leaves(tree).values()]
    key = id(own[0])
    if key not in _DEVICE_ARRAYS or list(map(id, _DEVICE_ARRAYS[key][0])) != list(map(id, own)):
        _DEVICE_ARRAYS[key] = (own, tuple(tf.nest.map_structure(tf.constant, tree) for tree in arrays))
        if len(_DEVICE_ARRAYS) > 4:
            _DEVICE_ARRAYS.popitem(last=False)
    return _DEVICE_ARRAYS[key][1]
