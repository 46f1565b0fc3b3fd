"""Tables, from a CSV to every format and back to the rows of a CSV: what was measured is what is exported."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from keras_search.errors import UsageError
from keras_search.tuner.data import Dataset, Source, load_dataset, make_splits
from keras_search.tuner.exporting.agreement import TOLERANCE
from keras_search.tuner.exporting.export import export, summary
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.measured import find_measured
from keras_search.tuner.predicting.predict import predict
from keras_search.tuner.predicting.prediction import as_dict, table_text
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.training.engine import predict as run_network

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
ALL = pytest.mark.parametrize("name", list(FORMATS))


def cancer() -> pd.DataFrame:
    bunch = load_breast_cancer(as_frame=True)
    return bunch.frame.assign(target=bunch.target_names[bunch.frame["target"]])


def wine() -> pd.DataFrame:
    bunch = load_wine(as_frame=True)
    return bunch.frame.assign(target=bunch.target_names[bunch.frame["target"]])


def diabetes() -> pd.DataFrame:
    frame: pd.DataFrame = load_diabetes(as_frame=True, scaled=False).frame
    return frame


def mixed() -> pd.DataFrame:
    """Give customers: a size that is sometimes missing, a colour too, a town of many, and what they bought."""
    rng = np.random.default_rng(0)
    size, colour = rng.normal(170, 10, 400), rng.choice(["red", "grün", "", "blue"], 400)
    bought = (size > 170) + 1.0 * (colour == "red") + rng.random(400) > 1.2
    size[rng.random(400) < 0.1] = np.nan
    towns = [f"town {number}" for number in rng.integers(0, 130, 400)]
    return pd.DataFrame({"size": size, "colour": colour, "town": towns, "old": rng.random(400) < 0.5, "target": bought})


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "cancer": cancer, "wine": wine, "diabetes": diabetes, "mixed": mixed,
}  # fmt: skip


@dataclass(frozen=True)
class Tabled:
    """A table as a CSV, a finished study of it, and its export in every format."""

    rows: Path
    study: StudyFolder
    exported: Path


def trained(dataset: Dataset, settings: StudySettings) -> tuple[keras.Model, np.ndarray]:
    """Train a small network, and give what it says of the test split."""
    splits = make_splits(dataset, settings.validation_split, settings.seed)
    layers, classes = keras.layers, splits.target.classifies
    head = layers.Dense(splits.target.classes or 1, "softmax" if classes else None)
    network = keras.Sequential([keras.Input(splits.input_shape), layers.Dense(32, "gelu"), layers.Dropout(0.1), head])
    network.compile("adam", "sparse_categorical_crossentropy" if classes else "mean_squared_error")
    network.fit(splits.x_fit, splits.y_fit, batch_size=16, epochs=8, verbose=0)
    return network, run_network(network, splits.x_test)


LATER = {"wine": [pytest.mark.slow], "cancer": [pytest.mark.long]}
"""More than two classes are in CI; two classes of numbers alone are like those of the mixed table."""
KINDS = [pytest.param(name, marks=LATER.get(name, [])) for name in TABLES]


@pytest.fixture(scope="module", params=KINDS)
def tabled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, keep_study: Callable) -> Tabled:  # type: ignore[type-arg]
    root = tmp_path_factory.mktemp(request.param)
    rows = root / f"{request.param}.csv"
    TABLES[request.param]().to_csv(rows, index=False)
    dataset = load_dataset(Source(str(rows), target="target"))
    settings = StudySettings.create(
        dataset=str(rows), target="target", tuner="random", max_trials=1, max_epochs=1, compare_seeds=2
    ).completed(dataset.targets)
    study = StudyFolder(root / "studies" / request.param)
    study.make()
    network, said = trained(dataset, settings)
    network.save(study.model("tuned-seed0"))
    keep_study(study, settings, dataset, lambda _: said)
    export(study, root / "exports", None)
    return Tabled(rows, study, root / "exports")


@ALL
def test_every_format_is_certified_on_the_raw_rows(tabled: Tabled, name: str) -> None:
    details = json.loads((tabled.exported / "model.json").read_text(encoding="utf-8"))
    (certificate,) = (each for each in details["certificates"] if each["format"] == name)
    measured = find_measured(tabled.study)
    truth = measured.splits.y_test
    assert details["left_out"] == {}
    assert certificate["largest_difference"] <= certificate["tolerance"]
    assert certificate["examples"] == len(truth)
    if measured.splits.target.classifies:
        assert certificate["labels_agree"] == len(truth)
        assert certificate["accuracy"] == pytest.approx(np.mean(measured.predicted.argmax(axis=1) == truth))
    else:
        assert certificate["labels_agree"] is None
        assert certificate["mean_absolute_error"] == pytest.approx(np.abs(measured.predicted - truth).mean(), rel=1e-4)


@ALL
def test_predictions_of_a_csv_are_those_of_the_study(tabled: Tabled, name: str, tmp_path: Path) -> None:
    """The columns are shuffled and others are among them."""
    frame = pd.read_csv(tabled.rows, dtype=str, keep_default_na=False).assign(more="x")
    shuffled = frame[frame.columns[np.random.default_rng(0).permutation(len(frame.columns))]]
    shuffled.to_csv(tmp_path / "rows.csv", index=False, sep=";")
    measured = find_measured(tabled.study)
    dataset = load_dataset(Source(str(tabled.rows), target="target"))
    np.testing.assert_array_equal(dataset.x_test["texts"], measured.splits.raw_test["texts"])  # type: ignore[index,call-overload]
    predictions = predict(tabled.exported / FORMATS[name].file, [tmp_path / "rows.csv"]).predictions
    assert [prediction.row for prediction in predictions] == list(range(1, len(frame) + 1))
    said = np.array([prediction.predicted for prediction in predictions])
    every = keras.models.load_model(measured.path)(measured.encoding.apply(rows_of(tabled)))  # type: ignore[union-attr]
    scale = 1 if measured.splits.target.classifies else float(np.abs(every).max())
    np.testing.assert_allclose(said, every, atol=TOLERANCE * scale)


def rows_of(tabled: Tabled) -> dict[str, np.ndarray]:
    from keras_search.tuner.data.table import read_table

    x = read_table(tabled.rows, Source(str(tabled.rows), target="target")).x_train
    assert isinstance(x, dict)
    return x


@ALL
def test_the_code_on_the_card_reads_the_csv_and_runs(
    tabled: Tabled, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tabled.exported)
    card = Path("README.md").read_text(encoding="utf-8")
    reading = card.split("```python\n")[1].split("```")[0].replace("rows.csv", str(tabled.rows))
    running = card.split(f"As `{name}`:\n\n```python\n")[1].split("```")[0]
    scope: dict[str, np.ndarray] = {}
    exec(reading + running, scope)
    measured = find_measured(tabled.study)
    every = keras.models.load_model(measured.path)(measured.encoding.apply(rows_of(tabled)))  # type: ignore[union-attr]
    scale = 1 if measured.splits.target.classifies else float(np.abs(every).max())
    np.testing.assert_allclose(scope["y"], every, atol=TOLERANCE * scale)


def test_a_retrained_model_of_a_study_takes_raw_rows_too(tabled: Tabled) -> None:
    one = predict(tabled.exported / "model.keras", [tabled.rows]).predictions
    other = predict(tabled.study.model("tuned-seed0"), [tabled.rows]).predictions
    for here, there in zip(one, other, strict=True):
        np.testing.assert_allclose(here.predicted, there.predicted, rtol=1e-5, atol=TOLERANCE)
        assert here.label == there.label or not here.class_names


def test_model_json_describes_the_columns_and_what_is_predicted(tabled: Tabled) -> None:
    details = json.loads((tabled.exported / "model.json").read_text(encoding="utf-8"))
    with tabled.rows.open(encoding="utf-8") as file:
        header = next(csv.reader(file))
    columns = [column["name"] for part in ("numbers", "texts") for column in details["input"][part]]
    assert sorted(columns) == sorted(set(header) - {"target"})
    assert [part["columns"] for part in details["input"]["inputs"].values()] == [
        [column["name"] for column in details["input"][part]] for part in details["input"]["inputs"]
    ]
    (output,) = details["outputs"]
    assert output["predicts"] == "target"
    assert output["class_names"] == details["class_names"]
    metrics = details["metrics"]
    quality = "test_accuracy" if details["class_names"] else "test_mean_absolute_error"
    low, high = metrics[f"{quality}_interval"]
    assert low <= metrics[quality] <= high  # a Wilson interval ends at 1 where every prediction is right
    assert low < high


def test_predictions_are_shown_as_a_line_a_row(tabled: Tabled) -> None:
    found = predict(tabled.exported, [tabled.rows])
    lines = table_text(found.predictions[:2], found.predicts).splitlines()
    classes = bool(found.predictions[0].class_names)
    assert lines[0].split() == (["row", "target", "probability", "next"] if classes else ["row", "target"])
    assert [line.split()[0] for line in lines[1:]] == ["1", "2"]
    shown = as_dict(found.predictions[1])
    assert shown["row"] == 2
    assert set(shown) == {"file", "row"} | ({"label", "probability", "probabilities"} if classes else {"values"})


def test_the_certificate_reads_test_rows_from_their_table(tabled: Tabled, tmp_path: Path) -> None:
    details = json.loads((tabled.exported / "model.json").read_text(encoding="utf-8"))
    count = details["metrics"]["test_examples"]
    assert details["from_files"] == {"what": "rows of the table", "checked": count, "changed": 0}
    assert {certificate["from_files"] for certificate in details["certificates"]} == {count}
    kept = tabled.rows.rename(tmp_path / "elsewhere.csv")
    try:
        export(tabled.study, tmp_path / "out", ["onnx"])
    finally:
        kept.rename(tabled.rows)
    details = json.loads((tmp_path / "out" / "model.json").read_text(encoding="utf-8"))
    assert details["from_files"] == {"what": "rows of a CSV", "checked": count, "changed": 0}


def test_rows_with_unknown_categories_are_told(tabled: Tabled, tmp_path: Path) -> None:
    frame = pd.read_csv(tabled.rows, keep_default_na=False)
    assert predict(tabled.exported, [tabled.rows]).notes == ()
    if "colour" not in frame:
        return
    frame.assign(colour="purple").to_csv(tmp_path / "rows.csv", index=False)
    found = predict(tabled.exported, [tmp_path / "rows.csv"])
    (note,) = found.notes
    assert note.startswith(f"{tmp_path / 'rows.csv'}: column 'colour' holds no category")
    assert "in 400 of 400 rows (100%), such as 'purple'." in note
    assert as_dict(found.predictions[3])["unknown"] == {"colour": 1.0}


def test_the_rows_of_several_files_have_their_file_before_them(tabled: Tabled, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(tabled.rows.read_bytes())
    found = predict(tabled.exported, [tabled.rows, other])
    assert len(found.predictions) == 2 * len(predict(tabled.exported, [other]).predictions)
    assert table_text(found.predictions, "target").splitlines()[-1].startswith(str(other))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nothing\n1\n", "{rows} lacks columns that the model learned from: "),
        (None, "There is no table {rows}: give the path of a .csv or .parquet file."),
    ],
)
def test_rows_that_cannot_be_predicted_are_told(
    tabled: Tabled, tmp_path: Path, content: str | None, message: str
) -> None:
    rows = tmp_path / "rows.csv"
    if content is not None:
        rows.write_text(content)
    with pytest.raises(UsageError) as raised:
        predict(tabled.exported, [rows])
    assert str(raised.value).startswith(message.format(rows=rows))


def test_what_is_no_table_is_told(tabled: Tabled, tmp_path: Path) -> None:
    (tmp_path / "image.png").touch()
    for path, kind in ((tmp_path / "image.png", "an image"), (tmp_path, "a folder")):
        with pytest.raises(UsageError) as raised:
            predict(tabled.exported, [path])
        assert str(raised.value) == (
            f"{tabled.exported / 'model.onnx'} takes the rows of a table, {path} is {kind}: "
            "give a .csv or .parquet file."
        )
    with pytest.raises(UsageError, match=r"^--show draws images, .*model\.onnx takes the rows of a table: leave it"):
        predict(tabled.exported, [tabled.rows], show=tmp_path / "seen.png")


def test_a_file_without_its_model_json_is_told(tabled: Tabled, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes((tabled.exported / "model.onnx").read_bytes())
    with pytest.raises(UsageError, match=r"model\.onnx has no model\.json beside it, which names the columns: give"):
        predict(tmp_path / "model.onnx", [tabled.rows])


def test_the_summary_of_values_has_their_error(tabled: Tabled, tmp_path: Path) -> None:
    exported = export(tabled.study, tmp_path / "out", ["onnx"])
    head = summary(exported).splitlines()[0]
    classes = find_measured(tabled.study).splits.target.classifies
    assert ("labels agree" in head) is classes
    assert ("mean absolute error" in head) is not classes
