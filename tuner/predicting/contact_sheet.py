"""Draw each image as a model saw it, in one picture."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data import Array
from keras_search.tuner.data.image_file import ImageReader
from keras_search.tuner.predicting.images import ImageModel
from keras_search.tuner.predicting.prediction import Prediction
from keras_search.tuner.system.files import replacing
from keras_search.tuner.system.locking import alone_with

MOST = 100
COLUMNS = 5
LONGEST_NAME = 22


def check_target(path: Path) -> None:
    """Make sure that a picture can be drawn at `path`.

    Raises:
        UsageError: it is not the name of a PNG, or its folder does not exist.
    """
    if path.suffix.lower() != ".png":
        raise UsageError(f"--show must name a file that ends in .png, received {path}.")
    if not path.parent.is_dir():
        raise UsageError(f"--show {path}: the folder {path.parent} does not exist.")


def draw(model: ImageModel, predictions: Sequence[Prediction], path: Path) -> None:
    """Draw the first 100 predictions: the image that the model saw, the file's name, and the label.

    Raises:
        KerasSearchError: the picture cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = predictions[:MOST]
    columns = min(COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    figure = Figure(figsize=(2.2 * columns, 2.6 * rows), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, prediction in zip(grid, shown, strict=False):
        axes.imshow(seen_levels(model.reader, prediction.file), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        chance = f"  {prediction.predicted.max():.1%}" if prediction.class_names else ""
        title = f"{_shortened(prediction.file.name)}\n{_shortened(prediction.label)}{chance}"
        axes.set_title(title, fontsize=9, parse_math=False)
    try:
        with alone_with(path), replacing(path) as partial:
            figure.savefig(partial, format="png")
    except OSError as error:
        raise KerasSearchError(f"--show {path} could not be written: {error.strerror or error}.") from error


def seen_levels(reader: ImageReader, file: Path) -> Array:
    """Read an image file as the model sees it, from 0 for black to 1 for white."""
    levels: Array = np.squeeze((reader.read(file) - reader.black) / (reader.white - reader.black))
    return levels.clip(0, 1)


def _shortened(name: str) -> str:
    """Shorten a long name to its end, where files of one kind differ."""
    return name if len(name) <= LONGEST_NAME else f"\N{HORIZONTAL ELLIPSIS}{name[-LONGEST_NAME + 1 :]}"
