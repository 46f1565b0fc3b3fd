"""Convert logits to probabilities in place, the same on every processor."""

from keras_search.tuner.training.kernels.arithmetic.elementwise import activate, exp
from keras_search.tuner.training.kernels.arithmetic.sums import row_sum
from keras_search.tuner.training.kernels.arrays import SIGMOID, Floats
from keras_search.tuner.training.kernels.compiled import compiled


@compiled
def to_shares(rows: Floats, columns: int) -> None:
    """Convert the first `columns` logits of each row `(n, width)` to the probabilities of classes."""
    for i in range(len(rows)):
        row = rows[i]
        largest = row[0]
        for j in range(1, columns):
            largest = row[j] if row[j] > largest else largest
        for j in range(columns):
            row[j] = exp(row[j] - largest)
        total = row_sum(row, columns)
        for j in range(columns):
            row[j] /= total


@compiled
def to_chances(logits: Floats) -> None:
    """Convert logits `(n,)` to the probabilities of one class each."""
    activate(SIGMOID, logits, logits)
