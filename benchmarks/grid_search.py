"""Search a hypermodel with KerasTuner's `GridSearch` and its default training, in this process.

`python -m keras_search.benchmarks.grid_search HYPERMODEL DATA EPOCHS OBJECTIVE OUTPUT`; DATA is an `.npz` with a
validation set, OUTPUT a JSON file.
"""

import json
import runpy
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np


class Ticking(keras.callbacks.Callback):
    """Collect the seconds of each epoch but the first of each trial."""

    def __init__(self, seconds: list[float]) -> None:
        super().__init__()
        self._seconds, self._last = seconds, 0.0

    def __deepcopy__(self, memo: dict[int, Any]) -> "Ticking":
        """Let KerasTuner, which copies callbacks for each trial, collect into the same list."""
        return Ticking(self._seconds)

    def on_epoch_end(self, epoch: int, _logs: Any = None) -> None:
        """Take the time of an epoch."""
        now = time.perf_counter()
        if epoch:
            self._seconds.append(now - self._last)
        self._last = now


def main(hypermodel: str, data: str, epochs: str, objective: str, output: str) -> None:
    """Search, and write the score of each trial and the seconds of epochs."""
    seconds: list[float] = []
    with np.load(data) as content:
        x, y, *validation = (content[name] for name in ("x_train", "y_train", "x_val", "y_val"))
    build = runpy.run_path(hypermodel)["build"]
    with tempfile.TemporaryDirectory(dir=Path(output).parent) as folder:
        tuner = keras_tuner.GridSearch(build, objective=objective, directory=folder, project_name="grid")
        more = {"validation_data": tuple(validation), "callbacks": [Ticking(seconds)], "verbose": 0}
        tuner.search(x, y, epochs=int(epochs), **more)
        trials = tuner.oracle.trials.values()
        scores = {json.dumps(trial.hyperparameters.values, sort_keys=True): trial.score for trial in trials}
    Path(output).write_text(json.dumps({"scores": scores, "epochs": seconds}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
