"""On what kinds of processors a study's runs were trained, as its database keeps it and as sentences tell it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.processors import announcement, kinds_of
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.replica import Replica
from keras_search.tuner.study.store import DamagedStudyError, Store, claim

WIDE, NARROW = "x86_64, 16 numbers at a time", "x86_64, 8 numbers at a time"


def _run(name: str, trained: int = 1, parent: str | None = None, kind: Kind = Kind.TRIAL) -> Run:
    return Run(name, kind, "mlp", "trial", {}, 1, 9, parent, trained=trained)


def _create(folder: Path) -> Store:
    folder.mkdir(exist_ok=True)
    return Store.create(folder, claim(folder), settings={"seed": 0})


def _put(store: Store, run: Run, *kinds: str, since: int = 1) -> None:
    """Store a run whose own epochs were trained on these kinds, one after the other."""
    with store.transaction():
        store.put_run(run)
        for epoch, kind in enumerate(kinds, since):
            store.put_processor(run.name, epoch, kind)


def _of_earlier_version(folder: Path) -> None:
    """Let a study be as one that was begun before processors were recorded."""
    with closing(sqlite3.connect(folder / "study.db")) as connection, connection:
        connection.execute("DROP TABLE processors")


def _kinds(store: Store, name: str) -> tuple[str, ...]:
    spans = store.processors()
    return kinds_of(name, store.runs, lambda run: spans.get(run, {}))


def test_a_run_keeps_each_kind_from_the_epoch_on_that_it_trained_first(tmp_path: Path) -> None:
    with _create(tmp_path) as store:
        _put(store, _run("0001", 5), WIDE, WIDE, NARROW, NARROW, WIDE)
        assert store.processors() == {"0001": {1: WIDE, 3: NARROW, 5: WIDE}}
        assert _kinds(store, "0001") == (WIDE, NARROW)
        assert store.fact("processors") == [WIDE, NARROW]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with _create(tmp_path_factory.mktemp("study")) as store:
        yield store


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from("abc")), max_size=12))
def test_epochs_trained_again_are_of_the_kind_that_trained_them_last(
    store: Store, trainings: list[tuple[int, str]]
) -> None:
    """An epoch is trained only after those before it, and what was trained after it before is void."""
    by_epoch = list[str]()
    with store.transaction():
        store.delete_runs([*store.runs])
        store.put_run(_run("0001"))
        for wanted, kind in trainings:
            epoch = min(wanted, len(by_epoch) + 1)
            by_epoch[epoch - 1 :] = [kind]
            store.put_processor("0001", epoch, kind)
    spans = store.processors().get("0001", {})
    since = [max(first for first in spans if first <= epoch) for epoch, _ in enumerate(by_epoch, 1)]
    assert [spans[first] for first in since] == by_epoch
    assert list(spans.values()) == [kind for before, kind in pairwise(["", *by_epoch]) if kind != before]


def test_a_promoted_run_has_the_kinds_of_its_parents_epochs_unless_it_repeated_them(tmp_path: Path) -> None:
    with _create(tmp_path) as store:
        _put(store, _run("0001", 2), WIDE, NARROW)
        _put(store, _run("0002", 4, "0001"), NARROW, since=3)
        _put(store, _run("0003", 4, "0001"), NARROW, since=1)
        _put(store, _run("0004", 4, "0001"), NARROW, since=2)
        _put(store, _run("0005", 2, "0001"))
        assert [_kinds(store, name) for name in store.runs] == [
            (WIDE, NARROW), (WIDE, NARROW), (NARROW,), (WIDE, NARROW), (WIDE, NARROW)
        ]  # fmt: skip


def test_a_run_that_is_deleted_takes_its_kinds_along_and_a_rollback_leaves_them(tmp_path: Path) -> None:
    with _create(tmp_path) as store:
        _put(store, _run("0001"), WIDE)
        with suppress(ZeroDivisionError), store.transaction():
            store.put_processor("0001", 1, NARROW)
            raise ZeroDivisionError
        assert (store.processors(), store.fact("processors")) == ({"0001": {1: WIDE}}, [WIDE])
        with store.transaction():
            store.delete_runs(["0001"])
            store.put_run(_run("0001", 0))
        assert (store.processors(), _kinds(store, "0001")) == ({}, ())


def test_a_study_of_an_earlier_version_is_read_and_goes_on(tmp_path: Path) -> None:
    with _create(tmp_path) as store:
        _put(store, _run("0001", 2))
    _of_earlier_version(tmp_path)
    for _ in range(2):
        with Store.read(tmp_path) as store:
            assert (store.processors(), store.mixed_processors(), _kinds(store, "0001")) == ({}, {}, ("not recorded",))
    replica = Replica(StudyFolder(tmp_path))
    replica.refresh()
    assert (replica.processors("0001"), replica.mixed_processors()) == ((), {})
    with Store.open(tmp_path) as store:
        _put(store, _run("0001", 3), NARROW, since=3)
        _put(store, _run("0002"), NARROW)
        assert [_kinds(store, name) for name in store.runs] == [("not recorded", NARROW), (NARROW,)]
        assert store.mixed_processors() == {}, "the earlier ones may well have been of the same kind"


def test_a_lost_table_is_damage_if_kinds_were_recorded(tmp_path: Path) -> None:
    with _create(tmp_path) as store:
        _put(store, _run("0001"), WIDE)
    _of_earlier_version(tmp_path)
    with Store.read(tmp_path) as store, pytest.raises(DamagedStudyError, match="no such table: processors"):
        store.processors()


def test_the_sentence_says_which_runs_each_kind_trained(tmp_path: Path) -> None:
    with _create(tmp_path) as store:
        for number in range(6):
            _put(store, _run(f"{number:04d}"), WIDE)
        assert store.mixed_processors() == {}
        _put(store, _run("0006", 2), WIDE, NARROW)
        for seed, kind in enumerate((WIDE, NARROW, NARROW)):
            _put(store, _run(f"tuned-seed{seed}", kind=Kind.RETRAIN), kind)
        _put(store, _run("0007", 0))
        with store.transaction():
            store.set_facts(best="0003")
        found = store.mixed_processors()
        assert found["runs"] == {WIDE: 8, NARROW: 3}
        assert found["sentence"] == (
            "Processors of several kinds trained the runs, and the last bits of a result depend on where it was "
            "trained: 7 runs on x86_64 (16 numbers at a time), the best trial and 1 of the 3 retrained models among "
            "them; 2 runs on x86_64 (8 numbers at a time) (tuned-seed1, tuned-seed2), 2 of the 3 retrained models "
            "among them; 1 run on x86_64 (16 numbers at a time) and then x86_64 (8 numbers at a time) (0006)."
        )
        replica = Replica(StudyFolder(tmp_path))
        replica.refresh()
        assert replica.mixed_processors() == found
        assert [replica.processors(name) for name in ("0003", "0006", "0007")] == [(WIDE,), (WIDE, NARROW), ()]
        with store.transaction():
            store.delete_runs(["0006", "tuned-seed1", "tuned-seed2"])
        assert store.mixed_processors() == {}


def test_runs_of_the_kernels_and_of_tensorflow_on_one_processor_are_of_one_kind(tmp_path: Path) -> None:
    """Of the kernels only the architecture is recorded, because no more decides what they compute."""
    with _create(tmp_path) as store:
        _put(store, _run("0001"), "x86_64")
        _put(store, _run("0002"), WIDE)
        assert store.mixed_processors() == {}
        _put(store, _run("0003"), "arm64")
        assert store.mixed_processors()["runs"] == {"x86_64": 1, WIDE: 1, "arm64": 1}


def test_an_announcement_names_the_kinds() -> None:
    assert announcement(["arm64", NARROW]) == (
        "Processors of several kinds train this study (arm64; x86_64 (8 numbers at a time)): the last bits of a "
        "result depend on where it was trained."
    )
