"""A process that computes what needs pandas and SciPy, one request after another, and ends when it is idle."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from keras_search.errors import KerasSearchError, UsageError

SECONDS = 120.0
"""The longest that a request may take."""
IDLE_SECONDS = 60.0
MODULE = "keras_search.tuner.service.reading.answering"


class SlowHelperError(KerasSearchError):
    """Raised if a request takes too long."""


class Helper:
    """Send requests to the process, which is started when it is needed."""

    def __init__(
        self, module: str = MODULE, *arguments: str, seconds: float = SECONDS, idle: float = IDLE_SECONDS
    ) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._seconds, self._idle = seconds, idle
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._ending: threading.Timer | None = None

    def ask(self, seconds: float | None = None, **request: Any) -> Any:
        """Return the answer to a request, as plain values.

        Raises:
            UsageError: the request cannot be met.
            KerasSearchError: the study cannot be read, or it takes too long.
        """
        with self._lock:
            self._stay()
            try:
                answer = self._exchange(request, seconds or self._seconds)
            finally:
                self._end_later()
        if "answer" in answer:
            return answer["answer"]
        raise (UsageError if answer["usage"] else KerasSearchError)(answer["error"])

    def close(self) -> None:
        """End the process, whatever it is doing."""
        process = self._process
        if process is not None:
            process.kill()  # frees the lock, if a request waits for its answer
        with self._lock:
            self._stay()
            self._end()

    def _exchange(self, request: Mapping[str, Any], seconds: float) -> Any:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Timer(seconds, process.kill)
        late.start()
        line = ""
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            pass  # it has ended
        finally:
            waited = not late.is_alive()
            late.cancel()
        if line.endswith("\n"):
            return json.loads(line)
        self._end()
        if waited:
            raise SlowHelperError(f"It took longer than {seconds:g} seconds, so it was given up: try again later.")
        raise KerasSearchError("The process that computes this ended before it was done: try again.")

    def _running(self) -> "subprocess.Popen[str]":
        """Return the process, a new one if there is none."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env=_environment(),
                start_new_session=True,
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            for stream in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    if stream is not None:
                        stream.close()
            self._process.wait()
            self._process = None

    def _stay(self) -> None:
        if self._ending is not None:
            self._ending.cancel()

    def _end_later(self) -> None:
        self._ending = threading.Timer(self._idle, self._end_idle)
        self._ending.daemon = True
        self._ending.start()

    def _end_idle(self) -> None:
        if self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()


def _environment() -> dict[str, str]:
    """Return the environment without the service's token."""
    return {name: value for name, value in os.environ.items() if name != "KERAS_SEARCH_TOKEN"}
