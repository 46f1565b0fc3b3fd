"""Read what a function returns as a data set."""

from keras_search.tuner.data.dataset import Dataset
from keras_search.tuner.data.source import Source


def read_function(spec: str, source: Source) -> Dataset:
    """Read what a function returns."""
    raise NotImplementedError
