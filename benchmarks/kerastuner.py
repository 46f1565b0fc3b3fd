"""Make the trials of a list with KerasTuner's own `Hyperband` tuner and its default training, in this process.

`python -m keras_search.benchmarks.kerastuner TRIALS HYPERMODEL SPLITS OUTPUT`; OUTPUT is a JSON file.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner.engine.trial import Trial as KerasTunerTrial

from keras_search.benchmarks.clock import Clock
from keras_search.benchmarks.datasets import in_memory
from keras_search.benchmarks.fromfile import FromFile
from keras_search.benchmarks.trials import Trial, TrialList, keras_tuner_values


class ReplayOracle(keras_tuner.Oracle):
    """Hand out the trials of a list, one after the other."""

    def __init__(self, trials: list[Trial]) -> None:
        super().__init__(objective="val_accuracy", max_trials=len(trials))
        self._replayed = trials

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Return the values of the next trial."""
        return {"status": "RUNNING", "values": keras_tuner_values(self._replayed, int(trial_id))}


class ReplayTuner(keras_tuner.Hyperband):
    """KerasTuner's Hyperband on a `ReplayOracle`: it continues promoted trials from their parents' checkpoints."""

    def __init__(self, trials: list[Trial], hypermodel: FromFile, folder: str) -> None:
        keras_tuner.Tuner.__init__(
            self, oracle=ReplayOracle(trials), hypermodel=hypermodel, directory=folder, project_name="replay"
        )
        self.clock = Clock()
        self._names = [trial.name for trial in trials]

    def on_trial_begin(self, trial: KerasTunerTrial) -> None:
        """Start the clock."""
        self.clock.begin(self._names[int(trial.trial_id)])
        super().on_trial_begin(trial)

    def on_epoch_end(self, trial: KerasTunerTrial, model: Any, epoch: int, logs: Any = None) -> None:
        """Take the time of an epoch."""
        super().on_epoch_end(trial, model, epoch, logs)
        self.clock.epoch(epoch + 1)

    def on_trial_end(self, trial: KerasTunerTrial) -> None:
        """Take the time of a trial."""
        super().on_trial_end(trial)
        self.clock.end()
        self.clock.scores[self._names[int(trial.trial_id)]] = self.oracle.get_trial(trial.trial_id).score


def main(trials: Path, hypermodel: Path, splits: Path, output: Path) -> None:
    """Make the trials and write their times and scores."""
    data = in_memory(splits)
    folder = tempfile.mkdtemp(prefix="kerastuner-", dir=output.parent)
    try:
        tuner = ReplayTuner(TrialList.load(trials).trials, FromFile(hypermodel), folder)
        tuner.search(data.x_fit, data.y_fit, validation_data=(data.x_val, data.y_val), verbose=0)
        tuner.clock.save(output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
