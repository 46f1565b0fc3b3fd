"""Run a script's callbacks beside epochs that our engine trains, or let `model.fit` run them."""

import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
from keras import callbacks as kc

from keras_search.tuner.data.tree import Array
from keras_search.tuner.study import messages
from keras_search.tuner.study.records import Metrics
from keras_search.tuner.system import tf_private
from keras_search.tuner.system.files import replacing
from keras_search.tuner.training.reported import numbers
from keras_search.tuner.training.scripts.callback_state import StateError, set_state, state_of

BATCH_HOOKS = (
    "on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end", "on_test_begin", "on_test_end",
    "on_test_batch_begin", "on_test_batch_end",
)  # fmt: skip
"""What a callback is called for inside an epoch."""
Saved = tuple[str, Sequence[Array]]


def batch_hook(callback: kc.Callback) -> str | None:
    """Name a hook for which a callback must be called inside an epoch; None where it is called between epochs alone."""
    if type(callback) is kc.ModelCheckpoint and callback.save_freq == "epoch":
        return None
    if type(callback) is kc.TerminateOnNaN and not callback.raise_error:  # the engine ends a trial at such a loss
        return None
    for name in BATCH_HOOKS:
        hook = getattr(callback, name, None)
        if getattr(hook, "__func__", hook) is not getattr(kc.Callback, name):
            return name
    return None


def kept_callbacks(callbacks: Sequence[kc.Callback]) -> list[kc.Callback]:
    """Leave out what the study does itself: every trial is kept after each epoch, and continues there."""
    return [each for each in callbacks if not isinstance(each, kc.BackupAndRestore)]


def absolute_places(callbacks: Sequence[kc.Callback]) -> list[kc.Callback]:
    """Copy callbacks, those that write files with absolute paths, for another process may work in another folder."""
    copies = copy.deepcopy(list(callbacks))
    for each in copies:
        for kind, attribute, _ in PLACES:
            if isinstance(each, kind):
                setattr(each, attribute, str(Path(getattr(each, attribute)).absolute()))
    return copies


def copies_for(callbacks: Sequence[kc.Callback], run: str) -> list[kc.Callback]:
    """Copy callbacks for a run; those that write files get places of the run's own."""
    copies = copy.deepcopy(list(callbacks))
    for each in copies:
        for kind, attribute, place in PLACES:
            if isinstance(each, kind):
                setattr(each, attribute, place(str(getattr(each, attribute)), run))
    return copies


def _beside(path: str, run: str) -> str:
    """Put the run's name before the ending: `log.csv` becomes `log-0001.csv`."""
    file = Path(path)
    ending = ".weights.h5" if file.name.endswith(".weights.h5") else file.suffix
    return str(file.with_name(f"{file.name.removesuffix(ending)}-{run}{ending}"))


PLACES = (
    (kc.CSVLogger, "filename", _beside),
    (kc.ModelCheckpoint, "filepath", _beside),
    (kc.TensorBoard, "log_dir", lambda path, run: str(Path(path) / run / "execution0")),
)
"""Callbacks that write files, the attribute that says where, and where a run writes instead."""


class RunCallbacks:
    """The callbacks of one run: copies of its own, and new ones in each rung, as each is a training of KerasTuner's.

    `saved` is the state in which the run was left, if it was.
    """

    def __init__(self, callbacks: Sequence[kc.Callback], saved: Saved | None = None) -> None:
        self._originals, self._told = callbacks, False
        self._as_built: Callable[[], bool] = lambda: True
        self.callbacks: list[kc.Callback] = []
        self.begin_rung(json.loads(saved[0])["rung"] if saved else 0)
        self._saved = saved

    def __bool__(self) -> bool:
        return bool(self._originals)

    def rung_after(self, order: messages.Train, trained: int) -> int:
        """Give the rung, counted from 0, in which a run goes on after `trained` epochs."""
        if not self._saved:
            self.rung = order.rung if trained else 0
        return self.rung

    def begin_rung(self, rung: int) -> None:
        """Begin a rung with new copies."""
        self.rung, self.callbacks = rung, copy.deepcopy(list(self._originals))
        self._saved = None

    def begin(self, model: keras.Model, epochs: int, trained: int) -> None:
        """Let training begin, or go on after `trained` epochs with what was saved."""
        model.stop_training = False
        for each in self.callbacks:
            each.set_params({"verbose": 0, "epochs": epochs, "steps": None})
            each.set_model(model)
        go_on = self.going_on(model, trained)
        for each in self.callbacks:
            each.on_train_begin({})
        go_on()

    def going_on(self, model: keras.Model, trained: int) -> Callable[[], None]:
        """Give what makes callbacks that have begun, and the model, go on where they were left; once."""
        saved, self._saved = self._saved, None
        before = learning_signature(model)
        self._as_built = lambda: learning_signature(model) == before
        if saved is None:
            return _nothing
        for each in self.callbacks:
            if isinstance(each, kc.CSVLogger):
                each.append = True
                _cut_log(Path(each.filename), each.sep, trained)
        values = [variable.numpy() for variable in _variables(model)]

        def go_on() -> None:
            set_state(self.callbacks, json.loads(saved[0])["states"], saved[1])
            for variable, value in zip(_variables(model), values, strict=True):
                variable.assign(value)

        return go_on

    def begin_epoch(self, epoch: int) -> None:
        """Call what is to be called before an epoch, counted from 1."""
        for each in self.callbacks:
            each.on_epoch_begin(epoch - 1, {})

    def end_epoch(self, epoch: int, metrics: Metrics) -> Metrics:
        """Call what is to be called after an epoch; give its metrics with what was added to them."""
        logs: dict[str, Any] = dict(metrics)
        for each in self.callbacks:
            each.on_epoch_end(epoch - 1, logs)
        return numbers(logs) if self.callbacks else metrics

    def end(self, metrics: Metrics) -> None:
        """Call what is to be called after training."""
        for each in self.callbacks:
            each.on_train_end(dict(metrics))

    def state(self) -> Saved | None:
        """Give the state of all callbacks; None where one has what cannot be kept, which the log says."""
        try:
            if not self._as_built():
                raise StateError("a callback has changed what is trained, or how")
            states, arrays = state_of(self.callbacks)
        except StateError as error:
            if not self._told:
                print(f"An interrupted run will begin again: {error}, which cannot be kept.", flush=True)
            self._told = True
            return None
        return json.dumps({"rung": self.rung, "states": states}), arrays


def _nothing() -> None:
    """Do nothing."""


def _variables(model: keras.Model) -> list[Any]:
    return [*model.variables, *(model.optimizer.variables if model.compiled else ())]


def _cut_log(path: Path, separator: str, trained: int) -> None:
    """Take the rows of epochs off that are trained again."""
    if not path.is_file():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    epochs = [line.partition(separator.encode())[0] for line in lines]
    kept = [line for line, epoch in zip(lines, epochs, strict=True) if not epoch.isdigit() or int(epoch) < trained]
    with replacing(path) as partial:
        partial.write_bytes(b"".join(kept))


def learning_signature(model: keras.Model) -> tuple[Any, ...]:
    """Return what a compiled epoch depends on; if a callback has changed it, the next one is compiled anew."""
    variables = tuple(id(variable) for variable in model.trainable_variables)
    if not model.compiled:  # it has no optimizer and no loss, its own fit trains it
        return (variables,)
    return id(model.optimizer), id(tf_private.learning_rate_of(model.optimizer)), variables, id(model.loss)
