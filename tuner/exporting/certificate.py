"""Certify an export: run it in its own runtime on the whole test split, and compare with what was measured."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from keras_search.tuner.exporting.runtime import ExportError, Format, Runtime, Values

TOLERANCE = 1e-5
"""Largest difference of a probability that is rounding.

Runtimes add up a layer's float32 products in different orders and approximate exp, erf and tanh differently, each
to about 1e-7 of the value; through the layers of a network such errors grow to some 1e-6 of a probability. A wrong
weight, axis or epsilon moves some probability by far more than 1e-5.
"""
BATCH = 256
TIMED_BATCHES = (1, 128)
TIMED_SECONDS = 0.3
TIMED_RUNS = (5, 200)


@dataclass(frozen=True)
class Certificate:
    """What was found of one exported file.

    `ties` counts the labels that differ where the two classes are equally probable within the tolerance;
    `bytes` is the size on disk, `sha256` that of the file (of a folder: of its files in the order of their
    names), `milliseconds_per_image` the median by batch size.
    """

    format: str
    file: str
    runtime: str
    images: int
    largest_difference: float
    tolerance: float
    labels_agree: int
    ties: int
    accuracy: float
    bytes: int
    sha256: str
    milliseconds_per_image: dict[str, float]


def certify(
    format_: Format, path: Path, runtime: Runtime, x: Values, y: npt.NDArray[np.int64], measured: Values
) -> Certificate:
    """Compare `runtime`, loaded from `path`, with the probabilities `measured` `(n, classes)` of the images `x`.

    Raises:
        ExportError: a probability differs by more than the tolerance, or a label by more than a tie.
    """
    found = np.concatenate([runtime.run(np.ascontiguousarray(x[i : i + BATCH])) for i in range(0, len(x), BATCH)])
    difference, wrong, ties = differences(found, measured)
    if not difference <= TOLERANCE or wrong:
        raise ExportError(
            f"The export {format_.file} gives other results than the model that was measured: probabilities differ "
            f"by up to {difference:.1e} (at most {TOLERANCE:.0e} is rounding), and {wrong:,} of {len(x):,} labels. "
            "Nothing was exported."
        )
    return Certificate(
        format=format_.name,
        file=format_.file,
        runtime=format_.version,
        images=len(x),
        largest_difference=difference,
        tolerance=TOLERANCE,
        labels_agree=len(x) - ties,
        ties=ties,
        accuracy=float(np.mean(found.argmax(axis=1) == y)),
        bytes=sum(file.stat().st_size for file in _files(path)),
        sha256=_digest(path),
        milliseconds_per_image={str(size): _time(runtime.run, x, size) for size in TIMED_BATCHES},
    )


def differences(found: Values, measured: Values) -> tuple[float, int, int]:
    """Compare two tables of probabilities `(n, classes)`.

    Gives the largest difference (infinite where one is no number), how many labels differ, and how many differ in
    a tie only: both classes are as probable in `measured`, within the tolerance.
    """
    if found.shape != measured.shape or not np.isfinite(found).all():
        return float("inf"), len(measured), 0
    largest = float(np.abs(found.astype(np.float64) - measured).max())
    here, there = found.argmax(axis=1), measured.argmax(axis=1)
    rows = np.flatnonzero(here != there)
    tied = int(np.sum(measured[rows, there[rows]] - measured[rows, here[rows]] <= TOLERANCE))
    return largest, len(rows) - tied, tied


def _time(run: Callable[[Values], Values], x: Values, size: int) -> float:
    """Measure the median time of an image in batches of `size`, in milliseconds."""
    batch = np.ascontiguousarray(np.resize(x[:size], (size, *x.shape[1:])))
    run(batch)
    least, most = TIMED_RUNS
    times: list[float] = []
    while len(times) < least or (len(times) < most and sum(times) < TIMED_SECONDS):
        begin = time.perf_counter()
        run(batch)
        times.append(time.perf_counter() - begin)
    return round(1000 * median(times) / size, 5)


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _digest(path: Path) -> str:
    content = hashlib.sha256()
    for file in _files(path):
        content.update(file.read_bytes())
    return content.hexdigest()
