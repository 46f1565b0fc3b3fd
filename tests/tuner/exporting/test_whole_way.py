"""From the file to the label: what is predicted of the files of the data is what was measured of them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from keras_search.tuner.data import Dataset, Source, load_dataset, make_splits
from keras_search.tuner.data.tested import files_tested
from keras_search.tuner.exporting.export import export
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.predicting.predict import predict
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.training.engine import predict as run_network

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
COUNT, CLASSES = 120, ("a", "b")
RNG = np.random.default_rng(0)


def spot(top: int, left: int, peak: int) -> np.ndarray:
    image = np.zeros((16, 16), np.uint8)
    image[top : top + 4, left : left + 4] = peak
    return image


def brightness(label: int) -> np.ndarray:
    return spot(6, 6, 90 + 90 * label + int(RNG.integers(-20, 20)))


def position(label: int) -> np.ndarray:
    return spot(int(RNG.integers(4, 8)), (2, 10)[label] + int(RNG.integers(-1, 2)), 200)


def dim_noise(label: int) -> np.ndarray:
    return RNG.integers(20, 60, (16, 16)).astype(np.uint8) + np.uint8(40 * label)


KINDS: dict[str, tuple[Callable[[int], np.ndarray], str, str]] = {
    "brightness": (brightness, "LA", ".png"),
    "position": (position, "P", ".gif"),
}


def photo(label: int) -> Image.Image:
    """Give a coloured photograph of another size each time."""
    pixels = RNG.integers(0, 120, (int(RNG.integers(40, 90)), int(RNG.integers(40, 90)), 3))
    pixels[..., label] += 100
    return Image.fromarray(pixels.astype(np.uint8))


def folder_of(kind: str, root: Path) -> Path:
    for number in range(COUNT):
        label = number % 2
        folder = root / kind / CLASSES[label]
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "photographs":
            photo(label).save(folder / f"{number:03d}.jpg", quality=85)
        else:
            draw, mode, ending = KINDS[kind]
            Image.fromarray(draw(label)).convert(mode).save(folder / f"{number:03d}{ending}")
    return root / kind


@dataclass(frozen=True)
class Kept:
    """A data set, a finished study of it, and its export in every format that can hold it."""

    data: Path
    study: StudyFolder
    exported: Path
    accuracy: float

    @property
    def details(self) -> dict:  # type: ignore[type-arg]
        found: dict = json.loads((self.exported / "model.json").read_text(encoding="utf-8"))  # type: ignore[type-arg]
        return found


def keep(
    root: Path,
    data: Path,
    keep_study: Callable,  # type: ignore[type-arg]
    formats: list[str] | None = None,
    target: str | None = None,
) -> Kept:
    settings = StudySettings.create(
        dataset=str(data), target=target, tuner="random", objective="val_accuracy", max_trials=1, max_epochs=1,
        compare_seeds=1,
    )  # fmt: skip
    dataset = load_dataset(settings.source)
    study = StudyFolder(root / "studies" / data.stem)
    study.make()
    network, said = trained(dataset, settings)
    network.save(study.model("tuned-seed0"))
    keep_study(study, settings, dataset, lambda _: said)
    export(study, root / "exports" / data.stem, formats)
    accuracy = float(np.mean(said.argmax(axis=1) == dataset.y_test))
    return Kept(data, study, root / "exports" / data.stem, accuracy)


def trained(dataset: Dataset, settings: StudySettings) -> tuple[keras.Model, np.ndarray]:
    keras.utils.set_random_seed(0)
    splits = make_splits(dataset, settings.validation_split, settings.seed)
    layers = keras.layers
    head = layers.Dense(len(dataset.class_names), "softmax")
    network = keras.Sequential([keras.Input(splits.input_shape), layers.Flatten(), layers.Dense(16, "tanh"), head])
    network.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    network.fit(splits.x_fit, splits.y_fit, batch_size=16, epochs=30, verbose=0)
    return network, run_network(network, splits.x_test)


@pytest.fixture(scope="module", params=[*KINDS, "photographs"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, keep_study: Callable) -> Kept:  # type: ignore[type-arg]
    root = tmp_path_factory.mktemp("folder")
    formats = None if request.param == "photographs" else ["onnx"]
    return keep(root, folder_of(request.param, root / "data"), keep_study, formats)


def test_the_files_of_a_folder_are_predicted_as_measured(folder: Kept) -> None:
    """Classes that differ by brightness or place alone were one, with a certificate that said 40 of 40."""
    files = sorted(folder.data.rglob("*.*"))
    assert folder.accuracy > 0.9
    for certificate in folder.details["certificates"]:
        found = predict(folder.exported / certificate["file"], files).predictions
        right = [prediction.label == prediction.file.parent.name for prediction in found]
        assert np.mean(right) > 0.9, certificate["format"]


def test_the_certificate_says_how_many_files_went_the_whole_way(folder: Kept) -> None:
    details = folder.details
    assert details["left_out"] == {}
    assert details["from_files"] == {"what": "image files", "checked": 24, "changed": 0}
    assert {certificate["from_files"] for certificate in details["certificates"]} == {24}
    assert details["input"]["pixels"] == {"black": 0.0, "white": 255.0}
    assert details["input"]["dtype"] == "float32"
    card = (folder.exported / "README.md").read_text(encoding="utf-8")
    assert "24 examples went the whole way: image files, read as `keras-search predict` reads them." in card


def test_a_retrained_model_of_a_study_reads_files_alike(folder: Kept) -> None:
    files = sorted(folder.data.rglob("*.*"))[::10]
    one = predict(folder.exported, files).predictions
    other = predict(folder.study.model("tuned-seed0"), files).predictions
    for here, there in zip(one, other, strict=True):
        np.testing.assert_allclose(here.predicted, there.predicted, atol=1e-5)


def test_files_that_have_changed_are_left_out_and_told(tmp_path: Path, keep_study: Callable) -> None:  # type: ignore[type-arg]
    data = folder_of("brightness", tmp_path / "data")
    kept = keep(tmp_path, data, keep_study, ["keras"])
    dataset = load_dataset(str(data))
    first, second = files_tested(Source(str(data)), dataset.y_test)[:2]  # type: ignore[arg-type]
    Image.new("L", (16, 16), 77).save(first)
    second.write_bytes(b"hello")
    export(kept.study, tmp_path / "again", ["keras"])
    details = json.loads((tmp_path / "again" / "model.json").read_text(encoding="utf-8"))
    assert details["from_files"] == {"what": "image files", "checked": 22, "changed": 2}
    assert "2 others were left out, because their files have changed" in (tmp_path / "again" / "README.md").read_text()
    shutil.rmtree(data)
    export(kept.study, tmp_path / "gone", ["keras"])
    details = json.loads((tmp_path / "gone" / "model.json").read_text(encoding="utf-8"))
    assert details["from_files"] == {"what": "PNG files of the test images", "checked": 24, "changed": 0}
    assert details["input"]["pixels"] == {"black": 0.0, "white": 255.0}


def npz_of(path: Path, x: np.ndarray, y: np.ndarray) -> Path:
    half = len(x) * 4 // 5
    np.savez(path, x_train=x[:half], y_train=y[:half], x_test=x[half:], y_test=y[half:])
    return path


def test_raw_bytes_go_into_an_exported_file(tmp_path: Path, keep_study: Callable) -> None:  # type: ignore[type-arg]
    y = np.arange(COUNT) % 2
    x = np.stack([dim_noise(label) for label in y])
    kept = keep(tmp_path, npz_of(tmp_path / "bytes.npz", x, y), keep_study)
    details = kept.details
    assert details["left_out"] == {}
    assert details["from_files"] == {"what": "PNG files of the test images", "checked": 24, "changed": 0}
    for name, format_ in FORMATS.items():
        runtime = format_.load(kept.exported / format_.file)
        said = runtime.run(x.astype(np.float32))
        assert np.mean(said.argmax(axis=1) == y) > 0.9, name  # type: ignore[union-attr]


def test_raw_rows_far_from_0_go_into_an_exported_file(tmp_path: Path, keep_study: Callable) -> None:  # type: ignore[type-arg]
    y = np.arange(300) % 2
    x = RNG.normal(1e6, 1, (300, 4))
    x[:, 0] += 3 * y
    kept = keep(tmp_path, npz_of(tmp_path / "rows.npz", x, y), keep_study)
    assert kept.accuracy > 0.85
    assert list(kept.details["left_out"]) == ["litert"]
    assert kept.details["input"]["dtype"] == "float64"
    assert kept.details["from_files"] is None
    for name in ("keras", "saved-model", "onnx"):
        runtime = FORMATS[name].load(kept.exported / FORMATS[name].file)
        assert np.mean(runtime.run(x).argmax(axis=1) == y) > 0.85  # type: ignore[union-attr]
    assert "`predict_on_batch` does not" in (kept.exported / "README.md").read_text()


def test_dates_and_currencies_of_a_table_go_the_whole_way(tmp_path: Path, keep_study: Callable) -> None:  # type: ignore[type-arg]
    """They are read from the table itself, as `predict` reads them; deep images likewise from their files."""
    days = np.datetime64("2022-03-01") + np.arange(COUNT)
    prices = RNG.integers(1000, 90_000, COUNT)
    rows = [f'{day},"${price:,}",{CLASSES[int(price > 45_000)]}' for day, price in zip(days, prices, strict=True)]
    table = tmp_path / "sales.csv"
    table.write_text("\n".join(["day,price,kind", *rows]) + "\n")
    kept = keep(tmp_path, table, keep_study, ["onnx"], target="kind")
    assert kept.details["from_files"] == {"what": "rows of the table", "checked": 24, "changed": 0}
    found = predict(kept.exported, [table]).predictions
    assert np.mean([prediction.label == row.split(",")[-1] for prediction, row in zip(found, rows, strict=True)]) > 0.9


def test_images_of_16_bits_go_the_whole_way(tmp_path: Path, keep_study: Callable) -> None:  # type: ignore[type-arg]
    """Twelve bits in files of sixteen: the classes differ by what 8 bits would not hold."""
    for number in range(COUNT):
        label = number % 2
        place = tmp_path / "deep" / CLASSES[label] / f"{number:03d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        pixels = RNG.integers(0, 1000, (12, 12)) + 900 * label
        Image.fromarray(pixels.astype(np.uint16)).save(place)
    kept = keep(tmp_path, tmp_path / "deep", keep_study, ["onnx"])
    assert kept.details["from_files"] == {"what": "image files", "checked": 24, "changed": 0}
    found = predict(kept.exported, [tmp_path / "deep"]).predictions
    assert np.mean([prediction.label == prediction.file.parent.name for prediction in found]) > 0.9
