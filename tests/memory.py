"""Measure how the memory of the search process, its helper and a worker grows over a search of many tiny models.

Prints them after every fiftieth trial; the exit code is 0 only if none grew by 20 MB between trial 50 and the
last. Run it by hand: it takes minutes.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import psutil

from keras_search.tuner.study.store import Store

COMMAND = Path(sys.executable).with_name("keras-search")
LIMIT_MB = 20
FIRST = 50
HYPERMODEL = """
import keras


def build(hp):
    model = keras.Sequential([
        keras.Input((8, 8)),
        keras.layers.Flatten(),
        keras.layers.Dense(hp.Int("units", 4, 3 + ARCHITECTURES), "relu"),
        keras.layers.Dropout(hp.Float("rate", 0.1, 0.5)),
        keras.layers.Dense(10, "softmax"),
    ])
    optimizer = keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


def main() -> int:
    """Run the search, print the memory, give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--architectures", type=int, default=12, help="how many different networks the search meets")
    given = parser.parse_args()
    trials = given.trials
    with tempfile.TemporaryDirectory(prefix="keras-search-memory-") as folder:
        measured = dict(_measure(Path(folder), trials, given.architectures))
    grown = [round(last - first, 1) for first, last in zip(measured[FIRST], measured[trials], strict=True)]
    print(f"From trial {FIRST} to {trials}: {_told(f'{amount:+}' for amount in grown)}")
    return 0 if max(grown) < LIMIT_MB else 1


def _measure(folder: Path, trials: int, architectures: int) -> Iterator[tuple[int, tuple[float, ...]]]:
    """Yield (trials done, (MB of the search process, of its helper, of its worker)) at every fiftieth trial."""
    with _search(folder, trials, architectures) as process:
        for goal in range(FIRST, trials + 1, FIRST):
            while process.poll() is None and _trials_done(folder) < min(goal, trials - 1):
                time.sleep(0.2)
            search = psutil.Process(process.pid)
            forked = [grandchild for child in search.children() for grandchild in child.children()]
            helper, worker = sorted(forked, key=lambda each: "helper.log" not in Path(each.open_files()[0].path).name)
            measured = tuple(_megabytes(each) for each in (search, helper, worker))
            print(f"{goal} trials: {_told(f'{amount:.1f}' for amount in measured)}", flush=True)
            yield goal, measured
        process.kill()


def _search(folder: Path, trials: int, architectures: int) -> "subprocess.Popen[bytes]":
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 10
    images = (rng.random((200, 8, 8)) * 16).astype(np.uint8)
    np.savez(folder / "tiny.npz", x_train=images, y_train=labels, x_test=images[:50], y_test=labels[:50])
    (folder / "tiny.py").write_text(HYPERMODEL.replace("ARCHITECTURES", str(architectures)))
    what = ("--dataset", "tiny.npz", "--hypermodel", "tiny.py:build", "--tuner", "random", "--max-epochs", "1")
    return subprocess.Popen(
        [COMMAND, "start", "tiny", *what, "--max-trials", str(trials), "--workers", "1", "--search-only", "--quiet"],
        cwd=folder,
    )


def _trials_done(folder: Path) -> int:
    study = folder / "studies" / "tiny"
    if not (study / "study.db").exists():
        return 0
    with Store.read(study) as store:
        return sum(run.finished for run in store.runs.values())


def _told(amounts: Iterable[str]) -> str:
    named = zip(("the search process", "the helper", "the worker"), amounts, strict=True)
    return ", ".join(f"{name} {amount} MB" for name, amount in named)


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


if __name__ == "__main__":
    sys.exit(main())
