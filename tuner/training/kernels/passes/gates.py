"""One step of a recurrent layer for a batch: its gates and states, and their gradients.

All arrays are rows of `width` numbers for each gate or state. What lies between the columns and the width stays zero in
the states, because it is zero in the inputs and the weights.
"""

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import copy, sigmoid, tanh
from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import kernel

_1 = np.float32(1)


@kernel
def add_sigmoid(x: Floats, y: Floats) -> None:
    """Set y to the sigmoid of x + y."""
    for i in range(len(y)):
        y[i] = sigmoid(x[i] + y[i])


@kernel
def add_tanh(x: Floats, y: Floats) -> None:
    """Set y to the hyperbolic tangent of x + y."""
    for i in range(len(y)):
        y[i] = tanh(x[i] + y[i])


@kernel
def gru_step(x: Floats, gates: Floats, candidate: Floats, state: Floats, following: Floats) -> None:
    """Set the next state of an example by its inputs x `(3 * width,)` and its state `(width,)`.

    `gates` `(3 * width,)` are the product of the state and the recurrent kernel, with its bias, for the update gate,
    the reset gate and the candidate. The first two are set to the gates; `candidate` `(width,)` is set.
    """
    w = len(state)
    add_sigmoid(x[: 2 * w], gates[: 2 * w])
    update, reset, product, inputs = gates[:w], gates[w : 2 * w], gates[2 * w : 3 * w], x[2 * w : 3 * w]
    for j in range(w):
        candidate[j] = tanh(inputs[j] + reset[j] * product[j])
    for j in range(w):
        following[j] = update[j] * state[j] + (_1 - update[j]) * candidate[j]


@kernel
def gru_step_back(
    gradient: Floats, gates: Floats, candidate: Floats, state: Floats, for_inputs: Floats, carried: Floats
) -> None:
    """Convert the gates of `gru_step` to the gradient of what they were, by that of the next state.

    `for_inputs` `(3 * width,)` is set to the gradient of the inputs, `carried` to that of the state, except for its
    product with the recurrent kernel.
    """
    w = len(state)
    update, reset, product = gates[:w], gates[w : 2 * w], gates[2 * w : 3 * w]
    for_update, for_reset, for_candidate = for_inputs[:w], for_inputs[w : 2 * w], for_inputs[2 * w : 3 * w]
    for j in range(w):
        for_candidate[j] = gradient[j] * (_1 - update[j]) * (_1 - candidate[j] * candidate[j])
    for j in range(w):
        for_reset[j] = for_candidate[j] * product[j] * reset[j] * (_1 - reset[j])
    for j in range(w):
        product[j] = for_candidate[j] * reset[j]
        reset[j] = for_reset[j]
    for j in range(w):
        for_update[j] = gradient[j] * (state[j] - candidate[j]) * update[j] * (_1 - update[j])
    for j in range(w):
        carried[j] = gradient[j] * update[j]
        update[j] = for_update[j]


@kernel
def lstm_step(x: Floats, gates: Floats, cell: Floats, squashed: Floats, new_cell: Floats, following: Floats) -> None:
    """Set the next state and cell of an example by its inputs x `(4 * width,)` and its cell `(width,)`.

    `gates` `(4 * width,)` are the product of the state and the recurrent kernel, for the input and forget gates, the
    candidate and the output gate, and are set to these; `squashed` `(width,)` is set to the tangent of the next cell.
    """
    w = len(cell)
    add_sigmoid(x[: 2 * w], gates[: 2 * w])
    add_tanh(x[2 * w : 3 * w], gates[2 * w : 3 * w])
    add_sigmoid(x[3 * w :], gates[3 * w :])
    taken, kept, candidate, output = gates[:w], gates[w : 2 * w], gates[2 * w : 3 * w], gates[3 * w :]
    for j in range(w):
        new_cell[j] = kept[j] * cell[j] + taken[j] * candidate[j]
    for j in range(w):
        squashed[j] = tanh(new_cell[j])
        following[j] = output[j] * squashed[j]


@kernel
def lstm_step_back(
    gradient: Floats, for_cell: Floats, gates: Floats, cell: Floats, squashed: Floats, for_inputs: Floats
) -> None:
    """Convert the gates of `lstm_step` to the gradient of what they were, by those of the next state and cell.

    `for_inputs` `(4 * width,)` is set to the same; `for_cell` becomes the gradient of the cell before.
    """
    w = len(cell)
    taken, kept, candidate, output = gates[:w], gates[w : 2 * w], gates[2 * w : 3 * w], gates[3 * w :]
    for j in range(w):
        for_cell[j] += gradient[j] * output[j] * (_1 - squashed[j] * squashed[j])
    for j in range(w):
        output[j] = gradient[j] * squashed[j] * output[j] * (_1 - output[j])
    for_taken, for_kept, for_candidate = for_inputs[:w], for_inputs[w : 2 * w], for_inputs[2 * w : 3 * w]
    for j in range(w):
        for_taken[j] = for_cell[j] * candidate[j] * taken[j] * (_1 - taken[j])
    for j in range(w):
        for_candidate[j] = for_cell[j] * taken[j] * (_1 - candidate[j] * candidate[j])
    for j in range(w):
        for_kept[j] = for_cell[j] * cell[j] * kept[j] * (_1 - kept[j])
        for_cell[j] *= kept[j]
    copy(for_inputs[: 3 * w], gates)
    copy(output, for_inputs[3 * w :])


@kernel
def plain_step(x: Floats, gates: Floats, following: Floats) -> None:
    """Set the next state of an example by its inputs x `(width,)`; `gates` are as in `gru_step`, and are set to it."""
    add_tanh(x, gates)
    copy(gates, following)


@kernel
def plain_step_back(gradient: Floats, gates: Floats, for_inputs: Floats) -> None:
    """Convert the gates of `plain_step` to the gradient of what they were; `for_inputs` is set to the same."""
    for j in range(len(gates)):
        for_inputs[j] = gradient[j] * (_1 - gates[j] * gates[j])
    copy(for_inputs, gates)
