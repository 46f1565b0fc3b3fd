"""Place a drawing of any size, colour and polarity in its image like the drawings that a model was trained on.

MNIST's own images "were size normalized to fit in a 20x20 pixel box while preserving their aspect ratio. The
resulting images contain grey levels as a result of the anti-aliasing technique used by the normalization
algorithm. The images were centered in a 28x28 image by computing the center of mass of the pixels, and
translating the image so as to position this point at the center of the 28x28 field" (LeCun, Cortes and Burges,
"The MNIST database of handwritten digits", and LeCun et al. 1998, "Gradient-based learning applied to document
recognition", section III.A). In the files, the centre of mass of every image lies in row and column 14, counted
from 0, so the shift was a whole number of pixels. Other data sets differ in the size of the box and in what is
centred, so both are measured on the training images. Framing removes a drawing's place, size, polarity and contrast:
it is done only if all training images were framed like this, so that these cannot distinguish their classes.
"""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from keras_search.errors import UsageError
from keras_search.tuner.data.pixels import FORMATS, KINDS, eight_bit, what_is_wrong

Pixels = npt.NDArray[np.uint8]
Levels = npt.NDArray[np.float32]
Point = npt.NDArray[np.float64]
"""A row and a column, in parts of a pixel."""
Sizes = npt.NDArray[np.int64]
"""A height and a width, in pixels."""

MAX_SIDE = 2048
"""Pixels; larger images are shrunk while they are read."""
INK = 0.25
"""Pixels less than this share as dark as the darkest stroke are shadow or noise."""
BLANK = 16
"""Levels of 255 by which a drawing must differ from its background."""
PLAIN = 0.05
"""The largest distance from black or white of the typical border pixel of images on a plain background."""
EMPTY = (0.7, 0.15)
"""The share of all border pixels that must be as close to the background as that."""
FULL_CONTRAST = 0.85
"""The least contrast of every drawing to the background: framing stretches it to 1."""
OFF_CENTRE = 1.05
"""Pixels; the largest offset of a framed drawing's centre of mass from the middle, as shifts are whole pixels."""
ALIKE = 1.0
"""Pixels; the largest difference between the longer sides of framed drawings."""
EXCEPTIONS = 0.01
"""The share of the training images that may be framed differently."""
MEASURED = 2000
"""The number of training images on which a framing is measured."""

_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, Image.DecompressionBombError)


class UnreadableImageError(UsageError):
    """Raised if a file cannot be read as an image."""


class BlankImageError(UnreadableImageError):
    """Raised if an image is blank."""


@dataclass(frozen=True)
class Framing:
    """The place of a drawing in its image.

    `box` is the share of the image's side that the longer side of the drawing takes, `centre` what lies in the
    middle (the centre of mass, or that of the box around it), `ground` the value of the empty background, 0 or 1.
    """

    box: float
    centre: Literal["mass", "box"]
    ground: Literal[0, 1] = 0


MNIST_FRAMING = Framing(20 / 28, "mass")


def measure_framing(images: npt.NDArray[np.floating]) -> Framing | None:
    """Measure how the drawings of `images` `(n, height, width)` or `(n, height, width, 1)`, 0-1, are framed.

    Returns None unless all are grey drawings on one plain ground, of full contrast, of one size and centred by mass, as
    MNIST's are: in place, size, polarity or contrast of others may lie what tells their classes apart.
    """
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 1):
        return None
    grey = np.asarray(images[:MEASURED], np.float32).reshape(-1, *images.shape[1:3])
    border, ground = _border(grey), ground_of(grey)
    share, near = EMPTY
    if PLAIN < ground < 1 - PLAIN or np.mean(np.abs(border - round(ground)) <= near) < share:
        return None
    drawings = np.abs(grey - round(ground))
    if np.quantile(drawings.max(axis=(1, 2)), EXCEPTIONS) < FULL_CONTRAST:
        return None
    return _measured(drawings, 1 if ground > 0.5 else 0)


def ground_of(images: npt.NDArray[np.floating]) -> float:
    """Return the typical value of the border pixels of images `(n, height, width)`."""
    return float(np.median(_border(images)))


def _border(images: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    return np.concatenate([_ring(image, 1) for image in images])


def _measured(drawings: Levels, ground: Literal[0, 1]) -> Framing | None:
    """Measure drawings `(n, height, width)` on a ground of 0; None if they differ in size, or in place."""
    shape = np.array(drawings.shape[1:])
    boxes = np.array([_bounds(image) for image in drawings], np.float64).reshape(-1, 2, 2)
    sizes = (boxes[:, 1] - boxes[:, 0]).max(axis=1)
    smallest, largest = np.quantile(sizes, [EXCEPTIONS, 1 - EXCEPTIONS])
    masses = np.array([_centre_of_mass(image) for image in drawings])
    off = float(np.quantile(np.abs(masses - shape / 2).max(axis=1), 1 - EXCEPTIONS))
    if largest - smallest > ALIKE or off > OFF_CENTRE:
        return None
    of_mass, of_box = (float(centres.std(axis=0).mean()) for centres in (masses, boxes.mean(axis=1)))
    share = float(np.median(((boxes[:, 1] - boxes[:, 0]) / shape).max(axis=1)))
    return Framing(round(share, 4), "mass" if of_mass < of_box else "box", ground)


def frame_file(path: Path, shape: tuple[int, int], framing: Framing) -> Levels:
    """Read the drawing in an image file and frame it: float32 of `shape`, 0-1.

    Raises:
        UnreadableImageError: the file is missing, not an image, or blank.
    """
    try:
        return framed(ink(read_image(path)), shape, framing)
    except BlankImageError as error:
        raise UnreadableImageError(f"{path}: {error}") from None


def read_image(path: Path) -> Pixels:
    """Read an image file as RGBA `(height, width, 4)`, turned as its camera says.

    Raises:
        UnreadableImageError: the file is missing, or no image.
    """
    with reading(path), Image.open(path, formats=FORMATS) as opened:
        opened.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
        image = ImageOps.exif_transpose(opened)
        return np.asarray(eight_bit(image).convert("RGBA"))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn Pillow's errors about an image file into one line.

    Raises:
        UnreadableImageError: the file is missing, or no image.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # Pillow's, about images that it could read anyway
            yield
    except FileNotFoundError:
        raise UnreadableImageError(f"There is no image {path}: give the path of a {KINDS}, or a folder.") from None
    except _BROKEN as error:
        raise UnreadableImageError(
            f"{path} is not a {KINDS} image, or it is broken ({what_is_wrong(error)})."
        ) from None


def ink(pixels: Pixels) -> Levels:
    """Measure how much of a drawing is in each pixel of an RGBA image: `(height, width)`, 0 background, 1 drawing.

    The background is the median of the border; ink is the largest difference to it in red, green, blue or opacity, so
    dark on light, light on dark, coloured and transparent drawings are read alike. The noise of the border is
    subtracted.

    Raises:
        BlankImageError: no pixel differs from the background.
    """
    seen = _telling_channels(pixels)
    width = max(1, min(seen.shape[:2]) // 50)
    difference = np.abs(seen - np.median(_ring(seen, width), axis=0)).max(axis=2)
    noise = float(np.quantile(_ring(difference, width), 0.75))
    difference = np.clip(difference - noise, 0, None)
    peak = float(difference.max())
    if peak < BLANK:
        raise BlankImageError("the image is blank: expected a drawing on a plain background.")
    values: Levels = (difference / peak).astype(np.float32)
    return values


def _telling_channels(pixels: Pixels) -> Levels:
    """Return the channels that can differ, float32 `(height, width, 1 to 4)`: colours times opacity, and opacity."""
    colours, alpha = pixels[..., :3], pixels[..., 3:]
    grey = bool((colours == colours[..., :1]).all())
    colours = colours[..., :1] if grey else colours
    if alpha.min() == 255:
        return colours.astype(np.float32)
    return np.concatenate([colours * (alpha / np.float32(255)), alpha], axis=2, dtype=np.float32)


def framed(drawing: Levels, shape: tuple[int, int], framing: Framing) -> Levels:
    """Scale a drawing (0-1, background 0) to the framing's box and place it in an image of `shape`."""
    place = _placed_by_mass if framing.centre == "mass" else _placed_by_box
    bounds = np.array(_bounds(drawing), np.float64)
    canvas = place(drawing, bounds[:2], bounds[2:], np.array(shape), framing.box)
    canvas /= max(float(canvas.max()), 1e-6)
    return canvas if framing.ground == 0 else 1 - canvas


def _placed_by_mass(drawing: Levels, top_left: Point, bottom_right: Point, shape: Sizes, box: float) -> Levels:
    """Scale the part within bounds, with a fringe of a pixel, and shift it until its centre of mass is in the middle.

    Size and shift are whole pixels, as in MNIST; the part within bounds never sticks out.
    """
    sides = bottom_right - top_left
    size = np.clip(np.rint(sides * (shape * box / sides).min()), 1, shape).astype(int)
    fringe = sides / size
    patch = _cut(drawing, top_left - fringe, bottom_right + fringe, size + 2)
    y, x = np.clip(shape // 2 + 1 - np.floor(_centre_of_mass(patch)).astype(int), 0, shape - size)
    canvas = np.zeros(shape + 2, np.float32)
    canvas[y : y + patch.shape[0], x : x + patch.shape[1]] = patch
    return canvas[1:-1, 1:-1]


def _placed_by_box(drawing: Levels, top_left: Point, bottom_right: Point, shape: Sizes, box: float) -> Levels:
    """Scale a drawing, with enough around its bounds to fill `shape`."""
    sides = bottom_right - top_left
    window = shape / (shape * box / sides).min()
    middle = (top_left + bottom_right) / 2
    return _cut(drawing, middle - window / 2, middle + window / 2, shape)


def _cut(drawing: Levels, top_left: Point, bottom_right: Point, shape: Sizes) -> Levels:
    """Scale a part of a drawing, which may reach beyond it, to `shape`, averaging if it gets smaller."""
    margin = int(np.ceil(max(0.0, -top_left.min(), (bottom_right - drawing.shape).max())))
    padded = Image.fromarray(np.pad(drawing, margin))
    (top, left), (bottom, right) = top_left + margin, bottom_right + margin
    smaller = bool(((bottom_right - top_left) > shape).any())
    filtering = Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR
    size = (int(shape[1]), int(shape[0]))
    return np.array(padded.resize(size, filtering, box=(left, top, right, bottom)), np.float32)


def _bounds(drawing: Levels) -> tuple[int, int, int, int]:
    """Return the top, left, bottom and right of the drawing, the latter two exclusive."""
    rows, columns = ((drawing >= INK * drawing.max()).any(axis=axis).nonzero()[0] for axis in (1, 0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _centre_of_mass(drawing: Levels) -> npt.NDArray[np.float64]:
    """Return the row and column of the centre of mass, where the first pixel reaches from 0 to 1."""
    total = drawing.sum(dtype=np.float64)
    middles = (np.arange(size) + 0.5 for size in drawing.shape)
    return np.array([(drawing.sum(axis=1 - axis) * middle).sum() / total for axis, middle in enumerate(middles)])


def _ring(image: npt.NDArray[np.floating], width: int) -> npt.NDArray[np.floating]:
    """List the pixels of the border, `width` pixels wide: `(n_pixels, ...)`."""
    inside = np.zeros(image.shape[:2], bool)
    inside[width:-width, width:-width] = True
    return image[~inside]
