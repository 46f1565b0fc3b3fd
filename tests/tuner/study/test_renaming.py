"""A renamed study is the same study under another name, with its report."""

from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.study.database import StudyInUseError, claim, write_study
from keras_search.tuner.study.folder import StudyFolder, existing_studies
from keras_search.tuner.study.renaming import rename
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.ownership import Mark, digests, foreign_files, is_ours, write_mark


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """Give a folder with the study `a`."""
    folder = StudyFolder(tmp_path / "studies" / "a")
    folder.make()
    write_study(folder.root, {"which": "a"})
    return folder.root.parent


def test_folder_mark_and_report_get_the_new_name(studies: Path, tmp_path: Path) -> None:
    report = tmp_path / "reports" / "a"
    report.mkdir(parents=True)
    (report / "report.html").touch()
    write_mark(report, Mark("report", "a", digests(report)))
    folder, moved = rename(studies, "a", "b", tmp_path / "reports")
    assert (folder.root, moved) == (studies / "b", tmp_path / "reports" / "b")
    assert existing_studies(studies) == ["b"]
    assert is_ours(folder.root, "study", "b")
    assert is_ours(moved, "report", "b")
    assert foreign_files(moved) == []
    with Store.open(folder.root) as store:
        assert store.fact("which") == "a"


def test_a_report_that_is_not_ours_or_whose_place_is_taken_stays(studies: Path, tmp_path: Path) -> None:
    (tmp_path / "reports" / "a").mkdir(parents=True)
    assert rename(studies, "a", "b", tmp_path / "reports")[1] is None
    for name in ("b", "c"):
        (tmp_path / "reports" / name).mkdir(exist_ok=True)
    write_mark(tmp_path / "reports" / "b", Mark("report", "b"))
    assert rename(studies, "b", "c", tmp_path / "reports")[1] is None
    assert {path.name for path in (tmp_path / "reports").iterdir()} == {"a", "b", "c"}


@pytest.mark.parametrize("name", ["..", "a/b", "", "x" * 101, "-x", "a."])
def test_a_name_that_is_no_folder_name_is_refused(studies: Path, name: str) -> None:
    with pytest.raises(UsageError, match="A study's name is made of"):
        rename(studies, "a", name)
    assert existing_studies(studies) == ["a"]


def test_a_taken_name_is_refused(studies: Path) -> None:
    (studies / "b").write_text("mine")
    with pytest.raises(UsageError, match="exists: choose another name"):
        rename(studies, "a", "b")


def test_a_study_is_not_renamed_while_it_runs(studies: Path) -> None:
    lock = claim(studies / "a")
    with pytest.raises(StudyInUseError, match="The study 'a' is in use"):
        rename(studies, "a", "b")
    lock.release()
    assert existing_studies(studies) == ["a"]
