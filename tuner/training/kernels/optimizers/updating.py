"""The optimizers' updates of parameters by their gradient: the formulas of Keras 3."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import kernel

ADAM, NADAM, RMSPROP, SGD, COLLECT = range(5)
"""The rules; COLLECT updates nothing until all gradients are there: see `stepping`."""

_1 = np.float32(1)


@kernel
def update(rule: Any, numbers: Floats, w: Floats, first: Floats, second: Floats, gradient: Floats) -> None:
    """Update the parameters `w` and the optimizer's two slots of them.

    `rule` is a record of RULE, `numbers` are those of this step, float32: the share of the parameters that decays,
    the rate, and the rule's other numbers. A rule that collects stores the gradient in `first`.
    """
    decay = numbers[0]
    if decay:
        for i in range(len(w)):
            w[i] -= w[i] * decay
    if rule.kind == COLLECT:
        for i in range(len(w)):
            first[i] = gradient[i]
    else:
        step_by(rule.kind, rule, numbers, w, first, second, gradient)


@kernel
def step_by(kind: int, rule: Any, numbers: Floats, w: Floats, first: Floats, second: Floats, gradient: Floats) -> None:
    """Update parameters that have decayed by one of the rules ADAM to SGD."""
    n, rate = len(w), numbers[1]
    if kind == ADAM:
        new_1, new_2 = _1 - rule.first, _1 - rule.second
        for i in range(n):
            first[i] += (gradient[i] - first[i]) * new_1
            second[i] += (gradient[i] * gradient[i] - second[i]) * new_2
            w[i] -= first[i] * rate / (np.sqrt(second[i]) + rule.epsilon)
    elif kind == NADAM:
        new_1, new_2 = _1 - rule.first, _1 - rule.second
        of_first, of_gradient, of_second = numbers[2], numbers[3], numbers[4]
        for i in range(n):
            first[i] += (gradient[i] - first[i]) * new_1
            second[i] += (gradient[i] * gradient[i] - second[i]) * new_2
            ahead = of_first * first[i] + of_gradient * gradient[i]
            w[i] -= ahead * rate / (np.sqrt(second[i] * of_second) + rule.epsilon)
    elif kind == RMSPROP:
        for i in range(n):
            second[i] = rule.second * second[i] + (_1 - rule.second) * gradient[i] * gradient[i]
            first[i] = rule.first * first[i] + rate * gradient[i] / np.sqrt(second[i] + rule.epsilon)
            w[i] -= first[i]
    elif kind == SGD:
        for i in range(n):
            first[i] = rule.first * first[i] - rate * gradient[i]
            w[i] += rule.first * first[i] - rate * gradient[i] if rule.nesterov else first[i]
