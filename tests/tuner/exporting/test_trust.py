"""A model's file runs no code unasked."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search.errors import KerasSearchError
from keras_search.tuner.exporting.trust import UntrustedModelError, check_trusted, code_in
from keras_search.tuner.predicting.model_file import open_model

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def _network(*layers: keras.layers.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((4, 4)), *layers, keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])


def _lambda(mark: Path) -> keras.layers.Layer:
    return keras.layers.Lambda(eval(f"lambda x: (open({str(mark)!r}, 'w').close(), x)[1]"), output_shape=(4, 4))


@pytest.fixture
def with_lambda(tmp_path: Path) -> tuple[Path, Path]:
    """Give a model whose lambda leaves a mark when it is run, and the mark."""
    mark, path = tmp_path / "ran", tmp_path / "model.keras"
    _network(_lambda(mark)).save(path)
    mark.unlink(missing_ok=True)
    return path, mark


def test_a_lambda_in_a_model_is_run_only_with_trust(with_lambda: tuple[Path, Path]) -> None:
    path, mark = with_lambda
    with pytest.raises(UntrustedModelError) as caught:
        open_model(path)
    assert str(caught.value) == (
        f"{path} holds code of its own (a lambda), which this would run: if you trust who made it, add --trust."
    )
    assert not mark.exists()
    open_model(path, trust=True).runtime.run(np.zeros((1, 4, 4), np.float32))
    assert mark.exists()


def test_a_plain_model_holds_no_code(tmp_path: Path) -> None:
    model = _network(keras.layers.Rescaling(0.5))
    model.save(tmp_path / "model.keras")
    model.export(tmp_path / "saved-model", format="tf_saved_model", verbose=False)
    assert code_in("keras", tmp_path / "model.keras") == ""
    assert code_in("saved-model", tmp_path / "saved-model") == ""
    open_model(tmp_path / "saved-model")


def test_a_saved_model_that_writes_files_is_run_only_with_trust(tmp_path: Path) -> None:
    class Writing(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 4, 4), tf.float32)])
        def serve(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
            tf.io.write_file(str(tmp_path / "written"), "by the model")
            return {"y": tf.nn.softmax(tf.reshape(x, (-1, 16)))}

    module = Writing()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"serve": module.serve})
    with pytest.raises(UntrustedModelError, match=r"holds operations on files or Python \(WriteFile\)"):
        open_model(tmp_path / "m")
    assert not (tmp_path / "written").exists()
    open_model(tmp_path / "m", trust=True).runtime.run(np.zeros((1, 4, 4), np.float32))
    assert (tmp_path / "written").exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"{}"])
def test_what_is_no_model_is_left_to_its_runtime(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    check_trusted("keras", path, trust=False)
    with pytest.raises(KerasSearchError, match="cannot be loaded"):
        open_model(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "[" * 100_000)
    with pytest.raises(KerasSearchError):
        open_model(path)


@pytest.mark.parametrize(
    ("layer", "found"),
    [
        ({"class_name": "Dense", "config": {"units": 3}}, ""),
        ({"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__", "config": {}}}}, "a lambda"),
        ({"class_name": "TFSMLayer", "config": {"filepath": "elsewhere"}}, "a TFSMLayer"),
        ({"class_name": ["__lambda__"]}, ""),
    ],
)
def test_code_is_found_however_deep_it_lies(tmp_path: Path, layer: dict[str, object], found: str) -> None:
    config: object = layer
    for _ in range(50):
        config = {"class_name": "Functional", "config": {"layers": [config]}}
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
    assert found in code_in("keras", tmp_path / "model.keras")
    assert bool(found) == bool(code_in("keras", tmp_path / "model.keras"))
