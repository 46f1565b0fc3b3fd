"""Run a command of keras-search for a request: what needs TensorFlow, or a user's code, is a process of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_search.errors import UsageError
from keras_search.tuner.service.problems import Conflict, Refused
from keras_search.tuner.service.tokens import VARIABLE
from keras_search.tuner.system.text import visible

AT_ONCE = threading.BoundedSemaphore(1)
"""Held by the request whose command runs: each takes as much memory as a worker."""
SECONDS_IN_LINE = 60.0


@dataclass(frozen=True)
class Output:
    """What a command printed as JSON, None if nothing, and the line with which it failed, "" if it did not."""

    found: Any
    problem: str


def run_command(arguments: Sequence[str], home: Path, seconds: float) -> Output:
    """Run `keras-search` with arguments in `home`, and end it with all that it has started after so many seconds.

    Raises:
        UsageError: an argument is wrong.
        Conflict: it takes too long, or cannot be done.
        Refused: other requests are in line.
    """
    if not AT_ONCE.acquire(timeout=SECONDS_IN_LINE):
        raise Refused(429, "The service is busy with other requests of this kind: try again in a minute.", 60)
    try:
        return _run(arguments, home, seconds)
    finally:
        AT_ONCE.release()


def _run(arguments: Sequence[str], home: Path, seconds: float) -> Output:
    process = subprocess.Popen(
        [sys.executable, "-m", "keras_search", *arguments],
        cwd=home,
        env={name: value for name, value in os.environ.items() if name != VARIABLE},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        printed, told = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Conflict(f"It took longer than {seconds:g} seconds, so it was ended: use the command line.") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    lines = [line for line in told.splitlines() if line.strip()]
    problem = visible(lines[-1].removeprefix("Error: "), lines=False) if process.returncode and lines else ""
    with suppress(ValueError):
        return Output(json.loads(printed), problem)
    raise (UsageError if process.returncode == 2 else Conflict)(problem or "It ended without an answer: try again.")
