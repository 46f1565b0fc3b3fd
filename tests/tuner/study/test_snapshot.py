"""What is read of a database is read again after each commit, and only then."""

import itertools
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from keras_search.tuner.study import database
from keras_search.tuner.study.snapshot import Snapshot, state_of
from keras_search.tuner.study.store import Store

COMMIT = """
import sys
from pathlib import Path
from keras_search.tuner.study.store import Store
with Store.open(Path(sys.argv[1])) as store, store.transaction():
    store.set_facts(place=sys.argv[2])
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    database.write_study(tmp_path, {"place": 0})
    return tmp_path


def _place(folder: Path) -> int:
    with Store.read(folder) as store:
        return int(store.fact("place"))


def test_each_commit_is_seen_while_a_process_writes_and_reading_changes_nothing(study: Path) -> None:
    """The log is begun anew in the same bytes many times here, for it is copied into the file every 3 commits."""
    states = [state_of(study / "study.db")]
    with Store.open(study) as store:
        store._connection.execute("PRAGMA wal_autocheckpoint = 3")
        for place in range(1, 60):
            with store.transaction():
                store.set_facts(place=place)
            states.append(state_of(study / "study.db"))
            if place % 10 == 0:
                assert _place(study) == place
                assert state_of(study / "study.db") == states[-1]
    assert len(set(states)) == len(states)


def test_the_commits_of_processes_that_have_ended_are_seen(study: Path) -> None:
    snapshot = Snapshot(study / "study.db")
    for place in range(5):
        if place:
            with Store.open(study) as store, store.transaction():
                store.set_facts(place=place)
        assert snapshot.get("place", lambda: _place(study)) == place
    subprocess.run([sys.executable, "-c", COMMIT, str(study), "7"], check=True)
    assert snapshot.get("place", lambda: _place(study)) == 7


def test_what_has_not_changed_is_read_once_each(study: Path) -> None:
    snapshot, calls = Snapshot(study / "study.db"), itertools.count()
    assert _place(study) == 0, "which leaves an empty log"
    assert [snapshot.get(name, lambda: next(calls)) for name in "aabba"] == [0, 0, 1, 1, 0]
    assert _place(study) == 0
    assert snapshot.get("a", lambda: next(calls)) == 0
    with Store.open(study) as store:
        before = snapshot.get("a", lambda: next(calls))
        with pytest.raises(TypeError), store.transaction():
            store.set_facts(place=object())
        assert snapshot.get("a", lambda: next(calls)) == before


def test_a_commit_while_it_is_read_is_read_the_next_time(study: Path) -> None:
    snapshot = Snapshot(study / "study.db")

    def read() -> int:
        found = _place(study)
        with Store.open(study) as store, store.transaction():
            store.set_facts(place=found + 1)
        return found

    assert [snapshot.get("place", read) for _ in range(3)] == [0, 1, 2]


def test_another_study_in_the_same_place_is_another(study: Path) -> None:
    snapshot = Snapshot(study / "study.db")
    assert snapshot.get("place", lambda: _place(study)) == 0
    database.write_study(study, {"place": 1})
    assert snapshot.get("place", lambda: _place(study)) == 1


def test_what_is_missing_or_cannot_be_read_is_not_kept(tmp_path: Path) -> None:
    snapshot, calls = Snapshot(tmp_path / "study.db"), itertools.count()
    assert state_of(tmp_path / "study.db") is None
    assert [snapshot.get("a", lambda: next(calls)) for _ in range(2)] == [0, 1]
    (tmp_path / "study.db").write_bytes(b"no database")
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection, pytest.raises(sqlite3.DatabaseError):
        snapshot.get("b", lambda: connection.execute("PRAGMA integrity_check"))
    assert snapshot.get("b", lambda: "read") == "read"
