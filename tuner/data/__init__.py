"""The sources of data, how they are split and stored, and how they are prepared for networks."""

from keras_search.tuner.data.builtin import LOADERS
from keras_search.tuner.data.dataset import Columns, Dataset, dataset_of
from keras_search.tuner.data.loading import load_dataset, read_raw
from keras_search.tuner.data.source import Source
from keras_search.tuner.data.split_files import DamagedDataError, open_splits, save_splits
from keras_search.tuner.data.splits import Splits, make_splits
from keras_search.tuner.data.tree import Array, Labels, Tree

DATASET_NAMES = tuple(LOADERS)

__all__ = [
    "DATASET_NAMES",
    "Array",
    "Columns",
    "DamagedDataError",
    "Dataset",
    "Labels",
    "Source",
    "Splits",
    "Tree",
    "dataset_of",
    "load_dataset",
    "make_splits",
    "open_splits",
    "read_raw",
    "save_splits",
]
