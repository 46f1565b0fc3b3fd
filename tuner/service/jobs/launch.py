"""Carry out one job as a process that outlives the service: `launch.py FOLDER COMMAND...`.

It is run as a file, by an interpreter without site-packages, and imports the standard library alone. `FOLDER/process`
appears whole, once, with this process's number in it, and is locked until the command has ended; then the exit code is
in it too. Whoever finds it there does not start the job a second time, so that a job is started at most once, whatever
is killed at whatever instant.
"""

import fcntl
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

RECORD = "process"
WIDTH = 20
"""Characters of each of the two numbers in the record, which has room for both: at the end the disk may be full."""
TAKEN = 3
"""The exit code if another process has the job."""


class Command:
    """The command's process; an interrupt before it is there is kept for it."""

    def __init__(self) -> None:
        self.process, self.interrupted = 0, False

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """Pass Ctrl-C on, once for each time."""
        if self.process:
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGINT)
        else:
            self.interrupted = True

    def start(self, arguments: list[str]) -> None:
        """Fork the process; no signal gets lost between the fork and the new program."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self.process = os.fork()
        if self.process == 0:
            _become(arguments)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        if self.interrupted:
            os.kill(self.process, signal.SIGINT)


def main(folder: Path, arguments: list[str]) -> int:
    """Run the command and record how it ends; return an exit code."""
    command = Command()
    signal.signal(signal.SIGINT, command.interrupt)
    record = _claim(folder)
    if record is None:
        return TAKEN
    command.start(arguments)
    code = os.waitstatus_to_exitcode(os.waitpid(command.process, 0)[1])
    os.pwrite(record, _number(code), WIDTH)
    os.fsync(record)
    return 0


def _claim(folder: Path) -> int | None:
    """Put the record in its place, locked, and return its descriptor; None if there is one.

    The command inherits the descriptor, and with it the lock, in case this process is killed alone.
    """
    partial = folder / f".{RECORD}-{os.getpid()}"
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.pwrite(descriptor, _number(os.getpid()) + b" " * WIDTH, 0)
        os.fsync(descriptor)
        os.set_inheritable(descriptor, True)
        os.link(partial, folder / RECORD)
    except FileExistsError:
        return None
    finally:
        partial.unlink()
    return descriptor


def _become(arguments: list[str]) -> None:
    """Replace this process by the command, whose signals are as they are in a terminal."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        os.execv(arguments[0], arguments)
    except OSError as error:
        os.write(2, f"Error: {arguments[0]} could not be run: {error.strerror}.\n".encode())
    finally:
        os._exit(127)


def _number(value: int) -> bytes:
    return str(value).rjust(WIDTH).encode()


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
    except OSError as failure:
        print(f"Error: the job could not be started: {failure.strerror}.", file=sys.stderr)
        sys.exit(1)
