"""Train the network of one trial with `model.fit` on several seeds, and test each at its best validation epoch.

`python -m keras_search.benchmarks.retrain TRIAL HYPERMODEL SPLITS SEEDS OUTPUT`; TRIAL and OUTPUT are JSON files.
"""

import json
import sys
import tempfile
from pathlib import Path

import keras
from keras_tuner import HyperParameters

from keras_search.benchmarks.datasets import in_memory
from keras_search.benchmarks.fromfile import FromFile
from keras_search.benchmarks.trials import Trial
from keras_search.tuner.data import Splits


def test_accuracy(trial: Trial, hypermodel: FromFile, data: Splits, seed: int) -> float:
    """Train from scratch and give the accuracy on the test split."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    hp = HyperParameters()
    hp.values = dict(trial.values)
    model = hypermodel.build(hp)
    with tempfile.TemporaryDirectory() as folder:
        best = Path(folder) / "best.weights.h5"
        keeping = keras.callbacks.ModelCheckpoint(
            best, monitor="val_accuracy", save_best_only=True, save_weights_only=True
        )
        validation = (data.x_val, data.y_val)
        hypermodel.fit(
            hp,
            model,
            data.x_fit,
            data.y_fit,
            epochs=trial.epochs,
            validation_data=validation,
            callbacks=[keeping],
            verbose=0,
        )
        model.load_weights(best)
    return model.evaluate(data.x_test, data.y_test, batch_size=1000, verbose=0, return_dict=True)["accuracy"]


def main(trial: str, hypermodel: str, splits: str, seeds: str, output: str) -> None:
    """Train on seeds 1, 2, … and write the accuracies."""
    chosen = Trial(**json.loads(Path(trial).read_text(encoding="utf-8")))
    data = in_memory(Path(splits), test=True)
    accuracies = [test_accuracy(chosen, FromFile(Path(hypermodel)), data, seed + 1) for seed in range(int(seeds))]
    Path(output).write_text(json.dumps({"accuracies": accuracies}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
