"""A search by KerasTuner's classes: real workers, a study that tests look at, and small ones for what is special."""

import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import keras_search
from keras_search import kt
from keras_search.errors import KerasSearchError, TaskError, UsageError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype("int64")
UNITS = [4, 8, 16]


def build(hp: Any) -> keras.Model:
    """Build a small network of two classes."""
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(hp.Choice("units", UNITS), activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def tuner(folder: Path, **arguments: Any) -> Any:
    given = {"max_trials": 2, "directory": folder, "project_name": "study", "workers": 1, **arguments}
    return kt.RandomSearch(build, "val_accuracy", **given)


def search(searcher: Any, **arguments: Any) -> None:
    searcher.search(**{"x": X, "y": Y, "epochs": 2, "validation_split": 0.25, "verbose": 0, **arguments})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("searched")
    search(tuner(place))
    return place


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(folder / "study", tmp_path / "study")
    return tmp_path


def test_the_best_model_is_that_which_was_scored(folder: Path) -> None:
    searched = tuner(folder)
    trials = searched.oracle.get_best_trials(2)
    for trial, model in zip(trials, searched.get_best_models(2), strict=True):
        measured = model.evaluate(X[90:], Y[90:], verbose=0, return_dict=True)
        assert measured["accuracy"] == pytest.approx(trial.score, abs=1e-7)
        assert measured["loss"] == pytest.approx(trial.metrics.get_best_value("val_loss"), abs=1e-6)
    assert trials[0].score >= trials[1].score
    assert searched.oracle.trials[trials[0].trial_id].hyperparameters.values == trials[0].hyperparameters.values


def test_the_best_hyperparameters_build_a_model(folder: Path) -> None:
    (best,) = tuner(folder).get_best_hyperparameters()
    assert best.get("units") in UNITS
    assert tuner(folder).hypermodel.build(best).layers[0].units == best.get("units")


def test_the_summaries_are_keras_tuners(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    searched = tuner(folder)
    searched.search_space_summary()
    searched.results_summary(1)
    said = capsys.readouterr().out
    assert said.startswith("Search space summary\nDefault search space size: 2\nunits (Choice)\n")
    best = searched.oracle.get_best_trials()[0]
    assert f"Trial {best.trial_id} summary\nHyperparameters:\nunits: " in said
    assert said.endswith(f"Score: {best.score}\n")


def test_a_search_that_has_ended_returns_at_once(copied: Path) -> None:
    before = (copied / "study" / "study.db").read_bytes()
    searched = tuner(copied)
    search(searched)
    searched.resume(X, Y, epochs=2, validation_split=0.25, verbose=0)
    assert (copied / "study" / "study.db").read_bytes() == before
    assert searched.remaining_trials == 0


@pytest.mark.parametrize(
    ("constructed", "passed", "message"),
    [
        ({}, {"epochs": 3}, "epochs=3 differs from the 2 at"),
        ({}, {"validation_split": 0.5}, "validation_split='0.5' differs from the '0.25'"),
        ({}, {"x": X + 1}, "The arrays differ from those at"),
        ({"seed": 1}, {}, "seed=1 differs from the 0"),
        ({"max_trials": 1}, {}, "max_trials=1 differs from the 2"),
        ({"executions_per_trial": 2}, {}, "executions_per_trial=2 differs from the 1"),
        ({}, {"callbacks": [keras.callbacks.TerminateOnNaN()]}, r"callbacks=\('TerminateOnNaN',\) differs"),
        ({"max_retries_per_trial": 2}, {}, "max_retries_per_trial=2 differs from the 0"),
    ],
)
def test_what_decides_the_result_may_not_change(
    copied: Path, constructed: dict[str, Any], passed: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        search(tuner(copied, **constructed), **passed)


def test_more_trials_go_on_where_the_search_has_ended(copied: Path) -> None:
    before = tuner(copied).trials()
    searched = tuner(copied, max_trials=3)
    search(searched)
    assert searched.trials().iloc[:2].equals(before)
    assert len(searched.trials()) == 3


def test_overwriting_moves_the_old_study_to_the_trash_and_finds_the_same_again(copied: Path) -> None:
    before = tuner(copied).trials().to_csv()
    searched = tuner(copied, overwrite=True)
    assert searched.oracle.trials == {}
    search(searched)
    assert searched.trials().to_csv() == before
    assert len(list((copied / ".trash").iterdir())) == 1
    search(searched)
    assert len(list((copied / ".trash").iterdir())) == 1


def test_a_study_of_a_script_is_gone_on_with_by_the_script(copied: Path) -> None:
    with pytest.raises(UsageError, match="study was begun by a KerasTuner-style script: run that again"):
        keras_search.resume("study", studies_dir=copied, quiet=True)
    assert len(keras_search.load(copied / "study").trials()) == 2


def test_a_hypermodel_that_fails_on_its_defaults_is_shown(tmp_path: Path) -> None:
    searched = kt.RandomSearch(lambda hp: 1 / hp.Int("zero", 0, 1), "val_loss", directory=tmp_path, workers=1)
    with pytest.raises(TaskError, match="ZeroDivisionError: division by zero"):
        search(searched)
    assert not (tmp_path / "untitled_project").exists()


def test_executions_of_a_trial_score_by_their_mean_and_a_failing_one_ends_it(tmp_path: Path) -> None:
    def breaking(hp: Any) -> keras.Model:
        if hp.Boolean("breaks"):
            raise ValueError("it breaks")
        return build(hp)

    searched = kt.RandomSearch(
        breaking, "val_loss", max_trials=4, executions_per_trial=2, max_retries_per_trial=1,
        max_consecutive_failed_trials=4, directory=tmp_path, workers=1,
    )  # fmt: skip
    search(searched, epochs=1)
    trials = searched.trials().set_index("trial")
    assert set(trials["state"]) == {"completed", "failed"}
    assert set(trials.loc[trials["state"] == "failed", "error"]) == {"ValueError: it breaks"}
    history = searched.history()
    for name, trial in trials[trials["state"] == "completed"].iterrows():
        both = history[history["name"].isin([name, f"{name}.x2"])]["val_loss"]
        assert len(both) == 2
        assert trial["score"] == pytest.approx(both.mean())
    events = searched.study.timings()
    assert not events.empty


class TrainingCopies(kt.HyperModel):  # type: ignore[misc]
    """Train copies of the model alone, as a cross-validation does."""

    def build(self, hp: Any) -> keras.Model:
        """Build a small network."""
        return build(hp)

    def fit(self, hp: Any, model: keras.Model, x: Any, y: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """Train a copy."""
        copy = keras.models.clone_model(model)
        copy.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return copy.fit(x, y, validation_split=0.5, verbose=0).history["val_accuracy"][-1]


@pytest.mark.slow
def test_weights_that_a_fit_has_not_trained_are_no_best_model(tmp_path: Path) -> None:
    searched = kt.RandomSearch(TrainingCopies(), "val_accuracy", max_trials=1, directory=tmp_path, workers=1)
    searched.search(X, Y)
    assert len(searched.oracle.get_best_trials()) == 1
    with pytest.raises(UsageError, match="fit did not train the model that it was given"):
        searched.get_best_models()


@pytest.mark.slow
def test_failed_trials_in_a_row_end_the_search_until_their_reason_is_mended(tmp_path: Path) -> None:
    broken = [True]

    def mended(hp: Any) -> keras.Model:
        if hp.Int("units", 1, 9) > 1 and broken:
            raise ValueError("no such units")
        return build(hp)

    searched = kt.RandomSearch(mended, "val_accuracy", max_trials=3, directory=tmp_path, workers=1)
    with pytest.raises(KerasSearchError, match=r"^3 trials in a row failed.*The last, 0003: ValueError: no such units"):
        search(searched, epochs=1)
    broken.clear()
    search(searched, epochs=1)
    assert list(searched.trials()["state"]) == ["completed"] * 3


def test_several_objectives_overrides_and_registered_hyperparameters_are_honoured(tmp_path: Path) -> None:
    space = kt.HyperParameters()
    space.Choice("learning_rate", [0.01, 0.02])
    searched = kt.GridSearch(
        build, ["val_loss", kt.Objective("val_hits", "max")], hyperparameters=space, tune_new_entries=False,
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="hits")], optimizer="sgd", directory=tmp_path, workers=1,
    )  # fmt: skip
    search(searched, epochs=1)
    trials, history = searched.trials(), searched.history()
    assert list(trials["learning_rate"]) == [0.01, 0.02]
    assert trials["score"].to_numpy() == pytest.approx((history["val_loss"] - history["val_hits"]).to_numpy())
    assert "accuracy" not in history
    assert isinstance(searched.get_best_models()[0].optimizer, keras.optimizers.SGD)


@pytest.mark.slow
def test_hyperband_keeps_its_schedule_and_promotes_with_callbacks(tmp_path: Path) -> None:
    searched = kt.Hyperband(build, "val_loss", max_epochs=4, factor=2, directory=tmp_path, workers=1)
    search(searched, callbacks=[keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)])
    places = searched.study.brackets()
    assert len(places) == 15
    model = searched.get_best_models()[0]
    best = searched.oracle.get_best_trials()[0]
    assert model.evaluate(X[90:], Y[90:], verbose=0)[0] == pytest.approx(best.score, abs=1e-6)


def test_a_callback_that_hears_of_batches_stops_training_by_fit(tmp_path: Path) -> None:
    class Stopping(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            self.batches = getattr(self, "batches", 0) + 1
            self.model.stop_training = self.batches > 4

    searched = tuner(tmp_path, max_trials=1)
    search(searched, epochs=5, callbacks=[Stopping()])
    assert list(searched.trials()["epochs"]) == [2], "90 rows are 3 batches of 32"
