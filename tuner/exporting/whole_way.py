"""Take test examples the whole way: from a file, as `predict` reads it, to a model's input."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_search.errors import UsageError
from keras_search.tuner.data.encoding import NUMBERS, TEXTS, TableEncoding
from keras_search.tuner.data.framing import UnreadableImageError
from keras_search.tuner.data.image_file import ImageReader
from keras_search.tuner.data.table import read_rows
from keras_search.tuner.data.tree import Array, Labels, Tree, leaves, size, take
from keras_search.tuner.exporting.description import Description
from keras_search.tuner.exporting.runtime import ExportError

MOST = 500
"""The number of test examples that go the whole way; of more, this many are taken evenly."""


@dataclass(frozen=True, eq=False)
class WholeWay:
    """Test examples that were read from files: `x` as a model takes them, `places` `(k,)` among all tested ones.

    `what` names the files; `changed` counts the image files that have changed, which are left out.
    """

    what: str
    x: Tree
    places: Labels
    changed: int = 0


def go(
    known: Description,
    tested: Tree,
    files: Sequence[Path] = (),
    table: tuple[Path, Labels] | None = None,
) -> WholeWay | None:
    """Read test examples from files as `predict` does; None if no file can hold them.

    `tested` are all raw examples of the test part, `files` their image files if there are any, `table` the file of
    their rows with their indices. Without these, images are written as PNG and rows as CSV, and read back.

    Raises:
        ExportError: written examples are read back differently.
    """
    places = _evenly(size(tested))
    if known.encoding is not None:
        found = _of_table(known.encoding, tested, places, *table) if table else None
        return found or WholeWay("rows of a CSV", _through_csv(known.encoding, take(tested, places)), places)
    if known.reader is None or isinstance(tested, dict):
        return None
    read = _of_image_files(known.reader, tested, places, files) if files else None
    return read or _through_png(known.reader, tested, places)


def _evenly(count: int) -> Labels:
    return np.unique(np.linspace(0, count - 1, min(count, MOST)).round().astype(np.int64))


def _of_image_files(reader: ImageReader, tested: Array, places: Labels, files: Sequence[Path]) -> WholeWay | None:
    """Read the image files of test examples; None if all have changed since the study began."""
    read = {int(place): _as_tested(reader, files[place], tested[place]) for place in places}
    same = {place: x for place, x in read.items() if x is not None}
    if not same:
        return None
    return WholeWay(
        "image files", np.stack([*same.values()]).astype(tested.dtype), np.array([*same]), len(read) - len(same)
    )


def _as_tested(reader: ImageReader, file: Path, tested: Array) -> Array | None:
    """Read an image file; None if it differs from what was tested."""
    try:
        found = reader.read(file)
    except UnreadableImageError:
        return None
    return found if np.array_equal(found, tested) else None


def _through_png(reader: ImageReader, tested: Array, places: Labels) -> WholeWay | None:
    """Write test images of bytes as PNG, and read them; None if a PNG cannot hold them exactly."""
    images = np.asarray(tested[places])
    levels = (images.astype(np.float64) - reader.black) / (reader.white - reader.black) * 255
    if not np.array_equal(levels, levels.round()) or levels.min() < 0 or levels.max() > 255:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.png"
        found = []
        for image in levels.astype(np.uint8):
            Image.fromarray(image.reshape(image.shape[:2]) if reader.grey else image).save(path, compress_level=1)
            found.append(reader.read(path))
    if not np.array_equal(np.stack(found), images):
        raise ExportError(
            "Test images that were written as PNG are read back differently: this is a bug in keras-search."
        )
    return WholeWay("PNG files of the test images", np.stack(found).astype(images.dtype), places)


def rows_of(encoding: TableEncoding, path: Path) -> dict[str, Array]:
    """Read the rows of a table as an exported model takes them.

    Raises:
        UsageError: the file is not a table, lacks a column, or has text where numbers were.
    """
    return encoding.raw(read_rows(path, *_names(encoding), encoding.readings))


def _names(encoding: TableEncoding) -> tuple[list[str], list[str]]:
    """Name the number and text features of a table."""
    return [column.name for column in encoding.numbers], [column.name for column in encoding.texts]


def _of_table(encoding: TableEncoding, tested: Tree, places: Labels, path: Path, rows: Labels) -> WholeWay | None:
    """Read test rows from the table that they came from; None if all have changed since the study began."""
    try:
        read = rows_of(encoding, path)
    except UsageError:
        return None
    if size(read) <= rows.max():
        return None
    found, values = take(read, rows[places]), leaves(take(tested, places))
    same = np.ones(len(places), bool)
    for part, array in leaves(found).items():
        same &= _equal(array, values[part]).all(axis=1)
    if not same.any():
        return None
    return WholeWay("rows of the table", take(found, np.flatnonzero(same)), places[same], int((~same).sum()))


def _through_csv(encoding: TableEncoding, rows: Tree) -> Tree:
    """Write rows as CSV, with dates and the like as numbers, and read them."""
    values = leaves(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow([name for names in _names(encoding) for name in names])
            for numbers, texts in zip(values[NUMBERS], values[TEXTS], strict=True):
                writer.writerow([*("" if np.isnan(value) else repr(value.item()) for value in numbers), *texts])
        found = encoding.raw(read_rows(path, *_names(encoding)))
    for part, read in found.items():
        if not _equal(read, values[part]).all():
            raise ExportError(f"Test rows that were written as CSV are read back differently, in their {part}.")
    return found


def _equal(read: Array, tested: Array) -> npt.NDArray[np.bool_]:
    """Compare cells; missing ones are equal."""
    equal: npt.NDArray[np.bool_] = read == tested
    return equal | (np.isnan(read) & np.isnan(tested)) if read.dtype.kind == "f" else equal
