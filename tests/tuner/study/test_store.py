"""A study is one SQLite file: whole at every instant, one writer, any number of readers."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_search.errors import KerasSearchError
from keras_search.tuner.study import store as stores
from keras_search.tuner.study.database import checksum, fact_rows
from keras_search.tuner.study.records import Epoch, Evaluation, Kind, Run, State
from keras_search.tuner.study.store import DamagedStudyError, Store, claim, to_bytes

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


def _damage_header(path: Path) -> None:
    path.write_bytes(b"not SQLite" + path.read_bytes()[10:])


def _damage_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(255 for _ in range(4096))
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9000])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_damage_header, _damage_page, _cut, _empty])
@pytest.mark.parametrize("opened", [Store.open, Store.read])
def test_a_damaged_study_is_named_and_left_as_it_is(
    tmp_path: Path, damage: Callable[[Path], None], opened: Callable[[Path], Store]
) -> None:
    _create(tmp_path).close()
    path = tmp_path / "study.db"
    damage(path)
    content = path.read_bytes()
    with pytest.raises(KerasSearchError) as caught:
        opened(tmp_path)
    assert str(caught.value).startswith(f"{path} is damaged (")
    assert str(caught.value).endswith("): restore it from a backup, or start again with --overwrite.")
    assert path.read_bytes() == content


def test_a_missing_study_is_named(tmp_path: Path) -> None:
    with pytest.raises(KerasSearchError) as caught:
        Store.read(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'study.db'} is missing: {tmp_path} is not a study."


def test_another_format_is_named(tmp_path: Path) -> None:
    _create(tmp_path).close()
    path = tmp_path / "study.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(KerasSearchError) as caught:
        Store.open(tmp_path)
    assert (
        str(caught.value)
        == f"{path} has format 99, this keras-search reads {stores.SCHEMA_VERSION}: use the version that wrote it."
    )


READ_AND_WRITE_AS_NOBODY = f"""
import json, os
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


def _full(folder: Path) -> None:
    """Keep a study with rows in every table."""
    with _create(folder) as store, store.transaction():
        store.put_run(_run(state=State.COMPLETED, trained=1, score=0.0, best_epoch=1, parameters=7))
        store.put_run(_run("0002", parent="0001", error="It's broken."))
        store.put_epoch(Epoch("0001", 1, {"loss": 1 / 3}, 2, 1))
        store.put_evaluation(Evaluation("0001", {"accuracy": 0.9}, to_bytes(np.eye(3, dtype=np.float32))))
        store.put_file("0001", 1, "ab" * 32)
        store.put_array("labels", np.arange(3))
        store.put_processor("0001", 1, "x86_64, 16 numbers at a time")
        store.put_event("begin", "0001", 1)
        store.set_facts(best="0001", planned=3)


def _everything(folder: Path) -> list[object]:
    """Read all that a study holds."""
    with Store.read(folder) as store:
        found = [store.runs, store.epochs(), store.evaluations(), store.events(), store.file("0001", 1)]
        found.append(store.processors())
        labels = store.array("labels")
        return [*found, store.history("0002"), *(None if labels is None else labels.tolist(),),
                *(store.fact(name) for name in ("settings", "best", "planned"))]  # fmt: skip


COLUMNS = [
    *((table, column) for table, columns in {
        "facts": ("name", "value"), "runs": ("name", "state", "trained", "hyperparameters", "parent", "seed", "epochs"),
        "epochs": ("epoch", "metrics", "seconds"), "evaluations": ("metrics", "probabilities"), "files": ("digest",),
        "processors": ("epoch", "kind"),
        "arrays": ("value",), "events": ("time", "run"),
    }.items() for column in columns)
]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_row_that_was_changed_is_damage(tmp_path: Path, table: str, column: str) -> None:
    _full(tmp_path)
    _everything(tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection, connection:
        connection.execute(f"UPDATE {table} SET {column} = CASE typeof({column}) WHEN 'integer' THEN {column} - 1 "
                           f"WHEN 'real' THEN {column} + 1 WHEN 'blob' THEN x'00' ELSE '[broken' END "
                           f"WHERE rowid = (SELECT max(rowid) FROM {table})")  # fmt: skip
    with pytest.raises(KerasSearchError) as caught:
        _everything(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'study.db'} is damaged (")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"state": "exploded"}, "the run '0002' cannot be read: 'exploded' is not a valid State"),
        ({"kind": "x"}, "the run '0002' cannot be read: 'x' is not a valid Kind"),
        (
            {"hyperparameters": "[1]"},
            "the run '0002' cannot be read: its hyperparameters should be names with values, received [1]",
        ),
        ({"hyperparameters": "{"}, "invalid JSON: Expecting property name"),
        ({"name": "../x"}, "'../x' is not a valid name of a run"),
        ({"parent": "none"}, "the run 'none' is missing"),
    ],
)
def test_a_row_made_by_somebody_else_is_damage_too(tmp_path: Path, change: dict[str, str], problem: str) -> None:
    """With a checksum that fits, as a stranger's study may have."""
    _full(tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection, connection:
        cursor = connection.execute("SELECT * FROM runs WHERE name = '0002'")
        names = [column[0] for column in cursor.description][:-1]
        row = {**dict(zip(names, cursor.fetchone()[:-1], strict=True)), **change}
        connection.execute("DELETE FROM runs WHERE name = '0002'")
        values = (*row.values(), checksum("runs", row.values()))
        connection.execute(f"INSERT INTO runs VALUES ({', '.join('?' * len(values))})", values)
    with pytest.raises(KerasSearchError) as caught:
        _everything(tmp_path)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'study.db'} is damaged (")


@pytest.mark.parametrize("name", ["settings", "best", "facts"])
def test_a_missing_fact_is_damage(tmp_path: Path, name: str) -> None:
    _full(tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection, connection:
        connection.execute("DELETE FROM facts WHERE name = ?", (name,))
    for opened in (Store.read, Store.open):
        with pytest.raises(KerasSearchError, match=rf"is damaged \(the fact '{name}' is missing\)"):
            opened(tmp_path)


@pytest.mark.parametrize("value", [[["a"]], {"a": 1}, 3, "no trial"])
def test_a_best_trial_that_is_no_name_of_one_is_damage(tmp_path: Path, value: object) -> None:
    _full(tmp_path)
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection, connection:
        connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", fact_rows({"best": value}))
    with pytest.raises(KerasSearchError, match="is damaged"):
        Store.read(tmp_path)


def test_an_earlier_version_and_a_foreign_database_are_named(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    for version, problem in (
        (1, "was made by an earlier version"),
        (stores.SCHEMA_VERSION, "is damaged (no such table"),
    ):
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE other (name TEXT)")
            connection.execute(f"PRAGMA user_version = {version}")
        with pytest.raises(KerasSearchError) as caught:
            Store.read(tmp_path)
        assert problem in str(caught.value)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, list[object]]:
    """Give a folder, the bytes of a study of it, and what that says."""
    folder = tmp_path_factory.mktemp("whole")
    _full(folder)
    return folder, (folder / "study.db").read_bytes(), _everything(folder)


BYTES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(overwritten=BYTES, length=st.sampled_from([1.0, 0.9, 0.5, 0.1, 0.01, 0.0]))
def test_no_damage_to_the_file_changes_what_it_says_without_a_word(
    whole: tuple[Path, bytes, list[object]], overwritten: list[tuple[float, int]], length: float
) -> None:
    """Bytes overwritten anywhere, and the end cut off: the same content or one line."""
    folder, content, said = whole
    hurt = bytearray(content)
    for place, byte in overwritten:
        hurt[int(place * len(content))] = byte
    (folder / "study.db").write_bytes(hurt[: int(length * len(hurt))])
    with suppress(KerasSearchError):
        assert _everything(folder) == said
    for path in folder.glob("study.db-*"):
        path.unlink()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("facts", "notes", "1"), "the fact 'notes' should be a list, received 1"),
        (("facts", "settings", "[1]"), "the fact 'settings' should be names with values, received [1]"),
        (("epochs", "0001", 1, "[0.5]", 2.0, 1), "epoch 1 of '0001' should be names with values, received [0.5]"),
        (("evaluations", "0001", '{"accuracy": "good"}', b""),
         "the test of '0001', 'accuracy', should be a number, received 'good'"),
    ],
)  # fmt: skip
def test_a_fact_of_another_kind_is_damage_with_its_name(tmp_path: Path, row: tuple[Any, ...], problem: str) -> None:
    """With a checksum that fits, as a stranger's study may have; nobody else reads it first, and in Python's words."""
    _full(tmp_path)
    table, *values = row
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection, connection:
        marks = ", ".join("?" * (len(values) + 1))
        connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", (*values, checksum(table, values)))
    with pytest.raises(DamagedStudyError) as caught:
        _everything(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'study.db'} is damaged ({problem}):")
