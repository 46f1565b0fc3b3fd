"""A job's process begins once, is found by its lock, hears Ctrl-C at every instant, and leaves its exit code."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from keras_search.tuner.service.jobs import process
from keras_search.tuner.service.jobs.process import Process, find, start

PATIENCE = 60.0
SLEEP = (sys.executable, "-S", "-c", "import time; print('up', flush=True); time.sleep(600)")


def awaited(folder: Path, wanted: Callable[[Process], bool]) -> Process:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = find(folder)
        if found is not None and wanted(found):
            return found
        time.sleep(0.01)
    raise AssertionError(f"not in {PATIENCE} seconds: {find(folder)}")


def over(found: Process) -> bool:
    return not found.alive


def log_of(folder: Path) -> str:
    return (folder / process.LOG).read_text()


@pytest.mark.parametrize("code", ["pass", "raise SystemExit(7)", "import os; os.abort()"])
def test_the_exit_code_stays(tmp_path: Path, code: str) -> None:
    expected = subprocess.run([sys.executable, "-S", "-c", code]).returncode
    with start(tmp_path / "job", [sys.executable, "-S", "-c", code], tmp_path):
        assert awaited(tmp_path / "job", over).exit_code == expected


def test_however_many_start_a_job_it_begins_once(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", "print('begun')"]
    launched = [start(tmp_path / "job", command, tmp_path) for _ in range(12)]
    codes = sorted(each.wait(PATIENCE) for each in launched)
    assert codes == [0] + [3] * 11
    assert log_of(tmp_path / "job") == "begun\n"
    with start(tmp_path / "job", command, tmp_path) as later:
        assert later.wait(PATIENCE) == 3
    assert log_of(tmp_path / "job") == "begun\n"
    assert [path.name for path in (tmp_path / "job").iterdir() if path.name not in (process.LOG, process.RECORD)] == []


def test_a_barred_job_never_begins(tmp_path: Path) -> None:
    assert process.bar(tmp_path / "job")
    with start(tmp_path / "job", [sys.executable, "-S", "-c", "print('begun')"], tmp_path) as launched:
        assert launched.wait(PATIENCE) == 3
    assert log_of(tmp_path / "job") == ""
    found = find(tmp_path / "job")
    assert found is not None
    assert not found.alive
    found.interrupt()  # reaches nobody, least of all the process group of this one
    found.kill()


def test_a_job_that_has_begun_cannot_be_barred(tmp_path: Path) -> None:
    with start(tmp_path / "job", [sys.executable, "-S", "-c", ""], tmp_path):
        awaited(tmp_path / "job", over)
    assert not process.bar(tmp_path / "job")


@pytest.mark.parametrize("delay", [0.0, 0.002, 0.005, 0.01, 0.02, 0.04])
def test_an_interrupt_ends_it_at_whatever_instant_it_comes(tmp_path: Path, delay: float) -> None:
    with start(tmp_path / "job", SLEEP, tmp_path):
        found = awaited(tmp_path / "job", lambda each: each.alive)
        time.sleep(delay)
        found.interrupt()
        assert awaited(tmp_path / "job", over).exit_code in (-signal.SIGINT, 1, 130)


def test_its_number_alone_does_not_make_it_alive(tmp_path: Path) -> None:
    """After a restart of the machine the number may be another process's."""
    with start(tmp_path / "job", [sys.executable, "-S", "-c", ""], tmp_path):
        awaited(tmp_path / "job", over)
    record = tmp_path / "job" / process.RECORD
    record.write_bytes(str(os.getpid()).rjust(20).encode() + b" " * 20)
    found = find(tmp_path / "job")
    assert found is not None
    assert not found.alive


def test_the_command_counts_as_alive_without_its_launcher(tmp_path: Path) -> None:
    with start(tmp_path / "job", SLEEP, tmp_path) as launcher:
        awaited(tmp_path / "job", lambda each: each.alive and "up" in log_of(tmp_path / "job"))
        launcher.kill()
        launcher.wait()
    found = find(tmp_path / "job")
    assert found is not None
    assert found.alive
    found.interrupt()
    assert awaited(tmp_path / "job", over).exit_code is None


def test_it_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from keras_search.tuner.service.jobs.process import start;"
        f"start(Path('job'), {SLEEP!r}, Path.cwd())"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    found = awaited(tmp_path / "job", lambda each: each.alive)
    found.kill()
    awaited(tmp_path / "job", over)


def test_a_command_that_cannot_be_run_says_so(tmp_path: Path) -> None:
    with start(tmp_path / "job", ["/no/such/command"], tmp_path):
        assert awaited(tmp_path / "job", over).exit_code == 127
    assert log_of(tmp_path / "job") == "Error: /no/such/command could not be run: No such file or directory.\n"
