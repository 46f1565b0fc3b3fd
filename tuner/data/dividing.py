"""Divide examples that must not be divided at random: by whole groups, or in time."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from keras_search.errors import UsageError
from keras_search.tuner.data.tree import Array, Labels

ORDER = "order"
"""The value of `--time` if the examples themselves are in chronological order."""


@dataclass(frozen=True, eq=False)
class Arrangement:
    """The group of each training example `(n,)`, int64, or its time, float64.

    `column` is the column of these, "" if the time is the place of the example.
    """

    kind: Literal["group", "time"]
    column: str
    values: Array

    def taken(self, index: Labels) -> "Arrangement":
        """Return the arrangement of some of the examples."""
        return Arrangement(self.kind, self.column, self.values[index])

    @property
    def sentence(self) -> str:
        """Describe how a part is chosen."""
        if self.kind == "time":
            return f"the latest by {self.column!r}" if self.column else "the last ones"
        return f"whole groups of {self.column!r}"


def divided_by_time(times: Array, going: int) -> tuple[Labels, Labels]:
    """Select the latest examples, about `going` of them: none that is as late as one that stays.

    Raises:
        UsageError: all have the same time.
    """
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    cuts = np.flatnonzero(ordered[1:] > ordered[:-1]) + 1
    if not len(cuts):
        raise UsageError("--time must distinguish earlier rows from later ones, all have the same time.")
    cut = int(cuts[np.argmin(np.abs(cuts - (len(times) - going)))])
    return order[:cut], order[cut:]


def divided_by_group(groups: Labels, labels: Labels | None, share: float, seed: int) -> tuple[Labels, Labels]:
    """Select whole groups, about a `share` of the examples and of each class.

    Groups are tried in descending size, those of the same size in random order; one goes if that brings the selection
    closer to the share of each class, and every class keeps an example. If all are too large, the smallest goes.

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
            f"--group must leave a group on each side and every class in the training part; of {len(counts)} groups, "
            f"none can be set aside for a share of {share:g}. Choose a larger share, or another split."
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
