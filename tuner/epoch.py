"""The compiled epoch: train and validate a Keras model, a whole epoch in one call."""

import hashlib
import logging
from collections import OrderedDict
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_search.tuner.architecture import architecture_of
from keras_search.tuner.data.tree import Tree, leaves, size, take
from keras_search.tuner.dropout import dropout_rates, hashed_dropout, hashed_layers
from keras_search.tuner.updates import fused_updates, given_schedule, keep_gradients, schedule_values

logger = logging.getLogger("keras_search")

VALIDATION_BATCH = 2000
XLA_STEPS = 6000
PROGRAMS_KEPT = 16

Arrays = tuple[Tree, Tree]


class EpochRunner:
    """Train and validate one compiled Keras model an epoch at a time.

    `fit` and `validation` are (x, y), each an array with the examples along the first axis, or a dict of such
    arrays by the name of an input or an output; y is as the model's losses take it.
    What an epoch does is a pure function of the model's and the optimizer's variables, the seed and the
    number of the epoch; it does not depend on what this process compiled or trained before.

    What cannot be compiled (`run_eagerly=True`, a step that does not trace) is trained by `model.fit`
    instead, an epoch a call, and the log says so.

    Example:
        >>> runner = EpochRunner(model, (x_fit, y_fit), (x_val, y_val), batch_size=32)
        >>> runner.run(seed=0, epoch=1)
        {'accuracy': 0.91, 'loss': 0.30, 'val_accuracy': 0.95, 'val_loss': 0.17}
    """

    def __init__(self, model: keras.Model, fit: Arrays, validation: Arrays, batch_size: int, epochs: int = 5) -> None:
        self.model = model
        self.fit = fit
        self.validation = validation
        self.batch_size = batch_size
        self.epochs = epochs
        self._program: _Program | None = None
        keep_gradients(model.optimizer)
        reason = "the model was compiled with run_eagerly=True" if model.run_eagerly else self._compile()
        if reason and reason not in _SAID:
            _SAID.add(reason)
            logger.warning("Training by model.fit, not in a compiled epoch: %s.", reason)

    def run(self, seed: int, epoch: int) -> dict[str, float]:
        """Train epoch number `epoch` (from 1) and validate; give the metrics that `model.fit` would give."""
        rng = np.random.Generator(np.random.Philox(key=_digest(seed, epoch)))
        order = rng.permutation(size(self.fit[0])).astype(np.int32)
        words = rng.integers(0, 2**32, 2, dtype=np.uint32)
        _seed_layers(self.model, rng)
        if self._program is None:
            return self._run_fit(order, rng)
        arguments = (self.model, self.fit, self.validation, order, words)
        try:
            return self._program.run(*arguments)
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            if not self._program.jit:
                raise
            self._program = self._program_without_xla()
            return self._program.run(*arguments)

    def _compile(self) -> str:
        """Find or trace the model's program; give the reason on one line where that fails."""
        try:
            _build(self.model, self.fit, self.batch_size)
            self._program = _program_for(self.model, self.fit, self.validation, self.batch_size, self._jit())
        except Exception as error:
            return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
        return ""

    def _program_without_xla(self) -> "_Program":
        """Give the program for a model with operations that XLA does not have; it fails before the first step."""
        return _program_for(self.model, self.fit, self.validation, self.batch_size, jit=False)

    def _jit(self) -> bool:
        """Say whether XLA pays: compiling costs as much as it saves in `XLA_STEPS` steps of a plain network.

        It never does for convolutions, which XLA makes 15 times slower on a processor.
        """
        if any(isinstance(layer, CONVOLUTIONS) for layer in self.model._flatten_layers()):
            return False
        return size(self.fit[0]) // self.batch_size * self.epochs >= XLA_STEPS

    def _run_fit(self, order: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
        keras.utils.set_random_seed(int(rng.integers(2**31)))
        x, y = self.fit
        history = self.model.fit(
            take(x, order),
            take(y, order),
            batch_size=self.batch_size,
            shuffle=False,
            verbose=0,
            validation_data=self.validation,
        )
        return {name: float(values[-1]) for name, values in history.history.items()}


def predict(model: keras.Model, x: Tree, batch_size: int = VALIDATION_BATCH) -> Any:
    """Give the model's outputs for the examples `x`, the same to the bit at each call.

    They are one array, or arrays in the structure in which the model gives them, such as a dict.
    """
    call = tf.function(lambda batch: model(batch, training=False), autograph=False, reduce_retracing=True)
    starts = range(0, size(x), batch_size)
    parts = [call(_tensors(take(x, slice(start, start + batch_size)))) for start in starts]
    return tf.nest.map_structure(lambda *outputs: np.concatenate([output.numpy() for output in outputs]), *parts)


CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
)
_SAID: set[str] = set()


class _Program:
    """What was traced for one architecture: it trains its own `host` model on another's values."""

    def __init__(self, host: keras.Model, fit: Arrays, validation: Arrays, batch_size: int, jit: bool) -> None:
        self.host = host
        self.batch_size = batch_size
        self.steps = size(fit[0]) // batch_size
        self.jit = jit and _may_jit(host)
        self.rates = len(dropout_rates(host))
        self.variables = _state(host)
        self._step = tf.function(self._train_step, autograph=False, input_signature=_step_signature(fit))
        self._train = tf.function(self._train_loop, autograph=False, jit_compile=self.jit)
        # Of batches whose size is known, Keras weighs the losses of several outputs by it; of others it does not.
        self._test = tf.function(self._test_step, autograph=False)
        self._step.get_concrete_function()
        held = min(size(validation[0]), VALIDATION_BATCH)
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
        x, y = _on_device(fit)
        values, key = tf.constant(_values(model)), tf.constant(words)
        self.host.reset_metrics()
        if self.steps:
            self._train(x, y, tf.constant(order), values, key)
        rest = order[self.steps * self.batch_size :]
        if len(rest):
            self._step(_gather(x, rest), _gather(y, rest), values, key, tf.constant(self.steps))
        logs = _results(self.host, "")
        self.host.reset_metrics()
        x, y = _on_device(validation)
        for start in range(0, size(validation[0]), VALIDATION_BATCH):
            self._test(*(_slice(tree, start, start + VALIDATION_BATCH) for tree in (x, y)))
        return logs | _results(self.host, "val_")

    def _train_step(self, x: Any, y: Any, values: Any, key: Any, step: Any) -> None:
        optimizer = self.host.optimizer
        rates, schedule = values[: self.rates], values[self.rates :]
        with hashed_dropout(self.host, rates, key, step), given_schedule(optimizer, schedule), fused_updates(optimizer):
            self.host.train_step((x, y))

    def _train_loop(self, x: Any, y: Any, order: Any, values: Any, key: Any) -> None:
        def body(step: Any) -> tuple[Any]:
            batch = tf.slice(order, [step * self.batch_size], [self.batch_size])
            self._step(_gather(x, batch), _gather(y, batch), values, key, step)
            return (step + 1,)

        tf.while_loop(lambda step: step < self.steps, body, [0], parallel_iterations=1)

    def _test_step(self, x: Any, y: Any) -> None:
        self.host.test_step((x, y))


_PROGRAMS: OrderedDict[str, _Program] = OrderedDict()
_DEVICE_ARRAYS: OrderedDict[int, tuple[list[np.ndarray], tuple[Any, Any]]] = OrderedDict()


def _program_for(model: keras.Model, fit: Arrays, validation: Arrays, batch_size: int, jit: bool) -> _Program:
    """Give the program of the model's architecture, traced once a process."""
    key = architecture_of(model)
    if key is None:
        return _Program(model, fit, validation, batch_size, jit)
    trees = (*fit, *validation)
    sizes = [[(name, array.shape, array.dtype.str) for name, array in leaves(tree).items()] for tree in trees]
    key = f"{key} {sizes} {batch_size} {jit}"
    if key not in _PROGRAMS:
        _PROGRAMS[key] = _Program(model, fit, validation, batch_size, jit)
        if len(_PROGRAMS) > PROGRAMS_KEPT:
            _PROGRAMS.popitem(last=False)
    _PROGRAMS.move_to_end(key)
    return _PROGRAMS[key]


def _values(model: keras.Model) -> np.ndarray:
    """Give what a program takes as values: the dropout rates, then the numbers of the schedule, float32."""
    return np.append(dropout_rates(model), np.array(schedule_values(model.optimizer), np.float32))


def _state(model: keras.Model) -> list[Any]:
    """List the variables that an epoch changes: weights, layer state, optimizer."""
    return [variable.value for variable in (*model.variables, *model.optimizer.variables)]


def _assign(variables: list[Any], values: list[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _build(model: keras.Model, fit: Arrays, batch_size: int) -> None:
    """Create every variable that training needs, before anything is traced."""
    x, y = (take(tree, slice(batch_size)) for tree in fit)
    model._symbolic_build(data_batch=(x, y))
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _results(model: keras.Model, prefix: str) -> dict[str, float]:
    return {f"{prefix}{name}": float(value) for name, value in model.get_metrics_result().items()}


def _may_jit(model: keras.Model) -> bool:
    """Say whether XLA may compile the model: TensorFlow's generators are slow there, some layers have no kernels."""
    own = {id(layer.seed_generator) for layer in hashed_layers(model)}
    layers = model._flatten_layers()
    generators = [layer.seed_generator for layer in layers if getattr(layer, "seed_generator", None)]
    supported = all(getattr(layer, "supports_jit", True) for layer in layers)
    return supported and all(id(generator) in own for generator in generators)


def _step_signature(fit: Arrays) -> list[Any]:
    values, key, step = tf.TensorSpec((None,), tf.float32), tf.TensorSpec((2,), tf.uint32), tf.TensorSpec((), tf.int32)
    return [*(_specs(tree, None) for tree in fit), values, key, step]


def _specs(tree: Tree, batch_size: int | None) -> Any:
    return tf.nest.map_structure(lambda array: tf.TensorSpec((batch_size, *array.shape[1:]), array.dtype), tree)


def _tensors(tree: Tree) -> Any:
    return tf.nest.map_structure(tf.constant, tree)


def _gather(tensors: Any, index: Any) -> Any:
    return tf.nest.map_structure(lambda tensor: tf.gather(tensor, index), tensors)


def _slice(tensors: Any, start: int, stop: int) -> Any:
    return tf.nest.map_structure(lambda tensor: tensor[start:stop], tensors)


def _on_device(arrays: Arrays) -> tuple[Any, Any]:
    """Give the arrays as tensors, copied once while the same arrays are in use."""
    own = [array for tree in arrays for array in leaves(tree).values()]
    key = id(own[0])
    if key not in _DEVICE_ARRAYS or any(a is not b for a, b in zip(_DEVICE_ARRAYS[key][0], own, strict=True)):
        _DEVICE_ARRAYS[key] = (own, (_tensors(arrays[0]), _tensors(arrays[1])))
        if len(_DEVICE_ARRAYS) > 4:
            _DEVICE_ARRAYS.popitem(last=False)
    return _DEVICE_ARRAYS[key][1]


def _seed_layers(model: keras.Model, rng: np.random.Generator) -> None:
    """Draw the state of every random generator among the model's layers."""
    for variable in model.variables:
        if variable.name == "seed_generator_state":
            variable.assign([int(rng.integers(2**31)), 0])


def _digest(seed: int, epoch: int) -> int:
    """Hash (seed, epoch) into 128 bits, so that neighbouring seeds and epochs share nothing."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{epoch}".encode()).digest()[:16])
