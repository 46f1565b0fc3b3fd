"""Settings: completed, checked, and changed on resume only where the result allows it."""

import re
from dataclasses import fields
from datetime import date
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

from keras_search.errors import UsageError
from keras_search.models import BASELINE_NAMES
from keras_search.models.problem import Target
from keras_search.tuner.data.builtin import LOADERS
from keras_search.tuner.data.source import Source, Task
from keras_search.tuner.study.fields import DATASETS, EXTENDABLE, SETTINGS, of_group
from keras_search.tuner.study.objective import DEFAULT_OBJECTIVE, infer_direction
from keras_search.tuner.study.refusal import refusal
from keras_search.tuner.study.script import ScriptSettings
from keras_search.tuner.study.setting import DATA, TRAINING, Setting, setting
from keras_search.tuner.study.settings import StudySettings, check_study_name, known_baselines


def test_defaults_are_those_of_the_tuner() -> None:
    hyperband, random, bayesian, grid = (
        StudySettings.create(tuner=tuner) for tuner in ("hyperband", "random", "bayesian", "grid")
    )
    assert (hyperband.max_epochs, hyperband.factor, hyperband.iterations, hyperband.max_trials) == (27, 3, 1, None)
    assert (random.max_epochs, random.max_trials, random.factor) == (10, 20, None)
    assert (bayesian.max_trials, bayesian.batch_trials) == (20, 4)
    assert grid.max_trials is None
    assert StudySettings.create(max_epochs=None) == hyperband


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tuner": "nonsense"}, "--tuner must be one of hyperband, random, bayesian, grid, received 'nonsense'."),
    ({"tuner": ["grid"]}, "--tuner must be one of hyperband, random, bayesian, grid, received ['grid']. "
     "Did you mean 'grid'?"),
    ({"tuner": {"a": 1}}, "--tuner must be one of hyperband, random, bayesian, grid, received {'a': 1}."),
    ({"tuner": date(2026, 1, 2)}, "--tuner must be one of hyperband, random, bayesian, grid, received 2026-01-02."),
    ({"baselines": 5}, "--baseline must be a list of texts, received 5."),
    ({"baselines": True}, "--baseline must be a list of texts, received True."),
    ({"objective": ["val_loss"]}, "--objective must be text, received ['val_loss']."),
    ({"seed": np.arange(3)}, "--seed must be a whole number, received ndarray of shape (3,)."),
    ({"target": " "}, "--target must not be empty, received ' '."),
    ({"drop": ["a", ""]}, "--drop must not be empty, received ['a', '']."),
    ({"compare_seeds": 10**22}, f"--compare-seeds must lie between 1 and 1000, both included, received {10**22}."),
    ({"max_epochs": 0}, "--max-epochs must be at least 1, received 0."),
    ({"max_epochs": "many"}, "--max-epochs must be a whole number, received 'many'."),
    ({"max_epochs": 2.5}, "--max-epochs must be a whole number, received 2.5."),
    ({"max_epochs": "0"}, "--max-epochs must be at least 1, received 0."),
    ({"seed": True}, "--seed must be a whole number, received 'true'."),
    ({"max_minutes": "long"}, "--max-minutes must be a number, received 'long'."),
    ({"max_minutes": float("inf")}, "--max-minutes must be above 0, received inf."),
    ({"test_split": "1.5"}, "--test-split must lie between 0 and 1, received 1.5."),
    ({"drop": (5,)}, "--drop must be a list of texts, received 5."),
    ({"target": 5}, "--target must be text, received 5."),
    ({"ablation": "perhaps"}, "--ablation must be true or false, received 'perhaps'."),
    ({"task": "ranking"}, "--task must be one of classification, regression, received 'ranking'."),
    ({"sede": 1}, f"Unknown setting 'sede'. Did you mean 'seed'? Known: {', '.join(SETTINGS)}."),
    ({"class_weight": "heavy"}, "--class-weight must be balanced, or CLASS=WEIGHT, received 'heavy'."),
    ({"tuner": "random", "max_trials": 0}, "--max-trials must be at least 1, received 0."),
    ({"iterations": -1}, "--iterations must be at least 1, received -1."),
    ({"compare_seeds": 0}, "--compare-seeds must be at least 1, received 0."),
    ({"patience": 0}, "--patience must be at least 1, received 0."),
    ({"max_parameters": 0}, "--max-parameters must be at least 1, received 0."),
    ({"factor": 1}, "--factor must be at least 2, received 1."),
    ({"max_minutes": 0}, "--max-minutes must be above 0, received 0."),
    ({"epoch_minutes": float("nan")}, "--epoch-minutes must be above 0, received nan."),
    ({"validation_split": 1}, "--validation-split must lie between 0 and 1, received 1."),
    ({"seed": -1}, "--seed must be at least 0, received -1."),
    ({"baselines": ()}, "--baseline must name at least one baseline, and each only once, received none."),
    ({"baselines": ("dnn-bn", "dnn-bn")},
     "--baseline must name at least one baseline, and each only once, received dnn-bn, dnn-bn."),
    ({"max_trials": 5}, "--max-trials applies to --tuner random or bayesian or grid, not to hyperband."),
    ({"tuner": "random", "factor": 3}, "--factor applies to --tuner hyperband, not to random."),
    ({"tuner": "grid", "plateau": 3}, "--plateau applies to --tuner random or bayesian, not to grid."),
    ({"objective": "val_quality"}, "The name 'val_quality' does not say whether higher or lower is better: "
     "add --direction max or min."),
    ({"direction": "up"}, "--direction must be one of auto, max, min, received 'up'."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_argument_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        StudySettings.create(**given)


@pytest.mark.parametrize(
    ("limits", "given", "expected"),
    [
        ({"ge": 0}, -1, "at least 0"),
        ({"gt": 0}, 0, "above 0"),
        ({"le": 1}, 2, "at most 1"),
        ({"lt": 1}, 1, "below 1"),
        ({"ge": 0, "le": 1}, 2, "between 0 and 1, both included"),
        ({"gt": 0, "lt": 1}, 1, "between 0 and 1"),
        ({"ge": 0, "lt": 1}, 1, "at least 0 and below 1"),
        ({"gt": 0, "le": 1}, 0, "above 0 and at most 1"),
    ],
)
def test_every_limit_is_told(limits: dict[str, Any], given: float, expected: str) -> None:
    class Tried(BaseModel):
        share: float = setting(0.5, "A share", TRAINING, **limits)

    with pytest.raises(ValidationError) as caught:
        Tried(share=given)
    told = refusal(caught.value, {"share": Setting("share", Tried.model_fields["share"])})
    assert re.fullmatch(rf"--share must (be|lie) {expected}, received {given}\.", told)


DIRECTIONS = {
    "val_accuracy": "max",
    "val_sparse_categorical_accuracy": "max",
    "val_auc_1": "max",
    "val_binary_io_u": None,
    "val_f1_score": "max",
    "val_loss": "min",
    "val_accident_loss": "min",
    "val_loss_accuracy": "max",
    "val_mean_absolute_error": "min",
    "val_categorical_crossentropy": "min",
    "val_RMSE": "min",
    "val_mape": "min",
    "val_msle": "min",
}


@pytest.mark.parametrize("objective", DIRECTIONS)
def test_direction_is_read_from_the_last_word_that_tells(objective: str) -> None:
    expected = DIRECTIONS[objective]
    if expected is None:
        with pytest.raises(UsageError):
            infer_direction(objective)
    else:
        assert infer_direction(objective) == expected


OTHER: dict[str, Any] = {
    "script": ScriptSettings(),
    "dataset": "mnist", "hypermodel": "lr-batch", "tuner": "random", "objective": "val_loss", "direction": "min",
    "max_epochs": 9, "factor": 4, "batch_trials": 2, "patience": 2, "plateau": 5, "max_parameters": 10,
    "epoch_minutes": 5.0, "validation_split": 0.3, "baselines": ("logistic",), "compare_seeds": 6,
    "fair_epochs": True, "seed": 1,
    "max_trials": 7, "iterations": 2, "max_minutes": 3.0,
    "ablation": True, "target": "kind", "drop": ("id",), "task": "regression", "test_split": 0.1, "image_size": 8,
    "read_as": ("age=text",), "validation": "v.csv", "group": "who", "time": "when", "keep": ("when",),
    "class_weight": ("balanced",), "prepare": True, "kernels": False,
}  # fmt: skip


@pytest.mark.parametrize("field", StudySettings.model_fields)
def test_fingerprint_changes_with_all_that_resume_may_not_change(field: str) -> None:
    settings = StudySettings.create()
    changed = settings.model_copy(update={field: OTHER[field]})
    assert (changed.fingerprint() == settings.fingerprint()) == (field in EXTENDABLE)


def test_fingerprint_survives_the_store() -> None:
    settings = StudySettings.create(tuner="bayesian", max_minutes=2)
    assert StudySettings.model_validate(settings.model_dump(mode="json")) == settings


def test_budget_can_be_raised() -> None:
    hyperband = StudySettings.create(max_minutes=5).extended(iterations=3, max_minutes=2.5, max_trials=None)
    assert (hyperband.iterations, hyperband.max_minutes) == (3, 2.5)
    assert StudySettings.create(tuner="grid", max_trials=5).extended(max_trials=9).max_trials == 9


@pytest.mark.parametrize(
    ("tuner", "budget", "message"),
    [
        ("random", {"max_trials": 19}, "--max-trials can only be raised: it is 20, received 19."),
        ("grid", {"max_trials": 5}, "--max-trials can only be raised: it is without limit, received 5."),
        ("random", {"iterations": 2}, "--iterations applies to --tuner hyperband, not to random."),
        ("random", {"max_epochs": 99}, "--max-epochs decides the result and cannot change: start a new study."),
        ("hyperband", {"max_minutes": -1}, "--max-minutes must be above 0, received -1."),
        ("random", {"max_trials": "9"}, "--max-trials can only be raised: it is 20, received 9."),
        (
            "random",
            {"max_trails": 9},
            f"Unknown setting 'max_trails'. Did you mean 'max_trials'? Known: {', '.join(SETTINGS)}.",
        ),
    ],
)
def test_anything_else_cannot_be_extended(tuner: str, budget: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        StudySettings.create(tuner=tuner).extended(**budget)


@pytest.mark.parametrize("name", ["digits", "a", "2026-run_1.b", "x" * 100])
def test_study_name_is_accepted(name: str) -> None:
    assert check_study_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "-x", "a/b", "a.", "ü", "a b", "x" * 101, "a\n"])
def test_study_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="A study's name is made of letters"):
        check_study_name(name)


@pytest.mark.parametrize(
    ("targets", "metrics", "objective"),
    [
        ((Target(),), ["val_loss", "val_mae"], "val_mae"),
        ((Target(),), ["val_loss", "val_mean_absolute_error"], "val_mean_absolute_error"),
        ((Target("price"), Target("kind", ("a", "b"))), ["val_loss", "val_price_mean_absolute_error"],
         "val_price_mean_absolute_error"),
        ((Target(class_names=("a", "b")),), ["val_loss", "val_mae"], "val_accuracy"),
    ],
)  # fmt: skip
def test_values_are_optimised_by_the_error_that_models_are_compared_by(
    targets: tuple[Target, ...], metrics: list[str], objective: str
) -> None:
    assert StudySettings.create().completed(targets, metrics).objective == objective


@pytest.mark.parametrize(
    ("targets", "given", "objective", "direction"),
    [
        ((Target(class_names=("a", "b")),), {}, "val_accuracy", "max"),
        ((Target("kind", ("a", "b")), Target("price")), {}, "val_kind_accuracy", "max"),
        ((Target("kind", ("a", "b")),), {}, "val_accuracy", "max"),
        ((Target(),), {}, "val_loss", "min"),
        ((Target("price"), Target("kind", ("a", "b"))), {}, "val_loss", "min"),
        ((Target(),), {"objective": "val_r2"}, "val_r2", "max"),
        ((Target(),), {"direction": "max"}, "val_loss", "max"),
    ],
)
def test_the_data_decide_an_objective_that_is_left_open(
    targets: tuple[Target, ...], given: dict[str, str], objective: str, direction: str
) -> None:
    settings = StudySettings.create(**given).completed(targets)
    assert (settings.objective, settings.direction) == (objective, direction)


def test_all_baselines_hold_the_defaults_beside_a_hypermodel_of_ones_own() -> None:
    assert known_baselines(["all"], "mlp") == BASELINE_NAMES
    assert known_baselines(["all"], "own.py:build") == (*BASELINE_NAMES, "defaults")
    assert known_baselines(["defaults"], "mlp") == ("defaults",)
    with pytest.raises(UsageError, match=r"--baseline must be one of .*, defaults or all, received 'resnet'"):
        known_baselines(["resnet"], "mlp")


@pytest.mark.parametrize("given", [None, known_baselines(["all"], "own.py:build"), ("defaults",)])
def test_where_no_built_in_baseline_fits_the_defaults_are_left(given: tuple[str, ...] | None) -> None:
    settings = StudySettings.create(hypermodel="own.py:build", baselines=given)
    assert settings.without_built_in().baselines == ("defaults",)


def test_a_built_in_baseline_that_was_asked_for_and_does_not_fit_is_refused() -> None:
    settings = StudySettings.create(hypermodel="own.py:build", baselines=("ann-128", "defaults"))
    with pytest.raises(UsageError, match=r"^--baseline ann-128 cannot be compared with .* use --baseline defaults"):
        settings.without_built_in()


def test_what_was_turned_on_stays_on() -> None:
    with pytest.raises(UsageError, match=r"^--ablation can only be turned on, it is on: leave it out"):
        StudySettings.create(ablation=True).extended(ablation=False)


def test_values_may_come_as_text_as_from_a_command_line() -> None:
    typed = StudySettings.create(max_epochs="7", validation_split="0.25", prepare="false", drop="id", baselines="all")
    assert typed == StudySettings.create(
        max_epochs=7, validation_split=0.25, prepare=False, drop=("id",), baselines=BASELINE_NAMES
    )
    assert StudySettings.create(tuner="random").extended(max_trials="30").max_trials == 30


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_described_for_a_form(name: str) -> None:
    schema = StudySettings.model_json_schema()["properties"][name]
    assert schema["title"] == name.replace("_", " ").capitalize()
    assert schema["description"].strip(".") == schema["description"]
    assert schema["group"] in {"Data", "Training", "Search", "Comparison"}


def test_the_schema_holds_limits_and_choices() -> None:
    schema = StudySettings.model_json_schema()["properties"]
    assert schema["tuner"]["enum"] == ["hyperband", "random", "bayesian", "grid"]
    assert schema["seed"]["minimum"] == 0
    assert schema["factor"]["anyOf"][0] == {"minimum": 2, "type": "integer"}
    assert schema["validation_split"]["anyOf"][0] == {
        "exclusiveMaximum": 1, "exclusiveMinimum": 0, "type": "number"
    }  # fmt: skip
    assert schema["max_trials"]["by_tuner"] == {"random": 20, "bayesian": 20, "grid": None}
    assert schema["max_trials"]["resumable"]
    assert schema["baselines"]["option"] == "--baseline"


def test_what_settings_say_of_the_data_is_what_the_room_of_the_data_says() -> None:
    """The settings name them without importing that room, which takes long."""
    assert of_group(DATA) == tuple(field.name for field in fields(Source))
    assert tuple(LOADERS) == DATASETS
    assert SETTINGS["task"].choices == get_args(Task)


def test_fair_epochs_can_be_turned_on_later() -> None:
    settings = StudySettings.create()
    assert settings.extended(fair_epochs=True).fair_epochs
    assert settings.extended(fair_epochs=True).fingerprint() == settings.fingerprint()


def test_a_number_that_a_fit_returns_is_minimised_unless_something_else_is_said() -> None:
    """As keras-tuner does, whatever the data are."""
    targets, metrics = (Target(class_names=("a", "b")),), ["loss", "val_accuracy", DEFAULT_OBJECTIVE]
    settled = StudySettings.create().completed(targets, metrics)
    assert (settled.objective, settled.direction) == (DEFAULT_OBJECTIVE, "min")
    assert StudySettings.create(direction="max").completed(targets, metrics).direction == "max"
    assert StudySettings.create(objective="val_accuracy").completed(targets, metrics).objective == "val_accuracy"
    assert StudySettings.create(objective=DEFAULT_OBJECTIVE).direction == "min"
