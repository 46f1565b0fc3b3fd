"""One hypermodel file, no line of it changed, searched by `keras-search` and by KerasTuner on the same trials."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import pytest

from keras_search.tuner.data import load_dataset, make_splits
from keras_search.tuner.study.records import Kind, State
from keras_search.tuner.study.store import Store

COMMAND = Path(sys.executable).with_name("keras-search")
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
FILE = EXAMPLES / "two_tasks.py"
DATA = f"{EXAMPLES}/data.py:digits_and_ink"
OBJECTIVE = "val_digit_accuracy"
TRIALS, EPOCHS = 3, 6


class Replay(keras_tuner.oracles.RandomSearchOracle):
    """Propose the values of another search, one after the other."""

    def __init__(self, values: list[dict[str, Any]], **settings: Any) -> None:
        super().__init__(max_trials=len(values), **settings)
        self._replayed = values

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        return {"status": "RUNNING", "values": self._replayed[int(trial_id)]}


class ReplaySearch(keras_tuner.RandomSearch):
    """KerasTuner's random search, but for where its values come from."""

    def __init__(self, hypermodel: Any, oracle: Replay, **settings: Any) -> None:
        keras_tuner.Tuner.__init__(self, oracle, hypermodel, **settings)


def by_keras_tuner(values: list[dict[str, Any]], folder: Path) -> list[float]:
    """Search with the same split of the same data, and give the scores."""
    spec = importlib.util.spec_from_file_location("searched_by_keras_tuner", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    oracle = Replay(values, objective=keras_tuner.Objective(OBJECTIVE, "max"))
    tuner = ReplaySearch(module.build_model, oracle, directory=folder, project_name="replay")
    splits = make_splits(load_dataset(DATA), 0.2, 0)
    validation = (splits.x_val, splits.y_val)
    keras.utils.set_random_seed(0)
    tuner.search(splits.x_fit, splits.y_fit, validation_data=validation, epochs=EPOCHS, verbose=0)
    trials = [tuner.oracle.get_trial(str(number)) for number in range(len(values))]
    assert [trial.status for trial in trials] == ["COMPLETED"] * len(values)
    assert [trial.hyperparameters.values for trial in trials] == values
    return [trial.score for trial in trials]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:currentThread:DeprecationWarning", "ignore:getName:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_keras_tuner_and_keras_search_run_the_same_file_on_the_same_trials(tmp_path: Path) -> None:
    """Their orders of the examples differ, so that the scores agree as those of two seeds do."""
    done = subprocess.run(
        [COMMAND, "start", "ours", "--hypermodel", f"{FILE}:build_model", "--dataset", DATA, "--tuner", "random",
         "--max-trials", str(TRIALS), "--max-epochs", str(EPOCHS), "--search-only", "--quiet"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with Store.read(tmp_path / "studies" / "ours") as store:
        trials = [store.runs[name] for name in sorted(store.of_kind(Kind.TRIAL))]
    assert [trial.state for trial in trials] == [State.COMPLETED] * TRIALS
    theirs = by_keras_tuner([trial.hyperparameters for trial in trials], tmp_path / "theirs")
    assert [trial.score for trial in trials] == pytest.approx(theirs, abs=0.08)
    assert min(theirs) > 0.5
