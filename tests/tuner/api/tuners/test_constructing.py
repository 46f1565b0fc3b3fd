"""What the constructors of the four tuners take and refuse."""

import pkgutil
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import pytest

from keras_search import kt
from keras_search.errors import UsageError
from keras_search.kt import MODULES


def build(hp: keras_tuner.HyperParameters) -> Any:
    """Build nothing: no test here trains."""
    return hp


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"distribution_strategy": object()},
            "distribution_strategy= is not accepted: each trial is",
        ),
        ({"logger": object()}, "logger= is not accepted"),
        ({"tuner_id": "a"}, "tuner_id= is not accepted: there is no chief"),
        ({"colour": 1}, "Unknown argument colour="),
        ({"seed": -1}, "seed= must be a whole number of at least 0, received -1"),
        ({"executions_per_trial": 0}, "executions_per_trial= must be a whole number of at least 1, received 0"),
        ({"max_trials": None}, "max_trials= must be a whole number of at least 1, received None"),
        ({"tune_new_entries": False}, "tune_new_entries=False needs the search space"),
        ({"allow_new_entries": False}, "allow_new_entries=False needs the search space"),
        ({"hypermodel": None}, "hypermodel= is missing"),
        ({"hypermodel": kt.HyperModel}, r"received a class: pass HyperModel\(\)"),
        ({"hypermodel": 3}, r"must be a function build\(hp\) or a kt.HyperModel, received 3"),
        ({"project_name": ".."}, "must be the name of a folder, received '..'"),
        ({"workers": 0}, "workers= must be a whole number of at least 1, received 0"),
    ],
)
def test_a_wrong_argument_is_refused_by_its_name(arguments: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        kt.RandomSearch(**{"hypermodel": build, "objective": "val_loss", "directory": tmp_path, **arguments})


def test_the_numbers_of_hyperband_are_checked_in_a_scripts_words(tmp_path: Path) -> None:
    tuner = kt.Hyperband(build, "val_loss", factor=1, directory=tmp_path)
    with pytest.raises(UsageError, match=r"^factor= must be at least 2, received 1\.$"):
        tuner.search([[1.0]], [1], validation_split=0.5)


@pytest.mark.parametrize("name", ["oracle.json", "tuner0.json", "tuner1.json", "trial_0/trial.json"])
def test_a_project_of_keras_tuners_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    file = tmp_path / "untitled_project" / name
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    with pytest.raises(UsageError, match="holds a project of KerasTuner's, which is left as it is"):
        kt.RandomSearch(build, "val_loss", directory=tmp_path, overwrite=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
    assert file.read_text() == "{}"


def test_overwriting_touches_nothing_that_is_not_ours(tmp_path: Path) -> None:
    """A folder with files of the user's own is refused."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    tuner = kt.RandomSearch(build, "val_loss", directory=tmp_path, project_name="mine", overwrite=True)
    with pytest.raises(UsageError):
        tuner.search(np.zeros((4, 1)), np.zeros(4), validation_split=0.5)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "thesis.txt"]
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_tuner_with_a_run_trial_of_its_own_is_told_the_way() -> None:
    with pytest.raises(UsageError, match=r"Mine has its own run_trial.*fit\(self, hp, model"):

        class Mine(kt.RandomSearch):
            def run_trial(self, trial: Any) -> float:
                return float(trial)


@pytest.mark.parametrize("name", ["Tuner", "SklearnTuner", "Oracle", "synchronized", "oracles", "engine"])
def test_what_is_not_here_is_said_by_name(name: str) -> None:
    with pytest.raises(UsageError, match=rf"^kt\.{name} is not here: .{{30}}"):
        getattr(kt, name)


@pytest.mark.parametrize(
    "line",
    [
        "from keras_search.kt import tuners; tuners.Hyperband",
        "from keras_search.kt.tuners import BayesianOptimization, GridSearch, Hyperband, RandomSearch",
        "import keras_search.kt.tuners as t; t.RandomSearch",
        "from keras_search.kt import HyperModel, Hyperband, HyperParameters, Objective",
        "from keras_search.kt.applications import HyperEfficientNet, HyperImageAugment, HyperResNet, HyperXception",
        "from keras_search.kt.errors import FailedTrialError",
        "import keras_search.kt as kt; kt.tuners.Hyperband, kt.errors.FatalError",
        "from keras_search.kt import *; Hyperband, HyperParameters",
    ],
)
def test_every_form_of_import_works(line: str) -> None:
    exec(line, {})


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from keras_search.kt import oracles", "oracles"),
        ("from keras_search.kt.oracles import RandomSearchOracle", "oracles"),
        ("from keras_search.kt.engine.hyperparameters import HyperParameters", "engine"),
        ("from keras_search.kt.tuners import SklearnTuner", "SklearnTuner"),
        ("from keras_search.kt import Tuner", "Tuner"),
    ],
)
def test_an_import_of_what_is_not_here_says_what_to_do(line: str, name: str) -> None:
    with pytest.raises(UsageError, match=rf"^kt\.{name} is not here: .{{30}}"):
        exec(line, {})


def test_every_module_of_keras_tuners_is_here_or_refused_by_name() -> None:
    modules = {each.name for each in pkgutil.iter_modules(keras_tuner.__path__)} - {"src"}
    assert modules == {*MODULES, "engine", "oracles"}
    for name in (each for each in MODULES if each != "tuners"):
        there = getattr(keras_tuner, name)
        assert {each for each in vars(there) if not each.startswith("_")} <= vars(getattr(kt, name)).keys()


def test_what_is_handed_on_is_keras_tuners_own() -> None:
    assert kt.HyperModel is keras_tuner.HyperModel
    assert kt.HyperParameters is keras_tuner.HyperParameters
    assert isinstance(kt.HyperParameters(), keras_tuner.HyperParameters)
    assert kt.Objective is keras_tuner.Objective
    assert kt.errors.FailedTrialError is keras_tuner.errors.FailedTrialError
    assert kt.applications.HyperResNet is keras_tuner.applications.HyperResNet
    assert kt.tuners.GridSearch is kt.GridSearch
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        kt.nothing  # noqa: B018


def test_methods_for_keras_tuners_files_are_not_here(tmp_path: Path) -> None:
    tuner = kt.GridSearch(build, "val_loss", directory=tmp_path)
    assert not hasattr(tuner, "run_trial")
    with pytest.raises(UsageError, match=r"There is no search in .* yet: call search first"):
        tuner.get_best_models()
    assert tuner.get_best_hyperparameters() == []
    assert tuner.oracle.trials == {}
