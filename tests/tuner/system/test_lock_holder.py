"""The holder of a lock is found without touching the lock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from keras_search.tuner.system import lock_holder
from keras_search.tuner.system.lock_holder import UNKNOWN, holder_of

HOLD = """
import sys
from filelock import FileLock
lock = FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
input()
"""


def test_another_process_is_named_as_long_as_it_lives(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert holder_of(path) is None
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert holder_of(path) == other.pid
        other.kill()
        other.communicate()
    assert path.exists()
    assert holder_of(path) is None


def test_a_file_that_nobody_holds_stays_free_for_others(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path):
        assert holder_of(path) == os.getpid()
    path.touch()
    assert holder_of(path) is None
    FileLock(path).acquire(timeout=0)


def test_where_the_system_lists_no_locks_they_are_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_holder, "LOCKS", tmp_path / "absent")
    path = tmp_path / "lock"
    with FileLock(path):
        assert holder_of(path) == UNKNOWN
    path.touch()
    assert holder_of(path) is None
