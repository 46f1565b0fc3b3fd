"""A study is one folder that we know by our mark, and that never leads elsewhere."""

import sqlite3
from pathlib import Path

import pytest

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.study.folder import StudyFolder, check_report_place, existing_studies, find_study
from keras_search.tuner.system.ownership import MARK, Mark, write_mark


def _study(root: Path) -> StudyFolder:
    folder = StudyFolder(root)
    folder.make()
    folder.database.write_text("old")
    folder.model("tuned-seed0").write_text("old")
    return folder


def test_a_study_of_ours_may_be_replaced(tmp_path: Path) -> None:
    folder = _study(tmp_path / "a")
    for name in ("data/x_fit.npy", "data/rows_test-0.npy", "data/splits.json", "data/.keras-search.json",
                 "checkpoints/i1-b0-r0-00/epoch-00001.npz", "checkpoints/0001/.epoch-00002.partial.npz",
                 "checkpoints/0001/epoch-00003.damaged", "logs/worker-0.log", "lock", "study.db-wal"):  # fmt: skip
        (folder.root / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.root / name).touch()
    assert _replaceable(folder)
    folder.root.joinpath("thesis.tex").touch()
    assert not _replaceable(folder)


def _replaceable(folder: StudyFolder) -> bool:
    try:
        folder.check_replaceable()
    except UsageError:
        return False
    return True


@pytest.mark.parametrize(
    "name", ["thesis.tex", "data/notes.txt", "data/mine.csv", "models/best.onnx", "logs/run.txt", "checkpoints/a.npz",
             "checkpoints/0001/best.npz", "plots/loss.png"]
)  # fmt: skip
def test_a_file_of_somebody_else_s_stops_a_new_study(tmp_path: Path, name: str) -> None:
    folder = _study(tmp_path / "a")
    (folder.root / name).parent.mkdir(parents=True, exist_ok=True)
    (folder.root / name).touch()
    with pytest.raises(UsageError) as caught:
        folder.check_replaceable()
    assert str(caught.value) == (
        f"{folder.root} holds {name!r}, which keras-search did not write: "
        "move it away, or choose another name or --studies-dir."
    )


@pytest.mark.parametrize("name", ["data", "models", "logs", "checkpoints"])
def test_a_folder_that_only_looks_like_a_study_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "a" / name).mkdir(parents=True)
    with pytest.raises(UsageError, match=r"holds files and no mark of keras-search \(.keras-search.json\): choose"):
        StudyFolder(tmp_path / "a").check_replaceable()


@pytest.mark.parametrize("kind", ["report", "export"])
def test_another_folder_of_ours_is_no_study(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").mkdir()
    write_mark(tmp_path / "a", Mark(kind, "a"))
    with pytest.raises(UsageError, match=f"holds the {kind} 'a': choose another name"):
        StudyFolder(tmp_path / "a").check_replaceable()


def test_a_study_whose_folder_was_renamed_is_one_all_the_same(tmp_path: Path) -> None:
    """It is copied and moved as one thing, and what takes its place moves it to the trash."""
    _study(tmp_path / "a").root.rename(tmp_path / "b")
    StudyFolder(tmp_path / "b").check_replaceable()
    (tmp_path / "b" / "thesis.tex").touch()
    with pytest.raises(UsageError, match=r"holds 'thesis\.tex', which keras-search did not write"):
        StudyFolder(tmp_path / "b").check_replaceable()


def test_a_study_of_before_there_were_marks_is_known_by_its_tables(tmp_path: Path) -> None:
    folder = _study(tmp_path / "a")
    (folder.root / MARK).unlink()
    with pytest.raises(UsageError, match="no mark of keras-search"):
        folder.check_replaceable()
    folder.database.unlink()
    connection = sqlite3.connect(folder.database)
    for table in ("facts", "runs", "epochs", "evaluations", "arrays", "events"):
        connection.execute(f"CREATE TABLE {table} (name TEXT)")
    connection.close()
    folder.check_replaceable()


@pytest.mark.parametrize("part", ["checkpoints", "data", "models", "logs", "lock", "study.db", "checkpoints/0001"])
def test_a_link_out_of_the_study_is_refused_and_not_followed(tmp_path: Path, part: str) -> None:
    folder = _study(tmp_path / "a")
    place, elsewhere = folder.root / part, tmp_path / "elsewhere"
    elsewhere.mkdir()
    if place.is_dir():
        place.rename(tmp_path / "was")
    place.unlink(missing_ok=True)
    place.symlink_to(elsewhere)
    with pytest.raises(KerasSearchError) as caught:
        folder.make()
    assert str(caught.value) == (
        f"{place} is a link to {elsewhere}: a study keeps its files in its own folder. "
        "Put what it links to in its place."
    )
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("run", ["../x", "a/b", "", ".", "..", "/etc/x", "a\\..\\b", "a\0b", "a\nb", "-seed0"])
def test_a_run_s_name_leads_nowhere(tmp_path: Path, run: str) -> None:
    with pytest.raises(KerasSearchError, match="is not a valid name of a run"):
        StudyFolder(tmp_path).model(run)


def test_a_report_has_a_folder_of_its_own(tmp_path: Path) -> None:
    study = _study(tmp_path / "studies" / "wine")
    assert check_report_place(tmp_path / "reports", study) == tmp_path / "reports" / "wine"
    (tmp_path / "wine").mkdir()
    check_report_place(tmp_path, study)
    (tmp_path / "wine" / "wine.csv").touch()
    with pytest.raises(
        UsageError, match=r"wine holds files and no mark .*: move it away, or choose another --reports-dir"
    ):
        check_report_place(tmp_path, study)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "wine").symlink_to(tmp_path / "reports")
    with pytest.raises(UsageError, match="is a link to"):
        check_report_place(tmp_path / "linked", study)


@pytest.mark.parametrize("place", ["studies", "studies/wine", "studies/../studies"])
def test_a_report_does_not_lie_in_its_study(tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="would be inside the study's folder: choose another --reports-dir"):
        check_report_place(Path(place), StudyFolder(Path("studies/wine")))


def test_studies_are_found_by_name(tmp_path: Path) -> None:
    assert existing_studies(tmp_path) == []
    _study(tmp_path / "b")
    _study(tmp_path / "a")
    StudyFolder(tmp_path / "never-started").make()
    StudyFolder(tmp_path / ".a.starting").make("a")
    (tmp_path / ".a.starting" / "study.db").touch()
    assert existing_studies(tmp_path) == ["a", "b"]
    assert find_study(tmp_path, "a").root == tmp_path / "a"


def test_the_only_study_needs_no_name(tmp_path: Path) -> None:
    _study(tmp_path / "only")
    assert find_study(tmp_path, None).name == "only"


def test_a_study_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_study(tmp_path, "mnst")
    nowhere = f"There are no studies in {tmp_path}."
    assert str(caught.value) == f"No study named 'mnst'. {nowhere} Start one: keras-search start mnst"
    _study(tmp_path / "digits")
    _study(tmp_path / "mnist")
    with pytest.raises(UsageError) as caught:
        find_study(tmp_path, "mnst")
    assert str(caught.value) == (
        "No study named 'mnst'. Did you mean 'mnist'? Studies here: digits, mnist. Start one: keras-search start mnst"
    )
    with pytest.raises(UsageError) as caught:
        find_study(tmp_path, None)
    assert str(caught.value) == "Which study? Studies here: digits, mnist."


def test_a_command_names_where_the_study_is_unless_that_is_plain(tmp_path: Path) -> None:
    assert StudyFolder(Path("studies/a")).command("resume") == "keras-search resume a"
    assert StudyFolder(tmp_path / "a").command("resume") == f"keras-search resume a --studies-dir {tmp_path}"
