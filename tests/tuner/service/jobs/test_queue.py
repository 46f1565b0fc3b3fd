"""Whatever is put, moved, cancelled and stopped, and in whatever order: the queue keeps its order and its limits."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_search.tuner.service.database import Database
from keras_search.tuner.service.jobs import process, records
from keras_search.tuner.service.jobs.queue import Queue
from keras_search.tuner.service.jobs.supervisor import Supervisor
from keras_search.tuner.service.jobs.waiting import reasons
from keras_search.tuner.service.problems import Conflict, UnknownName

Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "report", "move", "cancel", "begin", "end"]), st.integers(0, 5), st.integers(0, 5)
    ),
    max_size=25,
)


@contextmanager
def opened(folder: Path) -> Iterator[Queue]:
    database = Database(folder / "service.db")
    database.prepare()
    try:
        yield Queue(database, folder / "jobs", folder / "studies")
    finally:
        database.close()


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with opened(tmp_path) as made:
        yield made


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, limit=st.integers(1, 3))
def test_the_queue_keeps_its_order_and_its_limits(steps: list[Step], limit: int) -> None:
    """A list of names stands beside it as the model."""
    with TemporaryDirectory() as folder, opened(Path(folder)) as queue:
        order: list[str] = []
        for action, one, other in steps:
            order = carried_out(queue, order, action, one, other, limit)
            queued = queue.listed()
            assert [job.id for job in queued.waiting] == order
            assert sum(job.kind == "start" for job in queued.running) <= limit
            assert sum(job.kind == "report" for job in queued.running) <= 1
            busy = [job.study for job in queued.running]
            assert len(busy) == len(set(busy))


def carried_out(queue: Queue, order: list[str], action: str, one: int, other: int, limit: int) -> list[str]:
    if action in ("start", "report"):
        try:
            return [*order, queue.put("start" if action == "start" else "report", f"study-{one}", [action]).id]
        except Conflict:
            return order
    if action == "begin":
        free = {name for name, why in reasons(queue.listed(), limit, queue.is_held).items() if not why}
        begun = {job.id for job in queue.next_jobs(limit)}
        assert begun == free
        return [each for each in order if each not in begun]
    if action == "end":
        for job in queue.listed().running[:1]:
            with queue.database.writing() as connection:
                records.end(connection, job.id, "done", 0, "")
        return order
    chosen, before = (order[place] if place < len(order) else None for place in (one, other))
    if chosen is None:
        return order
    if action == "cancel":
        queue.cancel(chosen)
        return [each for each in order if each != chosen]
    queue.move(chosen, before)
    if before == chosen:
        return order
    rest = [each for each in order if each != chosen]
    place = len(rest) if before is None else rest.index(before)
    return [*rest[:place], chosen, *rest[place:]]


def test_a_waiting_job_says_why_it_waits(queue: Queue) -> None:
    for kind, study in [("start", "one"), ("start", "two"), ("start", "three"), ("report", "two"), ("export", "four")]:
        queue.put(kind, study, [kind, study])  # type: ignore[arg-type]
    queue.next_jobs(1)
    (queue.studies / "two").mkdir(parents=True)
    with FileLock(queue.studies / "two" / "lock"):
        found = reasons(queue.listed(), 1, queue.is_held)
    assert [*found.values()] == [
        "Another process works on two, such as a search in a terminal: it has to end first.",
        "At most one search runs at once (--jobs 1), and one is before it.",
        "The search of two comes first.",
    ]


def test_of_many_that_start_the_same_study_one_does(queue: Queue) -> None:
    def put(_: int) -> bool:
        try:
            queue.put("start", "same", ["start", "same"])
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(put, range(16))) == 1


def test_a_study_with_a_job_is_neither_moved_nor_deleted(queue: Queue) -> None:
    job = queue.put("report", "kept", ["report", "kept"])
    with pytest.raises(Conflict, match="'kept' has a job that waits: stop it, or take"), queue.unused("kept"):
        raise AssertionError
    queue.cancel(job.id)
    with queue.unused("kept"):
        pass


def test_what_is_unknown_or_over_is_told(queue: Queue) -> None:
    with pytest.raises(UnknownName, match="No job has the id 'nothing'"):
        queue.job("nothing")
    job = queue.put("report", "x", ["report", "x"])
    queue.next_jobs(1)
    for act in (lambda: queue.cancel(job.id), lambda: queue.move(job.id, None)):
        with pytest.raises(Conflict, match="no longer waits: it starts"):
            act()
    with pytest.raises(Conflict, match="Nothing works on 'y'"):
        queue.stop("y", at_once=False)


def supervised(queue: Queue, home: Path) -> Supervisor:
    return Supervisor(queue, 1, home)


def ended(queue: Queue, supervisor: Supervisor, identifier: str) -> records.Job:
    while not (job := queue.job(identifier)).is_over:
        supervisor.step()
    return job


def test_a_job_that_was_to_begin_when_the_service_was_killed_begins_once(queue: Queue, tmp_path: Path) -> None:
    """The service is killed between what it writes down and what it starts, and right after it."""
    before = queue.put("report", "before", ["--version"])
    queue.next_jobs(1)  # written down, and killed
    assert ended(queue, supervised(queue, tmp_path), before.id).state == "done"
    after = queue.put("report", "after", ["--version"])
    queue.next_jobs(1)
    command = [sys.executable, "-S", "-c", "print('begun')"]
    with process.start(queue.folder / after.id, command, tmp_path) as launched:  # started, and killed
        job = ended(queue, supervised(queue, tmp_path), after.id)
        launched.wait()
    assert job.state == "done"
    output = (queue.folder / after.id / process.LOG).read_text()
    assert (output.count("begun"), output.count("keras-search")) in [(1, 0), (0, 1)]


def test_how_a_job_ended_is_told(queue: Queue, tmp_path: Path) -> None:
    supervisor = supervised(queue, tmp_path)
    wrong = ended(queue, supervisor, queue.put("report", "x", ["report", "x"]).id)
    assert (wrong.state, wrong.exit_code) == ("failed", 2)
    assert wrong.message.startswith("No study named 'x'.")
    lost = queue.put("report", "y", ["report", "y"])
    queue.next_jobs(1)
    with process.start(queue.folder / lost.id, [sys.executable, "-S", "-c", "input()"], tmp_path) as launched:
        launched.wait()
    record = queue.folder / lost.id / process.RECORD
    record.write_bytes(record.read_bytes()[:20] + b" " * 20)  # as after a power cut
    assert ended(queue, supervisor, lost.id).state == "lost"


@pytest.mark.parametrize("damage", [b"", b"\xff" * 40, b"no number at all"])
def test_a_job_whose_record_is_damaged_is_lost_and_holds_up_no_other(
    queue: Queue, tmp_path: Path, damage: bytes
) -> None:
    supervisor = supervised(queue, tmp_path)
    job = queue.put("report", "x", ["report", "x"])
    queue.next_jobs(1)
    (queue.folder / job.id).mkdir(parents=True)
    (queue.folder / job.id / process.RECORD).write_bytes(damage)
    assert ended(queue, supervisor, job.id).state == "lost"
    assert ended(queue, supervisor, queue.put("report", "y", ["--version"]).id).state == "done"


def test_a_job_that_ran_and_whose_record_is_gone_is_not_started_again(queue: Queue, tmp_path: Path) -> None:
    job = queue.put("report", "x", ["--version"])
    queue.next_jobs(1)
    records.set_running(queue.database, job.id)
    assert ended(queue, supervised(queue, tmp_path), job.id).state == "lost"
    assert not (queue.folder / job.id / process.LOG).exists()


def test_a_record_is_left_alone_by_what_only_looks(tmp_path: Path) -> None:
    """Looking at a job many times does not let a second process begin it."""
    folder = tmp_path / "job"
    with process.start(folder, [sys.executable, "-S", "-c", "import time; time.sleep(600)"], tmp_path) as launched:
        while (found := process.find(folder)) is None:
            pass
        for _ in range(200):
            assert process.find(folder) == found
        assert subprocess.run([sys.executable, "-I", "-S", process.launch.__file__, folder, "x"]).returncode == 3
        found.kill()
        launched.wait()
