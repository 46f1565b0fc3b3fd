"""Load a data set from any source."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from keras_search.errors import UsageError, did_you_mean
from keras_search.tuner.data import builtin, function, imagefolder
from keras_search.tuner.data.dataset import TEST_SPLIT, Dataset, dataset_of, set_test_aside
from keras_search.tuner.data.dividing import ORDER, Arrangement
from keras_search.tuner.data.npz import read_npz, read_validation
from keras_search.tuner.data.oddity import Oddity
from keras_search.tuner.data.source import Source
from keras_search.tuner.data.tablenames import OTHER_KINDS, is_table
from keras_search.tuner.data.tree import size

KINDS = "an .npz, .csv, .tsv, .jsonl, .xlsx or .parquet file, a folder of images, or FILE.py:FUNCTION"
_FUNCTION = re.compile(r".+\.py:[^:/\\]+")


def load_dataset(source: Source | str) -> Dataset:
    """Load `digits`, `mnist`, `fashion-mnist`, a file, a folder of images, or what a function returns.

    If there is no test split, one is set aside, always the same.

    Raises:
        UsageError: the data set does not exist or is not valid, or an option does not apply to it.
        KerasSearchError: a download failed.
    """
    source = Source(source) if isinstance(source, str) else source
    return with_test(read_raw(source), source)


def look_at(source: Source) -> tuple[Dataset, UsageError | None]:
    """Load a data set, with a test split if one can be set aside, else with the reason why not.

    Raises:
        UsageError, KerasSearchError: as `load_dataset` does, if nothing can be read.
    """
    dataset = read_raw(source)
    try:
        return with_test(dataset, source), None
    except UsageError as error:
        return dataset, error


def with_test(dataset: Dataset, source: Source) -> Dataset:
    """Set a test split aside if there is none.

    Raises:
        UsageError: the data have one and a share is given, or a class has too few examples.
    """
    if size(dataset.x_test) == 0:
        return set_test_aside(dataset, TEST_SPLIT if source.test_split is None else source.test_split)
    if source.test_split is not None:
        raise UsageError(f"--test-split is for data without a test split, {source.dataset} has one.")
    return dataset


def is_function(dataset: str) -> bool:
    """Return whether a data set is named as `FILE.py:FUNCTION`."""
    return _FUNCTION.fullmatch(dataset) is not None


def read_raw(source: Source) -> Dataset:
    """Load a data set as it is: without a test split, that part is empty.

    Raises:
        UsageError, KerasSearchError: as `load_dataset` does.
    """
    dataset = _reader(source)()
    if source.time == ORDER and dataset.columns is None:
        return replace(dataset, arranged=in_order(dataset))
    return dataset


def in_order(dataset: Dataset) -> Arrangement:
    """Arrange the training examples in chronological order."""
    return Arrangement("time", "", np.arange(size(dataset.x_train), dtype=np.float64))


def _reader(source: Source) -> Callable[[], Dataset]:
    """Choose by its name how a data set is read."""
    spec = source.dataset
    path = Path(spec).expanduser()
    ending = path.suffix.lower()
    if is_table(path):
        from keras_search.tuner.data import table  # imports pandas

        return lambda: table.read_table(path, source)
    if ending in OTHER_KINDS and path.is_file():
        raise UsageError(f"{path} is {OTHER_KINDS[ending]}.")
    if not is_function(spec):  # a function may return a table
        source.refuse_table_options()
    if source.validation is not None and ending != ".npz":
        raise UsageError(
            f"--validation is for tables and .npz files, {spec} is neither: a folder of images may hold val, and a "
            "function may return a validation set."
        )
    if is_function(spec):
        return lambda: function.read_function(spec, source)
    if path.is_dir() and spec not in builtin.LOADERS:
        return lambda: imagefolder.read_folder(path, source)
    if ending == ".py":
        raise UsageError(f"--dataset {spec} must name a function of that file: {spec}:FUNCTION.")
    if source.image_size is not None:
        raise UsageError(f"--image-size is for folders of images, {spec} is not one.")
    if spec in builtin.LOADERS:
        return lambda: _built_in(spec)
    if ending != ".npz" and len(path.parts) > 1 and not path.exists():
        raise UsageError(f"No file or folder {path}. Expected {KINDS}, or one of {', '.join(builtin.LOADERS)}.")
    if ending == ".npz" or path.exists() or len(path.parts) > 1:
        return lambda: _load_npz(path, source)
    hint = did_you_mean(spec, builtin.LOADERS)
    raise UsageError(f"Unknown dataset {spec!r}.{hint} Known: {', '.join(builtin.LOADERS)}, or {KINDS}.")


def _built_in(name: str) -> Dataset:
    """Load a data set that has a name, and note if a file or folder here has it too."""
    dataset = builtin.LOADERS[name]()
    if not Path(name).exists():
        return dataset
    what = f"{name} is the data set that comes with keras-search; your own in this folder is ./{name}."
    note = Oddity("note", what, f"No action needed if that is meant, else --dataset ./{name}.")
    return replace(dataset, notes=(*dataset.notes, note))


def _load_npz(path: Path, source: Source) -> Dataset:
    arrays = read_npz(path)
    if source.validation is not None:
        if "x_val" in arrays:
            raise UsageError(f"--validation is for data without a validation set, {path} has x_val.")
        arrays |= read_validation(Path(source.validation).expanduser())
    class_names = arrays.pop("class_names", None)
    return dataset_of(path.stem, arrays, class_names, source=str(path), task=source.task, own_view="as given")
