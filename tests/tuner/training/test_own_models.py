"""A user's own model learns here what it learns by `model.fit`, and goes the whole way to its evaluation."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from keras_search.models import Problem
from keras_search.models.loader import load_hypermodel
from keras_search.tuner.data import Splits, load_dataset, open_splits, save_splits
from keras_search.tuner.data.tree import mapped
from keras_search.tuner.session.preparing import splits_of
from keras_search.tuner.study import messages
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import from_bytes
from keras_search.tuner.system.seeds import derive_seed
from keras_search.tuner.training import orders
from keras_search.tuner.training.compiled.fresh_start import begin_anew
from keras_search.tuner.training.context import StudyContext

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

FILE = Path(__file__).with_name("own_models.py")
EPOCHS = 4
WHOLE = 1000
"""A batch of all examples, so that their order is of no account."""


@dataclass(frozen=True)
class Case:
    """A hypermodel on its data; `chances`: its outputs are probabilities or values that can be compared."""

    model: str
    data: str
    ending: str
    chances: bool
    metric: str = "accuracy"
    settings: dict[str, Any] = field(default_factory=dict)


CASES = (
    Case("subclass", "images", ".keras", True),
    Case("stepping", "images", ".keras", True, "loss"),
    Case("Unwritable", "images", ".npz", True),
    Case("logits", "rows", ".keras", False),
    Case("vectorized", "texts", ".keras", True, settings={"class_weight": {"1": 3}}),
    Case("eager", "texts", ".keras", True, settings={"class_weight": {"1": 3}}),
    Case("Fits", "texts", ".keras", True),
    Case("embedded", "tokens", ".keras", True),
    Case("recurrent", "sequences", ".keras", True, "mae"),
    Case("segmenting", "masks", ".keras", False),
)


LATER = {"stepping", "eager", "recurrent", "Unwritable", "segmenting", "embedded"}
"""In the second target: the engine's tests have a step of the user's own, and another case has the same data."""


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.model, marks=[pytest.mark.slow] * (case.model in LATER)) for case in CASES]
)
def test_a_model_of_the_users_own_learns_what_it_learns_by_model_fit(tmp_path: Path, case: Case) -> None:
    """Each epoch has the same loss and metrics, from the same first weights; then it is kept and evaluated."""
    settings = StudySettings.create(
        tuner="random", max_epochs=EPOCHS, hypermodel=f"{FILE}:{case.model}", dataset=f"{FILE}:{case.data}",
        objective=f"val_{case.metric}", **case.settings,
    )  # fmt: skip
    folder = StudyFolder(tmp_path)
    folder.make()
    save_splits(splits_of(settings, load_dataset(settings.source)), folder.data)
    run = Run("tuned-seed0", Kind.RETRAIN, "tuned", "tuned", {"batch_size": WHOLE}, 3, EPOCHS)
    reports: list[Any] = []
    context = StudyContext.of(messages.Context(tmp_path, settings.model_dump(), None), reports.append, lambda: False)
    orders.carry_out(context, messages.Train(run, run.name, 0, (EPOCHS,)))
    *epochs, completed = reports
    expected = _by_keras(settings, open_splits(folder.data), run.seed)
    assert len(epochs) == EPOCHS
    for epoch, wanted in zip(epochs, expected, strict=True):
        assert epoch.metrics == pytest.approx(wanted, rel=1e-3, abs=1e-5)
    loss = "loss" if "loss" in expected[0] else "val_loss"
    assert expected[-1][loss] < expected[0][loss], "it learns"
    _check_kept(context, folder, run, case, completed, reports)


def _by_keras(settings: StudySettings, splits: Splits, seed: int) -> list[dict[str, float]]:
    """Train as a user does, from the weights that we begin with; give the metrics by epoch."""
    problem = Problem(input_shape=splits.input_shape, targets=splits.targets, fit_examples=1, epochs=1)
    hypermodel = load_hypermodel(settings.hypermodel, problem)
    begin_anew(derive_seed(seed, "weights") % 2**32)
    model = hypermodel.build(keras_tuner.HyperParameters())
    seen = splits.seen_by(own=True)
    x, y, x_val, y_val = (mapped(_as_given, part) for part in (seen.x_fit, seen.y_fit, seen.x_val, seen.y_val))
    weights = {} if seen.w_fit is None else {"sample_weight": np.asarray(seen.w_fit)}
    validation = (x_val, y_val) if seen.w_val is None else (x_val, y_val, np.asarray(seen.w_val))
    if settings.class_weights:
        weights = {"class_weight": {int(name): weight for name, weight in settings.class_weights.items()}}
    given = {"epochs": EPOCHS, "validation_data": validation, "verbose": 0, "batch_size": WHOLE, **weights}
    found = hypermodel.fit(keras_tuner.HyperParameters(), model, x, y, **given).history
    return [{name: values[epoch] for name, values in found.items()} for epoch in range(EPOCHS)]


def _as_given(array: np.ndarray) -> Any:
    return keras.ops.convert_to_tensor(array.tolist()) if array.dtype.kind == "U" else np.asarray(array)


def _check_kept(
    context: StudyContext, folder: StudyFolder, run: Run, case: Case, completed: Any, reports: list[Any]
) -> None:
    """Check what is kept of a model, and that what is measured of it on the test split is what it says."""
    assert completed.best_epoch >= 1
    assert folder.kept_model(run.name).suffix == case.ending
    reports.clear()
    orders.carry_out(context, messages.Evaluate(run, completed.model))
    (answer,) = reports
    assert bool(answer.probabilities) == case.chances
    assert case.metric in answer.metrics or case.metric == "mae"
    if case.chances and case.metric == "accuracy":
        said = from_bytes(answer.probabilities)
        assert said.min() >= 0
        np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-4)
