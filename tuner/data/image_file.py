"""Read an image file as training would have read it, in the range that a model takes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_search.tuner.data.framing import PLAIN, Framing, frame_file, ground_of, reading
from keras_search.tuner.data.pixels import read_header, read_pixels
from keras_search.tuner.data.tree import Array

SHADE = 12
"""Levels of 255 by which the channels of a grey pixel may differ."""


@dataclass(frozen=True)
class ImageReader:
    """Convert image files to examples of `shape`, `(height, width)` or with 1 or 3 channels at the end.

    `white` and `black` are the numbers of these colours. With a `framing`, files of another size are read as drawings.
    """

    shape: tuple[int, ...]
    white: float = 1.0
    framing: Framing | None = None
    black: float = 0.0

    @property
    def grey(self) -> bool:
        """True if the examples have no colours."""
        return self.shape[2:] != (3,)

    def is_framed(self, path: Path) -> bool:
        """Return whether a file is cropped, scaled and centred as the training images were; never one of their size.

        Raises:
            UnreadableImageError: the file is missing, or no image.
        """
        if self.framing is None or not self.grey:
            return False
        with reading(path):
            header = read_header(path)
        return (header.height, header.width) != self.shape[:2]

    def is_inverted(self, path: Path) -> bool:
        """Return whether a file has the opposite background of the training images, if these have a plain one.

        Raises:
            UnreadableImageError: the file is missing, or no image.
        """
        if self.framing is None or self.is_framed(path):
            return False
        levels = (self.read(path).reshape(self.shape[:2]) - self.black) / (self.white - self.black)
        return abs(ground_of(levels[None]) - self.framing.ground) > 1 - PLAIN

    def is_recoloured(self, path: Path) -> bool:
        """Return whether a file has colours and the examples have none, or the other way round.

        A drawing that is framed may have any colour.

        Raises:
            UnreadableImageError: the file is missing, or no image.
        """
        if self.is_framed(path):
            return False
        with reading(path):
            coloured = not read_header(path).grey and _has_colours(
                read_pixels(path, (self.shape[0], self.shape[1]), grey=False)
            )
        return coloured == self.grey

    def read(self, path: Path) -> Array:
        """Read a file as float32 of `shape`: as a folder of images is read for training, unless it is framed.

        Raises:
            UnreadableImageError: the file is missing or not an image, or one to be framed is blank.
        """
        size = (self.shape[0], self.shape[1])
        if self.framing is not None and self.is_framed(path):
            levels = frame_file(path, size, self.framing) * np.float32(255)
        else:
            with reading(path):
                levels = read_pixels(path, size, self.grey).astype(np.float32)
        return (levels * np.float32((self.white - self.black) / 255) + np.float32(self.black)).reshape(self.shape)


def _has_colours(pixels: Array) -> bool:
    """Return whether the channels of pixels `(height, width, 3)` differ by more than what JPEG makes of grey."""
    return bool(np.ptp(pixels.astype(np.float32), axis=-1).max() > SHADE)
