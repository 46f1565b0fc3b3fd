"""A study keeps to the engine that it was begun with: kernels of our own, or TensorFlow."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.session import guard
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, claim
from keras_search.tuner.system import versions as versions_module
from keras_search.tuner.system.versions import versions

COMMAND = Path(sys.executable).with_name("keras-search")
NEW = ("start", "s", "--tuner", "random", "--max-trials", "1", "--max-epochs", "1", "--workers", "1", "--search-only")
MORE = ("resume", "s", "--max-trials", "2", "--workers", "1", "--search-only")


def run(folder: Path, *arguments: str, numba: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run a command in `folder`, on a machine without Numba where that is asked for."""
    broken = folder / "broken"
    broken.mkdir(exist_ok=True)
    (broken / "numba.py").write_text("raise ImportError('no such library')\n", "utf-8")
    environment = os.environ if numba else os.environ | {"PYTHONPATH": str(broken)}
    return subprocess.run([COMMAND, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def engines(folder: Path) -> tuple[dict[str, int], str]:
    shown = json.loads(run(folder, "show", "s", "--json").stdout)
    return shown["engines"], shown["without_kernels"]


def test_a_study_without_kernels_says_so_and_stays_without(tmp_path: Path) -> None:
    done = run(tmp_path, *NEW, numba=False)
    assert done.returncode == 0, done.stderr
    note = "the kernels cannot be compiled here (ImportError: no such library)."
    assert note in done.stderr
    assert engines(tmp_path) == ({"compiled TensorFlow": 1}, "ImportError: no such library")
    assert "no kernels here: ImportError" in run(tmp_path, "show", "s").stdout
    assert "cannot be compiled here: ImportError: no such library" in (tmp_path / "reports/s/report.html").read_text(
        "utf-8"
    )
    done = run(tmp_path, *MORE)
    assert done.returncode == 0, done.stderr
    assert engines(tmp_path)[0] == {"compiled TensorFlow": 2}


@pytest.mark.slow
def test_a_study_with_kernels_is_not_resumed_without_them(tmp_path: Path) -> None:
    done = run(tmp_path, *NEW)
    assert done.returncode == 0, done.stderr
    assert engines(tmp_path) == ({"kernels": 1}, "")
    refused = run(tmp_path, *MORE, numba=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: engine: the kernels cannot be compiled here (ImportError: no such ")
    assert "install numba==" in refused.stderr
    assert engines(tmp_path) == ({"kernels": 1}, "")


def study(folder: Path, **facts: Any) -> Store:
    settings = StudySettings.create(kernels=facts.pop("kernels", True))
    dumped, mark = settings.model_dump(mode="json"), settings.fingerprint()
    known = {"settings": dumped, "fingerprint": mark, "data": {"passed": True}}
    return Store.create(folder, claim(folder), **known, versions=versions(), **facts)


@pytest.mark.parametrize(
    ("facts", "refused"),
    [({"without_kernels": ""}, True), ({"without_kernels": "no Numba"}, False), ({"kernels": False}, False)],
)
def test_the_version_of_numba_counts_where_it_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], refused: bool
) -> None:
    with study(tmp_path, **facts) as store:
        guard.check_unchanged(store)
        guard.check_kernels(store, "")
        before = versions_module._version
        monkeypatch.setattr(versions_module, "_version", lambda name: "none" if name == "numba" else before(name))
        if refused:
            with pytest.raises(KerasSearchError, match=r"^versions: numba none differs from "):
                guard.check_unchanged(store)
            with pytest.raises(KerasSearchError, match=r"^engine: the kernels .* \(no such\), .* with --no-kernels\.$"):
                guard.check_kernels(store, "no such")
        else:
            guard.check_unchanged(store)
            guard.check_kernels(store, "no such")
