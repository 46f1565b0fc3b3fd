"""A model's file runs no code unasked."""

import json
import re
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow.core.framework.op_def_pb2 import OpDef, OpList
from tensorflow.core.framework.types_pb2 import DT_STRING
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
from tensorflow.python.client import pywrap_tf_session

from keras_search.errors import KerasSearchError
from keras_search.tuner.exporting import trust
from keras_search.tuner.exporting.trust import FILE_OPERATIONS, UntrustedModelError, check_trusted, code_in
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
        f"{path} contains code of its own (a lambda), which this would run: if you trust who made it, add --trust."
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
    with pytest.raises(UntrustedModelError, match=r"contains operations on files or Python \(WriteFile\)"):
        open_model(tmp_path / "m")
    assert not (tmp_path / "written").exists()
    open_model(tmp_path / "m", trust=True).runtime.run(np.zeros((1, 4, 4), np.float32))
    assert (tmp_path / "written").exists()


def _writing(folder: Path, written: Path) -> Path:
    class Writing(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 4, 4), tf.float32)])
        def serve(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
            tf.io.write_file(str(written), "by the model")
            return {"y": tf.nn.softmax(tf.reshape(x, (-1, 16)))}

    module = Writing()
    tf.saved_model.save(module, str(folder), signatures={"serve": module.serve})
    return folder / "saved_model.pb"


def test_a_saved_model_as_text_is_not_run(tmp_path: Path) -> None:
    program = _writing(tmp_path / "m" / "saved-model", tmp_path / "written")
    text = text_format.MessageToString(SavedModel.FromString(program.read_bytes()))
    program.unlink()
    program.with_suffix(".pbtxt").write_text(text, encoding="utf-8")
    with pytest.raises(UntrustedModelError, match=r"contains a program as text \(saved_model.pbtxt\)"):
        open_model(tmp_path / "m")


def test_operations_do_not_hide_in_functions_with_the_names_of_those_that_save(tmp_path: Path) -> None:
    program = _writing(tmp_path / "m", tmp_path / "written")
    text = text_format.MessageToString(SavedModel.FromString(program.read_bytes()))
    name = next(name for name in re.findall(r'"(__inference_serve_\d+)"', text))
    hidden = text.replace(f'"{name}"', '"__inference_traced_save_999"')
    program.write_bytes(text_format.Parse(hidden, SavedModel()).SerializeToString())
    with pytest.raises(UntrustedModelError, match=r"\(.*WriteFile.*\)"):
        open_model(tmp_path / "m")


def test_every_operation_that_is_told_of_a_file_or_an_address_is_one_on_files() -> None:
    telling = re.compile(
        r"(.*_)?(file|filename|filenames|files|path|dir|logdir|directory|address|uri|url|vocab_file)(_.*)?"
    )
    harmless = {"ShardedFilename", "ShardedFilespec"}
    for operation in _operations_of_tensorflow():
        texts = [given.name for given in operation.input_arg if given.type == DT_STRING]
        texts += [attribute.name for attribute in operation.attr if attribute.type in {"string", "list(string)"}]
        if operation.name not in harmless and any(telling.fullmatch(text) for text in texts):
            assert FILE_OPERATIONS.fullmatch(operation.name), operation.name


@pytest.mark.parametrize(
    "name", ["DatasetToTFRecord", "DumpTensor", "CreateSummaryFileWriter", "EagerPyFunc", "Restore"]
)
def test_operations_on_files_are_known(name: str) -> None:
    assert FILE_OPERATIONS.fullmatch(name)


@pytest.mark.parametrize(
    "name", ["MatMul", "ReadVariableOp", "TensorArrayReadV3", "LookupTableFindV2", "TensorArrayWrite"]
)
def test_operations_of_networks_are_not_on_files(name: str) -> None:
    assert not FILE_OPERATIONS.fullmatch(name)


def _operations_of_tensorflow() -> list[OpDef]:
    found = OpList()
    found.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    return list(found.op)


def test_a_configuration_that_would_fill_the_memory_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "LARGEST_CONFIG", 2**20)
    with zipfile.ZipFile(tmp_path / "model.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", " " * (2**20 + 1))
    assert "a configuration of more than 1 MiB" in code_in("keras", tmp_path / "model.keras")


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
