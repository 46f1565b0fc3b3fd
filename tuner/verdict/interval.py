"""The interval of a difference in test scores, over seeds and test examples."""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from keras_search.tuner.verdict.crossed import Crossed, Differences, Floats, crossed, seed_sums, total_of

DRAWS = 9_999
MOST_SEEDS = 1_000


@dataclass(frozen=True)
class Interval:
    """Hold the two ends of an interval, in the unit of what it is an interval of."""

    low: float
    high: float


def bootstrap(table: Differences, seed: int, draws: int = DRAWS) -> Floats:
    """Draw and sort the mean differences that other seeds and other test examples could have given.

    The method is a nested bootstrap in two parts, one for each level of sampling. Resampling seeds and examples alike
    (the pigeonhole bootstrap: Owen 2007, "The Pigeonhole Bootstrap", Annals of Applied Statistics 1(2)) is
    right for many seeds, but with 3 to 10 the seeds' part is too narrow, for it has few distinct values, while
    what differs from cell to cell is counted three times. So each draw adds to the mean difference

    - for the examples: the mean of as many examples, drawn with replacement, scaled to the part of their spread
      that all seeds share (`Crossed.example_share`). One made-up example for each side, of the size of those on
      which the models differ, is among those drawn from, so that a handful of examples in favour of one model
      proves about as much as McNemar's exact test would (the adjustment of Bonett and Price 2012, Journal of
      Educational and Behavioral Statistics 37(4));
    - for the seeds: Student's t with `seeds - 1` degrees of freedom, scaled to the standard error of the
      seeds' mean: a parametric bootstrap of the studentised mean (Davison and Hinkley 1997, "Bootstrap
      Methods and their Application", section 5.2). The sum of the two parts is that of Behrens and Fisher.

    With one seed the seeds' part is unknown, and the draws describe this one pair of models only. Swapping
    the models mirrors the draws exactly, and no order of seeds or examples changes them.

    Args:
        table: Differences, `(seeds, examples)`.
        seed: Seed of the draws, at least 0.
        draws: How many draws.
    """
    facts = crossed(table)
    other = facts.mirrored()
    sides = [(side.values.tolist(), side.counts.tolist()) for side in (facts, other)]
    swapped = sides[0] < sides[1]
    rng = np.random.default_rng(seed)
    part = _example_part(rng, other if swapped else facts, draws)
    if facts.seeds > 1:
        scale = math.sqrt(facts.seed_variance / facts.seeds)
        part = part + scale * rng.standard_t(facts.seeds - 1, size=draws)
    part = np.sort(-part if swapped else part)
    if sides[0] == sides[1]:
        part = (part - part[::-1]) / 2
    return np.asarray(facts.difference + part, dtype=np.float64)


def _example_part(rng: np.random.Generator, facts: Crossed, draws: int) -> Floats:
    """Draw how far another sample of examples would move the mean difference."""
    values = np.append(facts.values, [-facts.typical_size, facts.typical_size])
    weights = np.append(facts.counts, [1, 1])
    drawn = rng.multinomial(weights.sum(), weights / weights.sum(), size=draws)
    moved = ((drawn - weights) * values).sum(axis=1) / facts.examples
    return np.asarray(moved * math.sqrt(facts.example_share), dtype=np.float64)


def possible(interval: Interval) -> Interval:
    """Clip an interval of a difference of two shares to the possible range, -1 to 1."""
    return Interval(max(interval.low, -1.0), min(interval.high, 1.0))


def percentile_interval(draws: Floats, level: float = 0.05) -> Interval:
    """Return the interval that leaves `level / 2` of the sorted draws out on each side."""
    rank = max(1, round((len(draws) + 1) * level / 2))
    return Interval(float(draws[rank - 1]), float(draws[-rank]))


def two_sided_p(draws: Floats) -> float:
    """Return the level at which the percentile interval of the draws would just touch zero."""
    below, above = np.count_nonzero(draws <= 0), np.count_nonzero(draws >= 0)
    return min(1.0, 2 * (1 + min(int(below), int(above))) / (len(draws) + 1))


@dataclass(frozen=True)
class Settling:
    """Hold what would settle an open comparison, if the difference stays as it is.

    `more_seeds` is None if no number of seeds, up to 1,000, would. `limit` names what stands in the way:
    "seeds", "test images", "no difference", or nothing: "settled". `test_images` is how many test examples the
    difference needs with any number of seeds; None if that was not asked or has no answer.
    """

    more_seeds: int | None
    limit: str
    test_images: int | None


def settling(table: Differences, level: float = 0.05) -> Settling:
    """Project how many more seeds would make the interval leave zero out.

    The half-width with `n` seeds is taken as the root of the sum of the squares of its two parts: the seeds'
    shrinks with `n`, the examples' does not. One seed does not show how much seeds differ: three are requested.
    """
    facts = crossed(table)
    effect = abs(facts.difference)
    if effect == 0:
        return Settling(None, "no difference", None)
    example_half = float(scipy.special.ndtri(1 - level / 2)) * _example_error(facts)
    test_images = math.ceil(facts.examples * (example_half / effect) ** 2)
    if facts.seeds == 1:
        return Settling(2, "seeds", test_images)
    if effect <= example_half:
        return Settling(None, "test images", test_images)
    counts = np.arange(facts.seeds + 1, MOST_SEEDS + 1)
    seed_half = scipy.special.stdtrit(counts - 1, 1 - level / 2) * np.sqrt(facts.seed_variance / counts)
    enough = counts[np.hypot(seed_half, example_half) < effect]
    return Settling(int(enough[0]) - facts.seeds if len(enough) else None, "seeds", test_images)


def settling_seeds(table: Differences, level: float = 0.05) -> Settling:
    """Project the same if only the difference of each seed is known, by the t-test over seeds."""
    by_seed = seed_sums(table) / table.shape[1]
    effect, seeds = abs(total_of(table)) / table.size, len(by_seed)
    if effect == 0:
        return Settling(None, "no difference", None)
    if seeds == 1:
        return Settling(2, "seeds", None)
    counts = np.arange(seeds + 1, MOST_SEEDS + 1)
    halves = scipy.special.stdtrit(counts - 1, 1 - level / 2) * float(by_seed.std(ddof=1)) / np.sqrt(counts)
    enough = counts[halves < effect]
    return Settling(int(enough[0]) - seeds if len(enough) else None, "seeds", None)


def _example_error(facts: Crossed) -> float:
    """Return the standard error that the sample of examples alone leaves."""
    squares = facts.sum_of_squares + 2 * facts.typical_size**2
    spread = squares - facts.examples * facts.difference**2
    return math.sqrt(max(0.0, spread) * facts.example_share) / facts.examples
