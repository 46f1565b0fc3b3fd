"""A script for KerasTuner without a `__main__` guard neither trains nor deletes as we import it."""

import subprocess
import sys
from pathlib import Path

import keras_tuner
import pytest

from keras_search.errors import KerasSearchError
from keras_search.models.import_guard import SearchOnImportError
from keras_search.models.loader import load_file
from keras_search.tuner.data import load_dataset

SCRIPT = """
from pathlib import Path
import keras_tuner

HERE = Path(__file__).parent

class Instant(keras_tuner.{tuner}):
    def run_trial(self, trial, *arguments, **named):
        (HERE / "trained").touch()
        return 1.0

def build(hp):
    import keras
    hp.Choice("units", [1, 2])
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model

def load():
    import numpy as np
    return np.zeros((20, 3)), np.arange(20) % 2

def main():
    tuner = Instant(build, objective="val_loss", max_trials=2, directory=HERE / "results", overwrite={overwrite})
    tuner.search(None)

{call}
"""
GUARDED = 'if __name__ == "__main__":\n    main()'
TUNERS = ["RandomSearch", "BayesianOptimization", "GridSearch"]


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the path as it was."""
    monkeypatch.setattr(sys, "path", list(sys.path))


def _script(folder: Path, call: str, tuner: str = "RandomSearch", overwrite: bool = True) -> Path:
    path = folder / "script.py"
    path.write_text(SCRIPT.format(tuner=tuner, overwrite=overwrite, call=call), "utf-8")
    (folder / "results" / "untitled_project").mkdir(parents=True, exist_ok=True)
    (folder / "results" / "untitled_project" / "precious.json").write_text("found last week")
    return path


def _untouched(folder: Path) -> bool:
    kept = folder / "results" / "untitled_project" / "precious.json"
    return kept.read_text() == "found last week" and not (folder / "trained").exists()


@pytest.mark.parametrize("tuner", TUNERS)
@pytest.mark.parametrize(("overwrite", "act"), [(False, "searches"), (True, "makes a tuner with overwrite=True")])
def test_a_search_is_stopped_before_it_trains_or_deletes(tmp_path: Path, tuner: str, overwrite: bool, act: str) -> None:
    path = _script(tmp_path, "main()", tuner, overwrite)
    with pytest.raises(SearchOnImportError) as caught:
        load_file(path)
    assert str(caught.value).startswith(f"{path} {act}")
    assert str(caught.value).endswith(
        ' whenever it is imported: put that under `if __name__ == "__main__":` and start again.'
    )
    assert _untouched(tmp_path)


@pytest.mark.parametrize("caught", ["Exception", "BaseException"])
def test_a_file_that_catches_the_error_is_stopped_all_the_same(tmp_path: Path, caught: str) -> None:
    path = _script(tmp_path, f"try:\n    main()\nexcept {caught}:\n    pass")
    with pytest.raises(SearchOnImportError):
        load_file(path)
    assert _untouched(tmp_path)


def test_a_search_of_a_module_that_the_file_imports_is_stopped(tmp_path: Path) -> None:
    _script(tmp_path, "main()").rename(tmp_path / "helper_of_script.py")
    path = tmp_path / "mine.py"
    path.write_text("from helper_of_script import build\n")
    with pytest.raises(SearchOnImportError, match=r"mine\.py makes a tuner"):
        load_file(path)
    assert _untouched(tmp_path)


def test_an_oracle_asked_for_trials_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "loop.py"
    path.write_text(
        "import keras_tuner\noracle = keras_tuner.oracles.RandomSearchOracle(objective='loss', max_trials=3)\n"
        "oracle.create_trial('t')\n"
    )
    with pytest.raises(SearchOnImportError, match=r"loop\.py searches whenever"):
        load_file(path)


def test_a_guarded_file_and_a_tuner_that_is_only_made_are_taken(tmp_path: Path) -> None:
    assert load_file(_script(tmp_path, GUARDED)).build is not None
    made = _script(tmp_path, "tuner = Instant(build, objective='val_loss', max_trials=2, directory=HERE / 'results')")
    assert load_file(made).tuner is not None
    assert _untouched(tmp_path)


@pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")  # KerasTuner's own
def test_tuners_search_as_ever_once_the_file_is_loaded(tmp_path: Path) -> None:
    module = load_file(_script(tmp_path, GUARDED, overwrite=False))
    module.main()
    assert (tmp_path / "trained").exists()
    assert keras_tuner.Tuner.search.__name__ == "search"


def test_a_data_file_is_stopped_where_nothing_has_imported_keras_tuner_yet(tmp_path: Path) -> None:
    """In a process of its own, as the search process imports none."""
    path = _script(tmp_path, "main()")
    program = (
        "import sys\nfrom keras_search.errors import KerasSearchError\n"
        "from keras_search.tuner.data import load_dataset\n"
        "assert 'keras_tuner' not in sys.modules\n"
        f"try:\n    load_dataset({f'{path}:load'!r})\nexcept KerasSearchError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{path} makes a tuner with overwrite=True")
    assert _untouched(tmp_path)


def test_a_data_file_that_starts_a_study_as_it_is_imported_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "data_of_mine.py"
    path.write_text("import keras_search\nkeras_search.start('nested', dataset=f'{__file__}:load')\ndef load(): ...\n")
    with pytest.raises(KerasSearchError, match="starts a study whenever it is imported"):
        load_dataset(f"{path}:load")
