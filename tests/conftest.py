"""Fixtures that several test modules share."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from keras_search.tuner.exporting.certificate import Certificate
from keras_search.tuner.folder import StudyFolder
from keras_search.tuner.records import Epoch, Evaluation, Kind, Run, State
from keras_search.tuner.settings import StudySettings
from keras_search.tuner.store import Store, claim, to_bytes

MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist.npz"


@pytest.fixture(scope="session")
def mnist_path() -> Path:
    """Give the path of the real MNIST, which is kept beside the repository and never inside it."""
    if not MNIST.is_file():
        pytest.skip("the real MNIST is not here: expected ../shared/data/mnist.npz beside the repository")
    return MNIST


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """Give a finished study of the digits: a small trained model that was tested, and a baseline's predictions.

    Tests that change it copy it first.
    """
    import keras

    from keras_search.tuner import guard
    from keras_search.tuner.data import load_dataset, make_splits, save_splits
    from keras_search.tuner.epoch import predict
    from keras_search.tuner.retraining import planned_runs
    from keras_search.tuner.samples import keep_test_samples

    folder = StudyFolder(tmp_path_factory.mktemp("studies") / "digits")
    folder.make()
    settings = StudySettings.create(tuner="random", max_trials=1, max_epochs=1, compare_seeds=2)
    dataset = load_dataset("digits")
    splits = make_splits(dataset, settings.validation_split, settings.seed)
    save_splits(splits, folder.data)
    model = keras.Sequential(
        [
            keras.Input((8, 8)),
            keras.layers.Flatten(),
            keras.layers.Dense(64),
            keras.layers.BatchNormalization(),
            keras.layers.Activation("gelu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(splits.x_fit, splits.y_fit, batch_size=16, epochs=6, verbose=0)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # Keras's, under NumPy 2.4
        model.save(folder.model("tuned-seed0"))
    probabilities = predict(model, splits.x_test)
    trial = Run("0000", Kind.TRIAL, "mlp", "trial", {"units_1": 64, "activation": "gelu"}, 7, 1)
    facts = {
        "settings": settings.model_dump(mode="json"),
        "data": {"name": dataset.name, "digest": dataset.digest, "class_names": dataset.class_names},
        "versions": guard.versions(),
        "space": {"space": [], "values": {}},
        "search_ended": "done",
        "best": trial.name,
    }
    with Store.create(folder.root, claim(folder.root), **facts) as store, store.transaction():
        for run in (trial, *planned_runs(settings, trial)):
            done = replace(run, state=State.COMPLETED, trained=1, score=0.9, best_epoch=1, parameters=1546)
            store.put_run(done)
            store.put_epoch(Epoch(run.name, 1, {"loss": 0.3, "val_loss": 0.2, "val_accuracy": 0.9}, 0.1, 0))
        for run in planned_runs(settings, trial):
            said = probabilities if run.name == "tuned-seed0" else np.roll(probabilities, run.seed % 2, axis=0)
            metrics = {"loss": 0.2, "accuracy": float(np.mean(said.argmax(axis=1) == splits.y_test))}
            store.put_evaluation(Evaluation(run.name, metrics, to_bytes(said)))
    with Store.open(folder.root) as store:
        keep_test_samples(store, splits)
    return folder


@pytest.fixture(scope="session")
def exported_study(
    finished_study: StudyFolder, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Certificate]]:
    """Give a folder with the finished study's model in all formats, and the certificates."""
    from keras_search.tuner.export import export
    from keras_search.tuner.exporting.formats import FORMATS

    output = tmp_path_factory.mktemp("exports") / "digits"
    return output, export(finished_study, output, list(FORMATS))
