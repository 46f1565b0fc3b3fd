"""A run is trained to the same bits, however often it is left and continued."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.errors import KerasSearchError
from keras_search.models import HYPERMODELS
from keras_search.tuner.data import Dataset, dataset_of, load_dataset, make_splits, open_splits, save_splits
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import from_bytes
from keras_search.tuner.system.ownership import digest_of
from keras_search.tuner.training import engine, orders
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.epochs import rung_around

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


@pytest.fixture(autouse=True)
def on_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train as a worker with one core does: plain layers by kernels, which need no tracing."""
    monkeypatch.setattr(engine, "_on_one_core", lambda: True)


VALUES = {
    "adam": {"optimizer": "adam", "batch_normalization": "before", "dropout_1": 0.3, "schedule": "cosine"},
    "sgd": {"optimizer": "sgd", "batch_normalization": "none", "dropout_1": 0.0, "schedule": "constant"},
    "rmsprop": {"optimizer": "rmsprop", "batch_normalization": "after", "dropout_1": 0.5, "schedule": "constant"},
}


class Study:
    """One study's context and what it reports."""

    def __init__(
        self,
        root: Path,
        hypermodel: str = "mlp",
        stop_after: int | None = None,
        dataset: Dataset | None = None,
        **settings: Any,
    ) -> None:
        self.folder = StudyFolder(root)
        if not self.folder.data.exists():
            self.folder.make()
            save_splits(make_splits(dataset or load_dataset("digits"), 0.2, 0), self.folder.data)
        self.reports: list[Any] = []
        self.checkpoints = Checkpoints(self.folder.checkpoints)
        targets = open_splits(self.folder.data).targets
        given = StudySettings.create(tuner="random", max_epochs=4, **settings).completed(targets)
        context = messages.Context(root, {**given.model_dump(mode="json"), "hypermodel": hypermodel}, None)
        self._stop_after = stop_after
        self.context = StudyContext.of(context, self.reports.append, self._asked_to_stop)

    def carry_out(self, order: messages.Order) -> None:
        self.context = orders.carry_out(self.context, order)

    def _asked_to_stop(self) -> bool:
        return self._stop_after is not None and len(self.reports) >= self._stop_after

    def train(self, run: Run, source: str = "", after: int = 0, committed: int | None = None) -> list[Any]:
        """Train, and give the reports; `committed` are the epochs that the store knows, `after` where not given."""
        known = replace(run, trained=after if committed is None else committed)
        self.carry_out(messages.Train(known, source or run.name, after, (run.epochs,)))
        return self.reports

    def state(self, run: str, epoch: int) -> list[bytes]:
        """Give the bytes of every variable after an epoch."""
        return [np.asarray(array).tobytes() for array in self.checkpoints.load(run, epoch).variables]


def _run(name: str = "0001", values: str = "adam", **changes: Any) -> Run:
    hyperparameters = {"layers": 1, "units_1": 64, "batch_size": 128, "learning_rate": 0.003, **VALUES[values]}
    return Run(**{"name": name, "kind": Kind.TRIAL, "model": "mlp", "role": "trial", "seed": 5, "epochs": 4,
                  "hyperparameters": hyperparameters, **changes})  # fmt: skip


STILL = _run(values="sgd")
STILL = replace(STILL, hyperparameters={**STILL.hyperparameters, "sgd_learning_rate": 0.0})
"""With a learning rate of nothing no epoch is better than the first."""


def _metrics(reports: list[Any]) -> list[dict[str, float]]:
    return [report.metrics for report in reports if isinstance(report, messages.EpochEnded)]


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("epoch", [1, 3])
def test_a_run_left_after_an_epoch_and_continued_ends_bit_for_bit_as_the_uninterrupted(
    tmp_path: Path, values: str, epoch: int
) -> None:
    whole = Study(tmp_path / "whole")
    expected = whole.train(_run(values=values))
    first = Study(tmp_path / "left", stop_after=epoch).train(_run(values=values))
    assert first[-1] == messages.Stopped("0001")
    left = Study(tmp_path / "left")
    rest = left.train(_run(values=values), after=epoch)
    assert _metrics(first) + _metrics(rest) == _metrics(expected)
    assert rest[-1] == expected[-1]
    assert left.state("0001", 4) == whole.state("0001", 4)


@pytest.mark.parametrize(("model", "kernels"), [("tuned", True), ("mlp-bn-dropout", True), ("mlp-bn-dropout", False)])
def test_what_a_worker_trained_and_tested_before_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, kernels: bool
) -> None:
    """The network that was trained last is used again, with the weights of each seed, not built and traced anew."""
    role = {"role": "tuned"} if model == "tuned" else {"role": "baseline", "hyperparameters": {}}
    runs = [_run(f"{model}-seed{n}", kind=Kind.RETRAIN, model=model, seed=n, epochs=1, **role) for n in range(2)]
    busy = Study(tmp_path / "study", kernels=kernels)
    models = [busy.train(run)[-1].model for run in runs]
    for run, digest in zip(runs, models, strict=True):
        with monkeypatch.context() as patch:
            patch.setattr(type(busy.context.networks), "build", None)
            busy.carry_out(messages.Evaluate(run, digest))
        alone = Study(tmp_path / "study", kernels=kernels)
        alone.carry_out(messages.Evaluate(run, digest))
        assert busy.reports[-1] == alone.reports[-1]
    assert busy.reports[-1].probabilities != busy.reports[-2].probabilities


def test_what_a_worker_trained_before_changes_nothing(tmp_path: Path) -> None:
    alone = Study(tmp_path / "alone").train(_run())
    busy = Study(tmp_path / "busy")
    busy.train(_run("0000", "adam", seed=9))
    busy.train(_run("0000", "rmsprop", seed=8))
    busy.reports.clear()
    assert _metrics(busy.train(_run())) == _metrics(alone)


def test_a_promoted_trial_goes_on_as_if_it_had_never_ended(tmp_path: Path) -> None:
    whole = Study(tmp_path / "whole")
    expected = whole.train(_run())
    rungs = Study(tmp_path / "rungs")
    rungs.train(_run("parent", epochs=2))
    rungs.train(_run("child", parent="parent"), source="parent", after=2)
    assert _metrics(rungs.reports) == _metrics(expected)
    assert rungs.state("child", 4) == whole.state("0001", 4)
    assert rungs.reports[-1].score == expected[-1].score


def test_epochs_whose_report_was_lost_are_reported_from_the_checkpoint_and_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker runs ahead of what is committed; a kill then comes between its checkpoints and their commits.

    Of these, the search process has no hash; a checkpoint is sealed in itself. It goes on on another kind of machine.
    """
    expected = Study(tmp_path / "whole").train(_run())
    before = Study(tmp_path / "left", stop_after=3).train(_run())[:3]
    for name in ("ARCHITECTURE", "MACHINE"):
        monkeypatch.setattr(f"keras_search.tuner.training.devices.{name}", "another")
    after = Study(tmp_path / "left").train(_run(), after=3, committed=1)
    assert after[:2] == [replace(report, checkpoint="") for report in before[1:]]
    assert [report.processor for report in after[:-1]] == [*(report.processor for report in before[1:]), "another"]
    assert _metrics(before[:1]) + _metrics(after) == _metrics(expected)
    assert after[-1] == expected[-1]


def test_a_promoted_trial_reports_its_own_epochs_only(tmp_path: Path) -> None:
    study = Study(tmp_path)
    study.train(_run("parent", epochs=2))
    study.train(_run("child", parent="parent", epochs=3), source="parent", after=2)
    study.reports.clear()
    again = study.train(_run("child", parent="parent"), after=3, committed=2)
    assert [report.epoch for report in again if isinstance(report, messages.EpochEnded)] == [3, 4]


def test_a_lost_checkpoint_is_reported_and_from_scratch_the_result_is_the_same(tmp_path: Path) -> None:
    study = Study(tmp_path)
    study.train(_run())
    expected, state = _metrics(study.reports), study.state("0001", 4)
    path = study.checkpoints.path("0001", 2)
    path.write_bytes(path.read_bytes()[:100])
    study.reports.clear()
    (lost,) = study.train(_run(), after=2)
    assert isinstance(lost, messages.Lost)
    assert lost.reason.startswith(f"The checkpoint {path} is damaged (")
    study.reports.clear()
    assert _metrics(study.train(_run())) == expected
    assert study.state("0001", 4) == state


def test_a_checkpoint_of_another_run_is_of_no_use_whatever_its_name(tmp_path: Path) -> None:
    """As where an older `study.db` was brought back from a copy."""
    study = Study(tmp_path, stop_after=2)
    study.train(_run())
    path = study.checkpoints.path("0001", 2)
    study.reports.clear()
    other = _run(hyperparameters={**_run().hyperparameters, "learning_rate": 0.004})
    moved = f"The checkpoint {path} is of another run; moved to epoch-00002.damaged."
    assert study.train(other, after=2, committed=0) == [messages.Lost("0001", moved)]


def test_a_run_whose_model_was_changed_by_a_repair_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _run(hyperparameters={})
    for inner, after in (((), 0), ((keras.layers.Dense(5),), 2)):
        layers = [keras.Input((8, 8)), keras.layers.Flatten(), *inner, keras.layers.Dense(10, "softmax")]

        def build(_: Any, layers: list[Any] = layers) -> keras.Model:
            model = keras.Sequential(layers)
            model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
            return model

        monkeypatch.setitem(HYPERMODELS, "mine", lambda _, build=build: build)
        reports = Study(tmp_path, "mine", stop_after=2).train(run, after=after)
    assert [type(report) for report in reports] == [messages.Lost]
    assert reports[0].reason.endswith(" is of a model of another shape; moved to epoch-00002.damaged.")


def test_patience_counts_over_a_break(tmp_path: Path) -> None:
    Study(tmp_path, patience=2, stop_after=2).train(STILL)
    reports = Study(tmp_path, patience=2).train(STILL, after=2)
    assert [type(report).__name__ for report in reports] == ["EpochEnded", "Completed"]
    assert reports[-1].best_epoch == 1


def test_a_retrained_model_is_saved_as_it_was_after_its_best_epoch(tmp_path: Path) -> None:
    study = Study(tmp_path)
    run = _run("tuned-seed0", kind=Kind.RETRAIN, role="tuned")
    completed = study.train(run)[-1]
    model = keras.models.load_model(study.folder.model("tuned-seed0"))
    best = study.checkpoints.load("tuned-seed0", completed.best_epoch).variables
    count = len(model.trainable_variables)
    saved = [np.asarray(variable) for variable in model.trainable_variables]
    assert sum(any(np.array_equal(one, other) for other in best) for one in saved) == count
    study.reports.clear()
    study.carry_out(messages.Evaluate(run, digest_of(study.folder.kept_model(run.name))))
    (evaluated,) = study.reports
    test = load_dataset("digits")
    probabilities = from_bytes(evaluated.probabilities)
    assert probabilities.shape == (len(test.y_test), 10)
    right = float(np.mean(probabilities.argmax(axis=1) == test.y_test))
    assert evaluated.metrics["accuracy"] == pytest.approx(right, abs=1e-6)


def test_a_retraining_whose_best_checkpoint_is_lost_begins_again(tmp_path: Path) -> None:
    study = Study(tmp_path)
    run = replace(STILL, name="tuned-seed0", kind=Kind.RETRAIN, role="tuned")
    assert study.train(run)[-1].best_epoch == 1
    path = study.checkpoints.path("tuned-seed0", 1)
    path.unlink()
    study.reports.clear()
    assert study.train(run, after=4) == [messages.Lost("tuned-seed0", f"The checkpoint {path} is missing.")]


def _dense(loss: str = "sparse_categorical_crossentropy", kernel: Any = "zeros", metrics: Any = ("accuracy",)) -> Any:
    def build(_: Any) -> keras.Model:
        model = keras.Sequential(
            [keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax", kernel_initializer=kernel)]
        )
        model.compile("adam", loss, metrics=list(metrics))
        return model

    return build


def _nan(shape: Any, dtype: Any = None) -> Any:
    return keras.ops.full(shape, float("nan"), dtype)


def _diverging(_: Any) -> keras.Model:
    """A step is as long as the largest number in single precision, so that the second loss is none."""
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(1e38), loss, metrics=["accuracy"])
    return model


def test_a_model_to_be_compared_that_diverges_at_once_keeps_its_first_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it a failure, the comparison could never end, for it repeats itself at each resume."""
    monkeypatch.setitem(HYPERMODELS, "mine", lambda _: _diverging)
    study = Study(tmp_path, "mine")
    with pytest.raises(KerasSearchError, match=r"^The loss became nan in epoch 1\.$"):
        study.train(_run())
    run = _run("tuned-seed0", kind=Kind.RETRAIN, role="tuned", hyperparameters={})
    epoch, completed = study.train(run)
    assert (epoch.epoch, completed.best_epoch) == (0, 0)
    assert completed.score == epoch.metrics["val_accuracy"]
    saved = keras.models.load_model(study.folder.model("tuned-seed0"))
    first = study.context.networks.build(run).model
    assert all(np.array_equal(a, b) for a, b in zip(saved.get_weights(), first.get_weights(), strict=True))
    study.carry_out(messages.Evaluate(run, digest_of(study.folder.kept_model(run.name))))
    assert 0 < study.reports[-1].metrics["accuracy"] < 0.4
    again = Study(tmp_path, "mine")
    once_more = again.train(run)
    assert once_more[0] == epoch, "where it was left before its end was committed"
    assert replace(once_more[1], model=completed.model) == completed


def _logit(_: Any) -> keras.Model:
    """Keras's accuracy takes a logit above 0.5 for the second class, where the probability is above 0.62."""
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2)
    model.compile("adam", loss, metrics=["accuracy", "mae"])
    return model


def _sigmoid(loss: Any) -> Callable[[Any], keras.Model]:
    def build(_: Any) -> keras.Model:
        model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
        model.compile("adam", loss, metrics=["accuracy", "mae"])
        return model

    return build


def _distance(y: Any, chance: Any) -> Any:
    return keras.ops.mean(keras.ops.abs(y - chance))


@pytest.mark.parametrize("build", [_logit, _sigmoid("mse"), _sigmoid(_distance)])
def test_what_is_measured_of_the_probabilities_is_what_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: Callable[[Any], Any]
) -> None:
    """Accuracy and loss are those of the probabilities stored, whatever was compiled; other metrics are kept."""
    monkeypatch.setitem(HYPERMODELS, "mine", lambda _: build)
    digits = load_dataset("digits")
    arrays = {"x_train": digits.x_train, "y_train": digits.y_train % 2,
              "x_test": digits.x_test, "y_test": digits.y_test % 2}  # fmt: skip
    study = Study(tmp_path, "mine", dataset=dataset_of("odd", arrays))
    run = _run("tuned-seed0", kind=Kind.RETRAIN, role="tuned", hyperparameters={})
    study.train(run)
    study.carry_out(messages.Evaluate(run, digest_of(study.folder.kept_model(run.name))))
    metrics, chances = study.reports[-1].metrics, from_bytes(study.reports[-1].probabilities)
    labels = digits.y_test % 2
    assert metrics["accuracy"] == np.mean(chances.argmax(axis=1) == labels)
    assert metrics["loss"] == pytest.approx(-np.log(chances[np.arange(len(labels)), labels]).mean(), rel=1e-5)
    assert set(metrics) == {"accuracy", "loss", "compiled_loss", "mae"}


def _returns_nothing(_: Any) -> None:
    return None


def _not_compiled(_: Any) -> keras.Model:
    return keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(10)])


@pytest.mark.parametrize(
    ("build", "limit", "message"),
    [
        (_dense(kernel=_nan), None, "The loss became nan in epoch 1."),
        (_dense(), 600, "The model has 650 parameters, more than 600 allowed."),
        (_dense(metrics=()), None, "The model has no metric 'val_accuracy': it has loss, val_loss."),
        (_returns_nothing, None, "The hypermodel returned nothing: end its build function with `return model`."),
        (_not_compiled, None, "The hypermodel returned a model that is not compiled: call model.compile in it."),
    ],
)
def test_a_run_that_cannot_end_well_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: Callable[[Any], Any], limit: int | None, message: str
) -> None:
    monkeypatch.setitem(HYPERMODELS, "mine", lambda _: build)
    study = Study(tmp_path, "mine", max_parameters=limit)
    with pytest.raises(KerasSearchError) as caught:
        study.train(_run())
    assert str(caught.value) == message
    assert study.reports == []


@pytest.mark.parametrize(("trained", "rung"), [(0, (0, 1)), (1, (1, 3)), (2, (1, 3)), (3, (3, 9)), (8, (3, 9))])
def test_the_rung_around_an_epoch(trained: int, rung: tuple[int, int]) -> None:
    assert rung_around((1, 3, 9), trained) == rung


def test_a_model_whose_weights_are_no_numbers_has_diverged_whatever_its_loss_shows(tmp_path: Path) -> None:
    """TensorFlow's relu hides them: the loss stays a number, and the model answers the same to everything."""
    file = tmp_path / "own.py"
    file.write_text(
        "import keras, numpy as np\nfrom sklearn.datasets import load_digits\n"
        "def data():\n    x, y = load_digits(return_X_y=True)\n    x[::50, 7] = np.nan\n    return x[:400], y[:400]\n"
        "def build(hp):\n"
        "    layers = [keras.Input((64,)), keras.layers.Dense(8, 'relu'), keras.layers.Dense(10, 'softmax')]\n"
        "    model = keras.Sequential(layers)\n"
        "    model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
        "    return model\n"
    )
    dataset = load_dataset(f"{file}:data")
    study = Study(tmp_path / "study", hypermodel=f"{file}:build", dataset=dataset)
    with pytest.raises(KerasSearchError, match=r"Weights became NaN in epoch 1, which the loss does not show\."):
        study.train(Run("0001", Kind.TRIAL, "tuned", "trial", {}, 5, 4))


def test_a_worker_that_has_tried_the_kernels_trains_as_one_that_has_not(tmp_path: Path) -> None:
    """It has used Keras meanwhile, unless it had before."""
    tried, other = (Study(tmp_path / name) for name in ("tried", "other"))
    tried.carry_out(messages.TryKernels())
    assert isinstance(tried.reports.pop(), messages.KernelsTried)
    assert "networks" not in vars(tried.context)
    for study in (tried, other):
        study.train(_run(epochs=1))
    assert _metrics(tried.reports) == _metrics(other.reports)
    assert tried.state("0001", 1) == other.state("0001", 1)
