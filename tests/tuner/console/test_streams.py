"""Output whose reader leaves, whose disk is full, or that was closed from the beginning."""

import fcntl
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from keras_search.tuner.console.streams import lasting
from keras_search.tuner.study.folder import StudyFolder

COMMAND = Path(sys.executable).with_name("keras-search")
FULL = Path("/dev/full")
SMALL = "start x --search-only --tuner random --max-trials 1 --max-epochs 1 --workers 1"


def test_a_stream_goes_on_after_its_reader_has_left() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = lasting(writer, "utf-8")
    for _ in range(3):
        stream.write("line\n" * 10_000)
        stream.flush()
    stream.close()
    assert stream.failure is None
    os.close(writer)


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")
def test_a_stream_remembers_that_its_disk_was_full() -> None:
    descriptor = os.open(FULL, os.O_WRONLY)
    stream = lasting(descriptor, "utf-8")
    stream.write("line\n")
    stream.flush()
    assert stream.failure is not None
    os.close(descriptor)


def test_a_stream_writes_readably_what_its_encoding_lacks(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        lasting(file.fileno(), "ascii").write("\N{MINUS SIGN}0.42 数\n")
    assert (tmp_path / "out").read_bytes() == b"-0.42 \\u6570\n"


def shell(line: str, study: StudyFolder, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run `show` in a shell; the line says where its output goes."""
    command = f"'{COMMAND}' show {study.name} --studies-dir '{study.root.parent}'"
    return subprocess.run(["bash", "-c", line.format(command)], capture_output=True, env={**os.environ, **environment})


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("{} >&-", 0, b""),
        ("{} <&- >&- 2>&-", 0, b""),
        ("set -o pipefail; {} | true", 0, b""),
        pytest.param(
            "{} >/dev/full", 1, b"Error: the output could not be written: No space left on device.\n",
            marks=pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full"),
        ),
    ],
)  # fmt: skip
def test_a_command_ends_as_it_would_whoever_reads(
    finished_study: StudyFolder, line: str, code: int, error: bytes
) -> None:
    done = shell(line, finished_study)
    assert (done.returncode, done.stderr) == (code, error)


def test_a_failure_keeps_its_exit_code_where_nobody_reads(finished_study: StudyFolder) -> None:
    done = shell("{} --toml --studies-dir nowhere >&- 2>&-", finished_study)
    assert done.returncode == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_study_is_shown_in_any_encoding(finished_study: StudyFolder, encoding: str) -> None:
    done = shell("{}", finished_study, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b" -" in done.stdout or b"+" in done.stdout
    assert "Verdict" in done.stdout.decode(encoding)


@pytest.mark.slow
def test_a_search_goes_on_to_its_end_when_its_terminal_closes(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    search = subprocess.Popen(
        [COMMAND, *SMALL.split()], cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while b"Reading the data" not in shown:
        shown += os.read(ours, 1 << 16)
    os.close(ours)  # hangs up on all that the terminal controls
    assert search.wait() == 0
    assert (tmp_path / "reports" / "x" / "report.html").is_file()


@pytest.mark.slow
def test_a_search_needs_no_standard_streams(tmp_path: Path) -> None:
    done = subprocess.run(["bash", "-c", f"'{COMMAND}' {SMALL} <&- >&- 2>&-"], cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "reports" / "x" / "report.html").is_file()
