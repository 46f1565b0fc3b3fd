"""Find the image files, or the rows of a table, from which a study's test part was read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.data import builtin
from keras_search.tuner.data.framing import UnreadableImageError, reading
from keras_search.tuner.data.imagefolder import list_folder
from keras_search.tuner.data.loading import is_function, read_raw, with_test
from keras_search.tuner.data.pixels import read_header
from keras_search.tuner.data.source import Source
from keras_search.tuner.data.tablenames import is_table
from keras_search.tuner.data.tree import Labels, leaves, size


def is_image_folder(dataset: str) -> bool:
    """Return whether a data set is a folder of images, by its name, even if it is gone."""
    path = Path(dataset).expanduser()
    return dataset not in builtin.LOADERS and (path.is_dir() or not (path.suffix or is_function(dataset)))


def files_tested(source: Source, labels: Labels) -> list[Path]:
    """List the image files of the test part in its order, by splitting their indices as the images were split.

    Returns none if the folder is gone or has changed: the `labels` `(n_test,)` of the test part differ.
    """
    if not Path(source.dataset).expanduser().is_dir() or not is_image_folder(source.dataset):
        return []
    try:
        listing = list_folder(Path(source.dataset).expanduser())
        places = with_test(listing.holding(np.arange(len(listing.files))[:, None]), source)
    except UsageError:
        return []
    if not np.array_equal(leaves(places.y_test)[""], labels):
        return []
    return [listing.files[place] for place in leaves(places.x_test)[""][:, 0]]


def rows_tested(source: Source, count: int) -> Labels | None:
    """Return the indices of the test part `(count,)` among the rows of a table, split as they were then.

    Returns None if the file is gone or has changed.
    """
    path = Path(source.dataset).expanduser()
    if not is_table(path) or not path.is_file():
        return None
    try:
        dataset = read_raw(source)
        numbered = replace(dataset, x_train=np.arange(size(dataset.x_train))[:, None], columns=None)
        places = leaves(with_test(replace(numbered, x_test=np.empty((0, 1), np.int64)), source).x_test)[""][:, 0]
    except UsageError:
        return None
    return places if len(places) == count else None


def all_of_size(files: Sequence[Path], size: tuple[int, ...]) -> bool:
    """Return whether all image files have the height and width `size`, so that none was resized for training."""
    return all(_size(file) == size for file in files)


def _size(file: Path) -> tuple[int, int] | None:
    try:
        with reading(file):
            header = read_header(file)
    except UnreadableImageError:
        return None
    return header.height, header.width
