"""Reading a folder of images: its layout, what becomes of the images, and one clear line for each mistake."""

import os
import shutil
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from keras_search.errors import UsageError
from keras_search.tuner.data import Dataset, Source, make_splits
from keras_search.tuner.data.imagefolder import read_folder
from keras_search.tuner.data.preparation import scaling_of


def grey(value: int, width: int = 10, height: int = 9) -> Image.Image:
    """Give an image whose left quarter is darker."""
    pixels = np.full((height, width), value, np.uint8)
    pixels[:, : width // 4] = value // 2
    return Image.fromarray(pixels)


def write(folder: Path, images: Mapping[str, Image.Image]) -> Path:
    """Save images under paths inside a folder."""
    for name, image in images.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        image.save(folder / name)
    return folder


def read(folder: Path, image_size: int | None = None) -> Dataset:
    return read_folder(folder, Source(str(folder), image_size=image_size))


def refused(folder: Path, image_size: int | None = None) -> str:
    """Give the message, with the folder's own path as PATH."""
    with pytest.raises(UsageError) as caught:
        read(folder, image_size)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(str(folder), "PATH")


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    """Give a folder of two classes, two images each."""
    images = {f"{name}/{i}.png": grey(100 * i + place) for place, name in enumerate(("dog", "cat")) for i in (1, 2)}
    return write(tmp_path / "animals", images)


def test_a_subfolder_is_a_class_in_the_order_of_names(animals: Path) -> None:
    dataset = read(animals)
    assert dataset.name == "animals"
    assert dataset.class_names == ("cat", "dog")
    assert dataset.x_train.dtype == np.uint8
    assert dataset.x_train.shape == (4, 9, 10)
    assert [image[5, 5] for image in dataset.x_train] == [101, 201, 100, 200]
    assert dataset.y_train.tolist() == [0, 0, 1, 1]
    assert len(dataset.x_test) == len(dataset.y_test) == 0


def test_the_order_is_that_of_sorted_paths_however_the_files_came(animals: Path, tmp_path: Path) -> None:
    write(animals, {"cat/more/0.png": grey(7), "cat/10.png": grey(8)})
    assert [image[5, 5] for image in read(animals).x_train[:4]] == [101, 8, 201, 7]
    again = tmp_path / "again" / "animals"
    for file in sorted(animals.rglob("*.png"), reverse=True):
        (again / file.relative_to(animals)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, again / file.relative_to(animals))
    assert read(again).digest == read(animals).digest


def test_hidden_files_and_other_kinds_are_passed_over(animals: Path) -> None:
    write(animals, {".cache/1.png": grey(1), "cat/.hidden.png": grey(1), "cat/.more/1.png": grey(1)})
    write(animals, {"__MACOSX/cat/1.png": grey(1), "overview.png": grey(1)})
    (animals / "cat" / "Thumbs.db").write_bytes(b"no image")
    (animals / "notes.txt").write_text("no image")
    assert read(animals).digest == read(animals).digest
    assert len(read(animals).x_train) == 4


def test_all_endings_are_read_and_only_the_first_frame(tmp_path: Path) -> None:
    frames = [grey(200), grey(50)]
    for name, ending in enumerate(("PNG", "jpg", "jpeg", "bmp", "gif", "webp", "tif", "tiff", "jfif")):
        write(tmp_path, {f"{name}/a.{ending}": grey(200)})
    frames[0].save(tmp_path / "4" / "b.gif", save_all=True, append_images=frames[1:])
    dataset = read(tmp_path)
    assert dataset.x_train.shape == (10, 9, 10)
    assert np.abs(dataset.x_train[:, 5, 5].astype(int) - 200).max() <= 10


def test_train_and_test_are_the_splits(animals: Path, tmp_path: Path) -> None:
    shutil.copytree(animals, tmp_path / "pets" / "train")
    write(tmp_path / "pets", {"test/dog/1.png": grey(33)})
    dataset = read(tmp_path / "pets")
    assert dataset.class_names == ("cat", "dog")
    assert dataset.y_train.tolist() == [0, 0, 1, 1]
    assert dataset.y_test.tolist() == [1]
    assert dataset.x_test[0, 5, 5] == 33


@pytest.mark.parametrize("name", ["val", "validation", "Dev"])
def test_a_validation_folder_is_the_validation_split(animals: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(animals, tmp_path / "pets" / "train")
    write(tmp_path / "pets", {f"{name}/dog/1.png": grey(33), "test/cat/1.png": grey(34)})
    dataset = read(tmp_path / "pets")
    assert dataset.x_val is not None
    assert dataset.y_val is not None
    assert (dataset.y_train.tolist(), dataset.y_val.tolist(), dataset.y_test.tolist()) == ([0, 0, 1, 1], [1], [0])  # type: ignore[union-attr]
    assert (dataset.x_val[0, 5, 5], dataset.x_test[0, 5, 5]) == (33, 34)  # type: ignore[call-overload]
    splits = make_splits(dataset, None, 0)
    assert (len(splits.x_fit), len(splits.x_val)) == (4, 1)


def test_what_lies_beside_the_images_is_told(animals: Path) -> None:
    assert read(animals).notes == ()
    for name in ("cat/notes.txt", "cat/1.xml", "dog/2.xml"):
        (animals / name).touch()
    (note,) = read(animals).notes
    assert note.what == "3 files in the folders of the classes are not images (2 .xml and 1 .txt)."
    (animals / "dog" / "2.HEIC").touch()
    assert refused(animals) == (
        "PATH holds 1 .heic image in a format that is not read, such as dog/2.HEIC: save as PNG, JPEG, BMP, GIF, WEBP "
        "or TIFF, or remove."
    )


def test_train_alone_is_all_training_data(animals: Path, tmp_path: Path) -> None:
    shutil.copytree(animals, tmp_path / "pets" / "train")
    dataset = read(tmp_path / "pets")
    assert dataset.digest == read(animals).digest


def test_classes_may_be_called_train_and_test_beside_others(tmp_path: Path) -> None:
    folder = write(tmp_path, {f"{name}/1.png": grey(100) for name in ("train", "bus", "test")})
    assert read(folder).class_names == ("bus", "test", "train")


def test_one_colour_pixel_makes_all_images_coloured(animals: Path) -> None:
    coloured = grey(100).convert("RGB")
    write(animals, {"dog/9.png": coloured})
    assert read(animals).x_train.shape == (5, 9, 10)
    coloured.putpixel((3, 4), (100, 100, 101))
    write(animals, {"dog/9.png": coloured})
    x = read(animals).x_train
    assert x.shape == (5, 9, 10, 3)
    assert x[4, 4, 3].tolist() == [100, 100, 101]
    assert (x[:4] == x[:4, ..., :1]).all()


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    palette = grey(0).convert("P")
    palette.info["transparency"] = palette.getpixel((5, 5))
    images = {
        "a/1.png": Image.new("RGBA", (10, 9), (0, 0, 0, 0)),
        "a/2.png": Image.new("LA", (10, 9), (0, 128)),
        "b/1.png": palette,
        "b/2.png": grey(10),
    }
    x = read(write(tmp_path, images)).x_train
    assert x.shape == (4, 9, 10)
    assert x[:, 5, 5].tolist() == [255, 127, 255, 10]


def test_images_stand_as_their_camera_held_them(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for ending, name in (("jpg", "a"), ("png", "b")):
        (tmp_path / name).mkdir()
        grey(200, width=20, height=10).save(tmp_path / name / f"1.{ending}", exif=exif)
    assert read(tmp_path).x_train.shape == (2, 20, 10)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_keep_their_levels_in_one_scale(tmp_path: Path, ending: str) -> None:
    """Of 12 bits in 16, as cameras and scanners write, 4,096 levels stay, and the darker class stays darker."""
    ramp = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    images = {f"bright/1.{ending}": Image.fromarray(ramp), f"dark/1.{ending}": Image.fromarray(ramp // 32)}
    x = read(write(tmp_path, images)).x_train
    assert x.dtype == np.float32
    assert len(np.unique(x[0])) == 4096
    np.testing.assert_allclose(x[0] * 257, ramp, rtol=1e-6)
    assert x[1].max() == pytest.approx(127 / 257)
    prepared = scaling_of(x, x).apply(x)
    assert len(np.unique(prepared[0])) == 4096


def test_sixteen_bits_beside_eight(tmp_path: Path) -> None:
    deep = Image.fromarray(np.array([[0, 257, 65535]], np.uint16).repeat(2, 0))
    x = read(
        write(tmp_path, {"a/1.png": deep, "b/1.png": grey(1, 3, 2), "b/2.png": grey(1, 3, 2).convert("RGB")})
    ).x_train
    assert x[0].tolist() == [[0, 1, 255]] * 2
    assert x[1].tolist() == [[1, 1, 1]] * 2
    x = read(write(tmp_path, {"c/1.png": Image.new("RGB", (3, 2), "red")})).x_train
    assert x.shape == (4, 2, 3, 3)
    assert x[0, 0].tolist() == [[0] * 3, [1] * 3, [255] * 3]


def test_dark_colours_of_sixteen_bits_are_refused(tmp_path: Path) -> None:
    """Of these, Pillow reads 8 bits only."""
    for name, level in (("a", 4095), ("b", 100)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(deep_colour(level))
    assert refused(tmp_path).startswith("PATH holds 16-bit colours, of which 8 bits are read, and all are so dark")
    (tmp_path / "b" / "2.png").write_bytes(deep_colour(65535))
    assert read(tmp_path).x_train.max() == 255


def deep_colour(level: int) -> bytes:
    """Give a PNG of 9 by 9 pixels of 16 bits a colour."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    row = b"\0" + np.tile(np.array([level, 0, level], ">u2"), 9).tobytes()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 16, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(row * 9)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(128, 20)] * 2, (20, 128)),
        ([(129, 129)] * 2, (64, 64)),
        ([(640, 480)] * 2, (48, 64)),
        ([(640, 480), (480, 640)], (64, 64)),
        ([(20, 12), (20, 12), (30, 31)], (12, 20)),
        ([(20, 12), (21, 14)], (13, 20)),
        ([(1000, 20), (1000, 20)], (8, 64)),
        ([(300, 4), (300, 4)], (4, 64)),
    ],
)
def test_the_size_without_image_size(tmp_path: Path, sizes: list[tuple[int, int]], expected: tuple[int, int]) -> None:
    """Sizes are width by height, as Pillow has them."""
    write(tmp_path, {f"{place}/1.png": grey(100, *size) for place, size in enumerate(sizes)})
    assert read(tmp_path).x_train.shape[1:] == expected


@pytest.mark.parametrize("size", [1, 9, 10, 40])
def test_image_size_always_wins(animals: Path, size: int) -> None:
    x = read(animals, size).x_train
    assert x.shape == (4, size, size)
    assert 175 <= x[1, -1, -1] <= 201


def test_what_is_shrunk_is_averaged_and_not_cropped(tmp_path: Path) -> None:
    """A fine chequerboard becomes grey; the dark left half stays the left half."""
    fine = (np.indices((200, 400)).sum(axis=0) % 2 * 255).astype(np.uint8)
    half = np.full((300, 200, 3), 255, np.uint8)
    half[:, :100] = 0
    images = {"a/1.png": Image.fromarray(fine), "b/1.jpg": Image.fromarray(half)}
    x = read(write(tmp_path, images), 10).x_train
    assert np.abs(x[0].astype(int) - 127).max() <= 2
    assert x[1, :, :4].max() <= 8
    assert x[1, :, 6:].min() >= 247


def test_a_large_photograph_shrunk_in_steps_is_nearly_that_shrunk_at_once(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    photograph = Image.fromarray(noise).resize((1600, 1200), Image.Resampling.BICUBIC)
    write(tmp_path, {"a/1.jpg": photograph, "b/1.png": photograph})
    at_once = np.asarray(photograph.resize((64, 64), Image.Resampling.BILINEAR), int)
    difference = np.abs(read(tmp_path, 64).x_train.astype(int) - at_once)
    assert difference.mean(axis=(1, 2, 3)).max() < 2


def drawn(mode: str, width: int, height: int, random: np.random.Generator) -> Image.Image:
    """Give an image of random pixels and colours."""
    if mode == "1":
        return drawn("L", width, height, random).convert("1")
    image = Image.frombytes(
        mode, (width, height), random.bytes(width * height * len(Image.new(mode, (1, 1)).getbands()))
    )
    if mode == "P":
        image.putpalette(random.bytes(768))
    return image


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    modes=st.lists(st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"]), min_size=2, max_size=4),
    sizes=st.lists(st.tuples(st.integers(4, 150), st.integers(4, 150)), min_size=1, max_size=4),
    seed=st.integers(0, 99),
)
def test_any_modes_and_sizes_are_read(
    tmp_path: Path, modes: list[str], sizes: list[tuple[int, int]], seed: int
) -> None:
    """Always one sound array, and the pixels of Pillow's own conversion where nothing is resized or transparent."""
    shutil.rmtree(tmp_path)
    random = np.random.default_rng(seed)
    files = {f"{place}/1.{'jpg' if mode == 'CMYK' else 'png'}": mode for place, mode in enumerate(modes)}
    sizes = [sizes[place % len(sizes)] for place in range(len(modes))]
    write(tmp_path, {name: drawn(mode, *size, random) for (name, mode), size in zip(files.items(), sizes, strict=True)})
    x = read(tmp_path).x_train
    assert x.dtype == np.uint8
    assert x.shape[3:] == (() if set(modes) <= {"1", "L", "LA"} else (3,))
    if len(set(sizes)) > 1 or max(sizes[0]) > 128:
        assert max(x.shape[1:3]) <= 64
        return
    assert x.shape[:3] == (len(modes), *sizes[0][::-1])
    for pixels, (name, mode) in zip(x, files.items(), strict=True):
        with Image.open(tmp_path / name) as image:
            same = np.array_equal(pixels, np.asarray(image.convert("L" if x.ndim == 3 else "RGB")))
        assert same or mode in ("LA", "RGBA")


def test_no_folder_and_empty_folders(tmp_path: Path) -> None:
    endings = ".png, .jpg, .jpeg, .jfif, .bmp, .gif, .webp, .tif or .tiff"
    assert refused(tmp_path / "none") == "PATH cannot be read as a folder: No such file or directory."
    expected = (
        f"PATH must hold a subfolder of images for each class, it holds no folder and no file that ends in {endings}."
    )
    assert refused(tmp_path) == expected


def test_images_that_lie_directly_in_the_folder(tmp_path: Path) -> None:
    write(tmp_path, {f"{name}.png": grey(100) for name in range(3)})
    assert refused(tmp_path) == "PATH must hold a subfolder of images for each class, it holds 3 images directly."
    (tmp_path / "train").mkdir()
    for name in range(3):
        shutil.move(tmp_path / f"{name}.png", tmp_path / "train")
    expected = "PATH/train must hold a subfolder of images for each class, it holds 3 images directly."
    assert refused(tmp_path) == expected


def test_one_class(animals: Path) -> None:
    shutil.move(animals / "dog", animals / "cat")
    assert refused(animals) == "PATH must hold at least 2 class folders, it holds only 'cat'."
    shutil.move(animals / "cat", animals / "old")
    write(animals, {"old/cat/1.png": grey(3)})
    expected = (
        "PATH must hold at least 2 class folders, it holds only 'old'. If the classes are cat, dog, give PATH/old."
    )
    assert refused(animals) == expected


def test_an_empty_class(animals: Path) -> None:
    (animals / "eel").mkdir()
    line = "PATH/eel holds no image that ends in .png, .jpg, .jpeg, .jfif, .bmp, .gif, .webp, .tif or .tiff"
    advice = "Add some, convert them, or move the folder elsewhere."
    assert refused(animals) == f"{line}. {advice}"
    for name in ("1.heic", "2.HEIC", "notes.txt", "README"):
        (animals / "eel" / name).touch()
    assert refused(animals) == f"{line} (found: 2 .heic, 1 .txt, 1 without an ending). {advice}"


def test_a_broken_image_is_named_and_the_others_counted(animals: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (9, 10), np.uint8)
    Image.fromarray(noise).save(animals / "dog" / "1.png")
    (animals / "dog" / "1.png").write_bytes((animals / "dog" / "1.png").read_bytes()[:90])
    expected = "PATH/dog/1.png could not be read: image file is truncated. Replace or delete it."
    assert refused(animals) == expected
    (animals / "cat" / "1.png").write_bytes(b"")
    (animals / "cat" / "2.png").write_text("<html>404</html>")
    expected = (
        "PATH/cat/1.png could not be read, nor could 2 others: it is not a PNG, JPEG, BMP, GIF, WEBP or TIFF image. "
        "Replace or delete them."
    )
    assert refused(animals) == expected


def test_nothing_but_broken_images(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").touch()
    assert "nor could 1 other:" in refused(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(animals: Path) -> None:
    (animals / "dog").chmod(0)
    try:
        assert refused(animals) == "PATH/dog cannot be read as a folder: Permission denied."
    finally:
        (animals / "dog").chmod(0o700)


SPLITS = {
    ("train", "dev", "val"): "PATH must hold train and, optionally, val and test, it holds dev, train, val. "
    "Keep one folder to validate on.",
    ("train", "test", "cats"): "PATH must hold train and, optionally, val and test, it holds cats, test, train. "
    "Take cats away, or move it into train if it is a class.",
    ("training", "testing"): "PATH must hold train and, optionally, val and test, it holds testing, training. "
    "Rename the training folder to train, and the test folder to test.",
    ("train", "Test"): "PATH must hold train and, optionally, val and test, it holds Test, train. "
    "Rename the training folder to train, and the test folder to test.",
    ("test",): "PATH must hold train and, optionally, val and test, it holds test. "
    "Rename the training folder to train, and the test folder to test.",
}


@pytest.mark.parametrize("names", SPLITS, ids="-".join)
def test_other_splits_than_train_and_test(animals: Path, tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        shutil.copytree(animals, tmp_path / "pets" / name)
    assert refused(tmp_path / "pets") == SPLITS[names]


def test_a_test_split_that_does_not_fit(animals: Path, tmp_path: Path) -> None:
    pets = tmp_path / "pets"
    shutil.copytree(animals, pets / "train")
    (pets / "test").mkdir()
    expected = "PATH/test holds no image in a class folder. Delete it to set aside a part of train."
    assert refused(pets) == expected
    write(pets, {"test/eel/1.png": grey(3)})
    expected = (
        "PATH/test must hold only classes that PATH/train holds, received 'eel'. Known: cat, dog. "
        "Add training images of it, or move the folder elsewhere."
    )
    assert refused(pets) == expected


def test_options_that_do_not_apply(animals: Path) -> None:
    assert refused(animals, 0) == "--image-size must be at least 1, received 0."
    assert refused(animals, 10**7).endswith("Or choose a smaller --image-size.")
    with pytest.raises(UsageError, match="--task regression is for numbers to predict; a folder of images has classes"):
        read_folder(animals, Source(str(animals), task="regression"))


def test_a_name_that_no_report_could_show(animals: Path) -> None:
    write(animals, {"a\nb/1.png": grey(1)})
    assert refused(animals) == "PATH holds a folder named 'a\\nb': rename it, in UTF-8 and on one line."


def test_mnist_comes_back_from_a_folder_to_the_pixel(tmp_path: Path, mnist_path: Path) -> None:
    with np.load(mnist_path) as archive:
        x, y = archive["x_test"][:500], archive["y_test"][:500]
    for place, (image, label) in enumerate(zip(x, y, strict=True)):
        write(tmp_path, {f"{label}/{place:04}.png": Image.fromarray(image)})
    dataset = read(tmp_path)
    order = np.argsort(y, kind="stable")
    assert np.array_equal(dataset.x_train, x[order])
    assert np.array_equal(dataset.y_train, y[order])
