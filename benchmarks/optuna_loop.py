"""Make the trials of a list with Optuna, each trained by `model.fit`, in this process, as Optuna's Keras example does.

`python -m keras_search.benchmarks.optuna_loop TRIALS HYPERMODEL SPLITS OUTPUT`; OUTPUT is a JSON file.
"""

import sys
from pathlib import Path
from typing import Any

import keras
import optuna
from keras_tuner import HyperParameters

from keras_search.benchmarks.clock import Clock
from keras_search.benchmarks.datasets import in_memory
from keras_search.benchmarks.fromfile import FromFile
from keras_search.benchmarks.trials import Trial, TrialList
from keras_search.tuner.data import Splits


class Objective:
    """Train one trial of the list; `trial.user_attrs["place"]` says which."""

    def __init__(self, trials: list[Trial], space: HyperParameters, hypermodel: FromFile, data: Splits) -> None:
        self._trials, self._space, self._hypermodel, self._data = trials, space.space, hypermodel, data
        self.clock = Clock()

    def __call__(self, trial: optuna.Trial) -> float:
        """Return the best validation accuracy."""
        listed = self._trials[trial.user_attrs["place"]]
        self.clock.begin(listed.name)
        keras.backend.clear_session()
        hp = HyperParameters()
        hp.values = {p.name: _suggest(trial, p) for p in self._space if p.name in listed.values}
        score = self._train(self._hypermodel.build(hp), listed.epochs, int(hp.values["batch_size"]))
        self.clock.end()
        self.clock.scores[listed.name] = score
        return score

    def _train(self, model: keras.Model, epochs: int, batch_size: int) -> float:
        ticking = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, _: self.clock.epoch(epoch + 1))
        history = model.fit(
            self._data.x_fit,
            self._data.y_fit,
            batch_size=batch_size,
            epochs=epochs,
            validation_data=(self._data.x_val, self._data.y_val),
            callbacks=[ticking],
            verbose=0,
        )
        return max(history.history["val_accuracy"])


def _suggest(trial: optuna.Trial, parameter: Any) -> Any:
    """Ask Optuna for a value of a hyperparameter; what was enqueued comes back."""
    if type(parameter).__name__ == "Float":
        log = parameter.sampling == "log"
        return trial.suggest_float(parameter.name, parameter.min_value, parameter.max_value, log=log)
    return trial.suggest_categorical(parameter.name, list(parameter.values))


def main(trials: Path, hypermodel: Path, splits: Path, output: Path) -> None:
    """Make the trials and write their times and scores."""
    listed = TrialList.load(trials)
    objective = Objective(
        listed.trials, HyperParameters.from_config(listed.space), FromFile(hypermodel), in_memory(splits)
    )
    study = optuna.create_study(direction="maximize")
    for place, trial in enumerate(listed.trials):
        study.enqueue_trial(trial.values, user_attrs={"place": place})
    study.optimize(objective, n_trials=len(listed.trials))
    objective.clock.save(output)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
