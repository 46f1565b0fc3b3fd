"""What came of a job whose process has ended."""

from pathlib import Path

from keras_search.tuner.console.exit_codes import INTERRUPTED
from keras_search.tuner.service.jobs.process import LOG, Process
from keras_search.tuner.service.jobs.records import Job, State
from keras_search.tuner.system.text import visible

TAIL = 64 * 1024
"""Bytes at the end of a log that are looked at."""
LONGEST = 2000
"""Characters of a message."""
LOST = (
    "Its process ended without a word: it was killed, or the machine was switched off. Nothing that it had committed "
    "is lost: resume it."
)
KILLED = "Its process was killed ({}), perhaps for lack of memory. Nothing that it had committed is lost: resume it."


def outcome(job: Job, process: Process | None, folder: Path) -> tuple[State, int | None, str]:
    """Return the state of a job whose process has ended, its exit code and, unless it is done, a line that says why.

    `process` is None if it has not even begun.
    """
    if process is None and not job.stop:
        return "failed", None, last_line(folder) or "It could not be started."
    code = None if process is None else process.exit_code
    if code == 0:
        return "done", code, ""
    if job.stop or code == INTERRUPTED:
        return "stopped", code, last_line(folder)
    if code is None:
        return "lost", code, LOST
    if code < 0:
        return "failed", code, KILLED.format(f"signal {-code}")
    return "failed", code, last_line(folder) or f"It ended with exit code {code} and no message."


def log_text(folder: Path, most: int = TAIL) -> str:
    """Return the end of a job's output, at most so many bytes of it, in whole lines."""
    try:
        with (folder / LOG).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - most))
            text = file.read(most).decode("utf-8", "replace")
    except OSError:
        return ""
    whole = text if size <= most else text.partition("\n")[2]
    return visible(whole)


def last_line(folder: Path) -> str:
    """Return the last line of a job's output, without the word that errors begin with."""
    lines = log_text(folder).strip().splitlines()
    return lines[-1].strip().removeprefix("Error: ")[:LONGEST] if lines else ""
