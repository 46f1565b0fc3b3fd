"""Drawings of any kind are placed as those that a model was trained on."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from keras_search.tuner.data import load_dataset
from keras_search.tuner.data.framing import (
    MNIST_FRAMING,
    Framing,
    Levels,
    Pixels,
    UnreadableImageError,
    frame_file,
    framed,
    ink,
    measure_framing,
    read_image,
)


def drawing(
    size: tuple[int, int] = (200, 160), mode: str = "L", ground: object = 255, stroke: object = 0
) -> Image.Image:
    """Draw a hook like a 7 off the middle."""
    image = Image.new(mode, size, ground)  # type: ignore[arg-type]
    width, height = size
    points = [(0.2 * width, 0.15 * height), (0.6 * width, 0.15 * height), (0.3 * width, 0.7 * height)]
    ImageDraw.Draw(image).line(points, fill=stroke, width=max(1, min(size) // 12), joint="curve")  # type: ignore[arg-type]
    return image


def rgba(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGBA"))


def seen(image: Image.Image) -> Levels:
    return framed(ink(rgba(image)), (28, 28), MNIST_FRAMING)


def test_mnists_own_images_come_back_unchanged(mnist_path: Path) -> None:
    with np.load(mnist_path) as arrays:
        images = arrays["x_test"][:200]
    found = np.array([seen(Image.fromarray(image)) for image in images])
    same = [np.abs(a - b / 255).max() < 0.01 for a, b in zip(found, images, strict=True)]
    assert np.mean(same) > 0.95


def test_mnists_framing_is_measured_as_its_makers_describe_it(mnist_path: Path) -> None:
    with np.load(mnist_path) as arrays:
        images = arrays["x_train"][:1000] / np.float32(255)
    assert measure_framing(images) == Framing(round(20 / 28, 4), "mass", 0)
    assert measure_framing(1 - images[..., None]) == Framing(round(20 / 28, 4), "mass", 1)


def test_the_framing_of_the_digits_fills_the_image() -> None:
    images = load_dataset("digits").x_train
    assert measure_framing(images) == Framing(1.0, "box", 0)


@pytest.mark.parametrize("shape", [(50, 12, 12), (50, 12, 12, 3), (50, 12)])
def test_images_without_a_plain_ground_have_no_framing(shape: tuple[int, ...]) -> None:
    assert measure_framing(np.random.default_rng(0).random(shape, np.float32)) is None


@pytest.mark.parametrize("sizes", [(4, 30), (12, 13)])
def test_drawings_of_any_size_or_in_any_place_have_no_framing(sizes: tuple[int, int]) -> None:
    rng, images = np.random.default_rng(0), np.zeros((300, 32, 32), np.float32)
    for image in images:
        height, width = rng.integers(*sizes, 2)
        top, left = rng.integers(0, 33 - height), rng.integers(0, 33 - width)
        image[top : top + height, left : left + width] = 1
    assert measure_framing(images) is None


def spots(places: npt.NDArray[np.floating], peak: npt.NDArray[np.floating] | float, side: int = 5) -> Levels:
    """Give square drawings at `places` `(n, 2)`, in pixels off the middle of 32x32, as bright as `peak`."""
    images = np.zeros((len(places), 32, 32), np.float32)
    for image, (top, left), value in zip(
        images, np.rint(places + 16 - side / 2), np.resize(peak, len(places)), strict=True
    ):
        image[int(top) : int(top) + side, int(left) : int(left) + side] = value
    return images


CENTRED, RNG = np.zeros((200, 2)), np.random.default_rng(0)
TELLING = {
    "brightness": spots(CENTRED, RNG.choice([0.4, 1.0], 200)),
    "a little brightness": spots(CENTRED, RNG.choice([0.8, 1.0], 200)),
    "left or right": spots(np.stack([np.zeros(200), RNG.choice([-6, 6], 200)], axis=1), 1.0),
    "up or down by few pixels": spots(np.stack([RNG.choice([-2, 2], 200), np.zeros(200)], axis=1), 1.0),
    "size": np.concatenate([spots(CENTRED[:100], 1.0, 5), spots(CENTRED[:100], 1.0, 9)]),
    "polarity": np.concatenate([spots(CENTRED[:150], 1.0), 1 - spots(CENTRED[:50], 1.0)]),
    "a rare size": np.concatenate([spots(CENTRED[:195], 1.0, 5), spots(CENTRED[:5], 1.0, 9)]),
    "whether there is anything": np.concatenate([spots(CENTRED[:150], 1.0), np.zeros((50, 32, 32), np.float32)]),
}
"""Drawings on a plain ground whose classes are told by what framing would take from them."""


@pytest.mark.parametrize("telling", TELLING)
@pytest.mark.parametrize("white", [False, True])
def test_what_may_tell_classes_apart_is_never_framed_away(telling: str, white: bool) -> None:
    images = TELLING[telling]
    assert measure_framing(spots(CENTRED, 1.0)) is not None
    assert measure_framing(1 - images if white else images) is None


def test_textures_that_fill_their_images_have_no_framing() -> None:
    rng = np.random.default_rng(0)
    assert measure_framing(rng.integers(0, 2, (300, 32, 32)).astype(np.float32)) is None
    assert measure_framing((rng.random((300, 48, 48)) ** 6).astype(np.float32)) is None


def test_empty_images_have_no_framing() -> None:
    assert measure_framing(np.zeros((5, 8, 8), np.float32)) is None


def test_a_drawing_fills_the_box_around_its_centre_of_mass() -> None:
    image = seen(drawing())
    rows, columns = (np.flatnonzero((image > 0.25).any(axis=axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    total, middles = image.sum(), np.arange(28) + 0.5
    assert 14 <= (image.sum(axis=1) * middles).sum() / total < 15
    assert 14 <= (image.sum(axis=0) * middles).sum() / total < 15
    assert image.max() == 1
    assert image.min() == 0


VARIANTS: dict[str, Callable[[], Image.Image]] = {
    "light on dark": lambda: drawing(ground=0, stroke=255),
    "colour": lambda: drawing(mode="RGB", ground=(250, 240, 200), stroke=(20, 20, 160)),
    "equally bright colours": lambda: drawing(mode="RGB", ground=(0, 128, 0), stroke=(219, 34, 40)),
    "pale": lambda: drawing(ground=230, stroke=190),
    "black on transparent": lambda: drawing(mode="RGBA", ground=(0, 0, 0, 0), stroke=(0, 0, 0, 255)),
    "white on transparent": lambda: drawing(mode="RGBA", ground=(255, 255, 255, 0), stroke=(255, 255, 255, 255)),
    "palette": lambda: drawing(mode="RGB", ground="white", stroke="navy").convert("P"),
    "one bit": lambda: drawing().convert("1"),
    "larger": lambda: drawing((600, 480)),
    "elsewhere": lambda: Image.merge("L", [drawing()]).transform((400, 300), Image.Transform.AFFINE,
                                                                (1, 0, -150, 0, 1, -90), fillcolor=255),
}  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_polarity_colour_size_and_place_make_no_difference(variant: str) -> None:
    assert np.abs(seen(VARIANTS[variant]()) - seen(drawing())).mean() < 0.01


def test_noise_and_shade_are_no_ink() -> None:
    rng = np.random.default_rng(0)
    noisy = np.asarray(drawing(ground=220, stroke=60), float) + rng.normal(0, 4, (160, 200))
    noisy += np.linspace(-15, 15, 160)[:, None]
    image = seen(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)))
    assert np.abs(image - seen(drawing())).mean() < 0.04


def test_ground_keeps_its_value() -> None:
    dark, light = (framed(ink(rgba(drawing())), (28, 28), Framing(0.8, "box", ground)) for ground in (0, 1))
    np.testing.assert_allclose(dark, 1 - light, atol=1e-6)


def test_the_box_is_centred_to_a_part_of_a_pixel() -> None:
    image = Image.new("L", (64, 64), 0)
    ImageDraw.Draw(image).rectangle((10, 0, 31, 63), fill=255)
    found = framed(ink(rgba(image)), (8, 8), Framing(1.0, "box"))
    np.testing.assert_allclose(found, found[:, ::-1], atol=0.01)
    assert found.sum() == pytest.approx(22, abs=0.5)


@pytest.mark.parametrize("size", [(1, 40), (40, 1), (3, 3), (2, 300), (28, 28), (997, 61)])
def test_odd_sizes_are_framed(size: tuple[int, int]) -> None:
    array = np.full(size[::-1], 255, np.uint8)
    array[array.shape[0] // 2, array.shape[1] // 2] = 0
    image = seen(Image.fromarray(array))
    assert image.shape == (28, 28)
    assert image.max() == 1


def test_a_blank_image_is_refused() -> None:
    with pytest.raises(UnreadableImageError, match="blank: expected a drawing on a plain background"):
        ink(rgba(Image.new("L", (30, 30), 128)))


def test_sixteen_bits_are_read_as_eight(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.asarray(drawing(), np.uint16) * 257).save(path)
    np.testing.assert_array_equal(read_image(path), rgba(drawing()))


def test_a_camera_held_sideways_makes_no_difference(tmp_path: Path) -> None:
    turned = drawing().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    assert np.abs(frame_file(tmp_path / "turned.jpg", (28, 28), MNIST_FRAMING) - seen(drawing())).mean() < 0.01


def test_a_huge_image_is_shrunk(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    drawing((4000, 3000)).save(path)
    pixels = read_image(path)
    assert pixels.shape == (1536, 2048, 4)


def _truncated() -> bytes:
    content = io.BytesIO()
    drawing().save(content, "PNG")
    return content.getvalue()[:300]


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG\r\n\x1a\nrubbish", b"\xff\xd8\xff\xe0rubbish", _truncated()]
)
def test_what_is_no_image_is_told_on_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(
        UnreadableImageError, match=r"broken\.png is not a PNG, JPEG, BMP, GIF, WEBP or TIFF image, or it is broken"
    ) as raised:
        read_image(path)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 2


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError, match=r"There is no image .*none\.png"):
        read_image(tmp_path / "none.png")
