"""Measuring a whole process."""

import sys
from pathlib import Path

import pytest

from keras_search.benchmarks import process

CHILD = """
import subprocess, sys, time
block = bytearray(60 * 2**20)
child = subprocess.Popen([sys.executable, "-c", "import time; block = bytearray(120 * 2**20); time.sleep(1.5)"])
child.wait()
print("ended")
"""


def test_peak_memory_of_a_process_and_of_its_child_are_told_apart(tmp_path: Path) -> None:
    usage = process.run([sys.executable, "-c", CHILD], tmp_path / "log")
    assert 60 < usage.peak_mb < 120 < usage.worker_mb < 240
    assert usage.total_mb > usage.worker_mb + 60
    assert usage.seconds > 1.5
    assert (tmp_path / "log").read_text() == "ended\n"


def test_cpu_time_of_children_counts(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.5: pass"
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {busy!r}])"
    assert process.run([sys.executable, "-c", code], tmp_path / "log").cpu_seconds >= 0.5


@pytest.mark.slow
def test_cpu_time_of_a_process_that_nobody_waited_for_counts(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 2: pass"
    code = (
        f"import subprocess, sys, time, os\nchild = subprocess.Popen([sys.executable, '-c', {busy!r}])\n"
        "while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None: time.sleep(0.1)"
    )
    assert process.run([sys.executable, "-c", code], tmp_path / "log").cpu_seconds >= 1


def test_failed_process_names_its_log(tmp_path: Path) -> None:
    with pytest.raises(process.BenchmarkError, match=r"ended with exit code 3: see .*log\.$"):
        process.run([sys.executable, "-c", "import sys; sys.exit(3)"], tmp_path / "log")
