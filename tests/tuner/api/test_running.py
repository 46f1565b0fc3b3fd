"""Studies from Python: started by a script of the user's own, read as tables, plots and HTML."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import keras_search
from keras_search.errors import UsageError
from keras_search.tuner.api.running import named
from keras_search.tuner.study.folder import StudyFolder

SCRIPT = """
import keras
import keras_search
from sklearn.datasets import load_digits

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

def build(hp):
    model = keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    optimizer = keras.optimizers.Adam(hp.Choice("learning_rate", [0.01, 0.001]))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def main():
    x, y = load_digits(return_X_y=True)
    x = x.reshape(-1, 8, 8)
    words = [WORDS[label] for label in y]
    study = keras_search.start(
        "scripted", x_train=x[:500], y_train=words[:500], x_test=x[500:600], y_test=words[500:600], class_names=WORDS,
        hypermodel=build, tuner="random", max_trials=2, max_epochs=1, compare_seeds=1, workers=1,
        baseline="ann-128", quiet=True,
    )
    print(study.name, len(study.trials()), study.settings["dataset"])

"""
PAIR = {"x_train": [[1.0, 2.0], [3.0, 4.0]], "y_train": [0, 1]}


def run(folder: Path, script: str) -> "subprocess.CompletedProcess[str]":
    (folder / "mine.py").write_text(script, "utf-8")
    return subprocess.run([sys.executable, "mine.py"], cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> keras_search.Study:
    folder = tmp_path_factory.mktemp("scripted")
    done = run(folder, SCRIPT + 'if __name__ == "__main__":\n    main()\n')
    assert done.stdout == "scripted 2 arrays\n", done.stderr
    return keras_search.load(folder / "studies" / "scripted")


def test_a_study_gives_its_tables(scripted: keras_search.Study) -> None:
    assert list(scripted.trials()["state"]) == ["completed", "completed"]
    assert sorted(scripted.comparison()["model"]) == ["ann-128", "tuned"]
    assert set(scripted.history()["kind"]) == {"trial", "retrain"}
    assert len(scripted.retrains()) == 2
    assert len(scripted.timings()) == 6
    assert len(scripted.predictions()) == 200
    assert scripted.report_data().class_names[:3] == ("zero", "one", "two")
    assert scripted.brackets().empty
    assert scripted.verdict is not None
    assert scripted.verdict["verdict"] == "not proven"


def test_a_study_draws_the_plots_of_its_report(scripted: keras_search.Study) -> None:
    assert "search_history" in dir(scripted.plot)
    assert scripted.plot.search_history().axes
    with pytest.raises(AttributeError, match=r"This study has no plot 'pie'. It has: comparison, "):
        _ = scripted.plot.pie


def test_a_study_shows_itself(scripted: keras_search.Study) -> None:
    assert str(scripted).startswith("Study scripted: random search of ")
    assert re.fullmatch(r"<Study scripted: random search on .*, done, \d+ trials?, best score [\d.]+>", repr(scripted))
    assert "<b>not proven</b>" in scripted._repr_html_()


@pytest.mark.slow
def test_a_script_without_a_guard_is_told_about_it(tmp_path: Path) -> None:
    done = run(tmp_path, f"{SCRIPT}main()\n")
    assert done.returncode == 1
    assert 'put that under `if __name__ == "__main__":`.' in done.stderr.splitlines()[-1]
    assert not (tmp_path / "studies").exists()


def test_a_hypermodel_is_named_by_its_file_or_module() -> None:
    assert named("mlp") == "mlp"
    assert named(subprocess.run) == f"{subprocess.__file__}:run"
    assert named(np.testing.assert_allclose).endswith(":assert_allclose")


@pytest.mark.parametrize("hypermodel", [lambda hp: hp, keras_search.Study.trials, 3])
def test_a_hypermodel_that_no_worker_can_import_is_refused(hypermodel: Any) -> None:
    with pytest.raises(UsageError, match="at the top level of a file"):
        named(hypermodel)


def test_a_function_of_a_console_belongs_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(hp: Any) -> Any:
        return hp

    build.__module__, build.__qualname__ = "__main__", "build"
    monkeypatch.setattr(sys.modules["__main__"], "__file__", None, raising=False)
    with pytest.raises(UsageError, match=r"%%writefile hypermodel.py\) and pass hypermodel='hypermodel.py:build'"):
        named(build)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x_train": [[1.0]]}, "Pass x_train and y_train"),
        ({"class_names": ["a", "b"]}, "class_names= names the classes of y_train=: pass x_train= and y_train= with it"),
        ({**PAIR, "target": "kind"}, "target and drop are for tables, image_size is for folders of images"),
        ({**PAIR, "dataset": "digits"}, "Pass either dataset= or x_train= and y_train=, received both"),
        (
            {**PAIR, "class_names": {"typo": ["a", "b"]}},
            "class_names of arrays must be a list, received a dict ",
        ),
        ({**PAIR, "y_train": ["a", None]}, "y_train of arrays must be numbers or text, received an array of "),
        ({**PAIR, "x_train": [[1], [1, 2]]}, "x_train of arrays must be an array with examples of one shape, "),
        (
            {**PAIR, "x_train": {"kg/m": [[1.0], [2.0]]}},
            "The input 'kg/m' of arrays must have a name that ",
        ),
        ({"baseline": "resnet"}, "baseline= must be one of mlp-128-64, "),
        ({"workers": 0}, "workers= must be auto or a number of at least 1, received 0."),
        ({"threads": 0}, "threads= must be at least 1, received 0."),
        ({"max_epoch": 3}, "Unknown setting 'max_epoch'. Did you mean 'max_epochs'? "),
    ],
)
def test_a_wrong_argument_is_a_usage_error(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        keras_search.start(studies_dir=tmp_path / "studies", **arguments)
    assert str(caught.value).startswith(message)


def test_what_is_no_study_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a study: expected a folder made by keras-search start"):
        keras_search.load(tmp_path)


def test_a_study_is_loaded_by_its_name(
    finished_study: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keras_search.load("digits", studies_dir=finished_study.root.parent).path == finished_study.root
    with pytest.raises(UsageError, match=r"No study named 'digit'\. Did you mean 'digits'\?"):
        keras_search.load("digit", studies_dir=finished_study.root.parent)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"No study named 'digits'\. There are no studies in studies\."):
        keras_search.load("digits")


def test_the_package_knows_its_version() -> None:
    assert keras_search.__version__ == version("keras-search")


def test_the_package_itself_imports_nothing(tmp_path: Path) -> None:
    program = "import sys, keras_search; print(keras_search.__all__, [m for m in sys.modules if 'keras_search.' in m])"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "['Study', '__version__', 'connect', 'load', 'resume', 'start'] []\n"
