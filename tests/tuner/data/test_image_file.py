"""An image file is read for prediction as it was read for training."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

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
@settings(max_examples=40, deadline=None)
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
    assert str(raised.value) == f"{tmp_path / 'blank.png'}: the image is blank: expected a drawing on a plain ground."
    assert ImageReader((28, 28), 255.0).read(tmp_path / "blank.png").max() == 7


@pytest.mark.parametrize("framing", [None, MNIST_FRAMING])
def test_what_is_no_image_is_told(tmp_path: Path, framing: None) -> None:
    (tmp_path / "broken.png").write_bytes(b"hello")
    with pytest.raises(UnreadableImageError, match=r"broken\.png is not a PNG, JPEG, BMP, GIF, .* image, or it is"):
        ImageReader((8, 8), 1.0, framing).read(tmp_path / "broken.png")
    with pytest.raises(UnreadableImageError, match=r"There is no image .*none\.png"):
        ImageReader((8, 8), 1.0, framing).read(tmp_path / "none.png")
