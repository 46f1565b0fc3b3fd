"""Hypermodels of the user's own: what is wrong with their names and files is said in one line, without running them."""

from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.models.source import check_source, locate, parse_source, resolved


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text("import os\nSIZE = 3\ndef build_model(hp): ...\nclass Wide: ...\ndef _helper(): ...\n", "utf-8")
    return path


@pytest.mark.parametrize("name", ["build_model", "Wide", "SIZE", "os"])
def test_a_name_that_the_file_defines_is_accepted(file: Path, name: str) -> None:
    assert check_source(f"{file}:{name}") == f"{file}:{name}"


@pytest.mark.parametrize("name", ["mlp", "package.module:Tuned"])
def test_names_that_need_no_file_are_accepted(name: str) -> None:
    assert check_source(name) == name
    assert resolved(name) == name


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (None, ":build", "--hypermodel {file} could not be read: No such file or directory."),
        ("def build(hp)\n", ":build", "{file}, line 1: expected ':'. Correct it and start again."),
        ("def one(hp): ...\ndef two(hp): ...\n", ":build", "{file} has no 'build'. It defines one, two."),
        ("", ":build", "{file} has no 'build'. It defines no function and no class."),
        ("def one(hp): ...\n", "",
         "--hypermodel {file} names no function: add one as {file}:FUNCTION. It defines: one."),
        ("", ":1st", "--hypermodel must be one of mlp, lr-batch, cnn, or FILE.py:FUNCTION or package.module:CLASS, "
                     "received '{file}:1st'."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, content: str | None, name: str, message: str) -> None:
    file = tmp_path / "mine.py"
    if content is not None:
        file.write_text(content, "utf-8")
    with pytest.raises(UsageError) as caught:
        check_source(f"{file}{name}")
    assert str(caught.value) == message.format(file=file)


def test_a_file_that_imports_everything_is_left_to_its_run(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from other import *\n", "utf-8")
    assert check_source(f"{tmp_path}/mine.py:build")


def test_a_study_finds_its_file_from_another_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    before = resolved("mine.py:build_model")
    assert before == f"{file}:build_model"
    (file.parent / "elsewhere").mkdir()
    monkeypatch.chdir(file.parent / "elsewhere")
    assert locate("mine.py:build_model", before) == before


def test_the_last_colon_parts_file_and_name() -> None:
    source = parse_source("C:/mine.py:build")
    assert (source.place, source.name, source.is_file) == ("C:/mine.py", "build", True)
