"""Files appear whole or not at all."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.system.files import replacing, replacing_folder, swap_folders
from keras_search.tuner.system.ownership import MARK, Mark, files_below


def test_replacing_puts_the_new_content_in_the_place_of_the_old(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")
    with replacing(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_replacing_keeps_the_suffix_that_writers_look_at(tmp_path: Path) -> None:
    with replacing(tmp_path / "model.keras") as partial:
        assert (partial.parent, partial.suffix) == (tmp_path, ".keras")
        partial.touch()


def test_replacing_leaves_the_old_content_and_nothing_else_after_an_error(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")

    def fail(partial: Path) -> None:
        partial.write_text("half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"), replacing(target) as partial:
        fail(partial)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_replacing_starts_anew_over_what_a_killed_process_left(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    with replacing(target) as partial:
        name = partial.name
        partial.write_text("first")
    (tmp_path / name).write_text("a longer text that was torn by a kill")
    with replacing(target) as partial:
        partial.write_text("second")
    assert target.read_text() == "second"
    assert list(tmp_path.iterdir()) == [target]


MARKED = Mark("report", "a")


def _write(target: Path, **files: str) -> None:
    with replacing_folder(target, MARKED) as partial:
        for name, content in files.items():
            (partial / name).write_text(content)


def _read(target: Path) -> dict[str, str]:
    return {name: (target / name).read_text() for name in files_below(target) if name != MARK}


def test_a_folder_takes_the_place_of_another_and_other_files_stay(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a"
    _write(target, table="old", plot="old")
    (target / "mine").mkdir()
    (target / "mine" / "notes.txt").write_text("mine")
    (target / "link").symlink_to(tmp_path)
    _write(target, table="new")
    assert _read(target / "mine") == {"notes.txt": "mine"}
    assert (target / "link").is_symlink()
    assert sorted(path.name for path in target.iterdir()) == sorted([MARK, "mine", "link", "table"])
    assert (target / "table").read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["a"]


def test_folders_of_somebody_else_s_that_hold_nothing_stay(tmp_path: Path) -> None:
    _write(tmp_path / "a", ours="1")
    for place in ("empty", "deep/empty", "mixed/empty"):
        (tmp_path / "a" / place).mkdir(parents=True)
    (tmp_path / "a" / "mixed" / "notes").touch()
    _write(tmp_path / "a", ours="2")
    assert all((tmp_path / "a" / place).is_dir() for place in ("empty", "deep/empty", "mixed/empty"))
    assert {path.name for path in tmp_path.iterdir()} == {"a"}


def test_a_folder_that_cannot_be_filled_leaves_all_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), replacing_folder(tmp_path / "deep" / "a", MARKED):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    _write(tmp_path / "a", table="old")
    with pytest.raises(ZeroDivisionError), replacing_folder(tmp_path / "a", MARKED):
        raise ZeroDivisionError
    assert _read(tmp_path / "a") == {"table": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_cannot_take_its_place_gives_the_old_one_back(tmp_path: Path) -> None:
    """A rename that the system refuses, after the old folder has made way."""
    target = tmp_path / "a"
    _write(target, table="old")

    class Refused(type(target)):  # type: ignore[misc]
        def replace(self, other: Path) -> Path:
            if self.name == ".a.partial":
                raise OSError("refused")
            return Path(super().replace(other))

    with pytest.raises(OSError, match="refused"), replacing_folder(Refused(target), MARKED) as partial:
        (partial / "table").write_text("new")
    assert _read(target) == {"table": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("aside", [".a.old", ".trash/a-1"])
def test_a_swap_that_cannot_be_leaves_the_folder_where_it_was(tmp_path: Path, aside: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "table").write_text("old")
    with pytest.raises(FileNotFoundError):
        swap_folders(tmp_path / "gone", tmp_path / "a", tmp_path / aside, "swap")
    assert (tmp_path / "a" / "table").read_text() == "old"
    assert not (tmp_path / aside).exists()


def test_a_swap_puts_aside_only_what_held_anything(tmp_path: Path) -> None:
    for name in ("a", "first", "second"):
        (tmp_path / name).mkdir()
    (tmp_path / "first" / "table").touch()
    swap_folders(tmp_path / "first", tmp_path / "a", tmp_path / "old", "swap")
    assert files_below(tmp_path) == ["a/table"]
    assert not (tmp_path / "old").exists()
    swap_folders(tmp_path / "second", tmp_path / "a", tmp_path / "old", "swap")
    assert files_below(tmp_path) == ["old/table"]


@pytest.mark.parametrize("name", ["table", "table/notes.txt"])
def test_a_file_in_the_way_of_one_of_ours_is_refused_before_anything_is_touched(tmp_path: Path, name: str) -> None:
    target = tmp_path / "a"
    _write(target, plot="old")
    (target / name).parent.mkdir(exist_ok=True)
    (target / name).write_text("mine")
    with pytest.raises(UsageError, match=f"{name} was not written by keras-search and is in the way: move it away"):
        _write(target, table="new")
    assert _read(target) == {"plot": "old", name: "mine"}


@pytest.mark.parametrize("place", ["a", ".a.partial", ".a.old"])
def test_a_folder_of_somebody_else_s_is_left_alone(tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir()
    (tmp_path / place / "wine.csv").touch()
    with pytest.raises(UsageError, match="no mark of keras-search"):
        _write(tmp_path / "a", table="new")
    assert files_below(tmp_path) == [f"{place}/wine.csv"]


@pytest.mark.parametrize("left", [(), (f"{MARK}.partial",)])
def test_what_a_kill_leaves_before_the_mark_is_in_nobodys_way(tmp_path: Path, left: tuple[str, ...]) -> None:
    (tmp_path / ".a.partial").mkdir()
    for name in left:
        (tmp_path / ".a.partial" / name).write_text('{"kind": "rep')
    _write(tmp_path / "a", table="new")
    assert _read(tmp_path / "a") == {"table": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


REPLACE = """
import sys
from pathlib import Path
from keras_search.tuner.system.files import replacing_folder
from keras_search.tuner.system.ownership import Mark
with replacing_folder(Path(sys.argv[1]), Mark("report", "a")) as partial:
    (partial / "table").write_text("new")
"""


@pytest.mark.parametrize("fault", ["folder filled:1:self", "folder swap:1:self", "folder swapped:1:self",
                                   "folder carried:1:self", "folder carried:2:self"])  # fmt: skip
def test_a_kill_at_any_step_loses_no_file(tmp_path: Path, fault: str) -> None:
    target = tmp_path / "a"
    _write(target, table="old", plot="old")
    for name in ("one.txt", "two.txt"):
        (target / name).write_text("mine")
    command = [sys.executable, "-c", REPLACE, str(target)]
    done = subprocess.run(command, env={**os.environ, "KERAS_SEARCH_FAULT": fault}, check=False)
    assert done.returncode == -signal.SIGKILL
    found = [path for path in files_below(tmp_path) if path.endswith(".txt")]
    assert sorted(Path(path).name for path in found) == ["one.txt", "two.txt"]
    _write(target, table="newest")
    assert _read(target) == {"table": "newest", "one.txt": "mine", "two.txt": "mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
