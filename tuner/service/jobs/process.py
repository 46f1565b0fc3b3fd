"""The process of a job, as its record tells: started at most once, found again after a restart of the service."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from keras_search.tuner.service.jobs import launch
from keras_search.tuner.service.jobs.launch import RECORD, WIDTH

LOG = "log"
"""The output of the command, in the folder of its job."""


@dataclass(frozen=True)
class Process:
    """A job's process: the leader of its group, whether it lives, and its exit code once that is known."""

    leader: int
    alive: bool
    exit_code: int | None

    def interrupt(self) -> None:
        """Ask it to stop, as Ctrl-C does; one that has ended is left alone, as its number may be another's."""
        if not self.alive or not self.leader:
            return
        try:
            os.kill(self.leader, signal.SIGINT)
        except ProcessLookupError:  # the launcher was killed alone
            with suppress(ProcessLookupError):
                os.killpg(self.leader, signal.SIGINT)

    def kill(self) -> None:
        """End it, and all that it has started, at once."""
        if self.alive and self.leader:
            with suppress(ProcessLookupError):
                os.killpg(self.leader, signal.SIGKILL)


def start(folder: Path, command: Sequence[str], home: Path) -> "subprocess.Popen[bytes]":
    """Start a job's command in `home`, detached, unless it has been started before.

    Raises:
        OSError: the system does not allow it; nothing was started.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", launch.__file__, folder, *command],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)


def find(folder: Path) -> Process | None:
    """Return the process of a job; None if it has not begun.

    Whether it lives, the lock of its record tells, not its number, which the system may have given to another.
    """
    try:
        with (folder / RECORD).open("rb") as record:
            alive = _is_locked(record.fileno())
            text = record.read(2 * WIDTH)  # after the lock: what has ended has written its exit code
    except FileNotFoundError:
        return None
    return Process(_number_in(text[:WIDTH]) or 0, alive, _number_in(text[WIDTH:]))


def _number_in(text: bytes) -> int | None:
    """Return a number of the record; None if it is not there yet, or the disk has damaged it."""
    try:
        return int(text)
    except ValueError:
        return None


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def bar(folder: Path) -> bool:
    """Make sure that a job that has not begun never will; return whether it has not."""
    partial = folder / f".{RECORD}-barred"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.write_bytes(b"0".rjust(WIDTH) + b" " * WIDTH)
        os.link(partial, folder / RECORD)
    except FileExistsError:
        return False
    except OSError:  # the disk is full: then no other can begin either
        return True
    finally:
        partial.unlink(missing_ok=True)
    return True
