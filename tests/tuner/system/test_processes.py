"""No process outlives the one that it works for."""

import subprocess
import sys
import time

import psutil

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
print(child.pid, child.stdout.readline().strip(), flush=True)
"""
CHILD = """
import time
from keras_search.tuner.system.processes import ending_with_parent
with ending_with_parent():
    print("importing", flush=True)
    time.sleep(600)
"""


def test_a_process_that_imports_ends_with_the_one_that_needs_it() -> None:
    """As when a command is refused while the process that workers are forked from still imports."""
    done = subprocess.run([sys.executable, "-c", PARENT, CHILD], capture_output=True, text=True, check=True)
    number, state = done.stdout.split()
    assert state == "importing"
    deadline = time.monotonic() + 60
    while psutil.pid_exists(int(number)) and psutil.Process(int(number)).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.05)
