"""Loading a user's own hypermodel: as KerasTuner would, under a name of its own, with its own imports."""

import sys
from collections.abc import Iterator
from pathlib import Path

import keras_tuner
import pytest

from keras_search.errors import UsageError
from keras_search.models import Problem
from keras_search.models.loader import code_digest, load_callbacks, load_hypermodel
from keras_search.models.problem import Target

PROBLEM = Problem((8, 8), (Target(class_names=tuple("0123456789")),), 1000, 5)
HYPERMODEL = """
import keras_tuner
class Tuned(keras_tuner.HyperModel):
    def __init__(self, classes, input_shape, depth=2):
        super().__init__()
        self.known = classes, input_shape, depth
    def build(self, hp):
        return hp.Int("units", 1, 3)
"""


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the path and the modules as they were."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder: Path, content: str, name: str = "mine.py") -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def test_a_function_becomes_a_hypermodel_with_the_usual_fit(tmp_path: Path) -> None:
    path = write(tmp_path, "def build(hp): return hp.Int('units', 1, 3)\n")
    found = load_hypermodel(f"{path}:build", PROBLEM)
    assert found.build(keras_tuner.HyperParameters()) == 1
    assert type(found).fit is keras_tuner.HyperModel.fit


def test_a_class_is_given_what_it_asks_for(tmp_path: Path) -> None:
    found = load_hypermodel(f"{write(tmp_path, HYPERMODEL)}:Tuned", PROBLEM)
    assert found.known == (10, (8, 8), 2)  # type: ignore[attr-defined]


def test_a_class_that_asks_for_more_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, HYPERMODEL.replace("depth=2", "depth"))
    with pytest.raises(UsageError, match="needs arguments that are not known here: depth"):
        load_hypermodel(f"{path}:Tuned", PROBLEM)


def test_an_instance_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, HYPERMODEL + "mine = Tuned(3, (1,))\n")
    assert load_hypermodel(f"{path}:mine", PROBLEM).known == (3, (1,), 2)  # type: ignore[attr-defined]


def test_what_is_no_hypermodel_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "SIZE = 3\nclass Other: ...\n")
    with pytest.raises(UsageError, match=r"it is of type int: name another\."):
        load_hypermodel(f"{path}:SIZE", PROBLEM)
    with pytest.raises(UsageError, match=r"it is a class of another kind: name another\."):
        load_hypermodel(f"{path}:Other", PROBLEM)


def test_the_files_own_imports_resolve_and_collide_with_nothing(tmp_path: Path) -> None:
    """A user's models.py is neither ours nor hidden by ours."""
    write(tmp_path, "UNITS = 7\n", "shared_sizes.py")
    path = write(tmp_path, "from shared_sizes import UNITS\ndef build(hp): return UNITS\n", "models.py")
    found = load_hypermodel(f"{path}:build", PROBLEM)
    assert found.build(None) == 7
    assert "models" not in sys.modules


def test_a_module_is_found_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lab_of_mine").mkdir()
    write(tmp_path / "lab_of_mine", "def build(hp): return 5\n", "nets.py")
    monkeypatch.chdir(tmp_path)
    assert load_hypermodel("lab_of_mine.nets:build", PROBLEM).build(None) == 5


def test_the_digest_follows_the_file_and_what_it_imports(tmp_path: Path) -> None:
    helper = write(tmp_path, "UNITS = 7\n", "sizes_here.py")
    path = write(tmp_path, "from sizes_here import UNITS\ndef build(hp): return UNITS\n")
    spec = f"{path}:build"
    load_hypermodel(spec, PROBLEM)
    before = code_digest(spec)
    helper.write_text("UNITS = 8\n", "utf-8")
    assert code_digest(spec) != before
    assert code_digest("mlp") == ""


def test_callbacks_beside_a_hypermodel_are_made_anew_at_each_call(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text("import keras\ndef build(hp): ...\ndef callbacks(): return [keras.callbacks.EarlyStopping()]\n")
    first, second = load_callbacks(f"{file}:build"), load_callbacks(f"{file}:build")
    assert [type(each).__name__ for each in first] == ["EarlyStopping"]
    assert first[0] is not second[0]
    assert load_callbacks("mlp") == []


@pytest.mark.parametrize(
    ("defined", "message"),
    [
        ("def callbacks(patience): return []", r"must take no arguments: it is called as callbacks\(\)"),
        ("def callbacks(): return 3", "must return a list of Keras callbacks"),
    ],
)
def test_callbacks_of_another_shape_are_refused(tmp_path: Path, defined: str, message: str) -> None:
    file = tmp_path / "own.py"
    file.write_text(f"def build(hp): ...\n{defined}\n")
    with pytest.raises(UsageError, match=message):
        load_callbacks(f"{file}:build")


def test_a_list_of_that_name_is_no_function(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text("def build(hp): ...\ncallbacks = [1]\n")
    assert load_callbacks(f"{file}:build") == []
