"""The memory that counts is the least of the machine's and every limit on it."""

import subprocess
import sys
from pathlib import Path

import pytest

from keras_search.tuner.system import memory


def test_large_is_less_on_a_small_machine() -> None:
    gigabyte = 2**30
    assert memory.large_beside(256 * gigabyte) == 2**28
    assert memory.large_beside(4 * gigabyte) == 2**28
    assert memory.large_beside(gigabyte) == 2**26
    assert memory.large_beside(4 * gigabyte) > 48_000 * 28 * 28 * 4, "images of MNIST stay in memory"


def test_limits_of_control_groups_count(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    assert list(memory._group_limits(tmp_path)) == []
    (tmp_path / "memory.max").write_text("1000\n", encoding="ascii")
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("2000\n", encoding="ascii")
    assert set(memory._group_limits(tmp_path)) <= {1000, 2000}
    assert list(memory._group_limits(tmp_path))


def test_a_limit_of_this_process_counts() -> None:
    code = "from keras_search.tuner.system.memory import usable_memory; print(usable_memory())"
    command = f"ulimit -d 1048576; exec {sys.executable} -c '{code}'"
    found = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert int(found.stdout) == 2**30


def test_a_test_may_make_small_arrays_large(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not memory.is_large(1000)
    monkeypatch.setenv(memory.OVERRIDE, "1000")
    assert memory.is_large(1000)
    assert not memory.is_large(999)
