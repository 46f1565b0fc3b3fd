"""The compiled epoch: train and validate a Keras model, a whole epoch in one call."""

import hashlib
import logging
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from keras_search.models.problem import Target
from keras_search.tuner.data.growing import Growing
from keras_search.tuner.data.tree import Tree, size, take
from keras_search.tuner.study import records
from keras_search.tuner.system import tf_private
from keras_search.tuner.training.averages import unsettled
from keras_search.tuner.training.compiled.batches import most_at_once
from keras_search.tuner.training.compiled.program import Arrays, Program, program_for
from keras_search.tuner.training.compiled.updates import keep_gradients
from keras_search.tuner.training.compiled.xla import xla_compiles
from keras_search.tuner.training.feeding import Batches, are_large
from keras_search.tuner.training.not_numbers import hold_nan
from keras_search.tuner.training.reported import number
from keras_search.tuner.training.texts import with_text_tensors

if TYPE_CHECKING:
    from keras_search.tuner.training.kernels.program import PlainProgram

KERNELS = records.KERNELS
COMPILED = records.COMPILED
MODEL_FIT = "model.fit"
OWN_FIT = "own fit"
"""The engines that train a run: the first three are chosen here, the last is the user's own `fit`."""

logger = logging.getLogger("keras_search")

LOOP = ("fit", "evaluate", "make_train_function", "make_test_function")
"""The methods by which a model's epoch is more than its steps."""


class EpochRunner:
    """Train and validate one compiled Keras model epoch by epoch.

    `fit` and `validation` are (x, y), or (x, y, weights), each an array with the examples along the first axis, or a
    dict of such arrays by the name of an input or an output; y is as the model's losses take it.
    The result of an epoch is a pure function of the model's and the optimizer's variables, the seed and the
    number of the epoch; it does not depend on what this process compiled or trained before.

    With `kernels`, a network of plain layers on one core is trained by our own kernels, any other model in a
    compiled epoch of TensorFlow, without XLA if inputs hold NaN, so that NaN propagates as in Keras; `engine` says
    which. Models that cannot be compiled (`run_eagerly=True`, a step that does not trace) are trained by `model.fit`,
    one call per epoch, and the log says so.

    Example:
        >>> runner = EpochRunner(model, (x_fit, y_fit), (x_val, y_val), batch_size=32)
        >>> runner.run(seed=0, epoch=1)
        {'accuracy': 0.91, 'loss': 0.30, 'val_accuracy': 0.95, 'val_loss': 0.17}
    """

    def __init__(
        self,
        model: keras.Model,
        fit: Arrays,
        validation: Arrays,
        batch_size: int,
        epochs: int = 5,
        kernels: bool = True,
        shuffle: bool = True,
    ) -> None:
        self.model, self._shuffle = model, shuffle
        self.fit = fit
        self.validation = validation
        self.batch_size = batch_size
        self.epochs = epochs
        self._kernels = kernels
        self._program: PlainProgram | Program | None = None
        keep_gradients(model.optimizer)
        reason = _own_loop(model) or self._compile()
        if reason:
            _say_once(f"Training by model.fit, not in a compiled epoch: {reason}.")

    @property
    def engine(self) -> str:
        """The engine that trains the model: `KERNELS`, `COMPILED` or `MODEL_FIT`."""
        if self._program is None:
            return MODEL_FIT
        return COMPILED if isinstance(self._program, Program) else KERNELS

    def run(self, seed: int, epoch: int) -> dict[str, float]:
        """Train epoch number `epoch` (from 1) and validate; return the metrics that `model.fit` would return."""
        rng = np.random.Generator(np.random.Philox(key=_digest(seed, epoch)))
        order = rng.permutation(size(self.fit[0])).astype(np.int32)
        words = rng.integers(0, 2**32, 2, dtype=np.uint32)
        if not self._shuffle:
            order = np.arange(len(order), dtype=np.int32)
        _seed_layers(self.model, rng)
        if self._program is None:
            return self._run_fit(order, rng)
        if not isinstance(self._program, Program):
            return self._program.run(self.model, self.fit, self.validation, order, words)
        arguments = (self.model, self.fit, self.validation, order, words)
        try:
            return self._program.run(*arguments)
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            if not self._program.jit:
                raise
            self._program = self._program_without_xla()
            return self._program.run(*arguments)

    def _compile(self) -> str:
        """Find or trace the model's program; return the reason on one line if that fails."""
        try:
            self._program = self._plain_program()
            if self._program is None:
                _build(self.model, self.fit, self.batch_size)
                steps = size(self.fit[0]) // self.batch_size * self.epochs
                jit = not self._inputs_hold_nan() and xla_compiles(self.model, self.batch_size, steps)
                self._program = program_for(self.model, self.fit, self.validation, self.batch_size, jit)
        except Exception as error:
            return _on_one_line(error)
        return ""

    def _plain_program(self) -> "PlainProgram | None":
        """Return the program of our own kernels for a model of plain layers, if they can be compiled here."""
        if not self._kernels or not _on_one_core() or self._inputs_hold_nan():
            return None
        try:
            from keras_search.tuner.training.kernels.program import plain_program  # imports Numba

            return plain_program(self.model, self.fit, self.validation, self.batch_size)
        except Exception as error:
            _say_once(f"Training by TensorFlow, not by the kernels: {_on_one_line(error)}.")
            return None

    def _inputs_hold_nan(self) -> bool:
        return hold_nan(self.fit[0], self.validation[0])

    def _program_without_xla(self) -> Program:
        """Return the program for a model with operations that XLA lacks; it fails before the first step."""
        return program_for(self.model, self.fit, self.validation, self.batch_size, jit=False)

    def _run_fit(self, order: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
        keras.utils.set_random_seed(int(rng.integers(2**31)))
        with unsettled(self.model):
            return fit_as_keras(self.model, self.fit, self.validation, self.batch_size, order)


def measured_by_kernels(
    model: keras.Model, examples: Arrays, target: Target
) -> tuple[dict[str, float], np.ndarray] | None:
    """Return the metrics of a compiled model and its output for `target`, by our own kernels.

    The output is probabilities of all classes, or values. None if the kernels cannot test this model, or on this
    machine.
    """
    try:
        from keras_search.tuner.training.kernels.testing import tested  # imports Numba

        return None if hold_nan(examples[0], examples[0]) else tested(model, examples, target)
    except Exception as error:
        _say_once(f"Testing by TensorFlow, not by the kernels: {_on_one_line(error)}.")
        return None


def why_no_kernels() -> str:
    """Return why our own kernels cannot be compiled on this machine, "" if they can."""
    try:
        from keras_search.tuner.training.kernels.trial import check_compiles

        check_compiles()
    except Exception as error:
        return _on_one_line(error)
    return ""


def fit_as_keras(
    model: keras.Model, fit: Arrays, validation: Arrays, batch_size: int, order: np.ndarray | None = None
) -> dict[str, float]:
    """Train for an epoch by `model.fit`, in an order of the examples, and return what it reports."""
    held_out: Any = (
        Batches(validation, batch_size) if are_large(validation) else tuple(map(with_text_tensors, validation))
    )
    given: dict[str, Any] = {"shuffle": False, "verbose": 0, "validation_data": held_out}
    if are_large(fit):
        history = model.fit(Batches(fit, batch_size, order), **given)
    else:
        x, y, *weights = fit if order is None else (take(tree, order) for tree in fit)
        weight = weights[0] if weights else None
        history = model.fit(with_text_tensors(x), y, sample_weight=weight, batch_size=batch_size, **given)
    return {name: number(values[-1]) for name, values in history.history.items()}


def predict(model: keras.Model, x: Tree, batch_size: int | None = None) -> Any:
    """Return the model's outputs for the examples `x`, the same to the bit at each call.

    They are one array, or arrays in the structure of the model's output, such as a dict.
    """
    batch_size = batch_size or most_at_once(x)
    call = tf.function(lambda batch: model(batch, training=False), autograph=False, reduce_retracing=True)
    joined: Any = None
    for start in range(0, size(x), batch_size):
        batch = tf.nest.map_structure(tf.constant, take(x, slice(start, start + batch_size)))
        outputs = tf.nest.map_structure(lambda output: output.numpy(), call(batch))
        joined = joined or tf.nest.map_structure(lambda output: Growing(output.shape[1:]), outputs)
        tf.nest.map_structure(Growing.append, joined, outputs)
    return tf.nest.map_structure(Growing.joined, joined)


_SAID: set[str] = set()


def _say_once(text: str) -> None:
    if text not in _SAID:
        _SAID.add(text)
        logger.warning(text)


def _on_one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"


def _own_loop(model: keras.Model) -> str:
    """Return why only `model.fit` trains a model as its user wrote it; "" if a compiled epoch does the same."""
    if model.run_eagerly:
        return "the model was compiled with run_eagerly=True"
    for name in LOOP:
        function = vars(model).get(name) or getattr(type(model), name)
        if str(getattr(function, "__module__", "")).partition(".")[0] != "keras":
            return f"the model has its own {name}"
    return ""


def _on_one_core() -> bool:
    """Return whether TensorFlow was told to use one core, and sees no GPU."""
    return tf.config.threading.get_intra_op_parallelism_threads() == 1 and not tf.config.list_logical_devices("GPU")


def _build(model: keras.Model, fit: Arrays, batch_size: int) -> None:
    """Create every variable that training needs, before anything is traced."""
    tf_private.build_for(model, tuple(with_text_tensors(take(tree, slice(batch_size))) for tree in fit))
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _seed_layers(model: keras.Model, rng: np.random.Generator) -> None:
    """Draw the state of every random generator among the model's layers."""
    for variable in model.variables:
        if variable.name == "seed_generator_state":
            variable.assign([int(rng.integers(2**31)), 0])


def _digest(seed: int, epoch: int) -> int:
    """Hash (seed, epoch) into 128 bits, so that neighbouring seeds and epochs share nothing."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{epoch}".encode()).digest()[:16])
