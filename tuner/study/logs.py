"""Find the logs of a study, and read their last lines."""

import os
from dataclasses import dataclass
from pathlib import Path

from keras_search.errors import KerasSearchError, UsageError, did_you_mean
from keras_search.tuner.study.folder import StudyFolder

MOST_BYTES = 256_000
"""Bytes from the end of a log in which its last lines are looked for."""


@dataclass(frozen=True)
class Log:
    """A log file: what a worker printed while it trained the run `name`, or a process of the study did."""

    name: str
    path: Path
    bytes: int
    changed: float


def logs_of(folder: StudyFolder) -> list[Log]:
    """List the logs of a study, the last changed first."""
    found = []
    for path in folder.logs.glob("*.log"):
        if path.is_file() and not path.is_symlink():
            status = path.stat()
            found.append(Log(path.stem, path, status.st_size, status.st_mtime))
    return sorted(found, key=lambda log: (-log.changed, log.name))


def find_log(folder: StudyFolder, name: str) -> Log:
    """Find the log of a run.

    Raises:
        UsageError: there is none of that name.
    """
    logs = {log.name: log for log in logs_of(folder)}
    if name not in logs:
        some = sorted(logs)
        shown = ", ".join(some[:8]) + (f" and {len(some) - 8} more" if len(some) > 8 else "")
        here = f"Logs here: {shown}." if logs else f"The study {folder.name} has no logs."
        raise UsageError(f"No log of {name!r} in {folder.name}.{did_you_mean(name, logs)} {here}")
    return logs[name]


def last_lines(path: Path, count: int) -> list[str]:
    """Read the last lines of a log; bytes that are no UTF-8 become replacement characters.

    Of a line that was written over several times, as a progress bar is, its last state counts.

    Raises:
        KerasSearchError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - MOST_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError as error:
        raise KerasSearchError(f"{path} could not be read: {error.strerror}.") from None
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n") if text.strip() else []
    return [line.rstrip("\r").rpartition("\r")[2] for line in lines[-count:]]
