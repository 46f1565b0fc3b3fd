"""Of several processes that need the same, one makes it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keras_search.tuner.system.turns import Turn

FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")


OTHER = """
import sys
from pathlib import Path
from keras_search.tuner.system.turns import Turn
turn = Turn(Path(sys.argv[1]))
print("begun", flush=True)
assert turn.take()
print(Path(sys.argv[2]).read_text())
"""


def test_others_wait_for_the_one_that_has_the_turn(tmp_path: Path) -> None:
    place, made = tmp_path / "lock", tmp_path / "made"
    turn = Turn(place)
    assert turn.take()
    command = [sys.executable, "-c", OTHER, str(place), str(made)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "begun\n"
        made.write_text("by the first")
        turn.leave()
        assert other.stdout.read() == "by the first\n"


def test_a_process_may_take_its_turn_again(tmp_path: Path) -> None:
    """As for a function that calls another one, which is compiled first."""
    outer, inner = Turn(tmp_path / "lock"), Turn(tmp_path / "lock")
    assert outer.take()
    assert inner.take()
    inner.leave()
    outer.leave()
    assert outer.take()
    outer.leave()


@FORK
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_has_turns_of_its_own(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "lock")
    assert turn.take()
    turn.leave()
    child = os.fork()
    if child == 0:
        os._exit(0 if turn.take() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert turn.take()
    turn.leave()


def test_where_no_lock_can_be_made_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not Turn(tmp_path / "file" / "lock").take()
