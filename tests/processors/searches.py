"""Small searches of every kind of network that the kernels train."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_search.benchmarks import kind_data

COMMAND = Path(sys.executable).with_name("keras-search")
NETWORKS = Path(kind_data.__file__).with_name("networks")
EXAMPLES = 400
SMALL = ("--max-epochs", "2", "--compare-seeds", "2", "--quiet")
RANDOM = ("--tuner", "random", "--max-trials", "2")
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Search:
    """The data of a search, those built in if None, and its options."""

    data: Callable[[], Arrays] | None
    options: tuple[str, ...]


def _own(name: str, *options: str) -> tuple[str, ...]:
    return ("--hypermodel", f"{NETWORKS / name}.py:build", *RANDOM, *options)


def _images(channels: bool = False) -> Arrays:
    """Return noise with a background of zeros, as around a digit."""
    rng = np.random.default_rng(0)
    x = (rng.random((EXAMPLES, 28, 28)) * (rng.random((EXAMPLES, 28, 28)) < 0.2)).astype(np.float32)
    x, y = x[..., None] if channels else x, rng.integers(0, 10, EXAMPLES)
    parts = {"train": slice(0, 240), "val": slice(240, 320), "test": slice(320, None)}
    return {f"{name}_{part}": array[place] for part, place in parts.items() for name, array in (("x", x), ("y", y))}


SEARCHES = {
    "digits": Search(None, RANDOM),
    "hyperband": Search(None, ("--tuner", "hyperband")),
    "cnn": Search(None, ("--hypermodel", "cnn", *RANDOM)),
    "table": Search(lambda: kind_data.rows(EXAMPLES), RANDOM),
    "dense": Search(_images, _own("dense")),
    "residual": Search(_images, _own("residual")),
    "embedding": Search(lambda: kind_data.tokens(EXAMPLES), _own("embedding")),
    "conv1d": Search(lambda: kind_data.signals(EXAMPLES), _own("conv1d")),
    "conv2d": Search(lambda: _images(channels=True), _own("conv2d")),
    "gru": Search(_images, _own("gru")),
    "lstm": Search(_images, _own("lstm")),
    "regression": Search(lambda: kind_data.values(EXAMPLES), _own("regression", "--objective", "val_loss")),
    "bayesian": Search(None, ("--tuner", "bayesian", "--max-trials", "6")),
}


def run(name: str, folder: Path, environment: dict[str, str]) -> dict[str, bytes]:
    """Search in `folder`; return the files of the report that do not tell times.

    Raises:
        RuntimeError: the search failed.
    """
    search = SEARCHES[name]
    folder.mkdir(parents=True)
    given: tuple[str, ...] = ()
    if search.data is not None:
        np.savez(folder / "data.npz", **search.data())
        given = ("--dataset", "data.npz")
    command = [COMMAND, "start", "s", *SMALL, *given, *search.options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip()[-300:]}")
    report = folder / "reports" / "s"
    kept = {path.name for path in report.glob("*.csv")} - {"timings.csv"} | {"verdict.json"}
    return {file: (report / file).read_bytes() for file in sorted(kept)}
