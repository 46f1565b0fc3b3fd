"""The commands that look at studies and keep them in order, as typed."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from keras_search.cli import app
from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.study.database import claim
from keras_search.tuner.study.folder import StudyFolder


@pytest.fixture(scope="module")
def place(finished_study: StudyFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a study in it."""
    place = tmp_path_factory.mktemp("place")
    shutil.copytree(finished_study.root, place / "studies" / "digits")
    (place / "studies" / "digits" / "logs" / "0000.log").write_text("one\ntwo \x1b[2J\n")
    return place


@pytest.fixture(autouse=True)
def _there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_best_prints_toml_or_json() -> None:
    assert _run("best").stdout == (
        '# The best trial of digits: 0000, val_accuracy 0.9000 in epoch 1 of 1.\nunits_1 = 64\nactivation = "gelu"\n'
    )
    read = json.loads(_run("best", "digits", "--json").stdout)
    assert read["hyperparameters"] == {"units_1": 64, "activation": "gelu"}


def test_logs_prints_the_last_lines_with_control_characters_as_escapes() -> None:
    assert _run("logs", "digits", "0000", "--lines", "1").stdout == "studies/digits/logs/0000.log:\ntwo \\x1b[2J\n"
    assert "0000" in _run("logs", "digits").stdout
    with pytest.raises(UsageError, match="Did you mean '0000'"):
        _run("logs", "digits", "000")


def test_open_prints_the_path_where_no_browser_has_a_window(place: Path) -> None:
    with pytest.raises(KerasSearchError, match=r"There is no report .* Write it: keras-search report digits"):
        _run("open")
    (place / "reports" / "digits").mkdir(parents=True)
    (place / "reports" / "digits" / "report.html").touch()
    assert _run("open").stdout == f"{place / 'reports' / 'digits' / 'report.html'}\n"
    shutil.rmtree(place / "reports")


def test_a_deleted_study_is_listed_and_restored(place: Path) -> None:
    moved = _run("delete", "digits")
    id_ = json.loads(_run("trash", "--json").stdout)[0]["id"]
    assert f"digits is in the trash. Restore it: keras-search restore {id_}\n" in moved.stdout
    assert id_ in _run("trash").stdout
    assert _run("restore", id_, "--as", "again").stdout == "Restored again: keras-search show again\n"
    assert _run("rename", "again", "digits").stdout == "again is now digits: keras-search show digits\n"
    assert [each.name for each in (place / "studies").iterdir() if not each.name.startswith(".")] == ["digits"]


def test_the_trash_is_emptied_on_request(place: Path) -> None:
    shutil.copytree(place / "studies" / "digits", place / "studies" / "copy")
    _run("delete", "copy")
    assert "Deleted for good: copy-" in _run("trash", "--empty").stdout
    assert _run("trash").stdout == "The trash of studies is empty.\n"
    assert _run("trash", "--empty").stdout == "The trash is empty.\n"


def test_a_study_that_runs_is_neither_deleted_nor_renamed(place: Path) -> None:
    lock = claim(place / "studies" / "digits")
    for arguments in (("delete", "digits"), ("rename", "digits", "other")):
        with pytest.raises(KerasSearchError, match="in use by another process"):
            _run(*arguments)
    lock.release()
    assert _run("watch").stdout.startswith("No process runs digits.")


def test_json_belongs_to_a_dry_run_and_events_are_not_quiet() -> None:
    with pytest.raises(UsageError, match="--json only works with --dry-run"):
        _run("start", "x", "--json")
    with pytest.raises(UsageError, match="leave one of them out"):
        _run("start", "x", "--quiet", "--progress", "jsonl")
