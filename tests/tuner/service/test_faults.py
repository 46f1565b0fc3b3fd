"""What goes wrong with one study, or with the disk, is told, and the rest goes on."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

SHORT = {"tuner": "random", "max_trials": 1, "max_epochs": 1, "compare_seeds": 1}
HANGS = "import time\n\n\ndef build(hp):\n    hp.Int('units', 1, 9)\n    time.sleep(10_000)\n"


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def two(make_server: Any) -> Iterator[Any]:
    """Give a service that runs two searches at once."""
    server = make_server(options=("--jobs", "2")).start()
    yield server
    server.end_all()


def put(client: httpx.Client, name: str, **settings: Any) -> str:
    answer = client.post("/api/v1/studies", json={"name": name, "settings": {**SHORT, **settings}, "workers": 1})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def remove(folder: Path) -> None:
    """Remove a study while its search still writes to it: again until it is gone, as a user's second `rm -r` would."""
    until(lambda: shutil.rmtree(folder, ignore_errors=True) or not folder.exists())


@pytest.mark.slow
def test_a_hypermodel_that_hangs_and_a_study_that_is_deleted_do_not_hold_up_the_others(two: Any) -> None:
    (two.home / "models").mkdir()
    (two.home / "models" / "hangs.py").write_text(HANGS)
    with two.client() as client:
        hanging = put(client, "hanging", hypermodel="models/hangs.py:build")
        deleted = put(client, "deleted", max_epochs=400)
        until(lambda: list((two.home / "studies" / "deleted" / "checkpoints").glob("*/*.npz")))
        remove(two.home / "studies" / "deleted")
        gone = two.job(deleted)
        assert gone["state"] == "failed"
        assert gone["message"], gone
        other = put(client, "other")
        assert two.job(other)["state"] == "done"
        assert client.get(f"/api/v1/jobs/{hanging}").json()["state"] == "running"
        assert client.post("/api/v1/studies/hanging/stop", json={"at_once": True}).status_code == 202
        assert two.job(hanging)["state"] == "stopped"
    assert not [process for process in psutil.process_iter(["cmdline"]) if "hangs.py" in str(process.info["cmdline"])]


def test_a_damaged_study_is_told_and_the_others_are_shown(server: Any, client: httpx.Client) -> None:
    place = server.home / "studies" / "damaged"
    place.mkdir()
    (place / "study.db").write_bytes(b"no database" * 500)
    rows = {row["name"]: row for row in client.get("/api/v1/studies").json()["items"]}
    assert rows["damaged"]["state"] == "damaged"
    assert "is damaged" in rows["damaged"]["problem"]
    answer = client.post("/api/v1/studies/damaged/resume", json={})
    assert answer.status_code == 500
    assert "is damaged" in answer.json()["detail"]
    assert client.get("/api/v1/jobs").json()["problem"] == ""


def test_a_full_disk_is_told_and_overcome(server: Any, client: httpx.Client) -> None:
    """A limit on the size of files stands for the disk."""
    process = psutil.Process(server.process.pid)
    free = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, free[1]))
    try:
        answer = client.post("/api/v1/tokens", json={"label": "x"})
        assert answer.status_code == 500
        assert (
            "service.db could not be used" in answer.json()["detail"] or "The disk is full" in answer.json()["detail"]
        )
        assert client.get("/api/v1/jobs").status_code == 200
        assert client.get("/api/v1/me").status_code == 200
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, free)
    assert client.post("/api/v1/tokens", json={"label": "x"}).status_code == 201


def test_a_job_that_the_disk_had_no_room_for_begins_when_it_has(server: Any, client: httpx.Client) -> None:
    blocked = server.home / "studies" / ".service" / "jobs"
    blocked.rename(blocked.with_name("away"))
    blocked.write_text("in the way")
    try:
        job = put(client, "later")
        problem = until(lambda: client.get("/api/v1/jobs").json()["problem"])
        assert problem.startswith("No job can be started:")
        assert client.get(f"/api/v1/jobs/{job}").json()["state"] == "waiting"
    finally:
        blocked.unlink()
        blocked.with_name("away").rename(blocked)
    assert server.job(job, "running")["state"] == "running"
    assert client.get("/api/v1/jobs").json()["problem"] == ""
    assert client.post("/api/v1/studies/later/stop", json={"at_once": True}).status_code == 202
    assert server.job(job)["state"] == "stopped"
