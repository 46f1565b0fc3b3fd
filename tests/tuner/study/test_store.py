"""A study is one SQLite file: whole at every instant, one writer, any number of readers."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.records import Epoch, Evaluation, Kind, Run, State
from keras_search.tuner.study.store import Store, claim, to_bytes

NOBODY = 65534


def _python(program: str, *arguments: object, **environment: str) -> "subprocess.Popen[str]":
    """Start another Python process whose `folder` is its first argument."""
    start = "import sys\nfrom pathlib import Path\nfrom keras_search.tuner.study.store import Store\n"
    start += "folder = Path(sys.argv[1])\n"
    return subprocess.Popen(
        [sys.executable, "-c", start + program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def _create(folder: Path) -> Store:
    folder.mkdir(exist_ok=True)
    return Store.create(folder, claim(folder), settings={"seed": 0})


def _run(name: str = "0001", **changes: object) -> Run:
    values = {"units": 64, "rate": 0.1, "name": "ünit", "batch_normalization": True}
    return Run(**{"name": name, "kind": Kind.TRIAL, "model": "mlp", "role": "trial", "hyperparameters": values,
                  "seed": 2**63 - 1, "epochs": 3, **changes})  # type: ignore[arg-type]  # fmt: skip


def test_what_was_committed_is_there_for_the_next_process(tmp_path: Path) -> None:
    run = _run(state=State.COMPLETED, trained=3, score=0.1 + 0.2, best_epoch=2, parameters=7, error=None)
    epoch = Epoch("0001", 1, {"loss": 1 / 3, "val_loss": float("inf")}, 0.5, 1)
    evaluation = Evaluation("0001", {"accuracy": 0.9}, to_bytes(np.eye(3, dtype=np.float32)))
    with _create(tmp_path) as store, store.transaction():
        store.put_run(run)
        store.put_epoch(epoch)
        store.put_evaluation(evaluation)
        store.put_array("labels", np.arange(3))
        store.put_event("begin", "0001", 1)
        store.set_facts(best="0001")
    with Store.open(tmp_path) as store:
        assert store.runs == {"0001": run}
        assert store.epochs() == [epoch]
        assert store.evaluations() == {"0001": evaluation}
        assert store.array("labels").tolist() == [0, 1, 2]  # type: ignore[union-attr]
        assert [event[1:] for event in store.events()] == [("begin", "0001", 1)]
        assert (store.fact("settings"), store.fact("best"), store.fact("planned", 5)) == ({"seed": 0}, "0001", 5)


def test_a_transaction_is_committed_whole_or_not_at_all(tmp_path: Path) -> None:
    def begin_and_fail(store: Store) -> None:
        with store.transaction():
            store.put_run(_run(attempts=9))
            store.put_run(_run("0002"))
            store.set_facts(best="0002")
            raise ZeroDivisionError

    with _create(tmp_path) as store:
        with store.transaction():
            store.put_run(_run())
        with pytest.raises(ZeroDivisionError):
            begin_and_fail(store)
        assert store.runs == {"0001": _run()}
    with Store.read(tmp_path) as store:
        assert store.runs == {"0001": _run()}
        assert store.fact("best") is None


COMMIT_TEN_TIMES = """
with Store.open(folder) as store:
    for number in range(10):
        with store.transaction():
            store.set_facts(**{f"fact {number}": number})
            store.put_event("written")
"""


@pytest.mark.parametrize(("fault", "committed"), [("inside commit:3:self", 2), ("after commit:3:self", 3)])
def test_a_kill_leaves_what_was_committed_and_nothing_else(tmp_path: Path, fault: str, committed: int) -> None:
    _create(tmp_path).close()
    with _python(COMMIT_TEN_TIMES, tmp_path, KERAS_SEARCH_FAULT=fault) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    with Store.open(tmp_path) as store:
        assert [store.fact(f"fact {number}") for number in range(committed + 1)] == [*range(committed), None]
        assert len(store.events()) == committed


def test_forgotten_runs_take_their_epochs_along(tmp_path: Path) -> None:
    with _create(tmp_path) as store:
        with store.transaction():
            for name in ("0001", "0002"):
                store.put_run(_run(name))
                store.put_epoch(Epoch(name, 1, {}, 0.0, 0))
                store.put_evaluation(Evaluation(name, {}, b""))
        with store.transaction():
            store.delete_runs(["0001"])
        assert list(store.runs) == ["0002"]
        assert [epoch.run for epoch in store.epochs()] == ["0002"]
        assert store.evaluated() == {"0002"}


def test_the_history_of_a_promoted_trial_begins_with_its_parents(tmp_path: Path) -> None:
    with _create(tmp_path) as store, store.transaction():
        store.put_run(_run("parent"))
        store.put_run(_run("child", parent="parent"))
        store.put_epoch(Epoch("child", 3, {"loss": 1.0}, 0.0, 0))
        for epoch in (2, 1):
            store.put_epoch(Epoch("parent", epoch, {"loss": 4.0 - epoch}, 0.0, 0))
        assert store.history("child") == {1: {"loss": 3.0}, 2: {"loss": 2.0}, 3: {"loss": 1.0}}


def test_a_study_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(TypeError), claim(tmp_path) as lock:
        Store.create(tmp_path, lock, settings=object())
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_second_writer_is_refused_at_once_and_a_reader_is_not(tmp_path: Path) -> None:
    with _create(tmp_path) as store:
        with pytest.raises(KerasSearchError) as caught:
            Store.open(tmp_path)
        assert str(caught.value) == (
            f"The study {tmp_path.name!r} is in use by another process: wait for it or end it."
        )
        with store.transaction():
            store.put_run(_run())
        with Store.read(tmp_path) as reader:
            assert list(reader.runs) == ["0001"]
    Store.open(tmp_path).close()


HOLD = """
with Store.open(folder):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_killed_process_does_not_block(tmp_path: Path) -> None:
    _create(tmp_path).close()
    with _python(HOLD, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(KerasSearchError, match="is in use by another process"):
            Store.open(tmp_path)
        process.kill()
        process.wait()
        Store.open(tmp_path).close()


def test_a_reader_sees_one_state_while_a_writer_goes_on(tmp_path: Path) -> None:
    with _create(tmp_path) as store:
        with Store.read(tmp_path) as reader:
            with store.transaction():
                store.put_run(_run())
                store.put_epoch(Epoch("0001", 1, {}, 0.0, 0))
            assert (reader.runs, reader.epochs()) == ({}, [])
        with Store.read(tmp_path) as reader:
            assert (list(reader.runs), len(reader.epochs())) == (["0001"], 1)


READ_AND_WRITE_AS_NOBODY = f"""
import json, os
import urllib.parse  # pathlib imports it late, from a place that may be closed to nobody
from keras_search.errors import KerasSearchError
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
with Store.read(folder) as store:
    runs = list(store.runs)
try:
    Store.open(folder)
except KerasSearchError as error:
    print(json.dumps([runs, str(error)]))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Yield a folder that other users may enter; pytest closes its own to them again whenever it starts."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


@pytest.mark.parametrize("left", ["closed", "killed"])
def test_a_study_without_write_permission_can_be_read(open_folder: Path, left: str) -> None:
    folder = open_folder / "read-only"
    folder.mkdir()
    with _create(folder) as store, store.transaction():
        store.put_run(_run())
    if left == "killed":
        with _python(COMMIT_TEN_TIMES, folder, KERAS_SEARCH_FAULT="after commit:3:self") as process:
            process.communicate()
    folder.chmod(0o555)
    with _python(READ_AND_WRITE_AS_NOBODY, folder) as process:
        said = json.loads(process.communicate()[0])
    folder.chmod(0o755)
    assert said == [["0001"], f"The study's folder {folder} cannot be written to: Permission denied."]


FILL = """
import json, resource
import numpy as np
from keras_search.errors import KerasSearchError
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
written = 0
try:
    with Store.open(folder) as store:
        while True:
            with store.transaction():
                store.put_array(str(written), np.zeros(1000))
            written += 1
except KerasSearchError as error:
    print(json.dumps([str(error), written]))
"""


def test_a_disk_that_takes_no_more_is_named_and_nothing_committed_is_lost(tmp_path: Path) -> None:
    _create(tmp_path).close()
    with _python(FILL, tmp_path) as process:
        message, written = json.loads(process.communicate()[0])
    assert message == (
        "The study could not be written to (disk I/O error): fix that and continue with keras-search resume."
    )
    assert written > 0
    with Store.open(tmp_path) as store:
        assert [store.array(str(number)) is not None for number in range(written + 1)] == [True] * written + [False]
