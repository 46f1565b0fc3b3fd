"""What is kept of an interrupted benchmark."""

from pathlib import Path

from keras_search.benchmarks.records import Records


def test_repetitions_come_back_in_order(tmp_path: Path) -> None:
    records = Records(tmp_path)
    for repetition in (10, 2, 0):
        records.put("ours/random", repetition, {"seconds": repetition})
    assert [record["seconds"] for record in records.of("ours/random")] == [0, 2, 10]


def test_a_measurement_is_there_once_it_is_put(tmp_path: Path) -> None:
    records = Records(tmp_path)
    assert not records.has("epoch/fit/a", 0)
    records.put("epoch/fit/a", 0, {"epoch_seconds": 1.0})
    assert Records(tmp_path).has("epoch/fit/a", 0)
    assert not records.has("epoch/fit/a", 1)


def test_nothing_measured_is_an_empty_list(tmp_path: Path) -> None:
    assert Records(tmp_path).of("ours/random") == []
    assert list(Records(tmp_path).all()) == []
