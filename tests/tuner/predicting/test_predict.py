"""Predictions from image files, with every format and kind of model."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data import Labels, load_dataset, make_splits, open_splits
from keras_search.tuner.data.framing import MNIST_FRAMING, Framing, Levels, UnreadableImageError
from keras_search.tuner.exporting.certificate import Certificate
from keras_search.tuner.exporting.export import export
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.predicting import contact_sheet
from keras_search.tuner.predicting.images import find_images, image_model
from keras_search.tuner.predicting.model_file import WrongModelError, open_model
from keras_search.tuner.predicting.predict import predict
from keras_search.tuner.predicting.prediction import as_dict, table_text
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.settings import StudySettings

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def exported(exported_study: tuple[Path, list[Certificate]]) -> Path:
    """Give a folder with a model in all formats."""
    return exported_study[0]


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of twenty drawings: both polarities, odd sizes, JPEG, colour, transparent."""
    folder, rng = tmp_path_factory.mktemp("drawings"), np.random.default_rng(0)
    for number in range(20):
        width, height = (int(side) for side in rng.integers(17, 400, 2))
        dark, transparent = number % 2 == 0, number % 5 == 4
        ground, stroke = ((250, 245, 240), (20, 20, 60)) if dark else ((15, 15, 15), (230, 240, 220))
        image = Image.new("RGBA", (width, height), (*ground, 0 if transparent else 255))
        points = [(float(x * width), float(y * height)) for x, y in rng.uniform(0.15, 0.85, (4, 2))]
        thickness = max(1, min(width, height) // int(rng.integers(8, 20)))
        ImageDraw.Draw(image).line(points, fill=(*stroke, 255), width=thickness, joint="curve")
        if number % 3 == 0 and not transparent:
            image.convert("RGB").save(folder / f"{number:02d}.jpg", quality=60)
        else:
            image.save(folder / f"{number:02d}.png")
    return folder


def classifier(path: Path, shape: tuple[int, ...], classes: int = 3, activation: str = "softmax") -> Path:
    layers = [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(classes, activation=activation)]
    keras.Sequential(layers).save(path)
    return path


def mnist_classifier(x: Levels, y: Labels) -> keras.Model:
    """Train a network to about 98% test accuracy in four epochs."""
    keras.utils.set_random_seed(0)
    layers, epochs, batch_size = keras.layers, 4, 128
    hidden = [layers.Dense(256, "relu"), layers.Dropout(0.1), layers.Dense(128, "relu")]
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *hidden, layers.Dense(10, "softmax")])
    rate = keras.optimizers.schedules.CosineDecay(0.002, epochs * len(x) // batch_size)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=batch_size, epochs=epochs, verbose=0)
    return model


@pytest.mark.slow
def test_mnists_test_images_keep_their_accuracy_as_large_dark_on_light_pngs(mnist_path: Path, tmp_path: Path) -> None:
    """500 test images drawn at random, 280x280."""
    with np.load(mnist_path) as arrays:
        model = mnist_classifier(arrays["x_train"] / np.float32(255), arrays["y_train"])
        chosen = np.random.default_rng(0).choice(10_000, 500, replace=False)
        images, labels = arrays["x_test"][chosen], arrays["y_test"][chosen]
    model.save(tmp_path / "mnist.keras")
    (tmp_path / "images").mkdir()
    for number, image in enumerate(images):
        large = Image.fromarray(255 - image).resize((280, 280), Image.Resampling.BICUBIC)
        large.save(tmp_path / "images" / f"{number:04d}.png", compress_level=1)
    found = predict(tmp_path / "mnist.keras", [tmp_path / "images"]).predictions
    accuracy = np.mean(np.array([int(prediction.label) for prediction in found]) == labels)
    own = np.mean(model.predict_on_batch(images / np.float32(255)).argmax(axis=1) == labels)
    assert len(found) == 500
    assert accuracy >= 0.97
    assert accuracy >= own - 0.01


def test_hand_drawn_images_are_read_by_every_format_alike(exported: Path, drawings: Path) -> None:
    said = {
        name: np.array([each.predicted for each in predict(exported / format_.file, [drawings]).predictions])
        for name, format_ in FORMATS.items()
    }
    for probabilities in said.values():
        assert probabilities.shape == (20, 10)
        np.testing.assert_allclose(probabilities, said["keras"], atol=1e-5)


def test_digits_are_read_as_their_framing_says(exported: Path, finished_study: StudyFolder, tmp_path: Path) -> None:
    splits = open_splits(finished_study.data, test=True)
    for number, image in enumerate(splits.x_test):
        large = Image.fromarray((255 - 255 * image).astype(np.uint8)).resize((80, 80), Image.Resampling.BICUBIC)
        page = Image.new("L", (150, 110), 255)
        page.paste(large, (40, 10))
        page.save(tmp_path / f"{number:04d}.png")
    found = predict(exported, [tmp_path]).predictions
    assert np.mean([int(prediction.label) for prediction in found] == splits.y_test) > 0.85


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_photographs_are_seen_as_they_were_in_training(tmp_path: Path, keep_study: Callable, mode: str) -> None:  # type: ignore[type-arg]
    """Dim ones: neither black nor white is among their pixels."""
    rng = np.random.default_rng(0)
    for number in range(60):
        pixels = rng.integers(40, 150, (12, 12, 3) if mode == "RGB" else (12, 12), np.uint8)
        place = tmp_path / "photos" / ("day" if number % 2 else "night") / f"{number:02d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels + 30 * np.uint8(number % 2)).save(place)
    settings = StudySettings.create(
        dataset=str(tmp_path / "photos"), objective="val_accuracy", tuner="random", max_trials=1, compare_seeds=1
    )
    dataset = load_dataset(settings.source)
    splits = make_splits(dataset, settings.validation_split, settings.seed)
    study = StudyFolder(tmp_path / "studies" / "photos")
    study.make()
    shape = splits.x_test.shape[1:]
    network = keras.models.load_model(classifier(study.model("tuned-seed0"), shape, classes=2))
    said = network.predict(splits.x_test, verbose=0)
    keep_study(study, settings, dataset, lambda _: said)
    export(study, tmp_path / "out", ["onnx"])
    found = np.array([each.predicted for each in predict(tmp_path / "out", [tmp_path / "photos"]).predictions])
    for probabilities in said:
        assert np.abs(found - probabilities).max(axis=1).min() < 1e-5


def test_a_folder_is_opened_by_what_loads_fastest_and_is_installed(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_model(exported).format == "onnx"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert open_model(exported).format == "litert"
    with pytest.raises(KerasSearchError, match=r"needs onnxruntime: pip install keras-search\[export\]"):
        open_model(exported / "model.onnx")


def test_what_export_wrote_beside_the_model_is_used(finished_study: StudyFolder, tmp_path: Path) -> None:
    export(finished_study, tmp_path / "out", ["keras"])
    description = tmp_path / "out" / "model.json"
    content = json.loads(description.read_text(encoding="utf-8"))
    content["outputs"][0]["class_names"] = [f"class {number}" for number in range(10)]
    description.write_text(json.dumps(content), encoding="utf-8")
    model = image_model(open_model(tmp_path / "out" / "model.keras"))
    assert (model.class_names[3], model.reader.shape, model.reader.framing) == ("class 3", (8, 8), Framing(1.0, "box"))
    shutil.copy(tmp_path / "out" / "model.keras", tmp_path / "out" / "other.keras")
    assert image_model(open_model(tmp_path / "out" / "other.keras")).class_names[3] == "3"


def test_a_retrained_model_of_a_study_knows_its_study(finished_study: StudyFolder) -> None:
    model = image_model(open_model(finished_study.model("tuned-seed0")))
    assert (model.class_names, model.reader.framing) == (tuple("0123456789"), Framing(1.0, "box"))


@pytest.mark.parametrize(
    ("shape", "framing"), [((28, 28), MNIST_FRAMING), ((28, 28, 1), MNIST_FRAMING), ((8, 8), Framing(1.0, "box")),
                           ((32, 32), None), ((32, 32, 3), None)]
)  # fmt: skip
def test_a_bare_model_is_framed_by_its_input(
    tmp_path: Path, drawings: Path, shape: tuple[int, ...], framing: Framing | None
) -> None:
    model = image_model(open_model(classifier(tmp_path / "bare.keras", shape)))
    assert (model.reader.shape, model.class_names) == (shape, ("0", "1", "2"))
    assert model.reader.framing == framing
    (prediction,) = predict(tmp_path / "bare.keras", [drawings / "01.png"]).predictions
    assert prediction.predicted.sum() == pytest.approx(1, abs=1e-5)


def test_an_image_of_the_training_size_on_the_opposite_ground_is_told(exported: Path, tmp_path: Path) -> None:
    for name, ground in (("dark", 0), ("light", 255)):
        pixels = np.full((8, 8), ground, np.uint8)
        pixels[2:6, 3:5] = 255 - ground
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        Image.fromarray(pixels.repeat(4, 0).repeat(4, 1)).save(tmp_path / f"{name}-large.png")
    (note,) = predict(exported, [tmp_path]).notes
    assert note == (
        f"{tmp_path / 'light.png'} is white around the drawing, but the training images were black. An image "
        "of their size, 8x8, is taken as it is; one of another size is adjusted to match."
    )


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((6, 6, 1), "in colours, and the model takes grey: only the brightness of each pixel was used."),
        ((6, 6, 3), "grey, and the model takes colours: their information is missing."),
    ],
)
def test_images_without_the_colours_of_the_training_are_told_in_one_line(
    tmp_path: Path, shape: tuple[int, ...], message: str
) -> None:
    model = classifier(tmp_path / "bare.keras", shape)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name, pixel in (("grey", (80, 80, 80)), ("red", (200, 0, 0))):
            Image.new("RGB", (6, 6), pixel).save(tmp_path / folder / f"{name}.png")
    (note,) = predict(model, [tmp_path / "one", tmp_path / "two"]).notes
    first = tmp_path / "one" / ("grey.png" if shape[2] == 3 else "red.png")
    assert note == f"{first} and 1 other are {message}"


def test_as_dict_gives_probabilities_in_the_order_of_the_classes(exported: Path, drawings: Path) -> None:
    (prediction,) = predict(exported, [drawings / "01.png"]).predictions
    found = as_dict(prediction)
    assert list(found["probabilities"]) == list("0123456789")
    assert found["probability"] == max(found["probabilities"].values()) == found["probabilities"][found["label"]]


def test_the_table_has_a_whole_line_a_file(exported: Path, drawings: Path, tmp_path: Path) -> None:
    long = tmp_path / f"[red]{'long ' * 30}.png"
    shutil.copy(drawings / "01.png", long)
    lines = table_text(predict(exported, [long, drawings / "01.png"]).predictions).splitlines()
    assert len(lines) == 3
    assert lines[1].startswith(str(long))


def test_show_draws_a_picture(exported: Path, drawings: Path, tmp_path: Path) -> None:
    predict(exported, [drawings], show=tmp_path / "seen.png")
    with Image.open(tmp_path / "seen.png") as picture:
        assert picture.size == (1100, 1040)
    assert [path.name for path in tmp_path.iterdir()] == ["seen.png"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("seen.jpg", "must name a file that ends in .png"), ("none/seen.png", "the folder .*none does not exist")],
)
def test_show_refuses_what_it_cannot_write(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        contact_sheet.check_target(tmp_path / name)


def test_missing_and_empty_places_of_images_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no image .*none\.png"):
        find_images([tmp_path / "none.png"])
    with pytest.raises(
        UsageError, match=r"holds no image: expected files that end in \.png, \.jpg, \.jpeg, \.jfif, \.bmp, "
    ):
        find_images([tmp_path])


def test_images_that_cannot_be_used_are_named_and_the_others_predicted(
    exported: Path, drawings: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"hello")
    Image.new("L", (20, 20)).save(tmp_path / "blank.png")
    found = predict(exported, [tmp_path / "broken.png", drawings, tmp_path / "blank.png"])
    assert [prediction.file for prediction in found.predictions] == find_images([drawings])
    broken, blank = found.unusable
    assert broken.startswith(
        f"{tmp_path / 'broken.png'} is not a PNG, JPEG, BMP, GIF, WEBP or TIFF image, or it is broken"
    )
    assert blank == f"{tmp_path / 'blank.png'}: the image is blank: expected a drawing on a plain background."
    alone = predict(exported, [drawings]).predictions
    for here, there in zip(found.predictions, alone, strict=True):
        np.testing.assert_allclose(here.predicted, there.predicted, atol=1e-5)


def test_where_no_image_can_be_used_the_first_is_the_error(exported: Path, tmp_path: Path) -> None:
    Image.new("L", (20, 20)).save(tmp_path / "blank.png")
    with pytest.raises(UnreadableImageError, match=r"blank\.png: the image is blank"):
        predict(exported, [tmp_path])


def test_what_is_no_model_is_told_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.txt").touch()
    with pytest.raises(UsageError, match=r"There is no model .*none\.keras"):
        open_model(tmp_path / "none.keras")
    with pytest.raises(UsageError, match=r"model\.txt is not a model: expected a \.keras, \.onnx or \.tflite file"):
        open_model(tmp_path / "model.txt")
    with pytest.raises(UsageError, match=r"holds no model: expected one of model\.keras, saved-model, model\.onnx"):
        open_model(tmp_path)


def test_a_model_with_more_classes_than_names_is_told(finished_study: StudyFolder, tmp_path: Path) -> None:
    export(finished_study, tmp_path / "out", ["keras"])
    description = tmp_path / "out" / "model.json"
    content = json.loads(description.read_text(encoding="utf-8"))
    del content["outputs"][0]["class_names"][0]
    description.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(WrongModelError, match=r"probabilities of 10 classes, its description names 9: export the"):
        open_model(tmp_path / "out").predict(np.zeros((1, 8, 8), np.float32))


@pytest.mark.parametrize("format_", ["keras", "saved-model"])
def test_the_labels_of_one_model_are_not_given_to_another(
    finished_study: StudyFolder, tmp_path: Path, format_: str
) -> None:
    export(finished_study, tmp_path / "out", [format_])
    open_model(tmp_path / "out")
    (file,) = (*(tmp_path / "out").rglob("*.keras"), *(tmp_path / "out").rglob("variables.data-*"))
    with file.open("ab") as opened:
        opened.write(b"\0")
    with pytest.raises(KerasSearchError, match=r"is not the file that model\.json beside it describes, it has changed"):
        open_model(tmp_path / "out")


def test_a_broken_description_is_told(finished_study: StudyFolder, tmp_path: Path) -> None:
    export(finished_study, tmp_path / "out", ["keras"])
    (tmp_path / "out" / "model.json").write_text("{}")
    with pytest.raises(KerasSearchError, match=r"model\.json does not describe a model .*: export the model again\."):
        open_model(tmp_path / "out")


@pytest.mark.parametrize(
    ("shape", "classes", "activation", "message"),
    [
        ((30,), 3, "softmax", r"takes inputs of shape \(30,\), expected a model of images"),
        ((8, 8, 4), 3, "softmax", r"takes inputs of shape \(8, 8, 4\), expected a model of images"),
        ((8, 8), 1, "sigmoid", r"has an output of shape \(1, 1\), expected a probability for each class"),
        ((8, 8), 3, "linear", "returns numbers that are not probabilities: expected a softmax at its end"),
    ],
)
def test_a_model_of_another_kind_is_told(
    tmp_path: Path, shape: tuple[int, ...], classes: int, activation: str, message: str
) -> None:
    with pytest.raises(WrongModelError, match=message) as raised:
        image_model(open_model(classifier(tmp_path / "bare.keras", shape, classes, activation)))
    assert raised.value.exit_code == 1


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "keras_search", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_command_prints_json_draws_and_keeps_quiet(exported: Path, drawings: Path, tmp_path: Path) -> None:
    done = run("predict", exported, drawings, "--json", "--show", tmp_path / "seen.png")
    assert (done.returncode, done.stderr) == (0, "")
    assert [Path(entry["file"]).name for entry in json.loads(done.stdout)][:2] == ["00.jpg", "01.png"]
    assert (tmp_path / "seen.png").exists()


def test_the_command_ends_with_one_line_and_its_code(exported: Path, drawings: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"hello")
    done = run("predict", exported, tmp_path / "broken.png")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    (tmp_path / "broken.onnx").write_bytes(b"hello")
    done = run("predict", tmp_path / "broken.onnx", drawings)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_the_command_goes_on_past_an_image_that_cannot_be_used(exported: Path, drawings: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"hello")
    done = run("predict", exported, tmp_path / "broken.png", drawings / "01.png")
    assert done.returncode == 1
    assert done.stdout.splitlines()[1].startswith(str(drawings / "01.png"))
    assert done.stderr.startswith(
        f"Left out: {tmp_path / 'broken.png'} is not a PNG, JPEG, BMP, GIF, WEBP or TIFF image"
    )
    assert done.stderr.count("\n") == 1


def test_a_table_for_a_model_of_images_is_told(exported: Path, drawings: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError) as raised:
        predict(exported, [drawings, tmp_path / "rows.csv"])
    assert str(raised.value) == (
        f"{exported / 'model.onnx'} takes images, {tmp_path / 'rows.csv'} is a table: give PNG, JPEG, BMP, GIF, "
        "WEBP or TIFF files, or folders of them."
    )


def test_a_model_of_several_inputs_is_told(tmp_path: Path) -> None:
    one, two = keras.Input((4,), name="one"), keras.Input((4,), name="two")
    path = tmp_path / "model.keras"
    keras.Model([one, two], keras.layers.Dense(3)(keras.layers.Concatenate()([one, two]))).save(path)
    with pytest.raises(WrongModelError) as raised:
        predict(path, [tmp_path])
    assert str(raised.value) == (
        f"{path} takes 2 inputs (one, two), predict is for models of images or of the rows of a table: run it from "
        "Python, as the card of an export shows."
    )
