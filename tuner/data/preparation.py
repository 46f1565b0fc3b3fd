"""What is done to raw examples before a network sees them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from keras_search.tuner.data.encoding import TableEncoding
from keras_search.tuner.data.tree import Array, Tree, leaves, mapped


@dataclass(frozen=True)
class Scaling:
    """Say that a raw pixel became `(pixel - low) / (high - low)`, 0-1 for the images trained on."""

    kind: ClassVar[str] = "scaling"
    low: float
    high: float

    def apply(self, x: Tree) -> Tree:
        """Scale raw pixels of any shape, to float32."""
        return mapped(lambda pixels: scale(pixels, self.low, self.high), x)

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True)
class AsGiven:
    """Say that numbers were taken as they are: whole numbers as int32, others as float32."""

    kind: ClassVar[str] = "as given"

    def apply(self, x: Tree) -> Tree:
        """Give numbers the type that networks take."""
        return mapped(lambda array: array.astype(np.int32 if array.dtype.kind in "bui" else np.float32), x)

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {"kind": self.kind}


@dataclass(frozen=True)
class PerInput:
    """Say what was done to each of several inputs."""

    kind: ClassVar[str] = "per input"
    inputs: Mapping[str, Scaling | AsGiven]

    def apply(self, x: Tree) -> Tree:
        """Prepare each input."""
        prepared = {name: self.inputs[name].apply(array) for name, array in leaves(x).items()}
        return {name: leaves(tree)[""] for name, tree in prepared.items()}

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {"kind": self.kind, "inputs": {name: part.to_json() for name, part in self.inputs.items()}}


Preparation = Scaling | AsGiven | PerInput | TableEncoding


def preparation_of(x_fit: Tree, x_train: Tree) -> Scaling | PerInput:
    """Decide how to prepare raw inputs by the examples trained on; `x_train` has those to validate on as well.

    A single input is scaled to 0-1. Of several, those of uint8 are taken for images and scaled, others are left as
    they are, for they may be indices.
    """
    if not isinstance(x_fit, dict):
        return _range(x_fit if x_fit.min() < x_fit.max() else leaves(x_train)[""])
    return PerInput({name: _range(x) if _is_image(x) else AsGiven() for name, x in leaves(x_fit).items()})


def preparation_from(found: Mapping[str, Any]) -> Preparation:
    """Read what `to_json` gave."""
    values = {name: value for name, value in found.items() if name != "kind"}
    match found["kind"]:
        case Scaling.kind:
            return Scaling(**values)
        case AsGiven.kind:
            return AsGiven()
        case PerInput.kind:
            return PerInput({name: _part(part) for name, part in values["inputs"].items()})
        case TableEncoding.kind:
            return TableEncoding.from_json(found)
    raise ValueError(f"unknown preparation {found['kind']!r}")


def scale(x: Array, low: float, high: float) -> Array:
    """Scale raw pixels of any shape so that `low` becomes 0 and `high` becomes 1, as float32."""
    exact = np.float32 if np.can_cast(x.dtype, np.float32) else np.float64
    scaled = np.subtract(x, low, dtype=exact)
    scaled /= high - low
    return scaled.astype(np.float32, copy=False)


def _is_image(x: Array) -> bool:
    return x.dtype == np.uint8 and bool(x.min() < x.max())


def _range(x: Array) -> Scaling:
    return Scaling(float(x.min()), float(x.max()))


def _part(found: Mapping[str, Any]) -> Scaling | AsGiven:
    part = preparation_from(found)
    if isinstance(part, Scaling | AsGiven):
        return part
    raise ValueError(f"unknown preparation {found['kind']!r} of an input")
