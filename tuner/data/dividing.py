"""Divide examples where chance may not: whole groups, or what came later from what came before."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from keras_search.errors import UsageError
from keras_search.tuner.data.tree import Array, Labels

ORDER = "order"
"""What `--time` is told where the examples themselves are in the order of time."""


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Say of each training example `(n,)` of which group it is, int64, or when it was, float64.

    `column` is the column that says so, "" if it is the place of the example.
    """

    kind: Literal["group", "time"]
    column: str
    values: Array

    def taken(self, index: Labels) -> "Arrangement":
        """Return the same of some of the examples."""
        return Arrangement(self.kind, self.column, self.values[index])

    @property
    def sentence(self) -> str:
        """Say how a part is chosen."""
        if self.kind == "time":
            return f"the latest by {self.column!r}" if self.column else "the last ones"
        return f"whole groups of {self.column!r}"


def divided_by_time(times: Array, going: int) -> tuple[Labels, Labels]:
    """Let the latest examples go, about `going` of them: none that is as late as one that stays.

    Raises:
        UsageError: all are of one time.
    """
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    cuts = np.flatnonzero(ordered[1:] > ordered[:-1]) + 1
    if not len(cuts):
        raise UsageError("--time must tell earlier rows from later ones, all are of one time.")
    cut = int(cuts[np.argmin(np.abs(cuts - (len(times) - going)))])
    return order[:cut], order[cut:]


def divided_by_group(groups: Labels, labels: Labels | None, share: float, seed: int) -> tuple[Labels, Labels]:
    """Let whole groups go, about a `share` of the examples and, of each class, about its share.

    Groups are tried the largest first, those of one size by chance; one goes if that brings what has gone nearer to
    the share of each class, and every class keeps an example that stays. Where all are too large, the smallest goes.

    Raises:
        UsageError: no group can go.
    """
    classes = np.zeros(len(groups), np.int64) if labels is None else labels
    _, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((group.max() + 1, classes.max() + 1))
    np.add.at(counts, (group, classes), 1)
    chance = np.random.default_rng(seed).permutation(len(counts))
    order = chance[np.argsort(-counts[chance].sum(axis=1), kind="stable")]
    gone = _gone(counts, order, share)
    if not gone.any():
        raise UsageError(
            f"--group must leave a group on each side and every class in what is trained on; of {len(counts)} groups, "
            f"none can be set aside for a share of {share:g}. Choose a larger share, or split otherwise."
        )
    return np.flatnonzero(~gone[group]), np.flatnonzero(gone[group])


def _gone(counts: Array, order: Labels, share: float) -> npt.NDArray[np.bool_]:
    total = counts.sum(axis=0)
    gone, wanted, left = np.zeros(len(counts), bool), share * total, total.copy()
    for index in order:
        there = total - left
        nearer = np.square(there + counts[index] - wanted).sum() < np.square(there - wanted).sum()
        if nearer and ((left - counts[index] > 0) | (total == 0)).all():
            gone[index] = True
            left = left - counts[index]
    free = [index for index in order if ((total - counts[index] > 0) | (total == 0)).all()]
    if free and not gone.any():  # all are larger than the share
        gone[min(free, key=lambda index: float(np.square(counts[index] - wanted).sum()))] = True
    return gone
