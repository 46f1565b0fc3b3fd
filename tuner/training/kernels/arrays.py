"""The memory of an epoch: one array for each kind of number, and a record with offsets for each input of a layer."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

DENSE, ACTIVATION, DROPOUT, NORMALIZATION, RESCALING, INPUT, MERGING, LAYER_NORMALIZATION, ARRANGING = range(9)
RECURRENT, EMBEDDING, CONVOLUTION, MAXIMUM, AVERAGE, GLOBAL_MAXIMUM = range(9, 15)
DISTORTION, PIECEWISE, SMOOTH, TRAINED_SLOPE, COMBINING = range(15, 20)
COLUMN_DROPOUT, PLACING, MASKED_AVERAGE, DEPTHWISE, NOISE = range(20, 25)
POOLED_CONVOLUTION = 25
STEP = 26
"""No layer: the step of a rule that collects the gradients first."""
CALLED_DROPOUT, GATHERING, SUMMING, SHARES, POWER, GATED = range(27, 33)
TRANSPOSED, BLENDING, RARE_LOSS = 33, 34, 35
"""The last is no layer either: the losses from `RARE` on."""
ATTENTION, MASKED_STEPS = 36, 37
KINDS = 38
"""The number of kinds of layers, and of that."""
RELU, GELU, SILU, TANH, SIGMOID, ELU, SELU = range(7)
SOFTMAX, BINARY, MSE, MAE, HUBER, LOG_COSH, PERCENTAGE, LOGARITHMIC, POISSON = range(9)
"""The losses: cross-entropy of classes, that of each column for itself, and those of values."""
HINGE, SQUARED_HINGE, CATEGORICAL_HINGE, DIVERGENCE, COSINE, BINARY_FOCAL, FOCAL = range(9, 16)
RARE = HINGE
"""The first of the losses that are compiled apart."""
OF_CHANCES = (BINARY, BINARY_FOCAL)
"""The losses of logits that become probabilities of one class each."""
QUERY, KEY, VALUE = range(3)
"""What an attention takes."""
PLAIN, GRU, LSTM = range(3)
"""The cells: `SimpleRNN`, `GRU` with `reset_after`, `LSTM`."""
TRANSLATION, ROTATION, ZOOM, FLIP, CONTRAST, BRIGHTNESS = range(6)
"""The distortions of images."""
UNFILLED, EXTENDED, REFLECTED, WRAPPED = range(4)
"""What is outside an image that is moved: a constant, or what is at its edge, mirrored or on its other side."""
SPAN = 4
"""The columns of `Memory.spans`: first parameter, number, the first of those of which they are copies or -1, a table.
"""
PHASE = 6
"""The numbers of a phase of a transposed convolution."""
GATES = (1, 3, 4)
"""The number of rows of each cell's kernels for one of a state."""
LINE = 64
"""The bytes of a cache line."""
LOSS_SUM, ABSOLUTE, SQUARED, MATCHES, RIGHT, BATCH_SUM = range(6)
SUMS = 6
"""The places and the number of the sums over an epoch: see `Sums`."""

LAYER = np.dtype(
    [
        ("kind", np.int64),
        ("input_positions", np.int64),  # rows of inputs per example
        ("positions", np.int64),  # rows of outputs per example
        ("inputs", np.int64),  # inputs per row
        ("columns", np.int64),  # outputs per row
        ("input_width", np.int64),  # the same, padded
        ("width", np.int64),
        ("before", np.int64),  # its inputs, in `values`
        ("after", np.int64),  # its outputs, in `values`
        ("learns", np.bool_),  # whether it has parameters or passes a gradient on
        ("passes", np.bool_),  # whether its inputs have a gradient, because there are parameters before them
        ("gradient", np.int64),  # the gradient of its outputs, a row of `gradients`
        ("passed", np.int64),  # that of its inputs
        ("joins", np.bool_),  # whether that is to be added to what other layers passed to the same values
        ("joined", np.int64),  # which is in this row
        ("sparse", np.bool_),  # whether most of its inputs are zero
        ("window", np.int64),  # its record of windows
        ("rows", np.int64),  # of its kernel or gamma; 0 if it has none
        ("weights", np.int64),  # the kernel of a dense layer `(inputs, columns)` or gamma, in `parameters`
        ("bias", np.int64),  # bias or beta, in `parameters`
        ("has_bias", np.bool_),  # whether that is trained; without it is zero
        ("l1", np.float32),  # the price of a kernel's or gamma's absolute values, and of their squares
        ("l2", np.float32),
        ("bias_l1", np.float32),  # the same of the bias or beta
        ("bias_l2", np.float32),
        ("most", np.float32),  # the largest norm of a column of the kernel; 0 if there is none
        (
            "column",
            np.int64,
        ),  # of a merging layer's outputs where these inputs begin, or of the examples where an input does
        ("adds", np.bool_),  # whether they are added to the inputs before them, or otherwise combined with them
        ("other", np.int64),  # the other of two inputs that are combined, in `values`
        ("mean", np.int64),  # in `running`
        ("variance", np.int64),  # in `running`
        ("centred", np.int64),  # its normalized inputs, in `kept`
        ("inverse", np.int64),  # one over their standard deviations, in `kept`: of each column, or each example
        ("momentum", np.float32),
        ("epsilon", np.float32),
        ("activation", np.int64),
        *((name, np.float32) for name in ("first", "second", "third")),  # the numbers of a formula, or what masks steps
        ("factor", np.int64),  # of each output of a rescaling, in `constants`
        ("offset", np.int64),
        ("index", np.int64),  # of the first number of an example that it may drop, among all such
        ("threshold", np.int32),
        ("scale", np.float32),
        ("cell", np.int64),  # of a recurrent layer
        ("sequences", np.bool_),  # whether it gives all its states, or the last
        ("backwards", np.bool_),  # whether it takes its inputs from the last step to the first
        ("reversed", np.bool_),  # whether it gives the states after its last step first
        ("entries", np.int64),  # the rows of an embedding's table
        ("mask", np.int64),  # numbers of steps `(n, mask_width)`, in `values`, of which those of 0 do not count
        ("mask_width", np.int64),  # 0 if all steps count
        ("blank", np.bool_),  # whether zeros are given for the others, or the state before, or the average
        ("role", np.int64),  # of an attention's inputs, all of which are in `values`
        *((name, np.int64) for name in ("query", "key", "value")),
        ("steps", np.int64),  # of its keys and values
        ("heads", np.int64),
        *((name, np.int64) for name in ("key_columns", "value_columns")),  # of each head
        ("causal", np.bool_),  # whether a step of the query sees none after it
        ("query_mask", np.int64),  # as `mask`, which is that of the values
        ("query_mask_width", np.int64),
        ("places", np.int64),  # the row of inputs that each row of outputs is, in `tables`
        ("distortion", np.int64),  # of images
        ("filling", np.int64),  # of what a moved image leaves free
        ("blends", np.bool_),  # whether a pixel of it lies between four others, or is the nearest
        ("draws", np.int64),  # the random numbers for an image
        ("store", np.int64),  # what a recurrent layer, an attention or an embedding stores for its gradient, in `kept`
    ],
    align=True,
)

WINDOW = np.dtype(
    [
        *((name, np.int64) for name in ("height", "width", "channels")),  # of the inputs
        ("step", np.int64),  # between two of them in memory
        *((name, np.int64) for name in ("out_height", "out_width")),
        *((name, np.int64) for name in ("size_height", "size_width")),  # of the window
        *((name, np.int64) for name in ("stride_height", "stride_width")),
        *((name, np.int64) for name in ("dilation_height", "dilation_width")),  # how far apart its pixels are
        *((name, np.int64) for name in ("top", "left")),  # the zeros before the inputs
        *((name, np.int64) for name in ("bordered_height", "bordered_width")),  # the inputs with zeros on all sides
        ("bordered", np.int64),  # their place in `values`
        ("copied", np.bool_),  # whether they are a copy of the inputs
        ("taps", np.int64),  # the numbers in a window, in `tables`
        ("outputs", np.int64),  # the windows of `block` examples, in `tables`
        ("block", np.int64),
        *((name, np.int64) for name in ("spread_height", "spread_width")),  # the outputs' gradient with zeros around
        ("spread", np.int64),  # its place in `values`, for `back_block` examples
        ("inputs", np.int64),  # the windows on it of as many examples, in `tables`
        ("back_block", np.int64),
        ("turned", np.int64),  # the kernel for them, in `values`
        ("zeros", np.int64),  # a row of zeros, in `values`
        ("pool", np.int64),  # of a convolution before a max pooling: the outputs in a window of that
        ("convolved", np.int64),  # they, for `block` examples, in `values`
        ("patched", np.bool_),  # whether they are computed by patches of 4 x 4 inputs
        *((name, np.int64) for name in ("patches", "factors", "products")),  # for that, in `values`
        ("chosen", np.int64),  # which is the highest of each window, in `kept`
        ("pooled", np.int64),  # which output, or which bordered pixel, each of an example's is, in `tables`
        ("listed", np.bool_),  # whether the gradients are listed
        ("unpooled", np.int64),  # else those of all outputs of an example, in `values`
        ("line", np.int64),  # the numbers in a line of the window, padded
        ("listing", np.int64),  # the pixels of a channel's gradients in `back_block` examples, in `tables`
        ("amounts", np.int64),  # these gradients, in `values`
        ("slopes", np.int64),  # the gradient of the kernel, channel by channel, in `values`
        ("phases", np.int64),  # of a transposed convolution, in `tables`: see `layout.transposed`
        ("phase_count", np.int64),
        *((name, np.int64) for name in ("before_height", "before_width")),  # the zeros before the inputs that they take
        ("turns", np.int64),  # which pixel of the kernel each of the turned one is, in `tables`
    ],
    align=True,
)

RULE = np.dtype(
    [
        ("kind", np.int64),
        ("first", np.float32),  # the share of the first slot that a step keeps
        ("second", np.float32),
        ("epsilon", np.float32),
        ("nesterov", np.bool_),
        ("method", np.int64),  # of a rule that collects the gradients: see `stepping`
        ("third", np.float32),
        *((name, np.float32) for name in ("clipnorm", "global_clipnorm", "clipvalue")),  # 0 if there is none
        ("averages", np.bool_),  # whether averages of the parameters are kept
    ],
    align=True,
)

LOSS = np.dtype(
    [
        ("kind", np.int64),
        ("after", np.int64),  # the outputs that it takes, in `values`
        ("columns", np.int64),  # how many each example has
        ("width", np.int64),
        ("gradient", np.int64),  # their gradient, a row of `gradients`
        ("labels", np.int64),  # how many losses before it take classes
        ("numbers", np.int64),  # how many numbers of an example the losses before it take
        ("delta", np.float32),  # of Huber; what keeps others from zero
        ("smoothing", np.float32),  # of the targets of a cross-entropy
        (
            "alpha",
            np.float32,
        ),  # the weight of a focal loss; if it balances, of targets of 1, where others have the rest
        ("gamma", np.float32),  # by which power of what is missed it is weighted
        ("balances", np.bool_),
        ("scale", np.float32),  # the weight of the whole loss
        ("sigmoid", np.bool_),  # whether the model's outputs are the probabilities of logits that the loss takes
        ("measured", np.bool_),  # whether there are metrics of columns
        ("kept", np.bool_),  # whether there are metrics of all its outputs in an epoch
        ("told", np.int64),  # where they are kept for each example, behind those of the losses before it
    ],
    align=True,
)


class Targets(NamedTuple):
    """What the model is to give for all `n` examples, and how much each counts."""

    labels: NDArray[np.int64]
    """The classes `(n,)` for a cross-entropy of classes, those for the next one after them."""
    values: Floats
    """The numbers `(n * columns,)` for another loss, those for the next one after them."""
    weights: Floats
    """The weights of the examples in the losses `(n,)`."""


Sums = NDArray[np.float64]
"""The sums over an epoch's examples `(2, SUMS)`: in the first row each counts once, in the second by its weight."""


class Answers(NamedTuple):
    """The outputs of a model for a batch, and the targets with which they are compared."""

    outputs: Floats
    """For a cross-entropy, the logits: `(n * width,)`, of which the first `columns` of each row count."""
    width: int
    columns: int
    targets: Targets
    """Those of all examples."""
    batch: NDArray[np.int32]
    """The indices of the batch `(n,)` among them."""


class Memory(NamedTuple):
    """The arrays, all of single precision unless stated otherwise."""

    values: Floats
    """The batch and the outputs of each layer."""
    gradients: Floats
    """The gradients of values, in rows that are used again: see `gradients.assign_gradients`."""
    parameters: Floats
    first_slots: Floats
    """The optimizer's slots."""
    second_slots: Floats
    running: Floats
    """Running averages of normalization."""
    kept: Floats
    """What layers store for their gradients."""
    constants: Floats
    """The factors and offsets of rescaling."""
    scratch: Floats
    """Gradients of parameters that are about to be updated."""
    amounts: Floats
    """A sparse batch, packed: see `sparse.pack`."""
    places: NDArray[np.int32]
    counts: NDArray[np.int64]
    windows: Any
    """The records of windows, `(n,)` of WINDOW."""
    tables: NDArray[np.int64]
    """The lists of places that they point into."""
    told: Floats
    """The outputs in an epoch that metrics need."""
    slots: Floats
    """The slots of a rule that collects the gradients in `first_slots`, `(4, n)`: the last are averages."""
    spans: NDArray[np.int64]
    """Where the parameters of variables are, for such a rule, `(n, SPAN)`: see `layout.spans_of`."""


def aligned_zeros(*shape: int) -> Floats:
    """Return zeros that begin with a cache line: a vector that lies in two of them takes two loads.

    Rows are padded to whole lines, so every row begins with one; NumPy's own arrays begin behind 16 bytes.
    """
    size, spare = math.prod(shape), LINE // 4
    room = np.zeros(size + spare, np.float32)
    start = -room.ctypes.data % LINE // 4
    return room[start : start + size].reshape(shape)


def no_memory() -> Memory:
    """Return arrays without a number: the type of all memory."""
    none, rows = np.zeros(0, np.float32), np.zeros((0, 0), np.float32)
    found: dict[str, Any] = dict.fromkeys(Memory._fields, none)
    found |= {"places": np.zeros(0, np.int32), "counts": np.zeros(0, np.int64), "tables": np.zeros(0, np.int64)}
    found |= {"gradients": rows, "slots": rows, "spans": np.zeros((0, SPAN), np.int64)}
    return Memory(**(found | {"windows": np.zeros(0, WINDOW)}))
