"""A hypermodel written for KerasTuner: surveyed, trained, left, continued and tested, no line of it changed."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import pytest

from keras_search.errors import KerasSearchError
from keras_search.models import Problem
from keras_search.models.loader import load_hypermodel
from keras_search.models.problem import Target
from keras_search.tuner.data import load_dataset, make_splits, save_splits
from keras_search.tuner.space.walk import sample
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import Checkpoints
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.training import orders
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.networks import Networks

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

PROBLEM = Problem((8, 8), (Target(class_names=tuple("0123456789")),), 1000, 3)
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
HYPERPARAMETERS = {
    "getting_started.py:build_model": {"activation", "layers", "units_0", "units_1", "units_2", "dropout",
                                       "learning_rate"},
    "tailored_space.py:TailoredNetwork": {"filters", "kernel", "optimizer", "learning_rate", "momentum"},
    "custom_fit.py:TunedTraining": {"units", "decay", "batch"},
}  # fmt: skip
MODEL = """
import keras, keras_tuner
def network(*layers):
    return keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), *layers])
def compiled(model, loss="sparse_categorical_crossentropy", metrics=("accuracy",)):
    model.compile("adam", loss, metrics=list(metrics))
    return model
"""
LOOP = """
class Loop(keras_tuner.HyperModel):
    def build(self, hp):
        return network(keras.layers.Dense(10, "softmax"))
    def fit(self, hp, model, x, y, validation_data, callbacks=None, **kwargs):
        for callback in callbacks:
            callback.set_model(model)
        for epoch in range(2):
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"my_metric": 1.0 - epoch / 4})
        return 0.75
"""

RETURNS = """
import pathlib
class Returns(keras_tuner.HyperModel):
    def build(self, hp):
        return compiled(network(keras.layers.Dense(10, "softmax")))
    def fit(self, hp, model, *args, **kwargs):
        model.fit(*args, **kwargs)
        mark = pathlib.Path(__file__).with_name("ended")
        if not mark.exists():
            mark.touch()
            raise KeyboardInterrupt
        return {"my_metric": 0.25}
"""

VALUES = """
class Values(keras_tuner.HyperModel):
    def build(self, hp):
        return compiled(network(keras.layers.Dense(10, "softmax")))
    def fit(self, hp, model, x, y, validation_data, epochs=3, **kwargs):
        kind = hp.Choice("kind", ["penalised", "number", "nan", "share", "negative", "many", "copies"])
        if kind == "penalised":
            history = model.fit(x, y, validation_data=validation_data, epochs=epochs, **kwargs)
            return {"val_accuracy": max(history.history["val_accuracy"]) - 0.5}
        if kind == "copies":
            made = [compiled(keras.models.clone_model(model)) for _ in range(2)]
            return [each.fit(x, y, epochs=2, verbose=0, validation_data=validation_data) for each in made]
        model.fit(x, y, epochs=5 if kind == "many" else 2, verbose=0)
        return {"number": 2.5, "nan": float("nan"), "share": {"val_accuracy": 2.5}, "negative": -0.9, "many": 0.5,
                }[kind]
"""


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the path as it was, which loading a file adds to."""
    monkeypatch.setattr(sys, "path", list(sys.path))


class Study:
    """One study's context, in this process, and what it reports."""

    def __init__(self, root: Path, hypermodel: str, stop_after: int | None = None, **settings: Any) -> None:
        folder = StudyFolder(root)
        folder.make()
        save_splits(make_splits(load_dataset("digits"), 0.2, 0), folder.data)
        given = StudySettings.create(tuner="random", max_epochs=3, hypermodel=hypermodel, **settings)
        given = given if settings.get("objective") == "auto" else given.completed(PROBLEM.targets)
        self.reports: list[Any] = []
        context = messages.Context(root, given.model_dump(mode="json"), None)
        stopping = lambda: stop_after is not None and len(self.reports) >= stop_after  # noqa: E731
        self.context = StudyContext.of(context, self.reports.append, stopping)

    def carry_out(self, order: messages.Order) -> None:
        self.context = orders.carry_out(self.context, order)

    def survey(self) -> messages.Surveyed:
        self.carry_out(messages.Survey())
        found = self.reports.pop()
        assert isinstance(found, messages.Surveyed)
        return found

    def train(self, after: int = 0, **changes: Any) -> list[Any]:
        order = run(trained=after, **changes)
        self.carry_out(messages.Train(order, "0001", after, (order.epochs,)))
        return self.reports


def run(**changes: Any) -> Run:
    given = {"name": "0001", "kind": Kind.TRIAL, "model": "mine", "role": "trial", "seed": 5, "epochs": 3}
    return Run(**{**given, "hyperparameters": {}, **changes})


def epochs(reports: list[Any]) -> list[tuple[int, dict[str, float]]]:
    return [(report.epoch, report.metrics) for report in reports if isinstance(report, messages.EpochEnded)]


def written(folder: Path, content: str) -> str:
    path = folder / "mine.py"
    path.write_text(MODEL + content, "utf-8")
    return str(path)


@pytest.fixture(scope="module", params=sorted(HYPERPARAMETERS))
def surveyed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, messages.Surveyed]:
    """Give an example, and what the survey of its search space found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", list(sys.path))
        return request.param, Study(tmp_path_factory.mktemp("surveyed"), f"{EXAMPLES}/{request.param}").survey()


def test_the_survey_finds_every_hyperparameter_those_of_fit_too(surveyed: tuple[str, messages.Surveyed]) -> None:
    example, found = surveyed
    assert {parameter["config"]["name"] for parameter in found.space["space"]} == HYPERPARAMETERS[example]
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(found.metrics)
    assert (found.comparable, found.own_fit, len(found.code)) == (True, example.startswith("custom_fit"), 64)


def test_keras_tuner_builds_the_same_models_from_our_trials(surveyed: tuple[str, messages.Surveyed]) -> None:
    """KerasTuner loads the file by itself and is given the values of three of our trials."""
    example, survey = surveyed
    place, name = f"{EXAMPLES}/{example}".split(":")
    spec = importlib.util.spec_from_file_location("by_keras_tuner", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, name)
    theirs = found((8, 8), 10) if name == "TailoredNetwork" else found() if isinstance(found, type) else None
    space = keras_tuner.HyperParameters.from_config(survey.space)
    networks = Networks(f"{EXAMPLES}/{example}", PROBLEM, space)
    for place_in_search in range(3):
        values = sample(space, 0, "trial", place_in_search)
        hp = keras_tuner.HyperParameters()
        hp.values = dict(values)
        keras.backend.clear_session()
        their_model = found(hp) if theirs is None else theirs.build(hp)
        ours = networks.build(run(hyperparameters=values)).model
        assert {name: hp.values[name] for name in values if name in hp.values} == values
        assert [weight.shape for weight in ours.weights] == [weight.shape for weight in their_model.weights]
        assert _told(ours) == _told(their_model)


@pytest.mark.parametrize("example", sorted(HYPERPARAMETERS))
def test_every_example_trains(tmp_path: Path, example: str) -> None:
    reports = Study(tmp_path, f"{EXAMPLES}/{example}").train(epochs=1)
    assert [type(report) for report in reports] == [messages.EpochEnded, messages.Completed]


def _told(model: Any) -> list[Any]:
    layers = [(type(layer).__name__, {**layer.get_config(), "name": ""}) for layer in model.layers]
    return [*layers, {**model.optimizer.get_config(), "name": ""}, model.loss]


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_fit_that_passes_its_arguments_on_continues_bit_for_bit(tmp_path: Path, epoch: int) -> None:
    example = f"{EXAMPLES}/custom_fit.py:TunedTraining"
    values = {"units": 32, "decay": 0.8, "batch": 128}
    whole = Study(tmp_path / "whole", example).train(hyperparameters=values)
    first = Study(tmp_path / "left", example, stop_after=epoch).train(hyperparameters=values)
    assert first[-1] == messages.Stopped("0001")
    rest = Study(tmp_path / "left", example).train(after=epoch, hyperparameters=values)
    assert epochs(first) + epochs(rest) == epochs(whole)
    assert rest[-1] == whole[-1]


def test_a_loop_of_the_users_own_is_heard_and_its_number_is_the_score(tmp_path: Path) -> None:
    study = Study(tmp_path, written(tmp_path, LOOP) + ":Loop", objective="my_metric", direction="min")
    assert study.survey().metrics == ["my_metric"]
    reports = study.train(epochs=2)
    assert epochs(reports) == [(1, {"my_metric": 1.0}), (2, {"my_metric": 0.75})]
    assert (reports[-1].score, reports[-1].best_epoch) == (0.75, 2)


def test_a_loop_that_cannot_continue_starts_again(tmp_path: Path) -> None:
    spec = written(tmp_path, LOOP) + ":Loop"
    settings = {"objective": "my_metric", "direction": "min"}
    Study(tmp_path / "study", spec, stop_after=1, **settings).train(epochs=2)
    reports = Study(tmp_path / "study", spec, **settings).train(after=1, epochs=2)
    assert [epoch for epoch, _ in epochs(reports)] == [1, 2]
    assert reports[-1].score == 0.75


def test_a_fit_that_starts_again_leaves_nothing_to_continue_from(tmp_path: Path) -> None:
    spec = written(tmp_path, LOOP) + ":Loop"
    settings = {"objective": "my_metric", "direction": "min"}
    Study(tmp_path / "study", spec, stop_after=2, **settings).train(epochs=3)
    Study(tmp_path / "study", spec, stop_after=1, **settings).train(after=2, epochs=3)
    assert Checkpoints(StudyFolder(tmp_path / "study").checkpoints).latest("0001") == 1


def test_a_fit_that_was_ended_before_it_returned_is_called_again(tmp_path: Path) -> None:
    """Its objective is in what it returns, so that all epochs are trained and yet there is no score."""
    spec = written(tmp_path, RETURNS) + ":Returns"
    settings = {"objective": "my_metric", "direction": "min"}
    with pytest.raises(KeyboardInterrupt):
        Study(tmp_path / "study", spec, **settings).train(epochs=2)
    reports = Study(tmp_path / "study", spec, **settings).train(after=2, epochs=2)
    assert isinstance(reports[-1], messages.Completed)
    assert (reports[-1].score, reports[-1].best_epoch) == (0.25, 2)


def test_what_a_fit_returned_is_reported_again_where_only_its_epochs_are_committed(tmp_path: Path) -> None:
    spec = written(tmp_path, RETURNS) + ":Returns"
    settings = {"objective": "my_metric", "direction": "min"}
    (tmp_path / "ended").touch()
    whole = Study(tmp_path / "study", spec, **settings).train(epochs=2)
    again = Study(tmp_path / "study", spec, **settings).train(after=2, epochs=2)
    assert epochs(again) == epochs(whole)[-1:]
    assert epochs(again)[0][1]["my_metric"] == 0.25
    assert again[-1] == whole[-1]


def test_what_a_fit_returns_counts_before_its_epochs_and_over_a_break(tmp_path: Path) -> None:
    """It is of all epochs, so that a fit that was left is called anew."""
    spec = written(tmp_path, VALUES) + ":Values"
    values = {"hyperparameters": {"kind": "penalised"}}
    whole = Study(tmp_path / "whole", spec).train(**values)
    told = epochs(whole)
    assert [epoch for epoch, _ in told] == [1, 2, 3, 3]
    best = max(metrics["val_accuracy"] for _, metrics in told[:3])
    assert whole[-1].score == told[-1][1]["val_accuracy"] == best - 0.5
    assert whole[-1].best_epoch == 3
    Study(tmp_path / "left", spec, stop_after=2).train(**values)
    rest = Study(tmp_path / "left", spec).train(after=2, **values)
    assert epochs(rest)[-4:] == told
    assert rest[-1] == whole[-1]


def test_a_promoted_trial_of_such_a_fit_is_ordered_again_from_its_parent(tmp_path: Path) -> None:
    spec = written(tmp_path, VALUES) + ":Values"
    values = {"hyperparameters": {"kind": "penalised"}, "parent": "0000"}
    Study(tmp_path / "left", spec, stop_after=2).train(**values)
    reports = Study(tmp_path / "left", spec).train(after=2, **values)
    assert isinstance(reports[-1], messages.Lost)


@pytest.mark.slow
def test_a_number_is_minimised_and_the_epochs_shown_are_those_trained(tmp_path: Path) -> None:
    """Whatever the budget was: the fit sets its epochs itself."""
    spec = written(tmp_path, VALUES.replace('"penalised", "number"', '"number", "penalised"')) + ":Values"
    study = Study(tmp_path, spec, objective="auto")
    found = study.survey()
    assert "default_objective" in found.metrics
    assert found.returned == "number"
    study.carry_out(messages.Plan(found.space, "default_objective", "min"))
    for kind, trained, score in (("number", 2, 2.5), ("negative", 2, -0.9), ("many", 5, 0.5)):
        study.reports.clear()
        reports = study.train(name=kind, hyperparameters={"kind": kind})
        assert [epoch for epoch, _ in epochs(reports)] == [*range(1, trained + 1), trained]
        assert (reports[-1].score, reports[-1].best_epoch) == (score, trained)


def test_the_histories_of_copies_are_averaged(tmp_path: Path) -> None:
    reports = Study(tmp_path, written(tmp_path, VALUES) + ":Values").train(hyperparameters={"kind": "copies"})
    assert len(epochs(reports)) == 1
    assert reports[-1].score == epochs(reports)[0][1]["val_accuracy"]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("nan", "The hypermodel's fit returned nan as val_accuracy."),
        ("share", "val_accuracy was 2.5, expected a share between 0 and 1: "),
        ("number", "val_accuracy was 2.5, expected a share between 0 and 1: "),
    ],
)
def test_what_cannot_be_is_not_believed(tmp_path: Path, kind: str, message: str) -> None:
    study = Study(tmp_path, written(tmp_path, VALUES) + ":Values", objective="val_accuracy")
    with pytest.raises(KerasSearchError) as caught:
        study.train(hyperparameters={"kind": kind})
    assert str(caught.value).startswith(message)


def test_a_hyperparameter_named_epochs_is_how_long_a_trial_is_trained(tmp_path: Path) -> None:
    body = (
        "def build(hp):\n    hp.Int('epochs', 1, 3)\n    return compiled(network(keras.layers.Dense(10, 'softmax')))\n"
    )
    study = Study(tmp_path, written(tmp_path, body) + ":build")
    assert [epoch for epoch, _ in epochs(study.train(hyperparameters={"epochs": 2}))] == [1, 2]
    assert isinstance(study.reports[-1], messages.Completed)


def test_a_model_that_was_never_compiled_is_tested_by_its_probabilities(tmp_path: Path) -> None:
    study = Study(tmp_path, written(tmp_path, LOOP) + ":Loop", objective="my_metric", direction="min")
    retrained = {"name": "tuned-seed0", "kind": Kind.RETRAIN, "role": "tuned"}
    study.train(epochs=2, **retrained)
    study.carry_out(messages.Evaluate(run(**retrained), study.reports[-1].model))
    assert set(study.reports[-1].metrics) == {"accuracy", "loss"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return network(keras.layers.Dense(10))", "The hypermodel returned a model that is not compiled: "),
        ("compiled(network(keras.layers.Dense(10)))", "The hypermodel returned nothing: "),
        ("return 'model'", "The hypermodel must return a keras.Model, it returned str."),
        ("return compiled(keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)]))",
         "The hypermodel's model takes examples of shape (64,), the data have shape (8, 8): "),
        ("return compiled(network(keras.layers.Dense(3, 'softmax')), 'categorical_crossentropy')",
         "The hypermodel's model has 3 outputs, the data have 10 classes: give it 10."),
        ("raise ZeroDivisionError('mine')", "mine"),
        ("return 1 / 0", "division by zero"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_said_before_the_search(tmp_path: Path, body: str, message: str) -> None:
    study = Study(tmp_path, written(tmp_path, f"def build(hp):\n    {body}\n") + ":build")
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the user's own errors among them
        study.survey()
    assert str(caught.value).startswith(message)


def test_a_regression_of_the_label_can_be_searched(tmp_path: Path) -> None:
    body = "def build(hp):\n    return compiled(network(keras.layers.Dense(1)), 'mse', ['mae'])\n"
    study = Study(tmp_path, written(tmp_path, body) + ":build", objective="val_mae")
    found = study.survey()
    assert (found.metrics, found.comparable) == (["loss", "mae", "val_loss", "val_mae"], False)
    assert study.train(epochs=1)[-1].score > 0


def test_any_loss_gets_labels_that_it_understands(tmp_path: Path) -> None:
    losses = ["mse", "binary_crossentropy", "categorical_crossentropy", "kl_divergence", "categorical_hinge"]
    model = "network(keras.layers.Dense(10, 'sigmoid'))"
    body = f"def build(hp):\n    return compiled({model}, hp.Choice('loss', {losses}))\n"
    networks = Networks(written(tmp_path, body) + ":build", PROBLEM, None)
    splits = make_splits(load_dataset("digits"), 0.2, 0)
    for loss in losses:
        assert networks.build(run(hyperparameters={"loss": loss})).examples(splits, "fit", slice(5))[1].shape == (5, 10)


def test_a_hypermodel_may_be_loaded_twice(tmp_path: Path) -> None:
    spec = written(tmp_path, "def build(hp):\n    return compiled(network(keras.layers.Dense(10)))\n") + ":build"
    assert load_hypermodel(spec, PROBLEM).build is load_hypermodel(spec, PROBLEM).build
