"""Promise 5: what was measured is what is exported."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras_tuner import HyperParameters

from keras_search.cli import FormatName
from keras_search.errors import KerasSearchError, UsageError
from keras_search.models.loader import load_hypermodel
from keras_search.tuner.data import load_dataset, make_splits, open_splits
from keras_search.tuner.exporting.agreement import TOLERANCE
from keras_search.tuner.exporting.certificate import Certificate
from keras_search.tuner.exporting.description import FILE
from keras_search.tuner.exporting.export import CARD, Exported, export, summary
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.measured import find_measured
from keras_search.tuner.exporting.runtime import UnfitFormatError
from keras_search.tuner.exporting.trust import UntrustedModelError
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import MODEL, Store
from keras_search.tuner.system.files import replacing_folder
from keras_search.tuner.system.ownership import MARK, Mark, digest_of
from keras_search.tuner.training.networks import problem_of
from keras_search.tuner.training.outputs import with_probabilities

OURS = {CARD, FILE, MARK, *(format_.file for format_ in FORMATS.values())}
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
Place = tuple[Path, list[Certificate]]


@pytest.fixture(scope="module")
def exported(exported_study: Place) -> Place:
    """Give a folder with all formats, and their certificates."""
    return exported_study


@pytest.fixture
def own_study(finished_study: StudyFolder, tmp_path: Path) -> StudyFolder:
    """Give a copy of the study to spoil."""
    return StudyFolder(Path(shutil.copytree(finished_study.root, tmp_path / "studies" / "digits")))


@pytest.mark.parametrize("place", range(len(FORMATS)), ids=list(FORMATS))
def test_export_certifies_every_format(exported: Place, finished_study: StudyFolder, place: int) -> None:
    folder, certificates = exported
    certificate, measured = certificates[place], find_measured(finished_study)
    assert certificate.format == list(FORMATS)[place]
    assert certificate.largest_difference <= TOLERANCE
    assert certificate.labels_agree == certificate.examples == 360
    right = measured.predicted.argmax(axis=1) == measured.splits.y_test
    assert certificate.accuracy == pytest.approx(right.mean())
    assert right.mean() > 0.9
    assert certificate.mean_absolute_error is None
    assert set(certificate.milliseconds_per_example) == {"1", "128"}
    assert certificate.bytes > 10_000
    assert (folder / certificate.file).exists()


def test_export_leaves_its_files_and_nothing_else(exported: Place) -> None:
    folder, _ = exported
    assert {path.name for path in folder.iterdir()} == OURS
    assert [path.name for path in folder.parent.iterdir()] == ["digits"]


def test_the_commands_formats_are_all_formats() -> None:
    assert [name.value for name in FormatName] == list(FORMATS)


def test_model_json_says_how_to_use_the_model_and_where_it_comes_from(
    exported: Place, finished_study: StudyFolder
) -> None:
    folder, certificates = exported
    found = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert found["class_names"] == list("0123456789")
    assert found["input"] | {"framing": None} == {
        "kind": "array", "shape": [8, 8], "dtype": "float32", "range": [0.0, 1.0], "inside": None,
        "pixels": {"black": 0.0, "white": 1.0}, "framing": None,
    }  # fmt: skip
    assert found["outputs"] == [
        {"name": "", "predicts": "", "class_names": list("0123456789"), "other": False, "shape": [10],
         "meaning": "a probability for each class"}
    ]  # fmt: skip
    assert found["hyperparameters"] == {"units_1": 64, "activation": "gelu"}
    assert found["settings"]["tuner"] == "random"
    low, high = found["metrics"]["test_accuracy_interval"]
    assert low < found["metrics"]["test_accuracy"] < high
    with Store.read(finished_study.root) as store:
        assert found["data"] == store.fact("data")
        assert found["versions"]["measured"] == store.fact("versions")
    assert [entry["sha256"] for entry in found["certificates"]] == [entry.sha256 for entry in certificates]


def test_the_card_names_files_and_results(exported: Place) -> None:
    folder, certificates = exported
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# digits\n")
    assert all(f"| {entry.file} |" in card for entry in certificates)
    assert "`x` is float32 of shape `(n, 8, 8)`: pixels as they are in the data, from 0 to 1 in training." in card
    assert str(folder.parent) not in card


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_code_on_the_card_runs(
    exported: Place, finished_study: StudyFolder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = exported
    monkeypatch.chdir(folder)
    card = Path("README.md").read_text(encoding="utf-8")
    code = card.split(f"As `{name}`:\n\n```python\n")[1].split("```")[0]
    measured = find_measured(finished_study)
    scope = {"x": np.asarray(measured.splits.x_test)}
    exec(code, scope)
    np.testing.assert_allclose(scope["y"], measured.predicted, atol=TOLERANCE)


PLAIN_KERAS = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("keras_search", "keras_tuner"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import keras, numpy as np
model = keras.models.load_model(sys.argv[1], safe_mode=True)
assert all(type(layer).__module__.startswith("keras.") for layer in model.layers), model.layers
assert not any(name.startswith("keras_search") for name in sys.modules)
np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0))
"""


def test_plain_keras_loads_the_export_without_keras_search(
    exported: Place, finished_study: StudyFolder, tmp_path: Path
) -> None:
    images, said = finished_study.data / "x_test.npy", tmp_path / "said.npy"
    command = [sys.executable, "-c", PLAIN_KERAS, str(exported[0] / "model.keras"), str(images), str(said)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(np.load(said), find_measured(finished_study).predicted, atol=TOLERANCE)


def test_summary_is_a_line_a_format(exported: Place) -> None:
    lines = summary(Exported(tuple(exported[1]), {})).splitlines()
    assert [line.split()[0] for line in lines] == ["format", *FORMATS]
    assert "360 of 360" in lines[1]


def test_another_model_than_the_measured_one_is_refused_and_leaves_nothing(
    own_study: StudyFolder, tmp_path: Path
) -> None:
    path = own_study.model("tuned-seed0")
    model = keras.models.load_model(path)
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel * 1.01, bias])
    model.save(path)
    with pytest.raises(KerasSearchError, match=r"tuned-seed0\.keras has changed since it was written: restore it"):
        export(own_study, tmp_path / "exports" / "digits", ["keras"])
    with Store.open(own_study.root) as store, store.transaction():
        store.put_file("tuned-seed0", MODEL, digest_of(path))
    with pytest.raises(
        KerasSearchError, match=r"model\.keras differs from the model that was measured: .* Nothing was exported\."
    ) as raised:
        export(own_study, tmp_path / "exports" / "digits", ["keras"])
    assert raised.value.exit_code == 1
    assert not (tmp_path / "exports").exists()


def test_an_unfinished_study_says_how_to_go_on(own_study: StudyFolder, tmp_path: Path) -> None:
    with Store.open(own_study.root) as store, store.transaction():
        store.delete_runs(["mlp-128-64-seed1"])
    with pytest.raises(KerasSearchError) as raised:
        export(own_study, tmp_path / "out", ["keras"])
    assert str(raised.value) == (
        "The study 'digits' is not finished, so there is no measured model yet: "
        f"keras-search resume digits --studies-dir {tmp_path / 'studies'}"
    )
    assert not (tmp_path / "out").exists()


def test_a_best_trial_that_was_not_retrained_is_not_measured(own_study: StudyFolder, tmp_path: Path) -> None:
    """A search that was extended may have a new best trial, while the store still has the old one's predictions."""
    with Store.open(own_study.root) as store, store.transaction():
        (best,) = (run for run in store.runs.values() if run.name == "0000")
        store.put_run(type(best)(**{**vars(best), "hyperparameters": {"units_1": 128}}))
    with pytest.raises(KerasSearchError, match="is not finished"):
        export(own_study, tmp_path / "out", ["keras"])


def test_a_missing_model_file_is_named(own_study: StudyFolder, tmp_path: Path) -> None:
    own_study.model("tuned-seed0").unlink()
    with pytest.raises(KerasSearchError, match=r"tuned-seed0\.keras is missing: restore it from a backup\."):
        export(own_study, tmp_path / "out", ["keras"])


@pytest.mark.parametrize(
    ("name", "module"), [("onnx", "tf2onnx"), ("onnx", "onnxruntime"), ("litert", "ai_edge_litert")]
)
def test_a_missing_runtime_says_what_to_install(
    finished_study: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(KerasSearchError) as raised:
        export(finished_study, tmp_path / "out", ["keras", name])
    expected = f"The format {name} needs {module.replace('_', '-')}: pip install keras-search[export]"
    assert str(raised.value) == expected
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_is_refused(finished_study: StudyFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--format must be one of keras, saved-model, onnx, litert, received 'pt'\."):
        export(finished_study, tmp_path / "out", ["pt"])


def test_an_export_is_replaced_only_when_asked(finished_study: StudyFolder, tmp_path: Path) -> None:
    output = tmp_path / "out"
    export(finished_study, output, ["keras", "keras"])
    card = (output / "README.md").read_bytes()
    with pytest.raises(UsageError, match="exists: add --overwrite, or choose another folder"):
        export(finished_study, output, ["keras"])
    export(finished_study, output, ["keras"], overwrite=True)
    assert {path.name for path in output.iterdir()} == {"model.keras", "model.json", "README.md", MARK}
    assert {path.name for path in tmp_path.iterdir()} == {"out", ".trash"}
    (replaced,) = (tmp_path / ".trash").iterdir()
    assert (replaced / "README.md").read_bytes() == card
    assert (replaced / "model.keras").is_file()


def test_a_folder_with_other_files_is_never_replaced(finished_study: StudyFolder, tmp_path: Path) -> None:
    output = tmp_path / "out"
    for names, message in (
        (("README.md", "model.keras"), r"holds files and no mark of keras-search"),
        (("saved-model/thesis.tex",), r"holds 'saved-model/thesis\.tex', which no export wrote"),
    ):
        for name in names:
            (output / name).parent.mkdir(parents=True, exist_ok=True)
            (output / name).write_text("years of work")
        before = {path: path.read_bytes() for path in output.rglob("*") if path.is_file()}
        with pytest.raises(UsageError, match=message):
            export(finished_study, output, ["keras"], overwrite=True)
        assert {path: path.read_bytes() for path in output.rglob("*") if path.is_file()} == before
        shutil.rmtree(output)
        write_marked_folder(output)
    (tmp_path / "linked").symlink_to(output)
    with pytest.raises(UsageError, match="is a link to"):
        export(finished_study, tmp_path / "linked", ["keras"], overwrite=True)


def write_marked_folder(output: Path) -> None:
    with replacing_folder(output, Mark("export", output.name)) as folder:
        (folder / "model.keras").write_text("an earlier export")


def test_a_file_or_the_current_folder_is_no_output(
    finished_study: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"--output file is a file: choose a folder\."):
        export(finished_study, Path("file"), ["keras"])
    with pytest.raises(UsageError, match="must be a folder of its own"):
        export(finished_study, Path(), ["keras"])


@pytest.mark.parametrize("place", ["out", "models/out", "data"])
def test_no_export_goes_into_the_study(finished_study: StudyFolder, place: str) -> None:
    with pytest.raises(UsageError, match="would be inside the study's folder: choose another --output"):
        export(finished_study, finished_study.root / place, ["keras"], overwrite=True)


def test_an_unwritable_place_is_told_on_one_line(finished_study: StudyFolder, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KerasSearchError, match=r"could not be written to .*file/out: Not a directory\."):
        export(finished_study, tmp_path / "file" / "out", ["keras"])


def test_the_test_split_is_the_one_that_was_measured(finished_study: StudyFolder) -> None:
    measured, splits = find_measured(finished_study), open_splits(finished_study.data, test=True)
    assert measured.predicted.shape == (len(splits.x_test), 10)


@pytest.fixture(scope="module")
def rare_study(tmp_path_factory: pytest.TempPathFactory, keep_study: Callable) -> StudyFolder:  # type: ignore[type-arg]
    """Give a study whose model has an operation that neither ONNX nor LiteRT know."""
    folder = StudyFolder(tmp_path_factory.mktemp("studies") / "rare")
    folder.make()
    settings = StudySettings.create(tuner="random", objective="val_accuracy", max_trials=1, compare_seeds=1)
    dataset = load_dataset("digits")
    images = keras.Input((8, 8))
    flat = keras.layers.Flatten()(images)
    network = keras.Model(images, keras.layers.Dense(10, "softmax")(keras.ops.erfinv(0.9 * flat)))
    said = network.predict(make_splits(dataset, settings.validation_split, settings.seed).x_test, verbose=0)
    network.save(folder.model("tuned-seed0"))
    keep_study(folder, settings, dataset, lambda _: said)
    return folder


def test_all_formats_are_those_that_can_hold_the_model(rare_study: StudyFolder, tmp_path: Path) -> None:
    exported = export(rare_study, tmp_path / "out")
    assert [certificate.format for certificate in exported.certificates] == ["keras", "saved-model"]
    assert list(exported.left_out) == ["onnx", "litert"]
    assert all(
        reason.startswith(f"The format {name} cannot hold this model: ") for name, reason in exported.left_out.items()
    )
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "model.keras", "saved-model", "model.json", "README.md", MARK,
    }  # fmt: skip
    assert json.loads((tmp_path / "out" / "model.json").read_text(encoding="utf-8"))["left_out"] == exported.left_out
    assert "Left out: The format onnx cannot hold" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    lines = summary(exported).splitlines()
    assert [line.split(":")[0] for line in lines[3:]] == ["Left out", "Left out"]


@pytest.mark.parametrize("name", ["onnx", "litert"])
def test_a_chosen_format_that_cannot_hold_the_model_fails(rare_study: StudyFolder, tmp_path: Path, name: str) -> None:
    with pytest.raises(UnfitFormatError, match=f"^The format {name} cannot hold this model: ") as raised:
        export(rare_study, tmp_path / "out", ["keras", name])
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out").exists()


OWN_LAYER = """
import keras


class Doubled(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def build(hp):
    units = hp.Int("units_1", 8, 64, default=64)
    layers = [keras.Input((8, 8)), keras.layers.Flatten(), Doubled(), keras.layers.Dense(units, "relu")]
    model = keras.Sequential([*layers, keras.layers.Dense(10)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model
"""


@pytest.fixture
def own_layer_study(tmp_path: Path, keep_study: Callable) -> StudyFolder:  # type: ignore[type-arg]
    """Give a study whose model has a layer of the user's own, and logits for outputs."""
    code = tmp_path / "own.py"
    code.write_text(OWN_LAYER)
    folder = StudyFolder(tmp_path / "studies" / "own")
    folder.make()
    settings = StudySettings.create(
        hypermodel=f"{code}:build", tuner="random", objective="val_accuracy", max_trials=1, compare_seeds=1
    )
    dataset = load_dataset("digits")
    splits = make_splits(dataset, settings.validation_split, settings.seed)
    network = load_hypermodel(settings.hypermodel, problem_of(splits, 1)).build(HyperParameters())
    whole = with_probabilities(network, splits.targets)
    whole.save(folder.model("tuned-seed0"))
    said = whole.predict(splits.x_test, verbose=0)
    keep_study(folder, settings, dataset, lambda _: said)
    return folder


def test_a_model_with_layers_of_ones_own_is_exported_as_far_as_formats_can_hold_it(
    own_layer_study: StudyFolder, tmp_path: Path
) -> None:
    exported = export(own_layer_study, tmp_path / "out", trust=True)
    assert [certificate.format for certificate in exported.certificates] == ["saved-model", "onnx", "litert"]
    assert "Doubled as well. Export it as saved-model, onnx or litert." in exported.left_out["keras"]
    assert not (tmp_path / "out" / "model.keras").exists()


def test_a_model_whose_code_is_gone_is_told(own_layer_study: StudyFolder, tmp_path: Path) -> None:
    (tmp_path / "own.py").unlink()
    with pytest.raises(KerasSearchError, match=r"^The measured model needs your own code, and .*own\.py:build could"):
        export(own_layer_study, tmp_path / "out", ["onnx"], trust=True)


@pytest.mark.parametrize("trust", [False, True])
def test_no_file_of_a_study_s_folder_is_run(own_layer_study: StudyFolder, tmp_path: Path, trust: bool) -> None:
    evil = own_layer_study.root / "logs" / "evil.py"
    evil.write_text(f"from pathlib import Path\nPath({str(tmp_path / 'owned')!r}).touch()\n{OWN_LAYER}")
    with Store.open(own_layer_study.root) as store, store.transaction():
        settings = {**store.fact("settings"), "hypermodel": f"{evil}:build"}
        store.set_facts(settings=settings, hypermodel_at=f"{evil}:build")
    with pytest.raises(UntrustedModelError, match="is in the study's folder, from which nothing is run"):
        export(own_layer_study, tmp_path / "out", ["onnx"], trust=trust)
    assert not (tmp_path / "owned").exists()
    assert not (tmp_path / "out").exists()


def test_code_of_ones_own_is_run_only_where_it_is_trusted(own_layer_study: StudyFolder, tmp_path: Path) -> None:
    code = tmp_path / "own.py"
    code.write_text(f"from pathlib import Path\nPath({str(tmp_path / 'run')!r}).touch()\n{OWN_LAYER}")
    with pytest.raises(UntrustedModelError) as caught:
        export(own_layer_study, tmp_path / "out", ["onnx"])
    assert str(caught.value) == (
        f"The measured model needs code of its own, and rebuilding it would run {code}:build: "
        "if you trust that code, add --trust."
    )
    assert not (tmp_path / "run").exists()
