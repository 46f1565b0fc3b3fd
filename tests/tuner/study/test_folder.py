"""A study is one folder; a new one takes the place of an old one only when it stands."""

import itertools
from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.study.folder import StudyFolder, existing_studies, find_study


def _study(root: Path, content: str = "old") -> StudyFolder:
    folder = StudyFolder(root)
    folder.make()
    folder.database.write_text(content)
    (root / "study.db-wal").write_text(content)
    (root / "lock").touch()
    folder.model("tuned-seed0").write_text(content)
    return folder


def _content(folder: StudyFolder) -> dict[str, str]:
    files = (path for path in sorted(folder.root.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder.root)): path.read_text() for path in files}


OLD = {"lock": "", "models/tuned-seed0.keras": "old", "study.db": "old", "study.db-wal": "old"}


def test_a_study_set_aside_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = _study(tmp_path / "a")
    folder.set_aside()
    assert [path.name for path in sorted(folder.root.iterdir())] == ["lock", "replaced"]
    folder.make()
    folder.model("half-made").write_text("new")
    folder.give_up()
    assert _content(folder) == OLD
    assert not (folder.root / "replaced").exists()


@pytest.mark.parametrize("moves", range(8))
def test_an_old_study_returns_whenever_its_setting_aside_was_killed(tmp_path: Path, moves: int) -> None:
    """After every number of moves, forth and then back, the next start finds the old study whole."""
    folder = _study(tmp_path / "a")
    places = ["study.db", "study.db-wal", "checkpoints", "logs", "models"]
    (folder.root / "replaced").mkdir()
    for name in itertools.islice(places, moves):
        (folder.root / name).replace(folder.root / "replaced" / name)
    for name in itertools.islice(reversed(places), max(0, moves - len(places))):
        (folder.root / "replaced" / name).replace(folder.root / name)
    folder.settle()
    assert _content(folder) == OLD
    assert not (folder.root / "replaced").exists()


def test_an_old_study_is_gone_once_the_new_one_stands(tmp_path: Path) -> None:
    folder = _study(tmp_path / "a")
    folder.set_aside()
    folder.make()
    folder.database.write_text("new")
    folder.settle()
    assert _content(folder) == {"lock": "", "study.db": "new"}


def test_a_first_study_that_comes_to_nothing_leaves_nothing(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "a")
    folder.make()
    folder.set_aside()
    folder.make()
    folder.give_up()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_foreign_files_is_told_from_a_study(tmp_path: Path) -> None:
    folder = _study(tmp_path / "a")
    assert folder.holds_only_ours()
    (folder.root / "thesis.tex").touch()
    assert not folder.holds_only_ours()


def test_studies_are_found_by_name(tmp_path: Path) -> None:
    assert existing_studies(tmp_path) == []
    _study(tmp_path / "b")
    _study(tmp_path / "a")
    StudyFolder(tmp_path / "never-started").make()
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
        "No study named 'mnst'. Studies here: digits, mnist. Start one: keras-search start mnst"
    )
    with pytest.raises(UsageError) as caught:
        find_study(tmp_path, None)
    assert str(caught.value) == "Which study? Studies here: digits, mnist."


def test_a_command_names_where_the_study_is_unless_that_is_plain(tmp_path: Path) -> None:
    assert StudyFolder(Path("studies/a")).command("resume") == "keras-search resume a"
    assert StudyFolder(tmp_path / "a").command("resume") == f"keras-search resume a --studies-dir {tmp_path}"
