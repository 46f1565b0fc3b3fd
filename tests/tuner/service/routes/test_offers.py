"""What a search can be started with: found without running anything."""

import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from keras_search.tuner.study.fields import SETTINGS

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def home(server: Any) -> Path:
    data, models = server.home / "data", server.home / "models"
    for name in ("pets/cat", "pets/dog", "deep/er"):
        (data / name).mkdir(parents=True)
    for kind in ("cat", "dog"):
        for place in range(12):
            Image.fromarray(np.full((8, 8), place * 20, np.uint8)).save(data / "pets" / kind / f"{place}.png")
    rows = "".join(f"{x},{'yes' if x % 3 else 'no'}\n" for x in range(60))
    (data / "deep" / "er" / "rows.csv").write_text(f"x,y\n{rows}")
    (data / ".hidden.csv").write_text("a,b\n1,2\n")
    (data / "elsewhere.csv").symlink_to("/etc/passwd")
    np.savez(data / "arrays.npz", x_train=np.zeros((3, 2)))
    models.mkdir(exist_ok=True)
    (models / "mine.py").write_text(
        "raise SystemExit('this was run')\n\ndef build(hp):\n    '''Search what I like.'''\n\n\n"
        "def other(x):\n    pass\n\n\nclass Mine(kt.HyperModel):\n    pass\n\n\ndef _private(hp):\n    pass\n"
    )
    (models / "broken.py").write_text("def build(hp:\n")
    return Path(server.home)


def test_data_are_listed(client: httpx.Client) -> None:
    found = client.get("/api/v1/data").json()
    assert [(each["dataset"], each["kind"]) for each in found["items"] if each["origin"] == "data"] == [
        ("data/arrays.npz", "arrays"),
        ("data/deep/er/rows.csv", "table"),
        ("data/pets", "images"),
    ]
    assert found["items"][0]["dataset"] == "digits"
    assert not found["truncated"]


def test_hypermodels_are_found_without_running_their_files(client: httpx.Client) -> None:
    found = client.get("/api/v1/hypermodels").json()
    assert [(each["hypermodel"], each["help"]) for each in found if each["origin"] == "file"] == [
        ("models/mine.py:build", "Search what I like."),
        ("models/mine.py:Mine", ""),
    ]


def test_every_setting_is_described(client: httpx.Client) -> None:
    found = {each["name"]: each for each in client.get("/api/v1/settings").json()}
    assert list(found) == list(SETTINGS)
    assert found["tuner"]["choices"] == ["hyperband", "random", "bayesian", "grid"]
    assert (found["factor"]["type"], found["factor"]["limits"]) == ("whole", {"ge": 2.0})
    assert found["max_trials"]["by_tuner"] == {"random": 20, "bayesian": 20, "grid": None}
    assert found["baselines"]["type"] == "list"
    assert found["kernels"]["default"] is True


def test_the_machine_is_described(client: httpx.Client) -> None:
    found = client.get("/api/v1/machine").json()
    assert found["cores"] >= 1
    assert found["disk_free"] > 0
    assert found["python"] == sys.version.split()[0]


@pytest.mark.parametrize(
    ("settings", "kind", "sheet"),
    [
        ({"dataset": "data/pets"}, "grey images", True),
        ({"dataset": "data/deep/er/rows.csv", "target": "y"}, "table", False),
    ],
)
def test_data_are_inspected_as_the_command_does(
    client: httpx.Client,
    settings: dict[str, str],
    kind: str,
    sheet: bool,
) -> None:
    found = client.post("/api/v1/data/inspect", json={"settings": settings}).json()
    assert (found["overview"]["kind"], found["problem"]) == (kind, ""), found
    assert (found["sheet"] is not None) == sheet
    if sheet:
        assert client.get(f"/api/v1/data/sheets/{found['sheet']}.png").content.startswith(b"\x89PNG")


def test_data_that_cannot_be_read_are_told(client: httpx.Client) -> None:
    answer = client.post("/api/v1/data/inspect", json={"settings": {"dataset": "data/arrays.npz"}})
    assert (answer.status_code, "x_train" in answer.json()["detail"]) == (422, True), answer.text
    wrong = client.post("/api/v1/data/inspect", json={"settings": {"max_trials": 3}})
    assert "is no setting of data" in wrong.json()["detail"]
