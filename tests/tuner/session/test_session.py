"""Whole studies by the installed command: interrupted, damaged, out of room, in use, failing, and resumed."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

from keras_search.tuner.data import load_dataset
from keras_search.tuner.study.database import write_study
from keras_search.tuner.study.folder import StudyFolder

COMMAND = Path(sys.executable).with_name("keras-search")
FILES = ("trials.csv", "history.csv", "comparison.csv", "verdict.json")
SMALL = (
    *("--dataset", "small.npz", "--hypermodel", "lr-batch", "--tuner", "random", "--quiet"),
    *("--max-trials", "3", "--max-epochs", "3", "--compare-seeds", "1"),
)
Result = subprocess.CompletedProcess[str]
Answer = Callable[..., Result]
"""Runs a command in the tests' process, where nothing has to be killed."""


def _launch(folder: Path, *arguments: str, fault: str = "", limit: int | None = None) -> "subprocess.Popen[str]":
    """Start the command in `folder`, the largest file it may write being of `limit` bytes."""

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job ignores it
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, "KERAS_SEARCH_FAULT": fault},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=prepare,
    )


def _call(folder: Path, *arguments: str, fault: str = "", limit: int | None = None) -> Result:
    with _launch(folder, *arguments, fault=fault, limit=limit) as process:
        out, err = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def _files(folder: Path, name: str) -> dict[str, bytes]:
    return {file: (folder / "reports" / name / file).read_bytes() for file in FILES}


def _trials(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "reports" / name / "trials.csv", dtype={"trial": str}, keep_default_na=False)


def _write_data(folder: Path) -> None:
    """Write 400 of the digits, a checkpoint of the 128-64 network being three times as large."""
    digits = load_dataset("digits")
    part: dict[str, Any] = {"x_train": digits.x_train[:300], "y_train": digits.y_train[:300]}
    np.savez(folder / "small.npz", **part, x_test=digits.x_test[:100], y_test=digits.y_test[:100])


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Give a folder with the small data."""
    _write_data(tmp_path)
    return tmp_path


QUIET = f"""
import atexit, sys
from keras_search import cli
atexit.register(lambda: print(sorted({{"tensorflow", "keras", "keras_tuner"}} & set(sys.modules))))
sys.path.pop(0)  # the command has not the working directory there
sys.argv = ["keras-search", "start", "quiet", *{SMALL!r}, "--workers", "1"]
cli.main()
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Give the folder of the small study to which nothing happens, with one worker, and what its process said.

    A file of the user's beside it has the name of a library.
    """
    folder = tmp_path_factory.mktemp("expected")
    _write_data(folder)
    (folder / "keras.py").write_text("raise RuntimeError('not this one')")
    done = subprocess.run([sys.executable, "-c", QUIET], cwd=folder, capture_output=True, text=True, check=True)
    return folder, done


@pytest.fixture(scope="module")
def expected(undisturbed: tuple[Path, Result]) -> dict[str, bytes]:
    """Give what the small study writes when nothing happens to it."""
    return _files(undisturbed[0], "quiet")


def _wait_for_first_epoch(study: Path, process: "subprocess.Popen[str]") -> None:
    while process.poll() is None:
        if any(": epoch 1 of" in log.read_text(errors="replace") for log in study.glob("logs/*.log")):
            return
        time.sleep(0.05)


@pytest.mark.slow
def test_ctrl_c_then_resume_ends_as_if_nothing_had_happened(here: Path, expected: dict[str, bytes]) -> None:
    """On the way: another process may look on, but not write."""
    with _launch(here, "start", "busy", *SMALL, "--workers", "2") as process:
        _wait_for_first_epoch(here / "studies" / "busy", process)
        workers = [worker for child in psutil.Process(process.pid).children() for worker in child.children()]
        assert workers
        for worker in workers:
            worker.suspend()
        shown = _call(here, "show", "busy", "--json")
        second = _call(here, "resume", "busy")
        process.send_signal(signal.SIGINT)
        for worker in workers:
            worker.resume()
        _, message = process.communicate()
    assert (process.returncode, message) == (
        130,
        "Stopped; nothing is lost. Continue: keras-search resume busy\n",
    )
    assert json.loads(shown.stdout)["stage"] == "search"
    assert (second.returncode, second.stderr) == (
        1,
        "Error: The study 'busy' is in use by another process: wait for it or end it.\n",
    )
    resumed = _call(here, "resume", "--quiet", "--workers", "2")
    assert resumed.returncode == 0, resumed.stderr
    assert _files(here, "busy") == expected


ENDLESS = """
import time
from pathlib import Path

def build(hp):
    Path(__file__).with_name("building").touch()
    time.sleep(60)
"""


def test_ctrl_c_outside_the_search_says_how_to_go_on(here: Path) -> None:
    """While the data are read and the search space is surveyed there is nothing to keep, and nothing stays."""
    (here / "endless.py").write_text(ENDLESS)
    with _launch(here, "start", "early", *SMALL, "--hypermodel", "endless.py:build", "--workers", "1") as process:
        while process.poll() is None and not (here / "building").exists():
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, message = process.communicate()
    assert (process.returncode, message) == (
        130,
        "Stopped at once. Everything that a study had committed is kept: keras-search list\n",
    )
    assert not (here / "studies").exists()


@pytest.mark.slow
def test_damaged_checkpoints_and_models_are_made_again(here: Path, expected: dict[str, bytes]) -> None:
    killed = _call(here, "start", "hurt", *SMALL, "--workers", "1", fault="checkpoint renamed:2:search")
    assert killed.returncode == -signal.SIGKILL
    study = here / "studies" / "hurt"
    for path in study.glob("checkpoints/*/epoch-*.npz"):
        path.write_bytes(path.read_bytes()[:-50])
    killed = _call(here, "resume", "--quiet", "--workers", "1", fault="before evaluated:1:search")
    assert killed.returncode == -signal.SIGKILL
    assert not list(study.glob("checkpoints/*/epoch-*.npz"))
    model = study / "models" / "tuned-seed0.keras"
    model.write_bytes(model.read_bytes()[:-50])
    refused = _call(here, "resume", "--quiet", "--workers", "1")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: tuned-seed0 could not be tested: ")
    assert refused.stderr.endswith(" To retrain it: keras-search resume\n")
    resumed = _call(here, "resume", "--quiet", "--workers", "1")
    assert resumed.returncode == 0, resumed.stderr
    assert _files(here, "hurt") == expected


@pytest.fixture
def room(here: Path) -> Iterator[tuple[int | None, Callable[[], None]]]:
    """Make `studies` take too little: give the limit of a file's size to start under, and what makes room again."""
    studies = here / "studies"
    studies.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(studies)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield 150_000, lambda: None
        return

    def make_room() -> None:
        subprocess.run(["mount", "-o", "remount,size=64m", str(studies)], check=True)

    yield None, make_room
    subprocess.run(["umount", str(studies)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_with_room_the_study_ends_the_same(
    here: Path, expected: dict[str, bytes], room: tuple[int | None, Callable[[], None]]
) -> None:
    limit, make_room = room
    full = _call(here, "start", "full", *SMALL, "--workers", "1", limit=limit)
    assert full.returncode == 1
    assert full.stderr.count("\n") == 1
    assert full.stderr.startswith("Error: ")
    assert full.stderr.endswith(" and continue with keras-search resume.\n")
    make_room()
    resumed = _call(here, "resume", "--quiet", "--workers", "1")
    assert resumed.returncode == 0, resumed.stderr
    assert _files(here, "full") == expected


def test_a_start_that_fails_leaves_all_as_it_was(tmp_path: Path, answer: Answer) -> None:
    """`--overwrite` with a typo, over a study and over a folder of the user's own."""
    study, own = tmp_path / "studies" / "a", tmp_path / "studies" / "b"
    StudyFolder(study).make()
    write_study(study, {"settings": {}})
    (own / "models").mkdir(parents=True)
    (own / "models" / "mine.h5").write_text("years of work")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    typo = ("--dataset", "missing.npz", "--workers", "1")
    refused = answer("start", "a", *typo)
    assert (refused.returncode, refused.stderr) == (
        2,
        "Error: A study named 'a' exists. Continue it: keras-search resume a. Start again: add --overwrite.\n",
    )
    foreign = answer("start", "b", "--overwrite", *typo)
    assert (foreign.returncode, foreign.stderr) == (
        2,
        "Error: studies/b holds files and no mark of keras-search (.keras-search.json): "
        "choose another name or --studies-dir.\n",
    )
    failed = answer("start", "a", "--overwrite", *typo)
    assert (failed.returncode, "missing.npz" in failed.stderr) == (2, True)
    lock = study / "lock"
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path != lock} == before


def test_a_damaged_study_is_named(tmp_path: Path, answer: Answer) -> None:
    study = tmp_path / "studies" / "a"
    study.mkdir(parents=True)
    (study / "study.db").write_text("This is no database, though it is long enough to be looked at as one." * 20)
    for command in ("show", "resume"):
        damaged = answer(command, "a")
        assert (damaged.returncode, damaged.stderr) == (
            1,
            f"Error: {Path('studies/a/study.db')} is damaged (file is not a database): "
            "restore it from a backup, or start again with --overwrite.\n",
        )


TROUBLED = """
import os
import signal
from pathlib import Path

import keras

MENDED = Path(__file__).with_name("mended")


class Troubled(keras.Sequential):
    trouble = ""

    def train_step(self, data):
        if self.trouble == "raises":
            raise RuntimeError("This is broken.")
        if self.trouble == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().train_step(data)


def build(hp):
    return network(hp.Choice("trouble", ["none", "raises", "dies", "diverges", "huge"]))


def network(trouble):
    units = 1000 if trouble == "huge" else 10
    initializer = keras.initializers.Constant(float("nan")) if trouble == "diverges" else "zeros"
    model = Troubled([
        keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(units),
        keras.layers.Dense(10, "softmax", kernel_initializer=initializer),
    ])
    model.trouble = trouble
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def broken(hp):
    hp.Choice("number", [1, 2])
    return network("none" if MENDED.exists() else "diverges")
"""


@pytest.mark.usefixtures("coarse_plots")
def test_every_failure_is_a_state_with_its_reason(tmp_path: Path, answer: Answer) -> None:
    (tmp_path / "mine.py").write_text(TROUBLED)
    search = ("--tuner", "grid", "--max-epochs", "1", "--max-parameters", "20000", "--search-only", "--quiet")
    done = answer("start", "troubled", "--hypermodel", "mine.py:build", *search, "--workers", "2")
    assert done.returncode == 0, done.stderr
    rows = _trials(tmp_path, "troubled").set_index("trouble")[["state", "error"]]
    assert {trouble: tuple(row) for trouble, row in rows.iterrows()} == {
        "none": ("completed", ""),
        "raises": ("failed", "RuntimeError: This is broken."),
        "dies": (
            "failed",
            "The worker was ended by SIGKILL, which is what a system short of memory does. (3 attempts)",
        ),
        "diverges": ("failed", "The loss became nan in epoch 1."),
        "huge": ("failed", "The model has 75,010 parameters, more than 20,000 allowed."),
    }


@pytest.mark.slow
@pytest.mark.usefixtures("coarse_plots")
def test_a_search_in_which_all_failed_can_be_resumed_after_a_repair(tmp_path: Path, answer: Answer) -> None:
    (tmp_path / "mine.py").write_text(TROUBLED)
    search = ("--tuner", "grid", "--max-epochs", "1", "--search-only", "--quiet")
    failed = answer("start", "repaired", "--hypermodel", "mine.py:broken", *search, "--workers", "1")
    assert failed.returncode == 1
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("Error: All 2 trials failed; most often (2): The loss became nan in epoch 1."), failed.stderr
    (tmp_path / "mended").touch()
    resumed = answer("resume", "--search-only", "--quiet", "--workers", "1")
    assert resumed.returncode == 0, resumed.stderr
    assert list(_trials(tmp_path, "repaired")["state"]) == ["completed", "completed"]


def test_the_search_process_imports_no_tensorflow_and_no_file_of_the_users_takes_a_library_s_place(
    undisturbed: tuple[Path, Result],
) -> None:
    """It would be two seconds late, and hold what only workers need.

    The process that workers are forked from starts with the working directory on its path.
    """
    _, done = undisturbed
    assert (done.stdout.splitlines()[-1], done.stderr) == ("[]", "")
