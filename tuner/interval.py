"""The interval of a difference in test accuracy, over seeds and test images.

Row `s` and column `i` of a table of differences hold how model A did on test image `i`, when both models
were trained with seed `s`, minus how model B did: 1, 0 or -1. Both the seeds and the images are samples, and
they are crossed: every seed's pair of models sees the same images.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from keras_search.tuner.errors import KerasSearchError

DRAWS = 9_999
MOST_SEEDS = 1_000
CONTINUITY = 0.25

Correct = npt.NDArray[np.bool_]
Differences = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Hold the two ends of an interval, in the unit of what it is an interval of."""

    low: float
    high: float


@dataclass(frozen=True)
class Crossed:
    """Hold the sums and mean squares of a `(seeds, images)` table of differences.

    `image_counts` counts the images by the sum of their column, from `-seeds` to `seeds`. The mean squares
    are those of the two-way random-effects analysis of variance (Searle, Casella and McCulloch 1992,
    "Variance Components", chapter 4): between seeds, between images, and what neither explains.
    """

    seeds: int
    images: int
    total: int
    image_counts: npt.NDArray[np.int64]
    seed_square: float
    image_square: float
    cell_square: float

    @property
    def difference(self) -> float:
        """Give the mean difference, in -1..1."""
        return self.total / (self.seeds * self.images)

    @property
    def seed_variance(self) -> float:
        """Give the variance of one seed's mean difference; half an image keeps it from ever being zero."""
        return (self.seed_square + CONTINUITY / self.images) / self.images

    @property
    def image_share(self) -> float:
        """Give the part, 0..1, of the spread between images that every seed shares.

        The rest differs from seed to seed, so that the spread between seeds already holds it.
        """
        if self.seeds == 1 or self.image_square == 0:
            return 1.0
        return max(0.0, 1 - self.cell_square / self.image_square)


def differences(a: Correct, b: Correct) -> Differences:
    """Give A minus B, 1, 0 or -1, from what each got right: both `(seeds, images)` of booleans.

    Raises:
        KerasSearchError: the shapes differ, are not two-dimensional, or hold nothing.
    """
    if a.ndim != 2 or a.size == 0 or a.shape != b.shape:
        raise KerasSearchError(
            "Expected two arrays of one shape (seeds, test images), received "
            f"{a.shape} and {b.shape}. Compare models on the same seeds and test images."
        )
    return a.astype(np.int8) - b.astype(np.int8)


def crossed(table: Differences) -> Crossed:
    """Sum up a `(seeds, images)` table of differences."""
    seeds, images = table.shape
    by_seed = table.sum(axis=1, dtype=np.int64)
    by_image = table.sum(axis=0, dtype=np.int64)
    total = int(by_seed.sum())
    mean_part = total**2 / (seeds * images)
    seed_sum = int(by_seed @ by_seed) / images - mean_part
    image_sum = int(by_image @ by_image) / seeds - mean_part
    cell_sum = np.count_nonzero(table) - mean_part - seed_sum - image_sum
    return Crossed(
        seeds,
        images,
        total,
        np.bincount(by_image + seeds, minlength=2 * seeds + 1),
        max(0.0, seed_sum) / max(1, seeds - 1),
        max(0.0, image_sum) / max(1, images - 1),
        max(0.0, cell_sum) / max(1, (seeds - 1) * (images - 1)),
    )


def bootstrap(table: Differences, seed: int, draws: int = DRAWS) -> Floats:
    """Draw, sorted, what the mean difference could have been with other seeds and other test images.

    The method is a nested bootstrap in two parts, one a sampling level. Resampling seeds and images alike
    (the pigeonhole bootstrap: Owen 2007, "The Pigeonhole Bootstrap", Annals of Applied Statistics 1(2)) is
    right for many seeds, but with 3 to 10 the seeds' part is too narrow, for it has few distinct values, while
    what differs from cell to cell is counted three times. So each draw adds to the mean difference

    - for the images: the mean of as many images, drawn with replacement, scaled to the part of their spread
      that all seeds share (`Crossed.image_share`). One made-up image for each side, of the size of those on
      which the models differ, is among those drawn from, so that a handful of images in favour of one model
      proves about as much as McNemar's exact test would (the adjustment of Bonett and Price 2012, Journal of
      Educational and Behavioral Statistics 37(4));
    - for the seeds: Student's t with `seeds - 1` degrees of freedom, scaled to the standard error of the
      seeds' mean: a parametric bootstrap of the studentised mean (Davison and Hinkley 1997, "Bootstrap
      Methods and their Application", section 5.2). The sum of the two parts is that of Behrens and Fisher.

    With one seed the seeds' part is unknown, and the draws speak about this one pair of models only. Swapping
    the models mirrors the draws exactly, and no order of seeds or images changes them.

    Args:
        table: Differences, `(seeds, images)`.
        seed: Seed of the draws, at least 0.
        draws: How many draws.
    """
    facts = crossed(table)
    counts = facts.image_counts
    mirrored = counts.tolist() < counts[::-1].tolist()
    rng = np.random.default_rng(seed)
    part = _image_part(rng, facts, counts[::-1] if mirrored else counts, draws)
    if facts.seeds > 1:
        scale = math.sqrt(facts.seed_variance / facts.seeds)
        part = part + scale * rng.standard_t(facts.seeds - 1, size=draws)
    part = np.sort(-part if mirrored else part)
    if counts.tolist() == counts[::-1].tolist():
        part = (part - part[::-1]) / 2
    return np.asarray(facts.difference + part, dtype=np.float64)


def _image_part(rng: np.random.Generator, facts: Crossed, counts: npt.NDArray[np.int64], draws: int) -> Floats:
    """Draw how far another sample of images would move the mean difference."""
    values = np.arange(-facts.seeds, facts.seeds + 1) / facts.seeds
    size = _typical_size(values, counts)
    values = np.append(values, [-size, size])
    weights = np.append(counts, [1, 1])
    drawn = rng.multinomial(weights.sum(), weights / weights.sum(), size=draws)
    moved = (drawn - weights) @ values / facts.images
    return np.asarray(moved * math.sqrt(facts.image_share), dtype=np.float64)


def _typical_size(values: Floats, counts: npt.NDArray[np.int64]) -> float:
    """Give the root of the mean square difference, each image weighted by its own square; 1 if none differ."""
    squares = float(counts @ values**2)
    return math.sqrt(float(counts @ values**4) / squares) if squares else 1.0


def possible(interval: Interval) -> Interval:
    """Cut an interval of a difference of two shares to what such a difference can be, -1 to 1."""
    return Interval(max(interval.low, -1.0), min(interval.high, 1.0))


def percentile_interval(draws: Floats, level: float = 0.05) -> Interval:
    """Give the interval that leaves `level / 2` of the sorted draws out on each side."""
    rank = max(1, round((len(draws) + 1) * level / 2))
    return Interval(float(draws[rank - 1]), float(draws[-rank]))


def two_sided_p(draws: Floats) -> float:
    """Give the level at which the percentile interval of the draws would just touch zero."""
    below, above = np.count_nonzero(draws <= 0), np.count_nonzero(draws >= 0)
    return min(1.0, 2 * (1 + min(int(below), int(above))) / (len(draws) + 1))


@dataclass(frozen=True)
class Settling:
    """Say what would settle an open comparison, if the difference stays as it is.

    `more_seeds` is None where no number of seeds, up to 1,000, would. `limit` names what stands in the way:
    "seeds", "test images", "no difference", or nothing: "settled". `test_images` is how many images the
    difference needs with any number of seeds; None where that was not asked or has no answer.
    """

    more_seeds: int | None
    limit: str
    test_images: int | None


def settling(table: Differences, level: float = 0.05) -> Settling:
    """Project how many more seeds would make the interval leave zero out.

    The half-width with `n` seeds is taken as the root of the sum of the squares of its two parts: the seeds'
    shrinks with `n`, the images' does not. One seed does not tell how much seeds differ: three are asked for.
    """
    facts = crossed(table)
    effect = abs(facts.difference)
    if effect == 0:
        return Settling(None, "no difference", None)
    image_half = float(stats.norm.ppf(1 - level / 2)) * _image_error(facts)
    test_images = math.ceil(facts.images * (image_half / effect) ** 2)
    if facts.seeds == 1:
        return Settling(2, "seeds", test_images)
    if effect <= image_half:
        return Settling(None, "test images", test_images)
    counts = np.arange(facts.seeds + 1, MOST_SEEDS + 1)
    seed_half = stats.t.ppf(1 - level / 2, counts - 1) * np.sqrt(facts.seed_variance / counts)
    enough = counts[np.hypot(seed_half, image_half) < effect]
    return Settling(int(enough[0]) - facts.seeds if len(enough) else None, "seeds", test_images)


def _image_error(facts: Crossed) -> float:
    """Give the standard error that the sample of images alone leaves."""
    values = np.arange(-facts.seeds, facts.seeds + 1) / facts.seeds
    squares = float(facts.image_counts @ values**2) + 2 * _typical_size(values, facts.image_counts) ** 2
    spread = squares - facts.images * facts.difference**2
    return math.sqrt(max(0.0, spread) * facts.image_share) / facts.images
