"""A folder is ours by its mark alone, and a file is what was written or it is named."""

import shutil
from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.system.ownership import (
    MARK,
    ChangedFileError,
    Mark,
    check_file,
    check_ours,
    check_sealed,
    digest_of,
    digests,
    edited_files,
    foreign_files,
    read_mark,
    remove_marked,
    seal_of,
    write_mark,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a marked folder with two files of ours."""
    place = tmp_path / "a"
    (place / "deep").mkdir(parents=True)
    (place / "one.csv").write_text("1")
    (place / "deep" / "two.bin").write_bytes(b"\0" * 100)
    write_mark(place, Mark("report", "a", digests(place)))
    return place


def test_a_mark_comes_back(folder: Path) -> None:
    mark = read_mark(folder)
    assert mark is not None
    assert (mark.kind, mark.name, sorted(mark.files)) == ("report", "a", ["deep/two.bin", "one.csv"])


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"kind": "report"}', '{"kind": "report", "name": "a", "files": []}', "\0", "1"]
)
def test_what_we_could_not_have_written_is_no_mark(folder: Path, content: str) -> None:
    (folder / MARK).write_text(content)
    assert read_mark(folder) is None
    with pytest.raises(UsageError, match="no mark of keras-search"):
        check_ours(folder, "report", "a", "go away.")


def test_a_mark_by_a_link_is_none(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / MARK).symlink_to(folder / MARK)
    assert read_mark(tmp_path / "b") is None
    (tmp_path / "c").symlink_to(folder)
    assert read_mark(tmp_path / "c") is None


def test_only_a_free_place_or_one_of_the_same_kind_and_name_is_ours(folder: Path, tmp_path: Path) -> None:
    check_ours(folder, "report", "a", "")
    check_ours(tmp_path / "none", "report", "none", "")
    (tmp_path / "empty").mkdir()
    check_ours(tmp_path / "empty", "report", "empty", "")
    (tmp_path / "file").touch()
    for place, kind, name in ((folder, "export", "a"), (folder, "report", "b"), (tmp_path / "file", "report", "file")):
        with pytest.raises(UsageError):
            check_ours(place, kind, name, "")


def test_other_files_and_edited_ones_are_named(folder: Path) -> None:
    assert (foreign_files(folder), edited_files(folder)) == ([], [])
    (folder / "deep" / "notes.txt").touch()
    (folder / "link").symlink_to(folder / "one.csv")
    (folder / "one.csv").write_text("2")
    assert foreign_files(folder) == ["deep/notes.txt", "link"]
    assert edited_files(folder) == ["one.csv"]


@pytest.mark.parametrize(("name", "content"), [("one.csv", "2"), ("one.csv", ""), ("deep/two.bin", "\0" * 99 + "x")])
def test_a_changed_file_breaks_the_seal_and_is_named(folder: Path, name: str, content: str) -> None:
    seal = seal_of(folder)
    check_sealed(folder, seal)
    (folder / name).write_text(content)
    with pytest.raises(ChangedFileError) as caught:
        check_sealed(folder, seal)
    assert (str(caught.value), caught.value.lost) == (f"{folder / name} has changed since it was written", False)
    check_sealed(folder, seal, only=next(other for other in ("one.csv", "deep/two.bin") if other != name))


def test_a_change_covered_up_in_the_mark_breaks_the_seal(folder: Path) -> None:
    seal = seal_of(folder)
    (folder / "one.csv").write_text("2")
    write_mark(folder, Mark("report", "a", digests(folder)))
    with pytest.raises(ChangedFileError, match=rf"{MARK} has changed since it was written"):
        check_sealed(folder, seal)


def test_a_lost_file_is_told_from_a_changed_one(folder: Path) -> None:
    seal = seal_of(folder)
    (folder / "one.csv").unlink()
    with pytest.raises(ChangedFileError, match=r"one\.csv is missing$") as caught:
        check_sealed(folder, seal)
    assert caught.value.lost
    (folder / "deep" / "two.bin").write_text("")
    with pytest.raises(ChangedFileError, match="has changed"):
        check_sealed(folder, seal)


def test_a_file_is_what_was_written(folder: Path) -> None:
    digest = digest_of(folder / "one.csv")
    check_file(folder / "one.csv", digest)
    for known in (None, "", digest[::-1]):
        with pytest.raises(ChangedFileError, match="has changed"):
            check_file(folder / "one.csv", known)
    with pytest.raises(ChangedFileError, match="is missing"):
        check_file(folder / "none", digest)


def test_a_folder_without_our_mark_is_not_removed(folder: Path) -> None:
    for kind, name in (("report", "b"), ("export", "a")):
        with pytest.raises(UsageError):
            remove_marked(folder, kind, name)
    remove_marked(folder, "report", "a")
    remove_marked(folder, "report", "a")
    assert not folder.exists()


def test_what_a_kill_leaves_of_a_folder_that_is_removed_is_still_ours(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mark(folder, Mark("report", "a"))
    monkeypatch.setattr(shutil, "rmtree", _killed)
    with pytest.raises(KeyboardInterrupt):
        remove_marked(folder, "report", "a")
    assert read_mark(folder) == Mark("report", "a")


def _killed(_: Path) -> None:
    raise KeyboardInterrupt
