"""The code of a hypermodel travels with what it imports, and nothing else."""

from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.workers.on_ray import code


def _write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")


def test_a_file_brings_the_python_files_beside_it_and_below(tmp_path: Path) -> None:
    _write(tmp_path, "model.py", "beside.py", "parts/layer.py", "data.csv", ".git/hook.py", "__pycache__/model.py")
    _write(tmp_path, "env/lib/thing.py", "env/pyvenv.cfg")
    found = code.code_of(f"{tmp_path}/model.py:build")
    assert found is not None
    assert found.root == str(tmp_path)
    assert sorted(found.files) == ["beside.py", "model.py", "parts/layer.py"]


def test_a_module_of_the_working_directory_is_brought_and_an_installed_one_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "mine/__init__.py", "mine/model.py")
    monkeypatch.chdir(tmp_path)
    found = code.code_of("mine.model:build")
    assert found is not None
    assert sorted(found.files) == ["mine/__init__.py", "mine/model.py"]
    assert code.code_of("keras_tuner.applications:HyperResNet") is None


def test_a_folder_with_too_much_in_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "model.py", "a.py", "b.py")
    monkeypatch.setattr(code, "MOST_FILES", 2)
    with pytest.raises(UsageError, match="put the hypermodel into a folder of its own"):
        code.code_of(f"{tmp_path}/model.py:build")
