"""The kind of an example, as far as its shape and type show it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ROW = "rows of numbers"
SEQUENCE = "sequences"
GREY = "grey images"
COLOUR = "colour images"
TEXT = "texts"
ARRAY = "arrays"

LEAST_SIDE = 4
"""Pixels; anything with a shorter side is not a picture: `(steps, 1)` and `(steps, 3)` are sequences."""
LEAST_SQUARE = 8
"""Pixels; a square of numbers with at least this side counts as a picture, whatever its type."""


def kind_of_example(shape: Sequence[int], dtype: npt.DTypeLike | None) -> str:
    """Name the kind of examples with a shape and type, in the plural.

    `(height, width, 1)`, 3 or 4 are images. `(a, b)` may be an image or a sequence of `a` steps with `b` numbers
    each: bytes and squares are images, all else is a sequence. If the original type is unknown, None, it is an
    image unless a side is too short for one.
    """
    type_ = None if dtype is None else np.dtype(dtype)
    if type_ is not None and type_.kind in "OSUT":
        return TEXT
    if len(shape) < 2:
        return ROW
    large = min(shape[:2]) >= LEAST_SIDE
    if len(shape) == 2:
        return GREY if large and _is_grey(shape, type_) else SEQUENCE
    if len(shape) == 3 and large and shape[2] in (1, 3, 4):
        return GREY if shape[2] == 1 else COLOUR
    return ARRAY


def is_picture(kind: str) -> bool:
    """Return whether examples of a kind can be shown as images."""
    return kind in (GREY, COLOUR)


def _is_grey(shape: Sequence[int], dtype: "np.dtype[np.generic] | None") -> bool:
    return dtype is None or dtype == np.uint8 or (shape[0] == shape[1] and shape[0] >= LEAST_SQUARE)
