"""A user's own files run again for each model, as a new process would run them."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keras_search.models import Problem, fresh_modules
from keras_search.models.fresh_modules import own_modules, run_again
from keras_search.models.loader import load_hypermodel
from keras_search.models.problem import Target

PROBLEM = Problem((8, 8), (Target(class_names=tuple("0123456789")),), 1000, 5)
COUNTS = """
import counted_beside
CALLS = []
class Counter:
    calls = 0
def build(hp, calls=[]):
    for each in (CALLS, calls, counted_beside.CALLS):
        each.append(hp)
    Counter.calls += 1
    return len(CALLS), len(calls), len(counted_beside.CALLS), Counter.calls
"""


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the path and the modules as they were."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(fresh_modules, "_RUN_ONCE", set())
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def written(folder: Path, content: str) -> str:
    (folder / "counted_beside.py").write_text("CALLS = []\n", "utf-8")
    (folder / "mine.py").write_text(content, "utf-8")
    return f"{folder / 'mine.py'}:build"


def again(spec: str, before: Any) -> Any:
    return run_again(spec, lambda: load_hypermodel(spec, PROBLEM), before)


def test_no_state_is_left_in_a_file_or_in_those_that_it_imports(tmp_path: Path) -> None:
    """A global, a default, a class and a module beside it are as they were at first."""
    spec = written(tmp_path, COUNTS)
    found = load_hypermodel(spec, PROBLEM)
    assert found.build(None) == (1, 1, 1, 1)
    assert found.build(None) == (2, 2, 2, 2)
    for _ in range(2):
        found = again(spec, found)
        assert found.build(None) == (1, 1, 1, 1)


def test_a_package_is_run_again_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "counting_lab"
    package.mkdir()
    (package / "__init__.py").write_text("from counting_lab.nets import CALLS\n", "utf-8")
    (package / "nets.py").write_text("CALLS = []\ndef build(hp): CALLS.append(hp); return len(CALLS)\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    found = load_hypermodel("counting_lab.nets:build", PROBLEM)
    assert [found.build(None), found.build(None)] == [1, 2]
    assert again("counting_lab.nets:build", found).build(None) == 1


def test_a_search_goes_on_with_the_code_that_it_began_with(tmp_path: Path) -> None:
    spec = written(tmp_path, COUNTS)
    found = again(spec, load_hypermodel(spec, PROBLEM))
    (tmp_path / "mine.py").write_text("def build(hp): return 'another'\n", "utf-8")
    assert again(spec, found) is found
    (tmp_path / "mine.py").unlink()
    assert again(spec, found) is found


def test_a_file_that_cannot_be_run_twice_is_left_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    once = "import sys\nif hasattr(sys, 'ran'): raise KeyError('twice')\nsys.ran = True\nimport counted_beside\n"
    spec = written(tmp_path, once + "def build(hp): return counted_beside.CALLS\n")
    found = load_hypermodel(spec, PROBLEM)
    with caplog.at_level(logging.WARNING):
        assert again(spec, found) is found
        assert again(spec, found) is found
    assert [record.message for record in caplog.records] == [
        f"{spec} cannot be run anew for each model (KeyError: 'twice'): all models share its globals."
    ]
    assert sys.modules["counted_beside"].CALLS is found.build(None)
    del sys.ran  # type: ignore[attr-defined]


def test_nothing_but_the_users_own_is_run_again(tmp_path: Path) -> None:
    """Not a library, not this package, not a built-in hypermodel."""
    spec = written(tmp_path, "import keras, numpy\n" + COUNTS)
    load_hypermodel(spec, PROBLEM)
    assert {Path(str(module.__file__)).name for module in own_modules(spec).values()} == {
        "mine.py",
        "counted_beside.py",
    }
    ours = Path(fresh_modules.__file__).parents[1] / "mine.py"
    assert not any(name.startswith("keras_search.") for name in own_modules(f"{ours}:build"))
    assert run_again("mlp", lambda: 1, 2) == 2
