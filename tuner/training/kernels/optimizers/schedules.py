"""The learning rates of Keras's schedules, of many steps at once: its formulas, in double precision."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.system.exponential import power

schedules = keras.optimizers.schedules
Doubles = NDArray[np.float64]


def rates_of(schedule: Any, steps: NDArray[np.int64]) -> NDArray[np.float32] | None:
    """Return the rates of steps, counted from 0; None if the schedule has no formula here."""
    plain = type(schedule) is schedules.CosineDecay and schedule.warmup_target is None and not schedule.warmup_steps
    if plain or type(schedule) is schedules.CosineDecayRestarts:
        return np.asarray(schedule(steps), np.float32)
    formula = _FORMULAS.get(type(schedule))
    rates = None if formula is None else formula(schedule, steps.astype(np.float64))
    return None if rates is None else rates.astype(np.float32)


def _exponential(schedule: Any, steps: Doubles) -> Doubles:
    return np.asarray(schedule.initial_learning_rate * power(schedule.decay_rate, _periods(schedule, steps)))


def _inverse(schedule: Any, steps: Doubles) -> Doubles:
    return np.asarray(schedule.initial_learning_rate / (1 + schedule.decay_rate * _periods(schedule, steps)))


def _periods(schedule: Any, steps: Doubles) -> Doubles:
    periods = steps / schedule.decay_steps
    return np.asarray(np.floor(periods) if schedule.staircase else periods)


def _polynomial(schedule: Any, steps: Doubles) -> Doubles | None:
    if schedule.cycle:
        return None
    left = 1 - np.minimum(steps, schedule.decay_steps) / schedule.decay_steps
    first, last = schedule.initial_learning_rate, schedule.end_learning_rate
    return np.asarray((first - last) * power(left, schedule.power) + last)


def _piecewise(schedule: Any, steps: Doubles) -> Doubles:
    boundaries = [int(each) for each in schedule.boundaries]
    return np.asarray(np.asarray(schedule.values, np.float64)[np.searchsorted(boundaries, steps, side="left")])


def _warmed_up(schedule: Any, steps: Doubles) -> Doubles | None:
    if schedule.warmup_target is None:
        return None
    first, most, warmup = schedule.initial_learning_rate, schedule.warmup_target, schedule.warmup_steps
    done = np.minimum(np.maximum(steps - warmup, 0), schedule.decay_steps) / schedule.decay_steps
    decayed = most * ((1 - schedule.alpha) * 0.5 * (1 + _cos_of_half_turns(done)) + schedule.alpha)
    return np.asarray(np.where(steps < warmup, first + (most - first) * steps / max(warmup, 1), decayed))


def _cos_of_half_turns(turns: Doubles) -> Doubles:
    """Return the cosines of angles from 0 to 180 degrees, given from 0 to 1, the same on every processor.

    They are the sines of what is missing to 90 degrees, by the Taylor series.
    """
    angle = np.pi * (0.5 - turns)
    square, series = angle * angle, np.ones_like(angle)
    for term in range(24, 0, -2):
        series = 1 - series * square / (term * (term + 1))
    return np.asarray(angle * series)


_FORMULAS: dict[type, Callable[[Any, Doubles], Doubles | None]] = {
    schedules.ExponentialDecay: _exponential,
    schedules.InverseTimeDecay: _inverse,
    schedules.PolynomialDecay: _polynomial,
    schedules.PiecewiseConstantDecay: _piecewise,
    schedules.CosineDecay: _warmed_up,
}
