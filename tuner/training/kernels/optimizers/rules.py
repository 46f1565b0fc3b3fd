"""The optimizers of Keras as rules and numbers: all that differs between steps, computed for an epoch at once."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels.arrays import RULE
from keras_search.tuner.training.kernels.optimizers import stepping, updating
from keras_search.tuner.training.kernels.optimizers.schedules import rates_of
from keras_search.tuner.training.kernels.recognition.plain import LEAST

NUMBERS = 6
"""The count of numbers for each step: see `updating.update`; the last is the share of averages that a step keeps."""

_NADAM_DECAY = np.float32(0.96)
_CLIPPING = ("clipnorm", "global_clipnorm", "clipvalue")
_EXCLUDED = ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern")

Optimizer = Any
Slots = tuple[list[Any], list[Any]]
"""The variables of the first and the second slot, in the order of the trainable ones; none for an unused slot."""


def rule_of(optimizer: Optimizer, collects: bool = False) -> Any:
    """Return the rule of an optimizer, a record of RULE; None if it does more than its formula or has none here.

    With `collects` it updates nothing until all gradients are there, as it does if its formula needs them all.
    """
    make = _RULES.get(type(optimizer))
    if make is None or any(getattr(optimizer, name, None) for name in _EXCLUDED):
        return None
    if optimizer.gradient_accumulation_steps is not None or not _plain_rate(optimizer):
        return None
    if optimizer.loss_scale_factor is not None and not _is_power_of_two(optimizer.loss_scale_factor):
        return None
    if optimizer.use_ema and optimizer.ema_overwrite_frequency:
        return None
    values = make(optimizer)
    return None if values is None else _record(optimizer, values, collects)


def _record(optimizer: Optimizer, values: dict[str, Any], collects: bool) -> Any:
    """Return the record of a rule, which collects the gradients first if the kernels need them all."""
    rule = np.zeros(1, RULE)
    clipping = {name: float(getattr(optimizer, name) or 0) for name in _CLIPPING}
    first = next((name for name in _CLIPPING if clipping[name] > 0), None)
    for name, value in values.items():
        rule[name] = value
    if first is not None:
        rule[first] = clipping[first]
    rule["averages"] = optimizer.use_ema
    if collects or first is not None or optimizer.use_ema or rule["kind"][0] > updating.SGD:
        rule["method"], rule["kind"] = rule["kind"], updating.COLLECT
    return rule[0]


def updates_tables(rule: Any) -> bool:
    """Return whether a rule can update the table of an embedding.

    Keras itself cannot if it scales the norm of all gradients, or subtracts the square of their average.
    """
    unknown = rule["method"] == stepping.CENTERED or (rule["clipnorm"] and rule["method"] == stepping.ADAMAX)
    return not (rule["global_clipnorm"] or unknown)


def _is_power_of_two(factor: float) -> bool:
    """Return whether a factor changes no digit of a loss, so that gradients that are divided by it are as without."""
    return factor > 0 and float(np.frexp(factor)[0]) == 0.5


def slots_of(optimizer: Optimizer) -> Slots:
    """List the optimizer's slots of each trainable variable."""
    if isinstance(optimizer, keras.optimizers.SGD):
        return (optimizer.momentums if optimizer.momentum else []), []
    used = not isinstance(optimizer, keras.optimizers.RMSprop) or optimizer.momentum
    return (tf_private.first_slots(optimizer) if used else []), tf_private.second_slots(optimizer)


def collected_slots_of(optimizer: Optimizer) -> list[list[Any]]:
    """List the slots of an optimizer that collects the gradients, up to three, and then its averages."""
    slots = tf_private.slots_of(optimizer)
    averages = tf_private.moving_averages(optimizer) if optimizer.use_ema else []
    return [*slots, *([[]] * (3 - len(slots))), averages]


def first_value_of(optimizer: Optimizer) -> float:
    """Return the value of the first slot before the first step."""
    return float(getattr(optimizer, "initial_accumulator_value", 0.0))


def numbers_of(optimizer: Optimizer, steps: int) -> np.ndarray:
    """Return the numbers of the next `steps` steps, float32 `(steps, NUMBERS)`, in single precision as in Keras."""
    done = int(optimizer.iterations.numpy())
    numbers = np.zeros((steps, NUMBERS), np.float32)
    rates = _rates(optimizer, done + np.arange(steps))
    if optimizer.weight_decay is not None:
        numbers[:, 0] = np.float32(optimizer.weight_decay) * rates
    numbers[:, 1] = rates
    step = (done + np.arange(1, steps + 1)).astype(np.float32)
    if isinstance(optimizer, keras.optimizers.Nadam):
        _nadam_numbers(optimizer, step, numbers)
    elif isinstance(optimizer, keras.optimizers.Adam):
        first, second = (np.float32(1) - _powers(b, step) for b in (optimizer.beta_1, optimizer.beta_2))
        numbers[:, 1] = rates * np.sqrt(second) / first
    elif isinstance(optimizer, keras.optimizers.Adamax | keras.optimizers.Lamb):
        numbers[:, 2], numbers[:, 3] = (np.float32(1) - _powers(b, step) for b in (optimizer.beta_1, optimizer.beta_2))
    elif isinstance(optimizer, keras.optimizers.Ftrl):
        numbers[:, 2] = optimizer.l2_regularization_strength + np.float32(optimizer.beta) / (2 * rates)
    if optimizer.use_ema:
        numbers[:, 5] = np.where(step > 1, np.float32(optimizer.ema_momentum), 0)
    return numbers


def advance(optimizer: Optimizer, steps: int) -> None:
    """Advance the optimizer's step count by `steps`."""
    if isinstance(optimizer, keras.optimizers.Nadam):
        step = (int(optimizer.iterations.numpy()) + np.arange(1, steps + 1)).astype(np.float32)
        tf_private.momentum_product(optimizer).assign(_products(optimizer, step)[-1])
    optimizer.iterations.assign_add(steps)


def _rates(optimizer: Optimizer, steps: np.ndarray) -> np.ndarray:
    schedule = tf_private.learning_rate_of(optimizer)
    if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        return np.asarray(rates_of(schedule, steps), np.float32)
    return np.full(len(steps), schedule.numpy(), np.float32)


def _plain_rate(optimizer: Optimizer) -> bool:
    schedule = tf_private.learning_rate_of(optimizer)
    return isinstance(schedule, keras.Variable) or rates_of(schedule, np.arange(1)) is not None


def _powers(base: Any, steps: np.ndarray) -> np.ndarray:
    """Raise a single-precision number to the whole numbers `steps`, which rise by one; NumPy's way is the processor's.

    Repeated products in double precision are the same on every processor.
    """
    products = np.cumprod(np.full(int(steps[-1]) if len(steps) else 0, np.float32(base), np.float64))
    return products[len(products) - len(steps) :].astype(np.float32)


def _products(optimizer: Optimizer, step: np.ndarray) -> np.ndarray:
    """Return the products of Nadam's momenta up to each step."""
    each = np.float32(optimizer.beta_1) * (np.float32(1) - np.float32(0.5) * _powers(_NADAM_DECAY, step))
    return np.cumprod(np.append(tf_private.momentum_product(optimizer).numpy(), each), dtype=np.float32)[1:]


def _nadam_numbers(optimizer: Optimizer, step: np.ndarray, numbers: np.ndarray) -> None:
    one, beta = np.float32(1), np.float32(optimizer.beta_1)
    now, following = (beta * (one - np.float32(0.5) * _powers(_NADAM_DECAY, s)) for s in (step, step + one))
    product = _products(optimizer, step)
    numbers[:, 2] = following / (one - product * following)
    numbers[:, 3] = (one - now) / (one - product)
    numbers[:, 4] = one / (one - _powers(optimizer.beta_2, step))


def _known(optimizer: Any, kind: int, first: float, second: float = 0.0, **more: Any) -> dict[str, Any] | None:
    """Return the numbers of a rule; None if its epsilon counts as zero."""
    epsilon = getattr(optimizer, "epsilon", 1.0)
    values = {"kind": kind, "first": first, "second": second, "epsilon": epsilon}
    return None if epsilon < LEAST else values | more


def _adam(optimizer: Any) -> dict[str, Any] | None:
    kind = stepping.AMSGRAD if optimizer.amsgrad else updating.ADAM
    return _known(optimizer, kind, optimizer.beta_1, optimizer.beta_2)


def _rmsprop(optimizer: Any) -> dict[str, Any] | None:
    kind = stepping.CENTERED if optimizer.centered else updating.RMSPROP
    return _known(optimizer, kind, optimizer.momentum, optimizer.rho)


def _sgd(optimizer: Any) -> dict[str, Any] | None:
    return _known(optimizer, updating.SGD, optimizer.momentum, nesterov=optimizer.nesterov)


def _with_betas(kind: int) -> Callable[[Any], dict[str, Any] | None]:
    return lambda optimizer: _known(optimizer, kind, optimizer.beta_1, optimizer.beta_2)


def _ftrl(optimizer: Any) -> dict[str, Any] | None:
    if optimizer.learning_rate_power != -0.5 or optimizer.initial_accumulator_value < LEAST:
        return None
    lasso, shrinkage = optimizer.l1_regularization_strength, optimizer.l2_shrinkage_regularization_strength
    return _known(optimizer, stepping.FTRL, lasso, third=shrinkage)


_RULES: dict[type, Callable[[Any], dict[str, Any] | None]] = {
    keras.optimizers.Adam: _adam,
    keras.optimizers.AdamW: _adam,
    keras.optimizers.Nadam: _with_betas(updating.NADAM),
    keras.optimizers.RMSprop: _rmsprop,
    keras.optimizers.SGD: _sgd,
    keras.optimizers.Adagrad: lambda optimizer: _known(optimizer, stepping.ADAGRAD, 0.0),
    keras.optimizers.Adadelta: lambda optimizer: _known(optimizer, stepping.ADADELTA, optimizer.rho),
    keras.optimizers.Adamax: _with_betas(stepping.ADAMAX),
    keras.optimizers.Lion: _with_betas(stepping.LION),
    keras.optimizers.Lamb: _with_betas(stepping.LAMB),
    keras.optimizers.Ftrl: _ftrl,
}
