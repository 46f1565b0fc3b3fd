"""The comparison of scores over seeds: how a network is trained on each side, and the table."""

from dataclasses import replace

import pytest

from keras_search.benchmarks import equality
from keras_search.benchmarks.records import Records

SCORES = {"kernels": (0.5, 0.75), "compiled TensorFlow": (0.5, 0.5), "model.fit": (0.25, 0.75)}


def test_model_fit_trains_the_first_network_of_the_grid() -> None:
    kind = replace(equality.COMPARED["regression"], epochs=2)
    data = kind.data(equality.HERE, 50)
    path = equality.HERE / "networks" / "regression.py"
    first, again, other = (equality.fit(path, kind, data, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_the_table_has_the_difference_and_its_interval(tmp_path) -> None:
    pytest.importorskip("numba", reason="its version is in the table")
    records = Records(tmp_path)
    for side, scores in SCORES.items():
        for seed, score in enumerate(scores):
            records.put(f"gru/{side}", seed, {"score": score})
    records.put("lstm/kernels", 0, {"score": 0.5})
    *_, row, _ = equality.section(records)
    assert row == (
        "| GRU: images by rows | val_accuracy | 2 | 0.6250 ± 0.1768 | 0.5000 ± 0.0000 | 0.5000 ± 0.3536 | +0.1250 "
        "| -1.6046 to +1.8546 |"
    )
