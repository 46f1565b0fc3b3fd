"""Fixtures that several test modules share."""

import gc
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from keras_search.models import HYPERMODEL_NAMES
from keras_search.tuner.data import Dataset, Splits, load_dataset, make_splits, save_splits
from keras_search.tuner.exporting.certificate import Certificate
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.plan import planned_runs
from keras_search.tuner.study.records import Epoch, Evaluation, Kind, Run, State
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import MODEL, Store, claim, to_bytes
from keras_search.tuner.system.ownership import digest_of

if TYPE_CHECKING:
    import keras

Answer = Callable[[Run], np.ndarray]
Command = Callable[..., subprocess.CompletedProcess[str]]
KeepStudy = Callable[[StudyFolder, StudySettings, Dataset, Answer], StudyFolder]
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
os.environ["KERAS_SEARCH_NET"] = "off"  # a part of a report that fails fails its test, in other processes too
if "PYTEST_XDIST_WORKER" not in os.environ:  # the processes that share the tests share what is cached
    _CACHE = tempfile.TemporaryDirectory(prefix="keras-search-cache-")
    os.environ["KERAS_SEARCH_CACHE"] = _CACHE.name
MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist.npz"


_MANY_MODULES = 30
_frozen_modules: list[int] = []
gc.disable()  # importing is a quarter quicker without it


def pytest_collection_finish() -> None:
    """Freeze what the tests import."""
    gc.enable()
    _freeze()


def pytest_runtest_logfinish() -> None:
    """Freeze what a test has imported, if that is much."""
    if _frozen_modules and len(sys.modules) >= _frozen_modules[-1] + _MANY_MODULES:
        _freeze()


def _freeze() -> None:
    """Leave what is here out of garbage collection, as workers do: each new model begins with a collection."""
    gc.collect()
    gc.freeze()
    _frozen_modules.append(len(sys.modules))


@pytest.fixture(scope="session")
def mnist_path() -> Path:
    """Give the path of the real MNIST, which is kept beside the repository and never inside it."""
    if not MNIST.is_file():
        pytest.skip("the real MNIST is not here: expected ../shared/data/mnist.npz beside the repository")
    return MNIST


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Give a function that runs a command in this process, in the test's folder or in another.

    A process of its own takes half a second to start, and a search in it four more, as its workers import TensorFlow
    anew; here they are forked from the same process for all tests.
    """
    from keras_search import cli
    from keras_search.tuner.console import exit_codes

    def call(*arguments: str, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as patch:
            patch.chdir(folder)
            patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
            patch.setattr(sys, "argv", ["keras-search", *arguments])
            patch.setattr(sys, "path", list(sys.path))
            patch.setattr(sys, "stdout", sys.stdout)
            patch.setattr(sys, "stderr", sys.stderr)
            patch.setattr(exit_codes, "outlive_terminal", lambda: None)
            with pytest.raises(SystemExit) as ended:
                cli.main()
        code = ended.value.code
        assert isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code, *capfd.readouterr())

    return call


@pytest.fixture
def coarse_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw in few pixels where what is tested are not the plots."""
    monkeypatch.setattr("keras_search.tuner.report.plots.style.DPI", 30)


@pytest.fixture
def one_plot(coarse_plots: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - it is coarse as well
    """Let a report have the plot of the comparison alone, where what is tested is the rest of it."""
    from keras_search.tuner.report.plots import PLOTS, catalogue

    monkeypatch.setattr(sys.modules[catalogue.__module__], "PLOTS", PLOTS[:1])


@pytest.fixture(scope="session")
def keep_study() -> KeepStudy:
    """Give a function that keeps a finished study of one trial in a folder that exists.

    What its models say of the test split is what `answer` gives for each retraining.
    """

    def keep(folder: StudyFolder, settings: StudySettings, dataset: Dataset, answer: Answer) -> StudyFolder:
        from keras_search.tuner.report.samples import keep_test_samples

        own = settings.hypermodel not in HYPERMODEL_NAMES
        splits = make_splits(dataset, settings.validation_split, settings.seed, own=own)
        seal = save_splits(splits, folder.data)
        trial = Run("0000", Kind.TRIAL, "mlp", "trial", {"units_1": 64, "activation": "gelu"}, 7, 1)
        with Store.create(folder.root, claim(folder.root), seal=seal, **_facts(settings, dataset)) as store:
            with store.transaction():
                _put_runs(store, settings, splits, trial, answer)
                store.set_facts(best=trial.name)
                for run in store.of_kind(Kind.RETRAIN):
                    if folder.kept_model(run).is_file():
                        store.put_file(run, MODEL, digest_of(folder.kept_model(run)))
            keep_test_samples(store, splits)
        return folder

    return keep


def _facts(settings: StudySettings, dataset: Dataset) -> dict[str, Any]:
    from keras_search.tuner.system.versions import versions

    targets = [asdict(target) for target in dataset.targets]
    data = {"name": dataset.name, "digest": dataset.digest, "class_names": dataset.class_names, "targets": targets}
    return {
        "settings": settings.model_dump(mode="json"),
        "data": data,
        "versions": versions(),
        "space": {"space": [], "values": {}},
        "search_ended": "done",
    }


def _put_runs(store: Store, settings: StudySettings, splits: Splits, trial: Run, answer: Answer) -> None:
    from keras_search.tuner.training.outputs import measured

    metrics = {"loss": 0.3, "val_loss": 0.2, settings.objective: 0.9}
    for run in (trial, *planned_runs(settings, trial)):
        store.put_run(replace(run, state=State.COMPLETED, trained=1, score=0.9, best_epoch=1, parameters=1546))
        store.put_epoch(Epoch(run.name, 1, metrics, 0.1, 0))
    for run in planned_runs(settings, trial):
        said = answer(run)
        measures = measured(said, splits.compared(splits.y_test), splits.target)
        store.put_evaluation(Evaluation(run.name, measures, to_bytes(said)))


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory: pytest.TempPathFactory, keep_study: KeepStudy) -> StudyFolder:
    """Give a finished study of the digits: a small trained model that was tested, and a baseline's predictions.

    Tests that change it copy it first.
    """
    from keras_search.tuner.training.engine import predict

    folder = StudyFolder(tmp_path_factory.mktemp("studies") / "digits")
    folder.make()
    settings = StudySettings.create(
        tuner="random", objective="val_accuracy", max_trials=1, max_epochs=1, compare_seeds=2
    )
    dataset = load_dataset("digits")
    splits = make_splits(dataset, settings.validation_split, settings.seed)
    model = _trained_on(splits)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # Keras's, under NumPy 2.4
        model.save(folder.model("tuned-seed0"))
    said = predict(model, splits.x_test)
    return keep_study(
        folder, settings, dataset, lambda run: said if run.name == "tuned-seed0" else np.roll(said, run.seed % 2, 0)
    )


def _trained_on(splits: Splits) -> "keras.Model":
    import keras

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
    return model


@pytest.fixture(scope="session")
def exported_study(
    finished_study: StudyFolder, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Certificate]]:
    """Give a folder with the finished study's model in all formats, and the certificates."""
    from keras_search.tuner.exporting.export import export
    from keras_search.tuner.exporting.formats import FORMATS

    output = tmp_path_factory.mktemp("exports") / "digits"
    return output, list(export(finished_study, output, list(FORMATS)).certificates)
