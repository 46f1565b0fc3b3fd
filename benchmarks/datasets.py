"""Prepare the data of a benchmark once: an `.npz` for our search, and the same splits as arrays for the others."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from keras_search.benchmarks.process import BenchmarkError
from keras_search.tuner.data import Splits, load_dataset, make_splits, open_splits, save_splits

VALIDATION_SPLIT = 0.2
SEED = 0


def prepare(data: Path, images: int, folder: Path) -> tuple[Path, Path]:
    """Return the `.npz` with as many training images that `images` are left to fit, and the folder of its splits.

    Raises:
        BenchmarkError: there is no such file, or it holds fewer images.
    """
    file, splits = folder / f"mnist-{images}.npz", folder / f"splits-{images}"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _cut(data, round(images / (1 - VALIDATION_SPLIT)), file)
    if not splits.exists():
        save_splits(make_splits(load_dataset(str(file)), VALIDATION_SPLIT, SEED), splits)
    return file, splits


def in_memory(folder: Path, test: bool = False) -> Splits:
    """Read the splits as ordinary arrays, which is what users of `model.fit` hold."""
    opened = open_splits(folder, test)
    arrays = ("x_fit", "y_fit", "x_val", "y_val", "x_test", "y_test")
    return replace(opened, **{name: np.array(getattr(opened, name)) for name in arrays})


def _cut(data: Path, count: int, file: Path) -> None:
    if not data.is_file():
        raise BenchmarkError(f"--data must be MNIST as an .npz, there is no file {data}.")
    with np.load(data) as content:
        arrays = {name: content[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    if len(arrays["x_train"]) < count:
        raise BenchmarkError(f"{data} must hold at least {count} training images, it holds {len(arrays['x_train'])}.")
    for name in ("x_train", "y_train"):
        arrays[name] = arrays[name][:count]
    partial = file.with_suffix(".partial")
    with partial.open("wb") as output:
        np.savez(output, **arrays)
    partial.replace(file)
