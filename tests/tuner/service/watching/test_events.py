"""Events of a real service: commits, states and ends are heard by all, and who comes back has missed nothing."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Epoch, Kind, Run, State
from keras_search.tuner.study.store import Store


class Stream:
    """The events of one connection: `next` waits for one."""

    def __init__(self, client: httpx.Client, path: str, known: str = "") -> None:
        headers = {"Last-Event-ID": known} if known else {}
        self._context = client.stream("GET", path, headers=headers)
        self._answer = self._context.__enter__()
        assert self._answer.headers["content-type"].startswith("text/event-stream"), self._answer.status_code
        self._lines = self._answer.iter_lines()

    def next(self) -> tuple[str, str, Any]:
        """Return the kind, the id and the data of the next event."""
        found: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line and name:
                found[name] = value
            elif "data" in found:
                return found["event"], found["id"], json.loads(found["data"])
        raise EOFError

    def until(self, holds: Callable[[str, Any], bool]) -> tuple[str, str, Any]:
        """Return the first event for which something holds."""
        while True:
            kind, identifier, data = self.next()
            if holds(kind, data):
                return kind, identifier, data

    def close(self) -> None:
        self._context.__exit__(None, None, None)


@pytest.fixture
def live(server: Any, make_study: Callable[..., StudyFolder]) -> Iterator[StudyFolder]:
    folder = StudyFolder(server.home / "studies" / "live")
    shutil.copytree(make_study(trials=4).root, folder.root)
    with Store.open(folder.root) as store, store.transaction():
        store.set_facts(search_ended=None, planned=9)
    yield folder
    shutil.rmtree(folder.root, ignore_errors=True)


def train(folder: StudyFolder, name: str) -> None:
    """Commit an epoch of a new trial, and its end, as a search does."""
    with Store.open(folder.root) as store:
        run = Run(name, Kind.TRIAL, "mlp", "trial", {"layers": 1}, 1, 1)
        with store.transaction():
            store.put_run(run)
            store.put_event("begin", name, 0)
        with store.transaction():
            store.put_epoch(Epoch(name, 1, {"val_loss": 0.1, "val_accuracy": 0.999}, 0.1, 0))
            store.put_run(replace(run, trained=1))
        with store.transaction():
            store.put_run(replace(run, trained=1, state=State.COMPLETED, score=0.999, best_epoch=1, parameters=7))
            store.put_event("completed", name, 0)


def test_a_commit_is_heard_by_all_and_told_as_the_study_tells_it(client: httpx.Client, live: StudyFolder) -> None:
    streams = [Stream(client, "/api/v1/studies/live/events") for _ in range(5)]
    assert {stream.next()[2]["trials"]["completed"] for stream in streams} == {2}
    train(live, "0100")
    for stream in streams:
        kind, _, data = stream.until(lambda _, data: data["trials"]["completed"] == 3)
        row = client.get("/api/v1/studies/live").json()
        assert kind in ("commit", "state")
        assert {name: row[name] for name in ("state", "stage", "trials", "best")} == {
            name: data[name] for name in ("state", "stage", "trials", "best")
        }
        stream.close()


def test_a_listener_that_comes_back_hears_what_it_missed_and_nothing_twice(
    client: httpx.Client, live: StudyFolder
) -> None:
    first = Stream(client, "/api/v1/studies/live/events")
    _, known, _ = first.next()
    first.close()
    train(live, "0101")
    second = Stream(client, "/api/v1/studies/live/events", known)
    _, newer, data = second.next()
    assert (newer != known, data["trials"]["completed"]) == (True, 3)
    second.close()
    third = Stream(client, "/api/v1/studies/live/events", newer)
    train(live, "0102")
    heard = [third.next()]
    while heard[-1][2]["trials"]["completed"] < 4:
        heard.append(third.next())
    assert newer not in [identifier for _, identifier, _ in heard]
    third.close()


def test_a_process_that_takes_or_leaves_a_study_changes_its_state(client: httpx.Client, live: StudyFolder) -> None:
    stream = Stream(client, "/api/v1/studies/live/events")
    assert stream.next()[2]["state"] == "stopped"
    program = "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); input()"
    with subprocess.Popen([sys.executable, "-c", program, str(live.root / "lock")], stdin=subprocess.PIPE) as process:
        assert stream.next()[2]["state"] == "running"
        assert process.stdin is not None
        process.stdin.close()
    kind, _, data = stream.next()
    assert (kind, data["state"]) == ("state", "stopped")
    stream.close()


def test_a_study_that_is_gone_ends_the_stream(client: httpx.Client, live: StudyFolder) -> None:
    stream = Stream(client, "/api/v1/studies/live/events")
    stream.next()
    live.root.rename(live.root.with_name(".away"))
    assert stream.until(lambda kind, _: kind == "end")[2] == {"study": "live"}
    with pytest.raises(EOFError):
        stream.next()
    shutil.rmtree(live.root.with_name(".away"))


def test_a_study_that_is_damaged_while_it_is_watched_says_so(client: httpx.Client, live: StudyFolder) -> None:
    stream = Stream(client, "/api/v1/studies/live/events")
    stream.next()
    live.database.write_bytes(b"no database" * 1000)
    kind, _, data = stream.until(lambda _, data: data["state"] == "damaged")
    assert kind == "state"
    assert "study.db" in data["problem"]
    stream.close()


def test_the_list_hears_of_every_study(server: Any, client: httpx.Client, live: StudyFolder) -> None:
    stream = Stream(client, "/api/v1/events")
    _, known, data = stream.until(lambda kind, _: kind == "studies")
    assert "live" in [row["name"] for row in data["studies"]]
    shutil.copytree(live.root, server.home / "studies" / "second")
    second = stream.until(lambda kind, data: kind == "studies" and bool(data["studies"]))[2]
    assert [row["name"] for row in second["studies"]] == ["second"]
    shutil.rmtree(server.home / "studies" / "second")
    assert stream.until(lambda kind, data: kind == "studies" and bool(data["removed"]))[2]["removed"] == ["second"]
    stream.close()
    again = Stream(client, "/api/v1/events", known)
    assert again.until(lambda kind, _: kind == "studies")[2] == {
        "studies": [],
        "removed": ["second"],
        "all": False,
    }
    again.close()


def test_one_watcher_reads_for_all_and_none_stays(server: Any, client: httpx.Client, live: StudyFolder) -> None:
    """Threads of the server do not grow with the listeners."""
    import psutil

    process = psutil.Process(server.process.pid)
    streams = [Stream(client, "/api/v1/studies/live/events") for _ in range(40)]
    for stream in streams:
        stream.next()
    assert process.num_threads() < 60
    train(live, "0103")
    heard = threading.Thread(target=lambda: [stream.next() for stream in streams])
    heard.start()
    heard.join(60)
    assert not heard.is_alive()
    for stream in streams:
        stream.close()


def test_an_unknown_study_is_refused(client: httpx.Client, tmp_path: Path) -> None:  # noqa: ARG001
    assert client.get("/api/v1/studies/none/events").status_code == 404
