"""Read a table as a data set."""

from pathlib import Path

from keras_search.tuner.data.dataset import Dataset
from keras_search.tuner.data.source import Source


def read_table(path: Path, source: Source) -> Dataset:
    """Read a table."""
    raise NotImplementedError
