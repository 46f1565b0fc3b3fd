"""The Python on a model's card reads a CSV as keras-search does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_search.tuner.data import Source
from keras_search.tuner.data.table import read_rows, read_table
from keras_search.tuner.exporting.usage import _reading

CSV = """when;clock;day;price;share;loss;kind;size;y
01.02.2022 10:30;9:05 pm;20220103;1.234,50 €;10,7%;(12);a;5;p
13.05.2023 23:00;12:00 am;20230203;12,00 €;;7;;6;q
;;;;5%;(5);b;;p
"""


@pytest.mark.filterwarnings("error")
def test_the_card_reads_as_we_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text(CSV)
    columns = read_table(tmp_path / "t.csv", Source("", target="y", read_as=("day=year-first",))).columns
    assert columns is not None
    assert {reading.column for reading in columns.readings} == {"when", "clock", "day", "price", "share", "loss"}
    parts: dict[str, Any] = {
        "numbers": {"columns": columns.numbers, "dtype": "float64"},
        "texts": {"columns": columns.texts},
    }
    quoted = "".join(";".join(f'"{cell}"' for cell in line.split(";")) + "\n" for line in CSV.splitlines())
    (tmp_path / "rows.csv").write_text(quoted.replace('";"', '","'))
    monkeypatch.chdir(tmp_path)
    made: dict[str, Any] = {}
    exec(_reading(parts, columns.readings), made)
    expected = read_rows(tmp_path / "rows.csv", columns.numbers, columns.texts, columns.readings)
    np.testing.assert_allclose(made["x"]["numbers"], expected["numbers"], atol=1e-9)
    np.testing.assert_array_equal(made["x"]["texts"], expected["texts"])
