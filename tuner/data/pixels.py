"""Read image files into one array, in threads."""

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data.pieces import contiguous
from keras_search.tuner.system.scratch import empty

Pixels = npt.NDArray[np.uint8 | np.float32]
"""Levels from 0, black, to 255, white: whole numbers, or fractions if files hold more than 8 bits."""
Shape = tuple[int, int]
"""A height and a width, in pixels."""
Result = TypeVar("Result")

ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
KINDS = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
"""The kinds of image files, in words."""
LEVELS = 257
"""The number of 16-bit levels in one 8-bit level, so that 65,535 becomes 255."""
DARK = 32
"""Only 8 bits of 16-bit colours are read: if no pixel of a folder is this bright, the rest was cut off."""
KEPT_SIDE = 128
"""Pixels; images that all have the same size are left as they are up to this side."""
DEFAULT_SIDE = 64
"""Pixels; the longer side of others, unless they are smaller or the user chooses another size."""
LEAST_SIDE = 8
"""Pixels; the shorter side is never shrunk below this, so that a long strip does not become a line."""
GAP = 3.0
"""How many times larger than its target a fast, coarse first step may leave an image that is to be shrunk."""
_CHUNK = 64
_ORIENTATION = 0x0112
_TURNED = range(5, 9)
"""The EXIF orientations that exchange width and height."""
_EXIF = {"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"}
_GREY_MODES = {"1", "L", "LA", "I", "I;16", "I;16B", "F"}


@dataclass(frozen=True)
class Header:
    """The upright size of an image, in pixels, and whether its file can only hold grey.

    `deep`: it holds grey in more than 8 bits; `cut`: it holds colours in 16, of which 8 are read.
    """

    height: int
    width: int
    grey: bool
    deep: bool = False
    cut: bool = False


def read_images(files: Sequence[Path], side: int | None = None) -> Pixels:
    """Read images as `(n, height, width)` if all are grey, else `(n, height, width, 3)`, on the same scale.

    They are uint8, or float32 if a file holds grey in more than 8 bits. They are turned by their EXIF orientation,
    white where transparent, and resized, not cropped, to `side` x `side` or, without it, to `common_shape`. Only the
    first frame of an animation is read.

    Raises:
        UsageError: some cannot be read; the first is named and the others are counted. Or they do not fit in memory,
            or they hold dark 16-bit colours.
    """
    with warnings.catch_warnings(action="ignore"):  # Pillow's, about images that it could read anyway
        found = _attempted(lambda index: read_header(files[index]), len(files))
        headers = [header for header in found if isinstance(header, Header)]
        shape = (side, side) if side else common_shape(headers)
        channels = () if all(header.grey for header in headers) else (3,)
        deep = any(header.deep for header in headers)
        images = _room(len(files), shape, channels, np.dtype(np.float32 if deep else np.uint8))
        grey = _attempted(lambda index: _fill(images[index], files[index]), len(files))
    broken = [(file, result) for file, result in zip(files, grey, strict=True) if isinstance(result, Exception)]
    if broken:
        raise UsageError(_broken_text(*broken[0], len(broken) - 1))
    if any(header.cut for header in headers) and images.max() < DARK:
        raise UsageError(
            f"{files[0].parent.parent} holds 16-bit colours, of which 8 bits are read, and all are so dark that these "
            f"have only levels up to {images.max():.0f} of 255. Save the images with 8 bits, all brightened alike."
        )
    return contiguous(images[..., 0]) if channels and all(grey) else images


def common_shape(headers: Sequence[Header]) -> Shape:
    """Choose the common size of images.

    If all have the same size of at most 128 pixels a side, it is kept. Otherwise it is the median height by the
    median width, shrunk in proportion until the longer side has at most 64 pixels: photographs of 640 by 480 keep
    their proportions, and a folder of portrait and landscape formats becomes square.
    """
    sizes = np.array([(header.height, header.width) for header in headers] or [(1, 1)])
    if (sizes == sizes[0]).all() and sizes[0].max() <= KEPT_SIDE:
        return int(sizes[0][0]), int(sizes[0][1])
    median = np.median(sizes, axis=0)
    shrunk = np.rint(median * min(1.0, DEFAULT_SIDE / median.max()))
    height, width = np.maximum(shrunk, np.minimum(np.ceil(median), LEAST_SIDE)).astype(int)
    return int(height), int(width)


def read_header(path: Path) -> Header:
    """Read the size and mode of an image without its pixels.

    Raises:
        Exception: whatever Pillow finds wrong with it.
    """
    with Image.open(path, formats=FORMATS) as image:
        width, height = image.size
        # For every PNG, this would read the pixels to look for what may come after them.
        if _EXIF & image.info.keys() and image.getexif().get(_ORIENTATION) in _TURNED:
            width, height = height, width
        cut = image.mode.startswith("RGB") and any("16" in str(tile[3]) for tile in image.tile)
        return Header(height, width, image.mode in _GREY_MODES, _is_deep(image), cut)


def read_pixels(path: Path, shape: Shape, grey: bool) -> Pixels:
    """Read one image as `shape`, with 3 channels at the end unless `grey`; float32 if it has more than 8 bits.

    Raises:
        Exception: whatever Pillow finds wrong with it.
    """
    size = (shape[1], shape[0])
    with Image.open(path, formats=FORMATS) as opened:
        opened.draft(None, (int(GAP * max(shape)),) * 2)
        deep, upright = _is_deep(opened), ImageOps.exif_transpose(opened)
        image = _levels(upright) if deep else on_white(upright).convert("L" if grey else "RGB")
    if image.size != size:
        image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=GAP)
    pixels = np.asarray(image)
    return pixels if grey or not deep else np.stack([pixels] * 3, axis=-1)


def on_white(image: Image.Image) -> Image.Image:
    """Lay an image on white where it is transparent."""
    if not image.has_transparency_data:
        return image
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit and floating pixels to 0-255, where Pillow would clip them at 255."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.asarray(image, np.float64)
    return Image.fromarray((values / (257 if values.max() > 255 else 1)).clip(0, 255).astype(np.uint8))


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith(("I", "F"))


def _levels(image: Image.Image) -> Image.Image:
    """Scale 16 bits to levels of 0-255, with fractions; floating pixels stay as they are."""
    values = np.asarray(image, np.float32)
    return Image.fromarray(values if image.mode == "F" else values / np.float32(LEVELS))


def _fill(place: Pixels, path: Path) -> bool:
    """Read an image into its place, `(height, width)` or `(height, width, 3)`, and return whether it is grey."""
    pixels = read_pixels(path, (place.shape[0], place.shape[1]), grey=place.ndim == 2)
    place[:] = pixels
    return place.ndim == 2 or bool((pixels[..., :2] == pixels[..., 1:]).all())


def _attempted(work: Callable[[int], Result], count: int) -> list[Result | Exception]:
    """Call a function for each index, in threads, and return each result or error."""

    def attempt(index: int) -> Result | Exception:
        try:
            return work(index)
        except Exception as error:  # Pillow has no common base class for errors in files
            return error

    def attempt_chunk(start: int) -> list[Result | Exception]:
        return [attempt(index) for index in range(start, min(start + _CHUNK, count))]

    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        return [result for chunk in pool.map(attempt_chunk, range(0, count, _CHUNK)) for result in chunk]
    finally:
        pool.shutdown(cancel_futures=True)


def _room(count: int, shape: Shape, channels: tuple[int, ...], dtype: np.dtype[Any]) -> Pixels:
    """Create the array.

    Raises:
        UsageError: it is too large for the memory, and for the disk.
    """
    try:
        return empty((count, *shape, *channels), dtype)
    except KerasSearchError as error:
        raise UsageError(
            f"{count:,} images of {shape[0]}x{shape[1]} pixels: {error} Or choose a smaller --image-size."
        ) from error


def _broken_text(path: Path, error: Exception, others: int) -> str:
    more = f", nor could {others} other{'s' * (others > 1)}" if others else ""
    return f"{path} could not be read{more}: {what_is_wrong(error)}. Replace or delete {'them' if others else 'it'}."


def what_is_wrong(error: BaseException) -> str:
    """Describe Pillow's error about an image file, without a full stop."""
    if isinstance(error, UnidentifiedImageError):
        return f"it is not a {KINDS} image"
    if isinstance(error, Image.DecompressionBombError):
        return "it claims more pixels than any image has: make it smaller"
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    return " ".join(text.split()).rstrip(".") or type(error).__name__
