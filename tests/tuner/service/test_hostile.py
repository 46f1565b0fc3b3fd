"""Hostile names, archives and texts: nothing leaves its root, nothing runs, nothing ends in a fault of the service."""

import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from PIL import Image

from keras_search.tuner.service.uploads.folder import NAME
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Kind, Run, State
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.ownership import Mark, digests, write_mark

SCRIPT = "<script>window.stolen = document.cookie</script>"
NAMES = [
    "..", "../x", "../../etc/passwd", "%2e%2e", "%2e%2e/%2e%2e/etc/passwd", "..%2fx", "%252e%252e%252fetc", "..\\..\\x",
    "/etc/passwd", "//etc/passwd", "x\0.csv", "\0", "x" * 10_000, "é" * 3000, "", ".", ".service", ".service/token",
    "CON", "a\nb", "\x1b[31m", "evil\u202egnp.csv", SCRIPT, "' OR 1=1 --", "{{7*7}}", "${jndi:x}", "~root", "*",
    "a;rm -rf x", "file:///etc/passwd", "http://169.254.169.254/",
]  # fmt: skip
PLACES = [
    "/api/v1/studies/{}", "/api/v1/studies/{}/trials", "/api/v1/studies/digits/trials/{}", "/api/v1/studies/{}/charts",
    "/api/v1/studies/digits/exports/{}", "/api/v1/studies/digits/report/{}", "/api/v1/data/sheets/{}.png",
    "/api/v1/studies/{}/exports.zip", "/api/v1/studies/{}/report/report.html", "/api/v1/studies/{}/events",
    "/api/v1/studies/{}/predict", "/api/v1/studies/digits/frames/{}", "/api/v1/compare?name=digits&name={}",
    "/api/v1/studies/digits/trials?sort={}", "/api/v1/jobs/{}",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(server: Any, finished_study: StudyFolder) -> Path:
    """Give the service's folder: a study, its report with a script, and secrets beside both."""
    import shutil

    shutil.copytree(finished_study.root, server.home / "studies" / "digits")
    report = server.home / "reports" / "digits"
    report.mkdir(parents=True)
    (report / "report.html").write_text(f"<h1>{SCRIPT}</h1>")
    (report / "leak.html").symlink_to("/etc/passwd")
    write_mark(report, Mark("report", "digits", digests(report)))
    export = server.home / "exports" / "digits"
    export.mkdir(parents=True)
    (export / "model.json").write_text("[" * 100_000)
    (export / "leak").symlink_to("/etc/passwd")
    write_mark(export, Mark("export", "digits", {"model.json": "", "leak": "", "../secret": "", "/etc/passwd": ""}))
    (server.home / "secret").write_text("root:secret")
    return Path(server.home)


@pytest.mark.parametrize("name", NAMES, ids=[f"{place}" for place in range(len(NAMES))])
def test_a_name_leads_nowhere(home: Path, client: httpx.Client, name: str) -> None:  # noqa: ARG001
    for place in PLACES:
        for written in {quote(name, safe=""), quote(name, safe="/%"), quote(name, safe="/")}:
            with client.stream("GET", place.format(written)) as answer:
                if answer.status_code == 200 and "event-stream" in answer.headers["content-type"]:
                    continue
                text = answer.read()
            assert answer.status_code < 500, (place, written, text)
            assert b"root:" not in text, (place, written)
            if answer.headers["content-type"] == "text/html; charset=utf-8" and "/report" not in place:
                assert SCRIPT.encode() not in text


@pytest.mark.parametrize("name", NAMES, ids=[f"{place}" for place in range(len(NAMES))])
def test_an_upload_stays_in_its_folder(home: Path, client: httpx.Client, name: str) -> None:
    before = everything(home)
    for ending in ("", ".csv", ".zip"):
        answer = client.post("/api/v1/uploads", params={"name": name + ending}, content=b"a,b\n1,2\n")
        assert answer.status_code in (201, 422), answer.text
        if answer.status_code == 201:
            assert NAME.fullmatch(answer.json()["name"])
            client.delete(f"/api/v1/uploads/{quote(answer.json()['name'], safe='')}")
        client.delete(f"/api/v1/uploads/{quote(name, safe='')}")
    assert everything(home) == before


def everything(home: Path) -> set[str]:
    """Return the paths of all files around a folder but those that come and go with each look at a study."""
    ours = ("service.db", "study.db", "server.log", "answers", "lock")
    return {str(path) for path in home.parent.rglob("*") if not any(part.startswith(ours) for part in path.parts)}


def archive(*files: tuple[str, bytes], link: str = "", mode: int = 0) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files:
            packed.writestr(name, data)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = (mode or stat.S_IFLNK | 0o777) << 16
            packed.writestr(info, "/etc/passwd")
    return content.getvalue()


def picture() -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(content, format="PNG")
    return content.getvalue()


def lying(size: int) -> bytes:
    """Return a zip whose file claims to be of another size than it is."""
    content = bytearray(archive(("a/x.png", b"\0" * 100_000)))
    content[22:26] = struct.pack("<I", size)
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", size)
    return bytes(content)


def encrypted() -> bytes:
    content = bytearray(archive(("a/x.png", b"data")))
    for start, offset in ((0, 6), (content.rindex(b"PK\x01\x02"), 8)):
        content[start + offset] |= 1
    return bytes(content)


PICTURE = ("a/x.png", picture())
ARCHIVES: dict[str, bytes | Callable[[], bytes]] = {
    "parent": archive(PICTURE, ("../out.png", b"x")),
    "deep parent": archive(PICTURE, ("a/../../out.png", b"x")),
    "absolute": archive(PICTURE, ("/tmp/out.png", b"x")),
    "drive": archive(PICTURE, ("C:/out.png", b"x")),
    "backslash": archive(PICTURE, ("..\\out.png", b"x")),
    "link": archive(PICTURE, link="a/link.png"),
    "linked folder": archive(PICTURE, link="a/b"),
    "device": archive(PICTURE, link="a/device.png", mode=stat.S_IFBLK | 0o600),
    "pipe": archive(PICTURE, link="a/pipe.png", mode=stat.S_IFIFO | 0o600),
    "bomb": lambda: archive(*((f"a/{place}.png", b"\0" * 10**7) for place in range(15))),
    "no zip": b"PK\x03\x04" + b"\0" * 1000,
    "cut": archive(PICTURE, ("a/y.png", picture() * 50))[:120],
    "nul": archive(PICTURE, ("a/y?.png", b"x")).replace(b"y?", b"y\0"),
    "control": archive(PICTURE, ("a/\x1b[31m.png", b"x")),
    "twice": archive(PICTURE, ("A/X.PNG", b"x")),
    "file and folder": archive(PICTURE, ("a/x.png/y.png", b"x")),
    "long": archive(PICTURE, ("a/" + "n" * 500 + ".png", b"x")),
    "deep": archive(PICTURE, ("a/" * 50 + "x.png", b"x")),
    "encrypted": encrypted(),
    "smaller than it says": lying(200_000),
    "larger than it says": lying(10),
    "code": archive(("evil.py", b"import os"), ("model.pkl", b"x")),
    "nothing": archive(),
}  # fmt: skip


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_hostile_archive_is_refused_before_it_is_unpacked(server: Any, client: httpx.Client, kind: str) -> None:
    made = ARCHIVES[kind]
    before = everything(server.home)
    content = made if isinstance(made, bytes) else made()
    answer = client.post("/api/v1/uploads", params={"name": "pets.zip"}, content=content)
    assert answer.status_code == 422, answer.text
    assert everything(server.home) == before
    assert not Path("/tmp/out.png").exists()


@pytest.mark.parametrize("name", ["x.npz", "x.xlsx"])
def test_an_archive_in_another_coat_is_checked_as_well(client: httpx.Client, name: str) -> None:
    for content in (ARCHIVES["parent"], ARCHIVES["link"], b"no zip"):
        assert client.post("/api/v1/uploads", params={"name": name}, content=content).status_code == 422


def test_a_good_archive_is_unpacked(server: Any, client: httpx.Client) -> None:
    files = [(f"pets/{kind}/{place}.png", picture()) for kind in ("cat", "dog") for place in range(3)]
    content = archive(*files, ("pets/README.md", b"pets"), ("__MACOSX/._x.png", b"x"))
    answer = client.post("/api/v1/uploads", params={"name": "pets.zip"}, content=content).json()
    folder = Path(answer["path"])
    assert (answer["kind"], answer["left_out"], answer["name"]) == ("images", 1, "pets")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png")) == [
        name.removeprefix("pets/") for name, _ in files
    ]  # fmt: skip
    assert folder.is_relative_to(server.home / "studies" / ".service" / "uploads")
    again = client.post("/api/v1/uploads", params={"name": "pets.zip"}, content=content).json()
    assert again["name"] == "pets-2"
    for name in ("pets", "pets-2"):
        assert client.delete(f"/api/v1/uploads/{name}").status_code == 204


def test_a_report_with_a_script_is_in_a_sandbox(home: Path, client: httpx.Client) -> None:  # noqa: ARG001
    answer = client.get("/api/v1/studies/digits/report/report.html")
    policy = answer.headers["content-security-policy"]
    assert SCRIPT in answer.text
    assert policy.startswith("sandbox allow-downloads; default-src 'none'")
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert client.get("/api/v1/studies/digits/report/leak.html").status_code == 404


def test_an_export_gives_only_what_it_wrote(home: Path, client: httpx.Client) -> None:  # noqa: ARG001
    assert [each["file"] for each in client.get("/api/v1/studies/digits/exports").json()] == ["leak", "model.json"]
    assert client.get("/api/v1/studies/digits/exports/leak").status_code == 404
    assert client.get("/api/v1/studies/digits/exports.zip").status_code == 404
    assert client.get("/api/v1/studies/digits/predict").status_code == 409


def test_texts_of_a_strangers_study_are_only_text(
    server: Any, client: httpx.Client, make_study: Callable[..., StudyFolder]
) -> None:
    """Markup in errors, values and class names comes as JSON, and no page of the service has it as markup."""
    import shutil

    folder = StudyFolder(server.home / "studies" / "stranger")
    shutil.copytree(make_study(trials=5).root, folder.root)
    with Store.open(folder.root) as store, store.transaction():
        run = Run("9999", Kind.TRIAL, SCRIPT, "trial", {SCRIPT: SCRIPT, "a\ud800": "b\ud800"}, 1, 1, state=State.FAILED,
                  error=f"{SCRIPT}\x1b[31m")  # fmt: skip
        store.put_run(run)
        store.put_event("failed", "9999", 0)
        store.set_facts(data={**store.fact("data"), "class_names": [SCRIPT] * 10, "name": SCRIPT})
    (folder.logs / "9999.log").write_text(f"{SCRIPT}\x1b[31m\0")
    for path in ("", "/trials", "/trials/9999", "/charts", "/exports"):
        answer = client.get(f"/api/v1/studies/stranger{path}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        json.loads(answer.text)
    assert "\x1b" not in "".join(client.get("/api/v1/studies/stranger/trials/9999").json()["log"])
    for page in (
        "/",
        "/studies/stranger",
        "/studies/stranger/trials/9999",
        "/new",
        "/compare?name=stranger&name=digits",
    ):
        answer = client.get(page, headers={"Accept": "text/html"})
        assert answer.status_code < 500, page
        assert SCRIPT not in answer.text
    shutil.rmtree(folder.root)


ROWS = [
    {"rows": [{"a": 1}] * 10_001}, {"rows": []}, {"rows": [{"a": [1]}]}, {"rows": {"a": 1}}, [], "x", None, 1e308,
    {"rows": [{"\0": "\0", "..": "/etc/passwd"}]}, {"rows": [{"a": "x" * 10_000}]}, {"rows": [{}]},
]  # fmt: skip


@pytest.mark.parametrize("body", ROWS, ids=range(len(ROWS)))
def test_odd_rows_are_refused(home: Path, client: httpx.Client, body: Any) -> None:  # noqa: ARG001
    answer = client.post("/api/v1/studies/digits/predict", json=body)
    assert answer.status_code in (409, 422), answer.text


def test_settings_name_nothing_elsewhere(home: Path, client: httpx.Client) -> None:  # noqa: ARG001
    for dataset in (
        "/etc/passwd",
        "../secret.csv",
        "studies/.service/token",
        "/tmp/x.py:build",
        "os.system:x",
        "--debug",
    ):
        for path, settings in (
            ("/api/v1/data/inspect", {"dataset": dataset}),
            ("/api/v1/data/inspect", {"validation": dataset}),
            ("/api/v1/estimate", {"dataset": dataset}),
            ("/api/v1/estimate", {"hypermodel": dataset}),
        ):
            answer = client.post(path, json={"settings": settings})
            assert answer.status_code == 422, (path, settings, answer.text)
            assert "root:" not in answer.text
