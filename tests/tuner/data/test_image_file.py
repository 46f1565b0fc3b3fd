"""An image file is read for prediction as it was read for training."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from keras_search.errors import UsageError
from keras_search.tuner.data.framing import MNIST_FRAMING, UnreadableImageError
from keras_search.tuner.data.image_file import ImageReader
from keras_search.tuner.data.pixels import ENDINGS, read_images

MODES = ("L", "RGB", "RGBA", "LA", "P", "1")


def picture(mode: str, size: tuple[int, int], seed: int) -> Image.Image:
    """Give a picture of few or many colours, partly transparent where the mode can be."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (size[1], size[0], 4)).astype(np.uint8)
    if mode in ("LA", "L", "1"):
        pixels[..., :3] = pixels[..., :1]
    return Image.fromarray(pixels).convert(mode)


def same_as_in_training(path: Path) -> None:
    trained = read_images([path])
    found = ImageReader(trained.shape[1:], 255.0).read(path)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, trained[0])


@given(st.sampled_from(MODES), st.integers(1, 300), st.integers(1, 300), st.integers(0, 9), st.sampled_from(ENDINGS))
@settings(max_examples=40)
def test_every_kind_of_file_is_read_as_in_training(
    tmp_path_factory: pytest.TempPathFactory, mode: str, width: int, height: int, seed: int, ending: str
) -> None:
    """Whatever its mode and size; the training reads a file alone as grey where its colours are."""
    path = tmp_path_factory.mktemp("image") / f"image{ending}"
    image = picture(mode, (width, height), seed)
    try:
        image.save(path)
    except OSError:
        image.convert("RGB").save(path)
    same_as_in_training(path)


def test_sixteen_bits_are_read_as_in_training(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 65536, (20, 30)).astype(np.uint16)).save(path)
    same_as_in_training(path)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_an_image_is_turned_as_its_camera_says(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture("RGB", (200, 90), 0).save(tmp_path / "turned.jpg", exif=exif)
    same_as_in_training(tmp_path / "turned.jpg")


@pytest.mark.parametrize("ground", [0, 255])
@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1)])
def test_a_file_of_the_training_size_is_never_framed(tmp_path: Path, shape: tuple[int, ...], ground: int) -> None:
    pixels = np.full((28, 28), ground, np.uint8)
    pixels[3:9, 2:5] = 100
    Image.fromarray(pixels).save(tmp_path / "small.png")
    reader = ImageReader(shape, 1.0, MNIST_FRAMING)
    assert not reader.is_framed(tmp_path / "small.png")
    np.testing.assert_array_equal(reader.read(tmp_path / "small.png"), pixels.reshape(shape) * np.float32(1 / 255))


def test_a_file_of_another_size_is_framed_where_the_training_images_were(tmp_path: Path) -> None:
    pixels = np.full((90, 140), 255, np.uint8)
    pixels[10:60, 90:110] = 0
    Image.fromarray(pixels).save(tmp_path / "large.png")
    found = ImageReader((28, 28, 1), 255.0, MNIST_FRAMING).read(tmp_path / "large.png")
    assert found.shape == (28, 28, 1)
    assert (found[0].max(), found[14, 14]) == (0, 255)
    assert ImageReader((28, 28), 255.0).read(tmp_path / "large.png")[0, 0] == 255


def test_a_colour_model_is_never_framed(tmp_path: Path) -> None:
    picture("RGB", (60, 60), 0).save(tmp_path / "colour.png")
    assert not ImageReader((28, 28, 3), 1.0, MNIST_FRAMING).is_framed(tmp_path / "colour.png")


def test_a_blank_file_is_refused_only_where_it_is_to_be_framed(tmp_path: Path) -> None:
    Image.new("L", (40, 40), 7).save(tmp_path / "blank.png")
    with pytest.raises(UnreadableImageError) as raised:
        ImageReader((28, 28), 1.0, MNIST_FRAMING).read(tmp_path / "blank.png")
    assert (
        str(raised.value) == f"{tmp_path / 'blank.png'}: the image is blank: expected a drawing on a plain background."
    )
    assert ImageReader((28, 28), 255.0).read(tmp_path / "blank.png").max() == 7


@pytest.mark.parametrize("framing", [None, MNIST_FRAMING])
def test_what_is_no_image_is_told(tmp_path: Path, framing: None) -> None:
    (tmp_path / "broken.png").write_bytes(b"hello")
    with pytest.raises(UnreadableImageError, match=r"broken\.png is not a PNG, JPEG, BMP, GIF, .* image, or it is"):
        ImageReader((8, 8), 1.0, framing).read(tmp_path / "broken.png")
    with pytest.raises(UnreadableImageError, match=r"There is no image .*none\.png"):
        ImageReader((8, 8), 1.0, framing).read(tmp_path / "none.png")


def bomb(path: Path, side: int = 20_000) -> Path:
    """Write the head of a PNG that says it has 400 million pixels."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    return path


def test_a_file_that_says_it_is_larger_than_any_image_is_told(tmp_path: Path) -> None:
    """It would fill the memory; Pillow refuses it, in words of its own."""
    path, why = bomb(tmp_path / "bomb.png"), "it claims more pixels than any image has: make it smaller"
    for framing in (None, MNIST_FRAMING):
        with pytest.raises(UnreadableImageError) as caught:
            ImageReader((28, 28), framing=framing).read(path)
        assert str(caught.value) == (
            f"{path} is not a PNG, JPEG, BMP, GIF, WEBP or TIFF image, or it is broken ({why})."
        )
    with pytest.raises(UsageError, match=f"bomb.png could not be read: {why}\\. Replace or delete it\\."):
        read_images([path])


@pytest.mark.parametrize(
    ("shape", "mode", "pixel", "said"),
    [
        ((4, 4), "RGB", (200, 10, 10), True),
        ((4, 4), "P", (200, 10, 10), True),
        ((4, 4), "RGB", (90, 90, 90), False),
        ((4, 4), "L", 90, False),
        ((4, 4, 3), "L", 90, True),
        ((4, 4, 3), "RGB", (90, 90, 90), True),
        ((4, 4, 3), "RGBA", (90, 90, 90, 255), True),
        ((4, 4, 3), "RGB", (200, 10, 10), False),
    ],
)
def test_grey_is_told_from_colours_by_the_pixels(
    tmp_path: Path, shape: tuple[int, ...], mode: str, pixel: Any, said: bool
) -> None:
    image = Image.new("RGB" if mode == "P" else mode, (9, 9), pixel)
    (image.quantize(4) if mode == "P" else image).save(tmp_path / "a.png")
    assert ImageReader(shape).is_recoloured(tmp_path / "a.png") == said


def test_what_jpeg_makes_of_grey_is_no_colour_and_a_drawing_may_have_any(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    Image.fromarray(np.stack([noise] * 3, axis=-1)).save(tmp_path / "grey.jpg", quality=30)
    assert not ImageReader((8, 8)).is_recoloured(tmp_path / "grey.jpg")
    Image.new("RGB", (40, 40), (0, 0, 250)).save(tmp_path / "blue.png")
    assert not ImageReader((8, 8), framing=MNIST_FRAMING).is_recoloured(tmp_path / "blue.png")
