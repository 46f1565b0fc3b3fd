"""Callbacks beside compiled epochs: what they do, what they are asked inside an epoch, and how they go on."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import callbacks as kc

from keras_search.tuner.study.messages import Train
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.training.scripts.callbacks import (
    RunCallbacks,
    batch_hook,
    copies_for,
    kept_callbacks,
    learning_signature,
)

VALUES = [0.9, 0.5, 0.6, 0.4, 0.45, 0.44, 0.43, 0.46]
"""The validation losses of so many epochs."""


class Hearing(kc.Callback):
    """Hear of batches."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Hear."""


@pytest.mark.parametrize(
    ("callback", "hook"),
    [
        (kc.EarlyStopping(), None),
        (kc.ReduceLROnPlateau(), None),
        (kc.LearningRateScheduler(float), None),
        (kc.CSVLogger("x.csv"), None),
        (kc.TerminateOnNaN(), None),
        (kc.ModelCheckpoint("x.keras"), None),
        (kc.LambdaCallback(on_epoch_end=print), None),
        (kc.ModelCheckpoint("x.keras", save_freq=5), "on_train_batch_end"),
        (kc.LambdaCallback(on_train_batch_end=print), "on_train_batch_end"),
        (kc.TerminateOnNaN(raise_error=True), "on_batch_end"),
        (kc.TensorBoard(), "on_train_batch_begin"),
        (Hearing(), "on_train_batch_end"),
    ],
)
def test_a_callback_says_whether_it_is_called_inside_an_epoch(callback: kc.Callback, hook: str | None) -> None:
    assert batch_hook(callback) == hook


def model() -> keras.Model:
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    made.compile(keras.optimizers.SGD(0.5), "mse")
    return made


def trained(callbacks: RunCallbacks, net: keras.Model, first: int, last: int) -> list[dict[str, float]]:
    """Let epochs pass in which each weight grows by one; the callbacks have begun."""
    metrics = []
    for epoch in range(first, last + 1):
        callbacks.begin_epoch(epoch)
        net.set_weights([weight + 1 for weight in net.get_weights()])
        metrics.append(callbacks.end_epoch(epoch, {"loss": VALUES[epoch - 1], "val_loss": VALUES[epoch - 1]}))
        if net.stop_training:
            break
    return metrics


def given(folder: Path) -> list[kc.Callback]:
    return [
        kc.EarlyStopping(patience=3, restore_best_weights=True),
        kc.ReduceLROnPlateau(patience=1, factor=0.5),
        kc.CSVLogger(str(folder / "log.csv")),
    ]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's, under NumPy 2.4
@pytest.mark.parametrize("left", [1, 2, 4, 5])
def test_callbacks_left_after_any_epoch_go_on_as_if_they_had_not_been(tmp_path: Path, left: int) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "left").mkdir()
    whole, net = RunCallbacks(given(tmp_path / "whole")), model()
    whole.begin(net, 8, 0)
    expected = trained(whole, net, 1, 8)
    rate = net.optimizer.learning_rate.numpy()
    whole.end({})

    first, other = RunCallbacks(given(tmp_path / "left")), model()
    first.begin(other, 8, 0)
    before = trained(first, other, 1, left)
    saved, weights = first.state(), [variable.numpy() for variable in (*other.variables, *other.optimizer.variables)]
    trained(first, other, left + 1, left + 1)  # an epoch that is lost, but for its row in the log
    first.callbacks[2].csv_file.close()
    second, other = RunCallbacks(given(tmp_path / "left"), saved), model()
    for variable, value in zip((*other.variables, *other.optimizer.variables), weights, strict=True):
        variable.assign(value)
    second.begin(other, 8, left)
    after = trained(second, other, left + 1, 8)
    assert other.optimizer.learning_rate.numpy() == rate
    second.end({})
    assert before + after == expected
    assert len(expected) == 7
    assert np.array_equal(other.get_weights()[0], net.get_weights()[0])
    assert (tmp_path / "left" / "log.csv").read_bytes() == (tmp_path / "whole" / "log.csv").read_bytes()


def test_each_rung_has_copies_of_its_own() -> None:
    run = RunCallbacks([kc.EarlyStopping()])
    first = run.callbacks[0]
    run.begin_rung(1)
    assert run.callbacks[0] is not first
    trial = Run("i1-b1-r1-000", Kind.TRIAL, "m", "trial", {}, 0, 9, "i1-b1-r0-000")
    order = Train(trial, "i1-b1-r0-000", 3, (3, 9), rung=1)
    assert run.rung_after(order, 3) == 1
    assert run.rung_after(order, 0) == 0, "from scratch, the rungs before it are repeated"
    assert not RunCallbacks([])


def test_files_of_each_run_have_places_of_their_own() -> None:
    callbacks = [kc.CSVLogger("a/log.csv"), kc.ModelCheckpoint("b/{epoch}.weights.h5", save_weights_only=True)]
    log, checkpoint, board = copies_for([*callbacks, kc.TensorBoard("logs")], "0001")
    assert Path(log.filename) == Path("a/log-0001.csv")
    assert Path(checkpoint.filepath) == Path("b/{epoch}-0001.weights.h5")
    assert Path(board.log_dir) == Path("logs/0001/execution0")
    assert callbacks[0].filename == "a/log.csv"


def test_what_the_study_does_itself_is_left_out() -> None:
    stopping = kc.EarlyStopping()
    assert kept_callbacks([kc.BackupAndRestore("b"), stopping]) == [stopping]


def test_a_state_that_cannot_be_kept_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    class Odd(kc.Callback):
        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
            self.file = open(__file__)  # noqa: SIM115, PTH123

    run, net = RunCallbacks([Odd()]), model()
    run.begin(net, 1, 0)
    assert run.state() is None
    assert run.state() is None
    assert capsys.readouterr().out.count("An interrupted run will begin again: Odd.file is of type TextIOWrapper") == 1
    run.callbacks[0].file.close()


def test_a_changed_optimizer_or_frozen_layer_asks_for_a_new_program() -> None:
    net = model()
    before = learning_signature(net)
    net.optimizer.learning_rate = 0.1
    assert learning_signature(net) == before
    net.layers[0].trainable = False
    assert learning_signature(net) != before
