"""A service from Python: what a local call returns and raises, over HTTP."""

import base64
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import keras_search
from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.api.remote import RemoteService
from keras_search.tuner.predicting.predict import predict
from keras_search.tuner.predicting.prediction import as_dict
from keras_search.tuner.study.folder import StudyFolder


@pytest.fixture(scope="module")
def service(server: Any, finished_study: StudyFolder) -> Iterator[RemoteService]:
    shutil.copytree(finished_study.root, server.home / "studies" / "digits")
    with keras_search.connect(server.url, server.token) as connected:
        yield connected


def test_trials_are_those_of_the_study(service: RemoteService, finished_study: StudyFolder) -> None:
    local = keras_search.load(finished_study.root)
    pd.testing.assert_frame_equal(service.trials("digits"), local.trials())
    study = service.wait("digits", seconds=300)
    assert study["summary"]["verdict"] == dict(local.verdict or {})
    assert [row["name"] for row in service.studies()] == ["digits"]


def test_errors_are_those_of_a_local_call(service: RemoteService, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as local:
        keras_search.start("bad", max_epochs=0, studies_dir=tmp_path)
    with pytest.raises(UsageError) as remote:
        service.start("bad", max_epochs=0)
    assert str(remote.value) == str(local.value)
    with pytest.raises(UsageError, match="No study named 'none'"):
        service.study("none")
    with pytest.raises(UsageError, match="No study named 'none'"):
        service.wait("none")
    with pytest.raises(KerasSearchError, match="digits has no exported model"):
        service.predict("digits", [{"a": 1}])
    with pytest.raises(UsageError, match="There is no image"):
        service.predict("digits", tmp_path / "none.png")


def test_a_wrong_token_and_a_wrong_address_are_told_in_a_line(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_SEARCH_TOKEN", raising=False)
    with pytest.raises(UsageError, match="token"):
        keras_search.connect(server.url)
    with pytest.raises(UsageError, match="token"):
        keras_search.connect(server.url, "not-the-token")
    with pytest.raises(KerasSearchError, match="cannot be reached"):
        keras_search.connect("http://127.0.0.1:9", "x" * 20)
    with pytest.raises(UsageError, match="begins with http"):
        keras_search.connect("127.0.0.1:8765", "x" * 20)
    with pytest.raises(UsageError, match="url= must be text, received None"):
        keras_search.connect(None, "x" * 20)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_search_from_upload_to_prediction(service: RemoteService, tmp_path: Path) -> None:
    """Everything that the pages do, in one go."""
    rows = "".join(f"{x},{x * x % 7},{'high' if x % 10 > 4 else 'low'}\n" for x in range(120))
    (tmp_path / "small.csv").write_text(f"a,b,kind\n{rows}")
    dataset = service.upload(tmp_path / "small.csv")
    name = service.start(
        "small", workers=1, dataset=dataset, target="kind", tuner="random", max_trials=2, max_epochs=2, compare_seeds=2
    )
    study = service.wait(name, seconds=600)
    assert (study["state"], study["trials"]["completed"]) == ("done", 2)
    assert study["verdict"]["sentence"]
    place = service.export(name, tmp_path / "export")
    assert (place / "model.keras").is_file()
    said = service.predict(name, pd.DataFrame({"a": [3.0, 8.0], "b": [1, None]}))
    assert [each["row"] for each in said] == [1, 2]
    assert set(said[0]["probabilities"]) == {"high", "low"}
    with pytest.raises(UsageError, match="exists"):
        service.export(name, tmp_path / "export")
    service.resume(name, max_trials=3)
    assert service.wait(name, seconds=600)["trials"]["completed"] == 3


@pytest.mark.slow
def test_an_image_is_predicted_as_locally_and_shown_as_the_model_saw_it(service: RemoteService, tmp_path: Path) -> None:
    place = service.export("digits", tmp_path / "digits")
    levels = np.zeros((40, 40), np.uint8)
    levels[5:35, 18:22] = 255
    Image.fromarray(levels).save(tmp_path / "one.png")
    local = as_dict(predict(place, [tmp_path / "one.png"]).predictions[0])
    del local["file"]
    assert service.predict("digits", tmp_path / "one.png") == [local]
    content = (tmp_path / "one.png").read_bytes()
    headers = {"Content-Type": "image/png"}
    seen = service._send("POST", "/studies/digits/predict", content=content, headers=headers).json()["seen"]
    assert Image.open(io.BytesIO(base64.b64decode(seen.removeprefix("data:image/png;base64,")))).size == (224, 224)
    assert service.get("/studies/digits/predict")["takes"] == "image"
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, format="PNG")
    with pytest.raises(UsageError, match="what was given"):
        service._send("POST", "/studies/digits/predict", content=bomb.getvalue(), headers=headers)
    with pytest.raises(UsageError, match="what was given"):
        service._send("POST", "/studies/digits/predict", content=b"no image", headers=headers)
