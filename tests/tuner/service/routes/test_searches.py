"""Start, stop, resume, extend and export by REST; the study is that of the command line."""

import filecmp
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

SETTINGS = {"tuner": "random", "max_trials": 2.0, "max_epochs": "2", "compare_seeds": 1, "drop": None}
LONG_SEARCH = {"tuner": "random", "max_trials": 2, "max_epochs": 400, "compare_seeds": 1}
TABLES = ("trials.csv", "history.csv", "comparison.csv", "verdict.json")
COMMAND = Path(sys.executable).with_name("keras-search")


def put(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1{path}", json=body)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def refused(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


@pytest.fixture(scope="module")
def done(server: Any) -> dict[str, Any]:
    """Give the ended job of a whole search, the study `first`."""
    with server.client() as client:
        job = put(client, "/studies", name="first", settings=SETTINGS, workers=1)
    assert (job["kind"], job["study"], job["state"]) in [("start", "first", "waiting"), ("start", "first", "running")]
    found: dict[str, Any] = server.job(job["id"])
    return found


@pytest.mark.slow
def test_a_search_runs_to_its_report_and_its_command_gives_the_same_bytes(
    server: Any, done: dict[str, Any], tmp_path: Path
) -> None:
    assert (done["state"], done["exit_code"], done["message"]) == ("done", 0, "")
    options = "--tuner random --max-trials 2 --max-epochs 2 --compare-seeds 1 --workers 1"
    assert done["command"] == f"keras-search start first {options}"
    subprocess.run([COMMAND, *done["command"].split()[1:], "--quiet"], cwd=tmp_path, check=True, capture_output=True)
    theirs, ours = tmp_path / "reports" / "first", server.home / "reports" / "first"
    assert filecmp.cmpfiles(theirs, ours, TABLES, shallow=False) == (list(TABLES), [], [])


@pytest.mark.slow
def test_a_jobs_output_is_shown(done: dict[str, Any], client: httpx.Client) -> None:
    text = client.get(f"/api/v1/jobs/{done['id']}/log").json()["text"]
    assert "Report: reports/first/report.html" in text


@pytest.mark.slow
def test_a_study_that_exists_is_not_started_again_unasked(done: dict[str, Any], client: httpx.Client) -> None:
    answer = client.post("/api/v1/studies", json={"name": done["study"], "settings": SETTINGS})
    assert refused(answer, 409) == "A study named 'first' exists: resume it, choose another name, or set overwrite."


@pytest.mark.slow
def test_a_study_is_extended_and_exported(server: Any, done: dict[str, Any], client: httpx.Client) -> None:
    del done
    job = server.job(
        put(client, "/studies/first/resume", settings={"max_trials": 3, "fair_epochs": False}, workers=1)["id"]
    )
    assert (job["state"], job["command"]) == ("done", "keras-search resume first --max-trials 3 --workers 1")
    assert len((server.home / "reports" / "first" / "trials.csv").read_text().splitlines()) == 4
    answer = client.post("/api/v1/studies/first/resume", json={"settings": {"max_trials": 1}})
    assert refused(answer, 422) == "--max-trials can only be raised: it is 3, received 1."
    exported = server.job(put(client, "/studies/first/exports", formats=["keras"])["id"])
    assert exported["state"] == "done", exported
    assert (server.home / "exports" / "first").is_dir()


def test_a_search_stops_after_its_epoch_and_another_waits(server: Any, client: httpx.Client) -> None:
    first = put(client, "/studies", name="long", settings=LONG_SEARCH, workers=1)
    second = put(client, "/studies", name="second", settings=SETTINGS)
    third = put(client, "/studies", name="third", settings=SETTINGS)
    until(lambda: (server.home / "studies" / "long" / "study.db").exists())
    waiting = [job["id"] for job in client.get("/api/v1/jobs").json()["waiting"]]
    assert waiting == [second["id"], third["id"]]
    moved = client.post(f"/api/v1/jobs/{third['id']}/move", json={"before": second["id"]}).json()
    assert [(job["study"], job["place"]) for job in moved["waiting"]] == [("third", 1), ("second", 2)]
    assert "has a job already that runs" in refused(client.post("/api/v1/studies/long/resume", json={}), 409)
    for job in (second, third):
        assert client.delete(f"/api/v1/jobs/{job['id']}").json()["state"] == "stopped"
    assert client.post("/api/v1/studies/long/stop", json={}).json()["job"]["state"] == "stopping"
    assert "to end it now" in refused(client.post("/api/v1/studies/long/stop", json={}), 409)
    ended = server.job(first["id"])
    assert (ended["state"], ended["exit_code"]) == ("stopped", 130)
    assert ended["message"].startswith("Stopped; nothing is lost.")
    assert "no longer waits" in refused(client.delete(f"/api/v1/jobs/{first['id']}"), 409)
    resumed = put(client, "/studies/long/resume", workers=1)
    until(lambda: client.get(f"/api/v1/jobs/{resumed['id']}").json()["state"] == "running")
    assert client.post("/api/v1/studies/long/stop", json={"at_once": True}).status_code == 202
    assert server.job(resumed["id"])["state"] == "stopped"


@pytest.mark.slow
def test_a_search_of_a_terminal_is_told_and_can_be_stopped(server: Any, client: httpx.Client) -> None:
    arguments = ["--tuner", "random", "--max-trials", "2", "--max-epochs", "400", "--workers", "1", "--quiet"]
    with subprocess.Popen([COMMAND, "start", "theirs", *arguments], cwd=server.home, stderr=subprocess.PIPE) as other:
        until(lambda: (server.home / "studies" / "theirs" / "study.db").exists())
        answer = client.post("/api/v1/studies/theirs/resume", json={})
        assert f"'theirs' is in use by the process {other.pid}" in refused(answer, 409)
        assert client.post("/api/v1/studies/theirs/stop", json={}).json() == {"job": None}
        message = other.communicate(timeout=120)[1]
        assert (other.returncode, message.split(b";")[0]) == (130, b"Stopped")
    assert "Nothing works on 'theirs'" in refused(client.post("/api/v1/studies/theirs/stop", json={}), 409)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"settings": {"tuner": "annealing"}}, "--tuner must be"),
        ({"settings": {"max_trails": 3}}, "Unknown setting 'max_trails'. Did you mean 'max_trials'?"),
        ({"settings": {"dataset": "/etc/passwd"}}, "The service reads data below"),
        ({"settings": {"dataset": "data/../../secret.csv"}}, "The service reads data below"),
        ({"settings": {"dataset": "data"}}, "The service reads data below"),
        ({"settings": {"validation": "/etc/passwd"}}, "The service reads data below"),
        ({"settings": {"hypermodel": "/tmp/evil.py:build"}}, "The service runs code from files below"),
        ({"settings": {"hypermodel": "os:system"}}, "The service runs code from files below"),
        ({"settings": {"dataset": "/tmp/evil.py:load"}}, "The service runs code from files below"),
        ({"name": "../evil"}, "A study's name is made of"),
        ({"name": "x", "workers": 0}, "workers"),
        ({"name": "x", "surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_is_told_before_anything_waits(client: httpx.Client, body: dict[str, Any], message: str) -> None:
    before = client.get("/api/v1/jobs").json()["waiting"]
    assert message in refused(client.post("/api/v1/studies", json=body), 422)
    assert client.get("/api/v1/jobs").json()["waiting"] == before


@pytest.mark.slow
def test_a_hypermodel_that_fails_is_told(server: Any, client: httpx.Client) -> None:
    (server.home / "models").mkdir()
    (server.home / "models" / "bad.py").write_text("def build(hp):\n    raise ValueError('no such layer')\n")
    job = server.job(put(client, "/studies", name="bad", settings={"hypermodel": "models/bad.py:build"})["id"])
    assert job["state"] == "failed"
    assert "no such layer" in job["message"]


def test_a_link_out_of_the_data_folder_is_not_followed(server: Any, client: httpx.Client, tmp_path: Path) -> None:
    (server.home / "data").mkdir(exist_ok=True)
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    (server.home / "data" / "link.csv").symlink_to(tmp_path / "secret.csv")
    answer = client.post("/api/v1/studies", json={"settings": {"dataset": "data/link.csv"}})
    assert "The service reads data below" in refused(answer, 422)
