"""What several processes write at once, the last of them writes whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.locking import alone_with

FILLS = """
import sys
from pathlib import Path
from keras_search.tuner.system.files import replacing, replacing_folder
from keras_search.tuner.system.locking import alone_with
from keras_search.tuner.system.ownership import Mark
target, number = Path(sys.argv[1]), sys.argv[2]
if target.suffix:
    with alone_with(target), replacing(target) as partial:
        print("in", flush=True)
        sys.stdin.readline()
        partial.write_text(number)
else:
    with replacing_folder(target, Mark("report", target.name)) as partial:
        print("in", flush=True)
        sys.stdin.readline()
        for name in "abc":
            (partial / name).write_text(number)
"""


def _process(target: Path, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FILLS, str(target), str(number)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("name", ["report", "sheet.png"])
def test_of_several_at_once_each_ends_well_and_the_last_one_s_stays(tmp_path: Path, name: str) -> None:
    """The second begins while the first is in the middle; it has to wait, whatever it is told."""
    target = tmp_path / name
    first = _process(target, 1)
    assert first.stdout is not None
    assert first.stdin is not None
    assert first.stdout.readline() == "in\n"
    others = [_process(target, number) for number in (2, 3)]
    for other in others:
        assert other.stdin is not None
        other.stdin.write("\n")
        other.stdin.flush()
    first.communicate("\n")
    for other in others:
        other.communicate()
    assert [process.returncode for process in (first, *others)] == [0, 0, 0]
    files = [target] if target.suffix else [target / each for each in "abc"]
    assert len({file.read_text() for file in files} - {"1"}) == 1
    assert list(tmp_path.iterdir()) == [target]


def test_a_process_that_does_not_end_is_told_of(tmp_path: Path) -> None:
    with alone_with(tmp_path / "a"):
        second = f"""if True:
            from pathlib import Path
            from keras_search.errors import KerasSearchError
            from keras_search.tuner.system.locking import alone_with
            try:
                with alone_with(Path({str(tmp_path / "a")!r}), 0.1):
                    pass
            except KerasSearchError as error:
                print(error)"""
        said = subprocess.run([sys.executable, "-c", second], capture_output=True, text=True, check=True).stdout
    assert said == (
        f"Another process has been writing {tmp_path / 'a'} for 0.1 seconds: wait for it or end it, and try again.\n"
    )


def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".a.lock").touch()
    with alone_with(tmp_path / "a"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_no_reason_to_wait(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises((OSError, KerasSearchError)), alone_with(tmp_path / "file" / "a"):
        pass


def test_a_missing_folder_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), alone_with(tmp_path / "none" / "sheet.png"):
        pass
    assert list(tmp_path.iterdir()) == []
