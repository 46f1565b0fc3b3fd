"""How a command's process ends: with what others have asked for at its exit."""

import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("keras-search")
FUNCTION = """
import atexit
import numpy as np
import pandas

left_open = open("written.txt", "w")


def load():
    left_open.write("to the end")
    atexit.register(print, "at exit")
    x = np.arange(80.0).reshape(40, 2)
    y = np.arange(40) % 2
    return (x, y), (x, y)
"""
LATE = """
import atexit, sys, types
from keras_search.tuner.console import exit_codes
atexit.register(print, "at exit")
sys.modules["tensorflow"] = types.ModuleType("tensorflow")  # the real one takes seconds to import
exit_codes.leave(SystemExit(3))
"""


def test_what_a_users_code_leaves_open_is_written_and_its_functions_are_called_at_the_exit(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(FUNCTION)
    done = subprocess.run([COMMAND, "data", "own.py:load"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("at exit\n")
    assert (tmp_path / "written.txt").read_text() == "to the end"


def test_functions_of_the_exit_are_called_where_tensorflow_is_not_torn_down() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (3, "at exit\n")
