"""Whatever was changed in a study's file is damage with its name, and never another content."""

import sqlite3
from collections.abc import Callable
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


def _create(folder: Path) -> Store:
    folder.mkdir(exist_ok=True)
    return Store.create(folder, claim(folder), settings={"seed": 0})


def _run(name: str = "0001", **changes: object) -> Run:
    values = {"units": 64, "rate": 0.1, "name": "ünit", "batch_normalization": True}
    return Run(**{"name": name, "kind": Kind.TRIAL, "model": "mlp", "role": "trial", "hyperparameters": values,
                  "seed": 2**63 - 1, "epochs": 3, **changes})  # type: ignore[arg-type]  # fmt: skip


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


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
