"""The preparation of raw examples for a network."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from keras_search.tuner.data.encoding import TableEncoding
from keras_search.tuner.data.pieces import all_of, converted, moments
from keras_search.tuner.data.tree import Array, Tree, leaves, mapped


@dataclass(frozen=True)
class Scaling:
    """Raw pixels become `(pixel - low) / (high - low)`, 0-1 for the training images."""

    kind: ClassVar[str] = "scaling"
    low: float
    high: float

    def apply(self, x: Tree) -> Tree:
        """Scale raw pixels of any shape, to float32."""
        return mapped(lambda pixels: converted(lambda part: scale(part, self.low, self.high), pixels), x)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True)
class Standardising:
    """Place `i` of the last axis, a column or feature, becomes `(raw - means[i]) / deviations[i]`."""

    kind: ClassVar[str] = "standardising"
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    def apply(self, x: Tree) -> Tree:
        """Standardise rows `(n, d)` or sequences `(n, steps, d)`, to float32."""
        means, deviations = np.array(self.means), np.array(self.deviations)
        return mapped(lambda rows: converted(lambda part: ((part - means) / deviations).astype(np.float32), rows), x)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind, "means": list(self.means), "deviations": list(self.deviations)}


@dataclass(frozen=True)
class AsGiven:
    """Numbers are taken as they are: whole numbers as int32, others as float32."""

    kind: ClassVar[str] = "as given"

    def apply(self, x: Tree) -> Tree:
        """Convert numbers to the type that networks take."""
        return mapped(lambda array: converted(_as_networks_take, array), x)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind}


@dataclass(frozen=True)
class Untouched:
    """A model gets what the user passed, values and types."""

    kind: ClassVar[str] = "untouched"

    def apply(self, x: Tree) -> Tree:
        """Return the same arrays."""
        return x

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind}


@dataclass(frozen=True)
class Pixels:
    """The pixels of image files become float32 from 0 to 255 with an axis of channels.

    This is what `keras.utils.image_dataset_from_directory` returns.
    """

    kind: ClassVar[str] = "pixels"

    def apply(self, x: Tree) -> Tree:
        """Return `(n, height, width, channels)` of images `(n, height, width)` or `(n, height, width, 3)`."""
        return mapped(lambda images: converted(_with_channels, images), x)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind}


OfArray = Scaling | Standardising | AsGiven
"""A preparation of one array."""


@dataclass(frozen=True)
class PerInput:
    """The preparation of each of several inputs."""

    kind: ClassVar[str] = "per input"
    inputs: Mapping[str, OfArray]

    def apply(self, x: Tree) -> Tree:
        """Prepare each input."""
        prepared = {name: self.inputs[name].apply(array) for name, array in leaves(x).items()}
        return {name: leaves(tree)[""] for name, tree in prepared.items()}

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind, "inputs": {name: part.to_json() for name, part in self.inputs.items()}}


Preparation = OfArray | PerInput | TableEncoding | Untouched | Pixels


def preparation_of(x_fit: Tree, x_train: Tree) -> OfArray | PerInput:
    """Choose the preparation of raw inputs by the training examples; `x_train` includes those to validate on.

    Rows of numbers `(n, d)` are standardised column by column, sequences `(n, steps, d)` feature by feature; images
    are scaled to 0-1, and so are rows and sequences that may be images: of bytes, of whole numbers from 0 to 255, or
    of numbers from 0 to 1. Of several inputs, whole numbers other than bytes are left as they are, for they may be
    indices.
    """
    if isinstance(x_fit, dict):
        return PerInput({name: _of_input(x) for name, x in x_fit.items()})
    if x_fit.ndim <= 3 and not _may_be_pixels(x_fit):
        return _columns(x_fit)
    return scaling_of(x_fit, x_train)


def scaling_of(x_fit: Tree, x_train: Tree) -> Scaling:
    """Scale images to 0-1 by the training images, or if these are all the same, with those to validate on as well."""
    images = leaves(x_fit)[""]
    return _range(images if images.min() < images.max() else leaves(x_train)[""])


def preparation_from(found: Mapping[str, Any]) -> Preparation:
    """Read the values of `to_json`."""
    values = {name: value for name, value in found.items() if name != "kind"}
    match found["kind"]:
        case Scaling.kind:
            return Scaling(**values)
        case Standardising.kind:
            return Standardising(tuple(values["means"]), tuple(values["deviations"]))
        case AsGiven.kind:
            return AsGiven()
        case Untouched.kind:
            return Untouched()
        case Pixels.kind:
            return Pixels()
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


def _of_input(x: Array) -> OfArray:
    """Prepare one of several inputs."""
    if x.dtype == np.uint8 and x.min() < x.max():
        return _range(x)
    if x.dtype.kind == "f" and x.ndim <= 3 and not _may_be_pixels(x):
        return _columns(x)
    return AsGiven()


def _may_be_pixels(x: Array) -> bool:
    if x.dtype in (np.uint8, np.bool_):
        return True
    whole = x.dtype.kind != "f" or (x.ndim == 3 and all_of(lambda part: part == np.floor(part), x))
    return bool(x.min() >= 0 and x.max() <= (255 if whole else 1))


def _columns(x: Array) -> Standardising:
    """Measure each place of the last axis over all others; a constant one keeps its unit."""
    rows = x.reshape(-1, x.shape[-1])
    means, deviations = moments(rows)
    deviations = np.where(rows.min(axis=0) < rows.max(axis=0), deviations, 1.0)
    return Standardising(tuple(means.tolist()), tuple(deviations.tolist()))


def _as_networks_take(array: Array) -> Array:
    return array.astype(np.int32 if array.dtype.kind in "bui" else np.float32)


def _with_channels(images: Array) -> Array:
    return (images[..., None] if images.ndim == 3 else images).astype(np.float32)


def _range(x: Array) -> Scaling:
    return Scaling(float(x.min()), float(x.max()))


def _part(found: Mapping[str, Any]) -> OfArray:
    part = preparation_from(found)
    if isinstance(part, OfArray):
        return part
    raise ValueError(f"unknown preparation {found['kind']!r} of an input")


def in_words(preparation: Preparation) -> str:
    """Say in a sentence how raw examples become what a network gets."""
    match preparation:
        case Untouched():
            return "Nothing is prepared: your model gets your values and types."
        case Pixels():
            return "The pixels stay as they are, from 0 to 255, with an axis of channels."
        case Scaling(low=low, high=high):
            return f"The numbers from {low:g} to {high:g} are scaled to 0-1."
        case Standardising():
            return "Each column is standardised: its mean becomes 0, its standard deviation 1."
        case AsGiven():
            return "The numbers are taken as they are."
        case PerInput(inputs=inputs):
            return " ".join(f"{name}: {in_words(each)}" for name, each in inputs.items())
        case TableEncoding():
            return "Numbers of the table are standardised, and texts become columns of 0 and 1."
