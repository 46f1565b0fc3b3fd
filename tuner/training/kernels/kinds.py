"""The kinds of rare operations, which their kernels and those who recognise them have in common."""

LEAKY, CAPPED, SOFT_SHRINK, HARD_SHRINK, SPARSE_PLUS, HARD_SIGMOID, HARD_SILU, HARD_TANH, SPARSE_SIGMOID = range(9)
SOFTSIGN, SQUAREPLUS, AFFINE, CLIPPED, ABSOLUTE_VALUE = range(9, 14)
"""The piecewise activations, which need no exponential."""
SCALED_ELU, CELU, SOFTPLUS, LOG_SIGMOID, EXPONENTIAL, TANH_SHRINK, MISH, GELU_BY_TANH = range(8)
"""The smooth ones."""
ROOT, INVERSE, LOGARITHM = range(3)
"""Those that have no value or no slope at zero."""
LINEAR, PRODUCT, QUOTIENT, LARGER, SMALLER = range(5)
"""The combinations."""
ADDED, MULTIPLIED, SET = range(3)
"""Normal numbers that are added, or multiplied by, and numbers that are set to a constant."""
