"""Draw examples of each class of a data set of images, as one picture."""

import math
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data.dataset import Dataset
from keras_search.tuner.data.facts import image_input
from keras_search.tuner.data.tree import Array, Labels, leaves
from keras_search.tuner.system.files import replacing
from keras_search.tuner.system.locking import alone_with

COLUMNS = 10
"""Examples per class."""
ROWS_OF_VALUES = 6
MOST_ROWS = 60
"""The most classes that are drawn; a picture of more would be too tall."""
LEAST_SIDE = 56
"""Pixels to which small images are enlarged, by a whole factor."""
GAP = 3
FRAME = 200
"""The grey around each image, without which a white one would be invisible."""
LONGEST_NAME = 28
DPI = 100


def draw_sheet(dataset: Dataset, path: Path) -> None:
    """Draw up to ten training examples of each class in a row, or from the lowest to the highest value to predict.

    They are taken evenly from all of its examples, always the same. With several inputs, the first that holds images
    is drawn; classes beyond 60 are left out.

    Raises:
        UsageError: no input holds images.
        KerasSearchError: the picture cannot be written.
    """
    name = image_input(dataset.x_train) if dataset.columns is None else None
    if name is None:
        raise UsageError(f"--show draws images, {dataset.name} has none. Leave --show out.")
    images = leaves(dataset.x_train)[name]
    rows = list(_rows(dataset))
    picture = _montage(images, [index for _, index in rows])
    try:
        with alone_with(path), replacing(path) as partial:
            _save(picture, [label for label, _ in rows], partial)
    except OSError as error:
        raise KerasSearchError(f"--show {path} could not be written: {error.strerror or error}.") from error


def _rows(dataset: Dataset) -> Iterator[tuple[str, Labels]]:
    """Yield the label of each row and the training examples in it."""
    y = leaves(dataset.y_train)[dataset.target.name]
    if not dataset.target.classifies:
        order = _evenly(np.argsort(y[:, 0], kind="stable"), COLUMNS * ROWS_OF_VALUES)
        for start in range(0, len(order), COLUMNS):
            row = order[start : start + COLUMNS]
            yield f"{y[row[0], 0]:.4g} to {y[row[-1], 0]:.4g}", row
        return
    for label, name in enumerate(dataset.class_names[:MOST_ROWS]):
        found = np.flatnonzero(y == label)
        short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"
        yield f"{short}\n{len(found):,}", _evenly(found, COLUMNS)


def _evenly(indices: Labels, most: int) -> Labels:
    """Choose some of the indices, evenly from the first to the last."""
    if len(indices) <= most:
        return indices
    return indices[np.linspace(0, len(indices) - 1, most).round().astype(np.int64)]


def _montage(images: Array, rows: list[Labels]) -> npt.NDArray[np.uint8]:
    """Place images in rows on white, `(height, width, 3)`, scaled from the range of all images to 0-255."""
    height, width = images.shape[1:3]
    times = max(1, math.ceil(LEAST_SIDE / max(height, width)))
    down, right = (side * times + 2 + GAP for side in (height, width))
    canvas = np.full((len(rows) * down - GAP, COLUMNS * right - GAP, 3), 255, np.uint8)
    low, span = float(images.min()), float(images.max()) - float(images.min())
    for row, indices in enumerate(rows):
        for column, index in enumerate(indices):
            scaled = (images[index].astype(np.float64) - low) / (span or 1) * 255
            pixels = scaled.round().astype(np.uint8).reshape(height, width, -1)[..., :3]  # without transparency
            tile = np.pad(pixels.repeat(times, 0).repeat(times, 1), ((1, 1), (1, 1), (0, 0)), constant_values=FRAME)
            canvas[row * down :, column * right :][: tile.shape[0], : tile.shape[1]] = tile
    return canvas


def _save(picture: npt.NDArray[np.uint8], labels: list[str], path: Path) -> None:
    """Write the picture with the label of each row on its left."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height, width = picture.shape[:2]
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(picture, interpolation="nearest")
    middles = (np.arange(len(labels)) + 0.5) * (height + GAP) / len(labels) - GAP / 2
    axes.set_yticks(middles, labels, fontsize=9, parse_math=False)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    with warnings.catch_warnings():
        # The name of a class may use a script that the font lacks: boxes are drawn instead, which is enough.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(path, format="png", bbox_inches="tight", pad_inches=0.1)
