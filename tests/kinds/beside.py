"""Train one kind of model both ways on the same arrays: by `model.fit`, and as a study does."""

from __future__ import annotations

import gc
import importlib.util
import io
import tempfile
import time
import traceback
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from catalogue import Kind, Outcome

from keras_search.errors import KerasSearchError
from keras_search.tuner.data import Splits, load_dataset, open_splits, save_splits
from keras_search.tuner.data.tree import mapped
from keras_search.tuner.session.preparing import splits_of
from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.objective import infer_direction
from keras_search.tuner.study.records import Kind as RunKind
from keras_search.tuner.study.records import Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import from_bytes
from keras_search.tuner.training import epochs, orders
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.engine import EpochRunner
from keras_search.tuner.training.kernels.program import PlainProgram
from keras_search.tuner.training.model_files import load_weights
from keras_search.tuner.training.outputs import evaluated, with_probabilities

BATCH_SIZE = 32


def compare(kind: Kind, seeds: range) -> Outcome:
    """Train a kind both ways; what raises is the outcome's fault."""
    with tempfile.TemporaryDirectory(prefix="keras-search-kinds-") as folder, redirect_stdout(io.StringIO()):
        try:
            study = _Study(kind, Path(folder))
            started = time.perf_counter()
            expected = np.array([_fit_by_keras(kind, study.splits, seed) for seed in seeds])
            middle = time.perf_counter()
            found = np.array([study.retrain(seed) for seed in seeds])
            seconds = (middle - started, time.perf_counter() - middle)
            study.check_kept(seeds[-1])
            return Outcome(kind, study.way, expected, found, seconds)
        except Exception as error:
            traceback.print_exc()
            text = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            return Outcome(kind, "-", np.empty((0, 2)), np.empty((0, 2)), (0.0, 0.0), text)
        finally:
            keras.backend.clear_session()
            gc.collect()


def _fit_by_keras(kind: Kind, splits: Splits, seed: int) -> tuple[float, float]:
    """Train as a user does without us."""
    keras.utils.set_random_seed(seed)
    hypermodel, hp = _hypermodel(kind), keras_tuner.HyperParameters()
    model = hypermodel.build(hp)
    seen = splits.seen_by(own=True)
    x, y, x_val, y_val = (mapped(_tensor_of_text, part) for part in (seen.x_fit, seen.y_fit, seen.x_val, seen.y_val))
    weights: dict[str, Any] = {}
    validation: tuple[Any, ...] = (x_val, y_val)
    if "class_weight" in kind.settings:
        weights["class_weight"] = {int(label): weight for label, weight in kind.settings["class_weight"].items()}
    elif seen.w_fit is not None:
        weights["sample_weight"], validation = np.asarray(seen.w_fit), (x_val, y_val, np.asarray(seen.w_val))
    given = {"epochs": kind.epochs, "validation_data": validation, "verbose": 0, **weights}
    own = type(hypermodel).fit is not keras_tuner.HyperModel.fit
    history = hypermodel.fit(hp, model, x, y, **given) if own else model.fit(x, y, batch_size=BATCH_SIZE, **given)
    return history.history[f"val_{kind.metric}"][-1], history.history["val_loss"][-1]


def _hypermodel(kind: Kind) -> keras_tuner.HyperModel:
    """Run the user's file anew, and give what it defines."""
    path, name = kind.paths["hypermodel"].rsplit(":", 1)
    spec = importlib.util.spec_from_file_location("by_keras", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, name)
    if isinstance(found, type):
        return found()
    hypermodel = keras_tuner.HyperModel()
    hypermodel.build = found
    return hypermodel


def _tensor_of_text(array: np.ndarray) -> Any:
    """Give text as the tensor that `model.fit` wants."""
    return tf.constant(array.tolist()) if array.dtype.kind == "U" else np.asarray(array)


class _Study:
    """A study's data on the disk, and what its orders are carried out with."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind, self.way = kind, "own fit"
        objective = f"val_{kind.metric}"
        direction = "max" if kind.metric == "r2" else infer_direction(objective)
        settings = StudySettings.create(
            tuner="random", max_epochs=kind.epochs, objective=objective, direction=direction, **kind.paths,
            **kind.settings,
        )  # fmt: skip
        self.folder = StudyFolder(folder)
        self.folder.make()
        save_splits(splits_of(settings, load_dataset(settings.source)), self.folder.data)
        self.splits = open_splits(self.folder.data)
        settings = settings.completed(self.splits.targets)
        self.reports: list[Any] = []
        context = messages.Context(folder, settings.model_dump(mode="json"), None)
        self.context = StudyContext.of(context, self.reports.append, lambda: False)
        epochs.EpochRunner = self._runner
        self.carry_out(messages.Survey())
        self.survey: messages.Surveyed = self.reports.pop()
        self.carry_out(messages.Plan(self.survey.space, settings.objective, settings.direction))

    def carry_out(self, order: messages.Order) -> None:
        self.context = orders.carry_out(self.context, order)

    def retrain(self, seed: int) -> tuple[float, float]:
        """Train as for the comparison; the model is kept."""
        self.reports.clear()
        run = self._run(seed)
        self.carry_out(messages.Train(run, run.name, 0, (run.epochs,)))
        ended = [report for report in self.reports if isinstance(report, messages.EpochEnded)]
        if not isinstance(self.reports[-1], messages.Completed) or ended[-1].epoch != self.kind.epochs:
            raise KerasSearchError(f"It did not come to its end: {self.reports[-1]}")
        self.completed = self.reports[-1]
        self.metrics = {report.epoch: report.metrics for report in ended}
        return self.metrics[self.kind.epochs][f"val_{self.kind.metric}"], self.metrics[self.kind.epochs]["val_loss"]

    def check_kept(self, seed: int) -> None:
        """Make sure that the kept model is the one that was best, and that it can be evaluated."""
        run, networks = self._run(seed), self.context.networks
        network = networks.build(run)
        load_weights(with_probabilities(network.model, self.splits.targets), self.folder.kept_model(run.name))
        score = evaluated(network.model, network.examples(self.splits, "val"), network.batch_size)[self.kind.metric]
        if not np.isclose(score, self.completed.score, rtol=1e-3, atol=1e-5):
            raise KerasSearchError(f"The kept model has {score}, the best epoch had {self.completed.score}.")
        self.reports.clear()
        self.carry_out(messages.Evaluate(run, self.completed.model))
        (answer,) = self.reports
        if bool(answer.probabilities) != self.survey.comparable:
            raise KerasSearchError(f"Comparable: {self.survey.comparable}, but measured: {bool(answer.probabilities)}.")
        if answer.probabilities and self.splits.targets[0].classifies:
            chances = from_bytes(answer.probabilities)
            if chances.min() < 0 or not np.allclose(chances.sum(axis=1), 1, atol=1e-3):
                raise KerasSearchError("What is called probabilities is none.")

    def _run(self, seed: int) -> Run:
        values = keras_tuner.HyperParameters.from_config(self.survey.space).values
        return Run(
            name=f"tuned-seed{seed}", kind=RunKind.RETRAIN, model="tuned", role="tuned", seed=seed,
            epochs=self.kind.epochs, hyperparameters=values,
        )  # fmt: skip

    def _runner(self, *arguments: Any) -> EpochRunner:
        runner = EpochRunner(*arguments)
        program = runner._program
        self.way = "kernels" if isinstance(program, PlainProgram) else "model.fit" if program is None else "compiled"
        self.way = "XLA" if getattr(program, "jit", False) else self.way
        return runner
