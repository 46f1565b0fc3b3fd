"""What a hypermodel's own `fit` asks for is found before the search without spending a stream, or it is refused."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras_tuner import HyperModel, HyperParameters

from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.script import ScriptSettings
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.training.outputs import UnfitModelError
from keras_search.tuner.training.scripts.carried import Carried
from keras_search.tuner.training.scripts.networks import ScriptNetworks
from keras_search.tuner.training.scripts.survey import _Rehearsal, space_of

X, Y = np.ones((6, 2), np.float32), np.zeros(6, np.int64)


class Base(HyperModel):  # type: ignore[misc]
    """Build a small network."""

    def build(self, hp: HyperParameters) -> keras.Model:
        """Build it."""
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(hp.Choice("units", [1, 2]))])
        model.compile("sgd", "mse")
        return model


class Asking(Base):
    """Ask for a hyperparameter in `fit`, before the data are used."""

    def fit(self, hp: HyperParameters, model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        """Train."""
        return model.fit(*args, shuffle=hp.Boolean("shuffle"), **kwargs)


class AskingLate(Base):
    """Ask for a hyperparameter in `fit`, after a batch of the data."""

    def fit(self, hp: HyperParameters, model: keras.Model, x: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """Train on one batch."""
        model.train_on_batch(*next(iter(x)))
        return float(hp.Float("late", 0.0, 1.0))


class Batches(keras.utils.PyDataset):
    """Two batches."""

    def __len__(self) -> int:
        """Count them."""
        return 2

    def __getitem__(self, index: int) -> Any:
        """Return one."""
        return X[:3] + index, Y[:3]


def generated() -> Any:
    for number in range(3):
        yield X[:3] * number, Y[:3]


def networks(hypermodel: HyperModel, x: Any, folder: Path, **script: Any) -> tuple[ScriptNetworks, ScriptSettings]:
    told = ScriptSettings(**script)
    settings = StudySettings.create(
        dataset="stream", hypermodel="script:Asking", objective="val_loss", direction="min", baselines=("defaults",),
        compare_seeds=1, tuner="random", max_trials=1, max_epochs=1, script=told,
    )  # fmt: skip
    return ScriptNetworks(Carried(hypermodel, ((x,), {})), settings, None, folder), told


STREAMS = {
    "tf.data": lambda: tf.data.Dataset.from_generator(
        generated, output_signature=(tf.TensorSpec((3, 2)), tf.TensorSpec((3,)))
    ),
    "generator": generated,
    "iterator": lambda: iter(list(generated())),
    "PyDataset": Batches,
    "table": lambda: pd.DataFrame({"a": [1.0, 2.0]}),
}


@pytest.fixture(autouse=True)
def no_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScriptNetworks, "arrays", [])


@pytest.mark.parametrize("kind", STREAMS)
def test_what_fit_asks_for_is_tuned_whatever_its_data_are(kind: str, tmp_path: Path) -> None:
    stream = STREAMS[kind]()
    found, script = networks(Asking(), stream, tmp_path)
    space = space_of(_Rehearsal(found), 0, script)
    assert [each.name for each in space.space] == ["units", "shuffle"]
    if kind in ("generator", "iterator"):
        assert next(stream)[0].max() == 0, "its first batch is still there"


def test_a_rehearsal_reads_one_batch_of_a_sequence(tmp_path: Path) -> None:
    class Loop(Base):
        """Train by a loop of its own."""

        def fit(self, hp: HyperParameters, model: keras.Model, x: Any, **kwargs: Any) -> Any:  # noqa: ARG002
            """Train on every batch."""
            read.extend([len(x[index][0]) for index in range(len(x))])
            assert x.num_batches == 1
            assert isinstance(x, Batches)
            return float(hp.Choice("late", [1.0, 2.0]))

    read: list[int] = []
    batches = Batches()
    found, script = networks(Loop(), batches, tmp_path)
    assert [each.name for each in space_of(_Rehearsal(found), 0, script).space] == ["units", "late"]
    assert set(read) == {3}
    assert len(batches) == 2


def run(space: HyperParameters) -> Run:
    return Run("0001", Kind.TRIAL, "m", "trial", dict(space.values), 0, 1)


def asked(hypermodel: HyperModel, folder: Path, **script: Any) -> Any:
    """Build a trial's network and train it by the user's own fit."""
    found, told = networks(hypermodel, generated(), folder, **script)
    space = space_of(_Rehearsal(found), 0, told)
    of_trial = ScriptNetworks(found._carried, found._settings, space, folder)
    network = of_trial.build(run(space))
    network.custom_fit(generated(), callbacks=[])
    return network


def test_a_hyperparameter_that_no_rehearsal_reaches_is_refused_by_name(tmp_path: Path) -> None:
    network = asked(AskingLate(), tmp_path)
    with pytest.raises(UnfitModelError, match=r"^HyperModel.fit asked for late, which .*: ask for it in build too"):
        network.check_asked()


@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
def test_what_is_known_or_is_not_to_be_tuned_is_not_refused(tmp_path: Path) -> None:
    asked(Asking(), tmp_path).check_asked()
    entries = HyperParameters()
    entries.Choice("units", [1, 2])
    asked(AskingLate(), tmp_path, entries=entries.get_config(), tune_new_entries=False).check_asked()
