"""Rename, delete and restore studies, with their notes."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from keras_search.tuner.study.database import claim, write_study
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.system.ownership import Mark, digests, write_mark


def make(home: Path, name: str) -> StudyFolder:
    """Make a study, its report and its exports; what is in it does not matter here."""
    folder = StudyFolder(home / "studies" / name)
    folder.make()
    write_study(folder.root, {})
    for kind in ("report", "export"):
        place = home / f"{kind}s" / name
        place.mkdir(parents=True)
        (place / "README.md").write_text(name)
        write_mark(place, Mark(kind, name, digests(place)))
    return folder


def there(home: Path, name: str) -> list[str]:
    return [kind for kind in ("studies", "reports", "exports") if (home / kind / name).exists()]


def refused(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["detail"])


EVERYWHERE = ["studies", "reports", "exports"]


def test_notes_follow_a_study_to_another_name_and_through_the_trash(server: Any, client: httpx.Client) -> None:
    make(server.home, "a")
    assert client.get("/api/v1/studies/a/notes").json() == {"text": ""}
    client.put("/api/v1/studies/a/notes", json={"text": "<b>wider</b> layers"})
    assert client.post("/api/v1/studies/a/rename", json={"name": "b"}).json() == {"name": "b"}
    assert (there(server.home, "a"), there(server.home, "b")) == ([], EVERYWHERE)
    trashed = client.delete("/api/v1/studies/b").json()
    assert there(server.home, "b") == []
    make(server.home, "b")
    assert client.get("/api/v1/studies/b/notes").json() == {"text": ""}
    assert client.get("/api/v1/trash").json() == [trashed]
    taken = refused(client.post(f"/api/v1/trash/{trashed['id']}/restore"), 409)
    assert "exists" in taken
    client.delete("/api/v1/studies/b")
    assert client.post(f"/api/v1/trash/{trashed['id']}/restore").json() == {"name": "b"}
    assert there(server.home, "b") == EVERYWHERE
    assert client.get("/api/v1/studies/b/notes").json() == {"text": "<b>wider</b> layers"}
    gone = client.delete("/api/v1/trash").json()
    assert (len(gone["gone"]), gone["kept"]) == (1, [])
    assert [path for kind in ("reports", "exports") for path in (server.home / kind / ".trash").iterdir()] == []
    assert client.get("/api/v1/trash").json() == []


def test_a_study_in_use_stays(server: Any, client: httpx.Client) -> None:
    lock = claim(make(server.home, "busy").root)
    try:
        for answer in (
            client.delete("/api/v1/studies/busy"),
            client.post("/api/v1/studies/busy/rename", json={"name": "idle"}),
        ):
            assert "'busy' is in use by the process" in refused(answer, 409)
    finally:
        lock.release()
    assert there(server.home, "busy") == EVERYWHERE


def test_a_name_that_is_taken_or_wrong_is_refused(server: Any, client: httpx.Client) -> None:
    make(server.home, "one"), make(server.home, "two")
    assert "exists" in refused(client.post("/api/v1/studies/one/rename", json={"name": "two"}), 409)
    assert "A study's name is made of" in refused(client.post("/api/v1/studies/one/rename", json={"name": "../x"}), 422)
    assert there(server.home, "one") == there(server.home, "two") == EVERYWHERE


@pytest.mark.parametrize("name", ["unknown", "%2e%2e", ".service", "..%2fstudies%2fone", "one%00", "x" * 5000])
def test_an_unknown_name_is_not_found(client: httpx.Client, name: str) -> None:
    for method, path in (
        ("DELETE", f"/api/v1/studies/{name}"),
        ("GET", f"/api/v1/studies/{name}/notes"),
        ("POST", f"/api/v1/studies/{name}/report"),
        ("DELETE", f"/api/v1/trash/{name}"),
        ("POST", f"/api/v1/trash/{name}/restore"),
    ):
        assert client.request(method, path).status_code in (404, 405), (method, path)


def test_a_study_that_is_a_link_is_nobodys(server: Any, client: httpx.Client, tmp_path: Path) -> None:
    make(tmp_path, "elsewhere")
    (server.home / "studies" / "link").symlink_to(tmp_path / "studies" / "elsewhere")
    assert client.delete("/api/v1/studies/link").status_code == 404
    assert there(tmp_path, "elsewhere") == EVERYWHERE
