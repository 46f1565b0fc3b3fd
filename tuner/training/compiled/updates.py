"""Optimizer updates by TensorFlow's own fused kernels: Keras's formulas, one operation per variable."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.compiled.architecture import SCHEDULE_VALUES

Update = Callable[[Any, Any, Any, Any], None]


@contextmanager
def fused_updates(optimizer: Any) -> Iterator[None]:
    """Make a plain Adam, AdamW, RMSprop with momentum or SGD apply fused updates while a step is traced.

    Everything around the update (clipping, weight decay, averages) stays Keras's own, and so does the
    update of any other optimizer. The optimizer is restored afterwards.
    """
    update = _fused_update(optimizer)
    if update is None:
        yield
        return
    optimizer.__dict__["update_step"] = update
    try:
        yield
    finally:
        del optimizer.__dict__["update_step"]


def is_fused(optimizer: Any) -> bool:
    """Return whether `fused_updates` has a kernel for the optimizer."""
    return _fused_update(optimizer) is not None


def keep_gradients(optimizer: Any) -> None:
    """Let an optimizer skip the sum of its gradients over replicas: there is only one, so the sum changes nothing.

    At each trace TensorFlow registers a gradient of that sum permanently, which keeps the whole graph in memory, over
    a megabyte for each architecture that a worker trains.
    """
    if not tf.distribute.has_strategy():
        tf_private.skip_gradient_sums(optimizer)


def schedule_values(optimizer: Any) -> list[float]:
    """Return the numbers of the optimizer's learning rate schedule that a program takes as values."""
    schedule = _cosine_decay(optimizer)
    return [float(getattr(schedule, name)) for name in SCHEDULE_VALUES] if schedule else []


@contextmanager
def given_schedule(optimizer: Any, values: Any) -> Iterator[None]:
    """Make the optimizer's `CosineDecay` use the tensors `values` while a step is traced; it is restored afterwards."""
    schedule = _cosine_decay(optimizer)
    own = dict(vars(schedule)) if schedule else {}
    try:
        if schedule:
            vars(schedule).update({name: values[index] for index, name in enumerate(SCHEDULE_VALUES)})
        yield
    finally:
        if schedule:
            vars(schedule).update(own)


def _cosine_decay(optimizer: Any) -> Any:
    schedule = tf_private.learning_rate_of(optimizer)
    return schedule if type(schedule) is keras.optimizers.schedules.CosineDecay else None


def _fused_update(optimizer: Any) -> Callable[[Any, Any, Any], None] | None:
    makers = {
        keras.optimizers.Adam: _adam,
        keras.optimizers.AdamW: _adam,
        keras.optimizers.SGD: _sgd,
        keras.optimizers.RMSprop: _rmsprop,
    }
    maker = makers.get(type(optimizer))
    fused = maker(optimizer) if maker else None
    if fused is None:
        return None

    index_of = tf_private.slot_index(optimizer)

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        if isinstance(gradient, tf.IndexedSlices) or gradient.dtype != variable.dtype:
            type(optimizer).update_step(optimizer, gradient, variable, learning_rate)
        else:
            rate = tf.cast(tf.convert_to_tensor(learning_rate), variable.dtype)
            fused(gradient, variable, rate, index_of(variable))

    return update_step


def _adam(optimizer: Any) -> Update | None:
    if optimizer.amsgrad:
        return None

    def update(gradient: Any, variable: Any, rate: Any, index: int) -> None:
        step = tf.cast(optimizer.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=tf_private.first_slots(optimizer)[index].handle,
            v=tf_private.second_slots(optimizer)[index].handle,
            beta1_power=tf.pow(tf.cast(optimizer.beta_1, variable.dtype), step),
            beta2_power=tf.pow(tf.cast(optimizer.beta_2, variable.dtype), step),
            lr=rate,
            beta1=optimizer.beta_1,
            beta2=optimizer.beta_2,
            epsilon=optimizer.epsilon,
            grad=gradient,
        )

    return update


def _sgd(optimizer: Any) -> Update:
    def update(gradient: Any, variable: Any, rate: Any, index: int) -> None:
        if optimizer.momentum == 0:
            tf.raw_ops.ResourceApplyGradientDescent(var=variable.handle, alpha=rate, delta=gradient)
            return
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=optimizer.momentums[index].handle,
            lr=rate,
            grad=gradient,
            momentum=optimizer.momentum,
            use_nesterov=optimizer.nesterov,
        )

    return update


def _rmsprop(optimizer: Any) -> Update | None:
    if optimizer.centered or optimizer.momentum == 0:
        return None

    def update(gradient: Any, variable: Any, rate: Any, index: int) -> None:
        tf.raw_ops.ResourceApplyRMSProp(
            var=variable.handle,
            ms=tf_private.second_slots(optimizer)[index].handle,
            mom=tf_private.first_slots(optimizer)[index].handle,
            lr=rate,
            rho=optimizer.rho,
            momentum=optimizer.momentum,
            epsilon=optimizer.epsilon,
            grad=gradient,
        )

    return update
