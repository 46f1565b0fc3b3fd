"""Deleted studies are in the trash, whole, until they are restored or deleted for good."""

import time
from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.study import deleting
from keras_search.tuner.study.database import StudyInUseError, claim, write_study
from keras_search.tuner.study.deleting import DAY, KEPT_DAYS
from keras_search.tuner.study.folder import StudyFolder, existing_studies
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.ownership import Mark, digests, is_ours, write_mark


def _make(studies: Path, name: str) -> StudyFolder:
    folder = StudyFolder(studies / name)
    folder.make()
    write_study(folder.root, {"which": name})
    claim(folder.root).release()
    return folder


def _make_ours(parent: Path, kind: str, name: str) -> Path:
    place = parent / name
    place.mkdir(parents=True)
    (place / "report.html").write_text(name)
    write_mark(place, Mark(kind, name, digests(place)))
    return place


def _which(folder: StudyFolder) -> str:
    with Store.read(folder.root) as store:
        return str(store.fact("which"))


def test_a_deleted_study_is_restored_whole(tmp_path: Path) -> None:
    studies = tmp_path / "studies"
    _make(studies, "a"), _make(studies, "b"), _make(studies, "c")
    moved = deleting.delete(studies, ["a", "b", "a"])
    assert [each.name for each in moved] == ["a", "b"]
    assert existing_studies(studies) == ["c"]
    assert {each.id for each in deleting.trashed(studies)} == {each.id for each in moved}
    restored = deleting.restore(studies, moved[0].id)
    assert (restored.name, _which(restored)) == ("a", "a")
    again = deleting.restore(studies, "b", name="d")
    assert (_which(again), is_ours(again.root, "study", "d")) == ("b", True)
    assert existing_studies(studies) == ["a", "c", "d"]
    assert deleting.trashed(studies) == []


def test_nothing_is_deleted_if_one_of_several_cannot_be(tmp_path: Path) -> None:
    _make(tmp_path, "a")
    lock = claim(_make(tmp_path, "busy").root)
    foreign = _make(tmp_path, "foreign")
    (foreign.root / "notes.txt").touch()
    with pytest.raises(StudyInUseError, match="The study 'busy' is in use"):
        deleting.delete(tmp_path, ["a", "busy"])
    with pytest.raises(UsageError, match=r"holds 'notes.txt', which keras-search did not write: move it away, or"):
        deleting.delete(tmp_path, ["a", "foreign"])
    with pytest.raises(UsageError, match=r"No study named 'fore1gn'\. Did you mean 'foreign'\?"):
        deleting.delete(tmp_path, ["a", "fore1gn"])
    assert existing_studies(tmp_path) == ["a", "busy", "foreign"]
    lock.release()


def test_report_and_exports_stay_unless_asked_for_and_come_back(tmp_path: Path) -> None:
    studies, reports, exports = (tmp_path / name for name in ("studies", "reports", "exports"))
    _make(studies, "a")
    report, export = _make_ours(reports, "report", "a"), _make_ours(exports, "export", "a")
    deleting.delete(studies, ["a"])
    assert (report.is_dir(), export.is_dir()) == (True, True)
    deleting.restore(studies, "a")
    (gone,) = deleting.delete(studies, ["a"], reports, exports)
    assert (report.exists(), export.exists()) == (False, False)
    deleting.restore(studies, gone.id, "b", reports, exports)
    assert (reports / "b" / "report.html").read_text() == "a"
    assert is_ours(reports / "b", "report", "b")
    assert is_ours(exports / "b", "export", "b")


def test_a_report_that_is_not_ours_is_not_deleted(tmp_path: Path) -> None:
    studies, reports = tmp_path / "studies", tmp_path / "reports"
    _make(studies, "a")
    (reports / "a").mkdir(parents=True)
    (reports / "a" / "thesis.pdf").touch()
    with pytest.raises(UsageError, match="move it away and try again"):
        deleting.delete(studies, ["a"], reports)
    assert existing_studies(studies) == ["a"]


def test_a_name_that_is_taken_is_not_overwritten_by_a_restored_study(tmp_path: Path) -> None:
    _make(tmp_path, "a")
    (gone,) = deleting.delete(tmp_path, ["a"])
    _make(tmp_path, "a")
    with pytest.raises(UsageError, match=f"restore it under another: keras-search restore {gone.id} --as NAME"):
        deleting.restore(tmp_path, gone.id)
    for name in ("a/b", "..", ""):
        with pytest.raises(UsageError):
            deleting.restore(tmp_path, gone.id, name)
    assert len(deleting.trashed(tmp_path)) == 1


@pytest.mark.parametrize("id_", ["../a", "a-20200101-000000", "/etc", "b"])
def test_only_what_is_in_the_trash_is_found_there(tmp_path: Path, id_: str) -> None:
    _make(tmp_path, "a"), _make(tmp_path, "c")
    deleting.delete(tmp_path, ["c"])
    with pytest.raises(UsageError, match="in the trash"):
        deleting.empty(tmp_path, [id_])
    assert existing_studies(tmp_path) == ["a"]


def test_the_trash_is_emptied_of_studies_and_nothing_else(tmp_path: Path) -> None:
    _make(tmp_path, "a"), _make(tmp_path, "b"), _make(tmp_path, "c")
    a, b, c = deleting.delete(tmp_path, ["a", "b", "c"])
    (tmp_path / ".trash" / "mine-20200101-000000").mkdir()
    (b.folder.root / "notes.txt").touch()
    lock = claim(c.folder.root)
    emptied = deleting.empty(tmp_path)
    lock.release()
    assert emptied.gone == (a,)
    reasons = {each.id: reason for each, reason in emptied.kept}
    assert reasons.keys() == {b.id, c.id}
    assert reasons[b.id] == "notes.txt is not as keras-search wrote it"
    assert "is in use by another process" in reasons[c.id]
    assert (tmp_path / ".trash" / "mine-20200101-000000").is_dir()
    assert deleting.empty(tmp_path, [c.id]).gone == (c,)


def test_after_thirty_days_a_study_goes_unless_its_user_changed_it(tmp_path: Path) -> None:
    _make(tmp_path, "a"), _make(tmp_path, "b")
    a, b = deleting.delete(tmp_path, ["a", "b"])
    (b.folder.root / "logs" / "mine.log").write_text("mine")
    assert deleting.expire(tmp_path, time.time() + (KEPT_DAYS - 1) * DAY).gone == ()
    emptied = deleting.expire(tmp_path, time.time() + (KEPT_DAYS + 1) * DAY)
    assert emptied.gone == (a,)
    assert [each.id for each, _ in emptied.kept] == [b.id]
    assert deleting.trashed(tmp_path)[0].bytes > 4


def test_a_study_that_was_renamed_by_hand_is_restored_under_that_name(tmp_path: Path) -> None:
    _make(tmp_path, "old").root.rename(tmp_path / "new")
    (gone,) = deleting.delete(tmp_path, ["new"])
    assert gone.name == "new"
    assert deleting.restore(tmp_path, gone.id).name == "new"
