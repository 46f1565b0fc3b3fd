"""Describe what networks get: the shape, type and range of each input and of each target."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from keras_search.tuner.data.pieces import pieces
from keras_search.tuner.data.splits import Splits
from keras_search.tuner.data.tree import Array, leaves


@dataclass(frozen=True)
class Sight:
    """One array of the training part: `low` and `high` are its lowest and highest number, None for text.

    `broken` counts those that are NaN or infinite, which these ignore.
    `role` is `input`, `target` or `weight`; `name` is "" for the only one of its role.
    """

    role: str
    name: str
    shape: tuple[int, ...]
    dtype: str
    low: float | None
    high: float | None
    broken: int = 0

    def __str__(self) -> str:
        """Format it as `x (8, 8, 1) uint8 from 0 to 255`."""
        name = self.name or {"input": "x", "target": "y", "weight": "sample_weight"}[self.role]
        reach = "" if self.low is None or self.high is None else f" from {self.low:.6g} to {self.high:.6g}"
        shape = f" {self.shape}" if self.shape else ""
        broken = f" and {self.broken:,} NaN or infinite" if self.broken else ""
        return f"{name}{shape} {self.dtype}{reach}{broken}"


def describe(splits: Splits) -> dict[str, tuple[Sight, ...]]:
    """Describe the training examples as the `model` gets them, and the `baselines` if that differs."""
    if splits.own is None:
        return {"model": _sights(splits)}
    mine, theirs = _sights(splits.own), _sights(splits)
    return {"model": mine} if mine == theirs else {"model": mine, "baselines": theirs}


def _sights(seen: Splits) -> tuple[Sight, ...]:
    parts = (("input", seen.x_fit), ("target", seen.y_fit), ("weight", seen.w_fit))
    return tuple(
        _sight(role, name, array) for role, tree in parts if tree is not None for name, array in leaves(tree).items()
    )


def subjects(sights: Mapping[str, Sequence[Sight]]) -> dict[str, str]:
    """Describe what the networks get, by who gets it: the model, and the baselines if these get something else."""
    model = "The model gets" if "baselines" in sights else "The networks get"
    names = {"model": model, "baselines": "The baselines get"}
    return {names[kind]: ", ".join(map(str, seen)) for kind, seen in sights.items()}


def sentences(sights: Mapping[str, Sequence[Sight]]) -> list[str]:
    """Describe what the networks get, one line each."""
    return [f"{subject} {text}." for subject, text in subjects(sights).items()]


def stored(sights: Mapping[str, Sequence[Sight]]) -> dict[str, Any]:
    """Return plain values."""
    return {kind: [asdict(sight) for sight in seen] for kind, seen in sights.items()}


def from_stored(found: Mapping[str, Any]) -> dict[str, tuple[Sight, ...]]:
    """Read the values of `stored`."""
    return {
        kind: tuple(Sight(**{**each, "shape": tuple(each["shape"])}) for each in seen) for kind, seen in found.items()
    }


def _sight(role: str, name: str, array: Array) -> Sight:
    shape = tuple(array.shape[1:])
    if array.dtype.kind == "U":
        return Sight(role, name, shape, "text", None, None)
    low, high = float(array.min()), float(array.max())
    if math.isfinite(low) and math.isfinite(high):
        return Sight(role, name, shape, str(array.dtype), low, high)
    finite = (part[np.isfinite(part)] for part in (array[place] for place in pieces(array)))
    ends = [(float(part.min()), float(part.max()), part.size) for part in finite if part.size]
    least, greatest = (min(low for low, _, _ in ends), max(high for _, high, _ in ends)) if ends else (None, None)
    broken = array.size - sum(count for _, _, count in ends)
    return Sight(role, name, shape, str(array.dtype), least, greatest, broken)
