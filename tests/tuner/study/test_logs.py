"""The logs of a study are found by their run, and their last lines are read however they end."""

from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.logs import MOST_BYTES, find_log, last_lines, logs_of


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    """Give a study with two logs and a link."""
    folder = StudyFolder(tmp_path / "a")
    folder.make()
    (folder.logs / "0001.log").write_text("one\n")
    (folder.logs / "worker-0.log").touch()
    (folder.logs / "0002.log").symlink_to("/etc/passwd")
    return folder


def test_a_log_is_found_by_its_run(folder: StudyFolder) -> None:
    assert find_log(folder, "0001").path == folder.logs / "0001.log"
    assert {log.name for log in logs_of(folder)} == {"0001", "worker-0"}


@pytest.mark.parametrize("name", ["0002", "../study.db", "/etc/passwd", ""])
def test_only_a_log_is_found(folder: StudyFolder, name: str) -> None:
    with pytest.raises(UsageError, match=r"Logs here: 0001, worker-0\."):
        find_log(folder, name)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"a\nb\nc\n", ["b", "c"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"1/9\r2/9\r9/9\nend", ["9/9", "end"]),
        (b"caf\xe9\n\x1b[2J", ["caf\N{REPLACEMENT CHARACTER}", "\x1b[2J"]),
        (b"x" * 2 * MOST_BYTES + b"\nend\n", ["x" * (MOST_BYTES - 5), "end"]),
    ],
)
def test_the_last_lines_are_read(tmp_path: Path, content: bytes, lines: list[str]) -> None:
    (tmp_path / "a.log").write_bytes(content)
    assert last_lines(tmp_path / "a.log", 2) == lines
