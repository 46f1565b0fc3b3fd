"""A late module is executed once, at its first use, however it is used."""

import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

from keras_search.tuner.system.late_imports import give, late

PACKAGE = "late_package"
FILES = {
    "__init__": "from late_package import inner\ninner.executed('package')\nvalue = 1",
    "inner": "log = []\ndef executed(name): log.append(name)\nexecuted('inner')\nclass Thing: pass",
    "other": "from late_package.inner import executed, Thing\nexecuted('other')",
    "broken": "import no_such_module_anywhere",
}


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write a package; forget it and the finders afterwards."""
    (tmp_path / PACKAGE).mkdir()
    for name, code in FILES.items():
        (tmp_path / PACKAGE / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def _import_late(*names: str) -> None:
    with late(names):
        for name in names:
            importlib.import_module(name)


def _executed() -> list[str]:
    log: list[str] = sys.modules[f"{PACKAGE}.inner"].log
    return log


def test_a_module_is_executed_at_its_first_use() -> None:
    _import_late(PACKAGE)
    assert f"{PACKAGE}.inner" not in sys.modules
    assert sys.modules[PACKAGE].value == 1
    assert _executed() == ["inner", "package"]


def test_a_module_inside_one_that_waits_is_executed_once_after_it() -> None:
    """The package imports `inner` itself: there must be one `Thing`, not two."""
    _import_late(PACKAGE)
    inner = importlib.import_module(f"{PACKAGE}.inner")
    assert sys.modules[PACKAGE].inner is inner
    assert inner.__spec__.loader is inner.__loader__
    other = importlib.import_module(f"{PACKAGE}.other")
    assert other.Thing is inner.Thing
    assert _executed() == ["inner", "package", "other"]


def test_a_late_module_inside_a_late_package_executes_both_in_order() -> None:
    _import_late(PACKAGE, f"{PACKAGE}.other")
    assert f"{PACKAGE}.inner" not in sys.modules
    assert sys.modules[f"{PACKAGE}.other"].Thing.__name__ == "Thing"
    assert _executed() == ["inner", "package", "other"]


def test_an_error_is_raised_at_each_use() -> None:
    _import_late(f"{PACKAGE}.broken")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
            _ = sys.modules[f"{PACKAGE}.broken"].anything


def test_a_missing_module_is_missing_at_once() -> None:
    with late(["no_such_module"]), pytest.raises(ModuleNotFoundError, match="no_such_module"):
        importlib.import_module("no_such_module")


def test_what_a_module_lacks_it_lacks() -> None:
    _import_late(PACKAGE)
    assert not hasattr(sys.modules[PACKAGE], "nothing")


def test_after_the_block_modules_are_executed_at_once() -> None:
    with late([PACKAGE]):
        pass
    importlib.import_module(PACKAGE)
    assert _executed() == ["inner", "package"]


def test_threads_that_meet_see_the_whole_module() -> None:
    slow = "import time\ntime.sleep(0.05)\nlast = 1"
    Path(sys.path[0], PACKAGE, "slow.py").write_text(slow)
    _import_late(f"{PACKAGE}.slow")
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(sys.modules[f"{PACKAGE}.slow"].last)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1, 1, 1, 1]


def test_a_thread_imports_from_a_package_that_another_thread_is_executing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one has Python's lock of `slow` and needs the package; the other executes this, and needs `slow`."""
    started, asked = threading.Event(), threading.Event()
    monkeypatch.setattr(sys, "between", (started, asked), raising=False)
    Path(sys.path[0], PACKAGE, "__init__.py").write_text(
        "import sys\nstarted, asked = sys.between\nstarted.set()\nassert asked.wait(60)\n"
        "from late_package import slow\nvalue = slow.last"
    )
    Path(sys.path[0], PACKAGE, "slow.py").write_text(
        "import late_package\nhalf = not hasattr(late_package, 'value')\nlast = 1"
    )
    _import_late(PACKAGE)
    sys.meta_path.insert(0, _Telling(f"{PACKAGE}.slow", asked))
    package, seen = sys.modules[PACKAGE], list[int]()
    uses = (lambda: seen.append(package.value), lambda: seen.append(importlib.import_module(f"{PACKAGE}.slow").last))
    threads = [threading.Thread(target=use, daemon=True) for use in uses]
    threads[0].start()
    assert started.wait(60)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    assert seen == [1, 1]
    assert package.slow.half


class _Telling(MetaPathFinder):
    """A finder that finds nothing, and tells when Python, with the lock of a module, looks for it."""

    def __init__(self, name: str, asked: threading.Event) -> None:
        self._name, self._asked = name, asked

    def find_spec(self, name: str, *_: object) -> None:
        if name == self._name:
            self._asked.set()


def test_a_module_that_is_executed_late_leaves_the_names_of_its_package(tmp_path: Path) -> None:
    """As `tensorflow.lite`: its package has an interface of that name, and code in a folder of that name."""
    package = tmp_path / PACKAGE
    (package / "__init__.py").write_text("from late_package.api import folder")
    for folder in ("folder", "api"):
        (package / folder).mkdir()
        (package / folder / "__init__.py").touch()
    (package / "folder" / "code.py").write_text("value = 2")
    (package / "api" / "folder.py").write_text("from late_package.folder.code import value")
    with late([f"{PACKAGE}.api.folder"]):
        top = importlib.import_module(PACKAGE)
    assert top.folder.value == 2
    assert top.folder.value == 2, "the folder has taken its place"


def test_a_part_that_is_given_does_not_execute_the_module() -> None:
    _import_late(PACKAGE)
    give(PACKAGE, early=2)
    assert sys.modules[PACKAGE].early == 2
    assert f"{PACKAGE}.inner" not in sys.modules
    assert sys.modules[PACKAGE].value == 1
    give(PACKAGE, value=3)
    assert sys.modules[PACKAGE].value == 1


def test_one_block_within_another_lets_both_wait() -> None:
    with late([PACKAGE]):
        importlib.import_module(PACKAGE)
        with late([f"{PACKAGE}.inner"]):
            importlib.import_module(f"{PACKAGE}.inner")
    assert sys.modules[PACKAGE].value == 1
    assert _executed() == ["inner", "package"]


def test_a_module_is_executed_within_a_context() -> None:
    entered: list[str] = []

    @contextmanager
    def within() -> Iterator[None]:
        entered.append("in")
        yield
        entered.append("out")

    with late([PACKAGE], within):
        importlib.import_module(PACKAGE)
    assert entered == []
    assert (sys.modules[PACKAGE].value, entered) == (1, ["in", "out"])
