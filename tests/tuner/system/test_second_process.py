"""Jobs are done once each, whatever becomes of the second process."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from keras_search.tuner.system import second_process
from keras_search.tuner.system.second_process import SecondProcess

HERE = os.getpid()
ENOUGH = 60.0


@pytest.fixture(autouse=True)
def forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests have imported TensorFlow here, and there may be one core; the jobs of these tests are simple."""
    monkeypatch.setattr(second_process, "_may_fork", lambda: second_process.FORKS)


def _both(work: Callable[[int], int], count: int) -> tuple[dict[int, int], dict[int, int]]:
    with SecondProcess(work, count) as second:
        here = {job: work(job) for job in second.jobs()}
        there = second.results()
    return here, there


def test_each_job_is_done_once() -> None:
    before = psutil.Process().children()

    def work(job: int) -> int:
        time.sleep(0.005)
        return 10 * job

    here, there = _both(work, 50)
    assert here | there == {job: 10 * job for job in range(50)}
    assert not here.keys() & there.keys()
    assert there or not second_process.FORKS
    assert psutil.Process().children() == before


def test_what_fails_or_is_killed_there_is_left_to_do_here(tmp_path: Path) -> None:
    """The first job of the fork raises, its second one kills it."""
    begun = tmp_path / "begun"

    def work(job: int) -> int:
        if os.getpid() == HERE:
            _wait_for(lambda: len(list(tmp_path.iterdir())) >= 3 * second_process.FORKS)
        else:
            (tmp_path / str(job)).touch()
            if begun.exists():
                os.kill(os.getpid(), signal.SIGKILL)
            begun.touch()
            raise ValueError
        return job

    here, there = _both(work, 8)
    assert not there
    assert len(here) == 8 - 2 * second_process.FORKS


def test_a_fork_whose_work_is_not_awaited_is_ended() -> None:
    before = psutil.Process().children()
    with pytest.raises(KeyboardInterrupt), SecondProcess(lambda _: time.sleep(600), 2):
        raise KeyboardInterrupt
    assert psutil.Process().children() == before


@pytest.mark.skipif(not second_process.FORKS, reason="there is no fork")
def test_a_fork_holds_no_pipe_by_which_others_know_that_this_process_lives() -> None:
    read, write = os.pipe()
    with SecondProcess(lambda _: time.sleep(600), 2):
        os.close(write)
        assert os.read(read, 1) == b""
    os.close(read)


def test_threads_of_tensorflow_prevent_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setitem(second_process.sys.modules, "tensorflow", second_process)
    with SecondProcess(lambda job: job, 3) as second:
        assert list(second.jobs()) == [0, 1, 2]
        assert second.results() == {}


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + ENOUGH
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)
