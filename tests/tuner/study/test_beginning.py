"""A new study takes the place of an old one at once, when it stands, and what was there is kept."""

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.study.beginning import beginning
from keras_search.tuner.study.database import write_study
from keras_search.tuner.study.folder import StudyFolder, existing_studies
from keras_search.tuner.study.store import Store, claim
from keras_search.tuner.system.ownership import MARK, is_ours
from keras_search.tuner.system.trash import KEPT

BEGIN = """
import sys
from pathlib import Path
from keras_search.tuner.study.beginning import beginning
from keras_search.tuner.study.database import write_study
from keras_search.tuner.study.folder import StudyFolder
with beginning(StudyFolder(Path(sys.argv[1])), overwrite=True) as new:
    write_study(new.staged.root, {"which": sys.argv[2]})
    new.take_place()
"""


def _begin(root: Path, which: str, overwrite: bool = True) -> Path | None:
    with beginning(StudyFolder(root), overwrite) as new:
        write_study(new.staged.root, {"which": which})
        return new.take_place()


def _which(root: Path) -> str:
    with Store.read(root) as store:
        return str(store.fact("which"))


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_first_study_that_comes_to_nothing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), beginning(StudyFolder(tmp_path / "studies" / "a"), overwrite=False):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_untouched_until_the_new_study_stands_and_is_kept(tmp_path: Path) -> None:
    root = tmp_path / "a"
    assert _begin(root, "first", overwrite=False) is None
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.name != "lock"}
    with pytest.raises(TypeError), beginning(StudyFolder(root), overwrite=True) as new:
        write_study(new.staged.root, {"which": object()})
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.name != "lock"} == before
    replaced = _begin(root, "second")
    assert replaced is not None
    assert replaced.parent == tmp_path / ".trash"
    assert (_which(root), _which(replaced)) == ("second", "first")
    assert existing_studies(tmp_path) == ["a"]
    assert _names(tmp_path) == {"a", ".trash"}


def test_the_trash_keeps_the_last_few_and_what_is_somebody_else_s(tmp_path: Path) -> None:
    places = [_begin(tmp_path / "a", str(number)) for number in range(KEPT + 1)]
    assert places[1] is not None
    (places[1] / "notes.txt").touch()
    for number in range(3):
        _begin(tmp_path / "a", f"{number} more")
    kept = [_which(place) for place in (tmp_path / ".trash").iterdir()]
    assert sorted(kept) == ["0", "0 more", "1 more", "3"]


def test_a_renamed_study_is_overwritten_under_its_new_name_and_kept(tmp_path: Path) -> None:
    """Its mark has the name that it was started with, so the trash never deletes it by itself."""
    _begin(tmp_path / "old", "first", overwrite=False)
    (tmp_path / "old").rename(tmp_path / "new")
    with pytest.raises(UsageError, match="A study named 'new' exists"):
        _begin(tmp_path / "new", "second", overwrite=False)
    renamed = _begin(tmp_path / "new", "second")
    assert renamed is not None
    for number in range(KEPT + 2):
        _begin(tmp_path / "new", str(number))
    assert (_which(renamed), _which(tmp_path / "new")) == ("first", str(KEPT + 1))


@pytest.mark.parametrize(
    "name",
    ["models/favourite.keras", "models/best.npz", "logs/diary.log", "data/mine.npy", "checkpoints/my/epoch-1.npz"],
)
def test_the_trash_keeps_what_only_looks_like_a_file_of_ours(tmp_path: Path, name: str) -> None:
    _begin(tmp_path / "a", "0")
    mine = tmp_path / "a" / name
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")
    for number in range(KEPT + 2):
        _begin(tmp_path / "a", f"{number} more")
    assert [path.read_text() for path in (tmp_path / ".trash").glob(f"*/{name}")] == ["mine"]
    assert len(list((tmp_path / ".trash").iterdir())) == KEPT + 1


@pytest.mark.parametrize("left", [(), (f"{MARK}.partial",)])
def test_a_start_that_was_killed_before_its_mark_is_begun_again(tmp_path: Path, left: tuple[str, ...]) -> None:
    (tmp_path / ".a.starting").mkdir()
    for name in left:
        (tmp_path / ".a.starting" / name).touch()
    _begin(tmp_path / "a", "first", overwrite=False)
    assert is_ours(tmp_path / "a", "study", "a")
    assert _names(tmp_path) == {"a"}


def test_a_study_is_not_overwritten_unasked_nor_while_it_is_in_use(tmp_path: Path) -> None:
    root = tmp_path / "a"
    _begin(root, "first")
    with pytest.raises(UsageError, match=r"^A study named 'a' exists\. Continue it: keras-search resume a"):
        _begin(root, "second", overwrite=False)
    with claim(root), pytest.raises(KerasSearchError, match=r"^The study 'a' is in use by another process"):
        _begin(root, "second")
    with beginning(StudyFolder(root), overwrite=True):  # noqa: SIM117
        with pytest.raises(KerasSearchError, match=r"^The study 'a' is in use by another process"):
            _begin(root, "second")
    assert (_which(root), _names(tmp_path)) == ("first", {"a"})


@pytest.mark.parametrize("fault", ["study created:1:self", "study swap:1:self", "study in place:1:self"])
@pytest.mark.parametrize("before", [True, False])
def test_a_kill_at_any_step_loses_neither_study(tmp_path: Path, fault: str, before: bool) -> None:
    root = tmp_path / "a"
    if before:
        _begin(root, "old")
    command = [sys.executable, "-c", BEGIN, str(root), "new"]
    done = subprocess.run(command, env={**os.environ, "KERAS_SEARCH_FAULT": fault}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert existing_studies(tmp_path) == ["a"]
    replaced = [] if not before else ["old"]
    if fault.startswith("study created") and before:
        assert _which(root) == "old"
        replaced = []
    else:
        assert _which(root) == "new"
    trash = tmp_path / ".trash"
    assert [_which(place) for place in trash.glob("*")] == replaced
    _begin(root, "newer")
    kept = sorted(_which(place) for place in trash.iterdir())
    assert kept == sorted({*replaced, "old" if fault.startswith("study created") and before else "new"})
    assert _names(tmp_path) == {"a", ".trash"}


def test_a_new_study_that_cannot_take_its_place_gives_the_old_one_back(tmp_path: Path) -> None:
    root = tmp_path / "a"
    _begin(root, "old")
    with beginning(StudyFolder(root), overwrite=True) as new:
        write_study(new.staged.root, {"which": "new"})
        moved = new.staged.root.rename(tmp_path / "elsewhere")
        with pytest.raises(KerasSearchError, match=r"^The study could not be put in its place, .*: No such file"):
            new.take_place()
    assert (_which(root), _which(moved)) == ("old", "new")
    assert list((tmp_path / ".trash").iterdir()) == []


@pytest.mark.parametrize("name", ["data", "models", "logs"])
def test_a_folder_of_the_users_is_left_alone(tmp_path: Path, name: str) -> None:
    own = tmp_path / "a" / name / "precious.bin"
    own.parent.mkdir(parents=True)
    own.write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(UsageError, match="no mark of keras-search"):
            _begin(tmp_path / "a", "new", overwrite)
    assert own.read_text() == "years of work"
    assert _names(tmp_path) == {"a"}


def test_a_hidden_folder_of_the_users_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / ".a.starting" / "precious.bin"
    own.parent.mkdir()
    own.touch()
    with pytest.raises(UsageError, match="no mark of keras-search"):
        _begin(tmp_path / "a", "new")
    assert own.exists()


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert _begin(tmp_path / "a", "new") is None
    assert _names(tmp_path) == {"a"}


def test_replaced_studies_have_names_of_their_own(tmp_path: Path) -> None:
    places = [_begin(tmp_path / "a", str(number)) for number in range(4)]
    for one, other in itertools.combinations(places[1:], 2):
        assert one != other
