"""The best score to expect from a number of trials, and whether it is still rising."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.numbers import amount, decimals, is_share, points

MOST_BUDGETS = 500
"""The number of budgets above which a curve has only some, evenly spaced, the last among them."""
FEWEST = 8
"""The fewest fully trained trials whose curve has two halves to compare."""


def expected_best(scores: npt.ArrayLike, direction: str, budgets: npt.NDArray[np.int64] | None = None) -> pd.DataFrame:
    """Return the expected best score of a random search, by its number of trials.

    With `F` the distribution of the scores seen, the best of `n` trials is at most `v` with probability
    `F(v) ** n`, so that its expectation is the sum of `v * (F(v) ** n - F(v-) ** n)` over the scores (Dodge et
    al. 2019, EMNLP, "Show Your Work: Improved Reporting of Experimental Results", section 3). Where the curve
    is flat, more search would not have paid off. It assumes that the trials are independent draws, as those of a
    random search are; for others it only describes the scores, and near the last trial it is too low.

    Args:
        scores: Scores of completed trials, `(n_trials,)`; those that are not finite are ignored.
        direction: "max" or "min", what a good score is.
        budgets: Numbers of trials, `(n_budgets,)`; by default 1 to `n_trials`, or 500 of these if there are more.

    Returns:
        A row for each budget: `trials`, `expected`, and `low`, `high`, between which 95%
        of the searches of that many trials end.

    Raises:
        KerasSearchError: the direction is neither "max" nor "min".
    """
    sign = sign_of(direction)
    values = np.asarray(scores, dtype=np.float64)
    ordered = np.sort(sign * values[np.isfinite(values)])
    count = len(ordered)
    trials = _budgets(count) if budgets is None else budgets
    at_most = _powers(np.arange(count + 1) / max(count, 1), trials)
    expected = (np.diff(at_most, axis=1) * ordered).sum(axis=1)
    ends = [ordered[np.argmax(at_most[:, 1:] >= share, axis=1)] if count else ordered for share in (0.025, 0.975)]
    low, high = ends if sign > 0 else (-ends[1], -ends[0])
    return pd.DataFrame({"trials": trials, "expected": sign * expected, "low": low, "high": high})


def _powers(bases: npt.NDArray[np.float64], exponents: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the powers `(n_exponents, n_bases)` by products alone, which every processor rounds alike."""
    found, factors, left = np.ones((len(exponents), len(bases))), bases, exponents
    while (left > 0).any():
        found = np.where((left & 1)[:, None] == 1, found * factors, found)
        factors, left = factors * factors, left >> 1
    return found


def _budgets(count: int) -> npt.NDArray[np.int64]:
    """Return 1 to `count`, or at most `MOST_BUDGETS` of these numbers."""
    if count <= MOST_BUDGETS:
        return np.arange(1, count + 1)
    return np.unique(np.linspace(1, count, MOST_BUDGETS).round().astype(np.int64))


def sign_of(direction: str) -> int:
    """Return 1 for "max" and -1 for "min".

    Raises:
        KerasSearchError: it is neither.
    """
    signs = {"max": 1, "min": -1}
    if direction not in signs:
        raise KerasSearchError(f"Expected the direction 'max' or 'min', received {direction!r}.")
    return signs[direction]


@dataclass(frozen=True)
class Rise:
    """Hold by how much the expected best rose from half of the trials to all of them, in units of the objective.

    `spread` is the standard deviation of the tuned model's validation score over its fresh seeds: another
    seed may bring a gain below it.
    """

    trials: int
    gain: float
    spread: float
    objective: str

    @property
    def rising(self) -> bool:
        """True if doubling the trials once more may pay off."""
        return self.trials >= FEWEST and self.gain > self.spread

    def sentence(self) -> str:
        """Explain the curve in one sentence, with its figures."""
        if self.trials < FEWEST:
            return (
                f"With {self.trials} fully trained trial{'s' * (self.trials != 1)} the search cannot show whether more "
                "would pay off."
            )
        better = "more trials may pay off" if self.rising else "more of the same search would gain little"
        beside = "more" if self.rising else "no more"
        gain, spread = self._texts()
        seeds = f", {beside} than the spread between seeds ({spread})" if self.spread else ""
        half = math.ceil(self.trials / 2)
        return (
            f"From {half} to {self.trials} fully trained trials the expected best {self.objective} improved by "
            f"{gain}{seeds}: {better}."
        )

    def _texts(self) -> tuple[str, str]:
        """Return the gain and the spread in words, to the same decimals."""
        sizes = (self.gain, self.spread)
        if is_share(self.objective):
            gain, spread = (f"{points(size).lstrip('+')} points" for size in sizes)
            return gain, spread
        places = decimals(self.spread) if self.spread else decimals(0.0, self.gain)
        return amount(self.gain, places), amount(self.spread, places)


def rise_of(scores: npt.ArrayLike, direction: str, seed_scores: npt.ArrayLike, objective: str) -> Rise:
    """Measure whether the expected best still rises; `seed_scores` are the tuned model's, one for each fresh seed."""
    count = int(np.isfinite(np.asarray(scores, dtype=np.float64)).sum())
    fresh = np.asarray(seed_scores, dtype=np.float64)
    spread = float(fresh.std(ddof=1)) if len(fresh) > 1 else 0.0
    gain = 0.0
    if count:
        half, all_ = expected_best(scores, direction, np.array([math.ceil(count / 2), count]))["expected"]
        gain = abs(float(all_ - half))
    return Rise(count, gain, spread if math.isfinite(spread) else 0.0, objective)
