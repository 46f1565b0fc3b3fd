"""Prepare the process that workers are forked from, before it imports anything large."""

import os
import signal
import sys
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads must not be forked
# The working directory is first on the path of this process only: a user's `keras.py` there must not be imported.
sys.path[:] = [place for place in sys.path if place]
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it ends with the command, which may outlive its terminal

MEANWHILE: list[Callable[[], None]] = []
"""What imports only modules in Python, and so can be called while a thread loads TensorFlow's libraries."""
