"""The differences of two models' scores on the same seeds and test examples: their sums and mean squares.

Row `s` and column `i` of a table of scores say how well a model did on test example `i` when it was trained with
seed `s`, more being better: whether it was right, minus how far off it was, or what it contributes to a metric. Row
and column of a table of differences hold model A's score minus model B's. Both the seeds and the examples are samples,
and they are crossed: every seed's pair of models sees the same examples.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from keras_search.errors import KerasSearchError

CONTINUITY = 0.25
STEPS = 32
ROUNDING = 1e-9
"""The share of a sum by which two sums of the same differences may differ because of the order of addition."""

Scores = npt.NDArray[np.bool_ | np.float64]
Differences = npt.NDArray[np.int8 | np.float64]
Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Crossed:
    """Hold the sums and mean squares of a `(seeds, examples)` table of differences.

    `counts` are the numbers of examples by their mean over the seeds, `values`, in ascending order. `grain` is the
    smallest step of a difference, 0 if there is none. The mean squares are those of the two-way random-effects
    analysis of variance (Searle, Casella and McCulloch 1992, "Variance Components", chapter 4): between seeds,
    between examples, and what neither explains.
    """

    seeds: int
    examples: int
    total: float
    values: Floats
    counts: Counts
    seed_square: float
    example_square: float
    cell_square: float
    grain: float

    @property
    def difference(self) -> float:
        """The mean difference."""
        return self.total / (self.seeds * self.examples)

    @property
    def seed_variance(self) -> float:
        """The variance of one seed's mean difference; half a grain keeps it from ever being zero."""
        return (self.seed_square + CONTINUITY * self.grain**2 / self.examples) / self.examples

    @property
    def example_share(self) -> float:
        """The part, 0 to 1, of the spread between examples that every seed shares.

        The rest differs from seed to seed, so that the spread between seeds already holds it.
        """
        if self.seeds == 1 or self.example_square == 0:
            return 1.0
        return max(0.0, 1 - self.cell_square / self.example_square)

    @property
    def typical_size(self) -> float:
        """The root of the mean square of the examples' means, each weighted by its own square."""
        squares = np.square(self.values)
        if not self.sum_of_squares:
            return self.grain
        return math.sqrt(float((self.counts * np.square(squares)).sum()) / self.sum_of_squares)

    @property
    def sum_of_squares(self) -> float:
        """The sum over the examples of the squares of their means: no product of vectors, which BLAS sums its way."""
        return float((self.counts * np.square(self.values)).sum())

    def mirrored(self) -> "Crossed":
        """Return the same with the two models swapped."""
        return replace(self, total=-self.total, values=-self.values[::-1], counts=self.counts[::-1])


def differences(a: Scores, b: Scores) -> Differences:
    """Return A minus B, `(seeds, examples)`, from the scores of both: int8 1, 0 or -1 for booleans, else float64.

    Raises:
        KerasSearchError: the shapes differ, are empty or not two-dimensional, or a score is not finite.
    """
    if a.ndim != 2 or a.size == 0 or a.shape != b.shape:
        raise KerasSearchError(
            "Expected two arrays of one shape (seeds, test examples), received "
            f"{a.shape} and {b.shape}. Compare models on the same seeds and test examples."
        )
    if a.dtype == bool and b.dtype == bool:
        return a.astype(np.int8) - b.astype(np.int8)
    table = a.astype(np.float64) - b.astype(np.float64)
    lost = int(table.size - np.count_nonzero(np.isfinite(table)))
    if lost:
        raise KerasSearchError(
            f"Expected predictions that are numbers, received {lost:,} of {table.size:,} that are NaN or infinite. "
            "Choose settings with which the models stay finite, such as a smaller learning rate."
        )
    return table


def crossed(table: Differences) -> Crossed:
    """Summarise a `(seeds, examples)` table of differences, whatever the order of either and of the models."""
    seeds, examples = table.shape
    by_example, total = line_sums(table.T), total_of(table)
    by_seed = line_sums(table)
    mean_part = total**2 / (seeds * examples)
    seed_sum = _sum(np.square(by_seed)) / examples - mean_part
    example_sum = _sum(np.square(by_example)) / seeds - mean_part
    cell_sum = _sum(np.square(table)) - mean_part - seed_sum - example_sum
    values, counts = _distribution(by_example, seeds)
    return Crossed(
        seeds,
        examples,
        total,
        values,
        counts,
        max(0.0, seed_sum) / max(1, seeds - 1),
        max(0.0, example_sum) / max(1, examples - 1),
        max(0.0, cell_sum) / max(1, (seeds - 1) * (examples - 1)),
        grain=1.0 if table.dtype == np.int8 else 0.0,
    )


def line_sums(table: Differences) -> npt.NDArray[Any]:
    """Sum each line of a table, `(lines, n)` to `(lines,)`: exactly if they are whole, else correctly rounded."""
    if table.dtype == np.int8:
        return np.asarray(table.sum(axis=1, dtype=np.int64))
    return np.array([math.fsum(line) for line in table.tolist()], dtype=np.float64)


def total_of(table: Differences) -> float:
    """Sum all differences; pure rounding error is 0."""
    total = _sum(seed_sums(table))
    return 0 if abs(total) <= ROUNDING * float(np.abs(table).sum()) else total


def seed_sums(table: Differences) -> npt.NDArray[Any]:
    """Sum each seed's differences, `(seeds, n)` to `(seeds,)`; a tie but for rounding is 0."""
    sums = line_sums(table)
    if table.dtype == np.int8:
        return sums
    return np.where(np.abs(sums) <= ROUNDING * np.abs(table).sum(axis=1), 0.0, sums)


def _sum(numbers: npt.NDArray[Any]) -> float:
    """Sum numbers so that their order does not matter."""
    whole = numbers.dtype.kind == "i"
    return int(numbers.sum(dtype=np.int64)) if whole else math.fsum(numbers.ravel().tolist())


def _distribution(by_example: npt.NDArray[Any], seeds: int) -> tuple[Floats, Counts]:
    """Count the examples by their mean over the seeds.

    Means that can be any number are rounded to the 32nd part of their root mean square, which adds less than a
    ten-thousandth to their variance, and keeps the count of values from growing with that of the examples.
    """
    if by_example.dtype.kind == "i":
        return np.arange(-seeds, seeds + 1) / seeds, np.bincount(by_example + seeds, minlength=2 * seeds + 1)
    means = by_example / seeds
    step = math.sqrt(_sum(np.square(means)) / len(means)) / STEPS
    cells, counts = np.unique(np.rint(means / step) if step else means, return_counts=True)
    return cells * step, counts
