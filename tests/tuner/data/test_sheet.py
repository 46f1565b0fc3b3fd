"""The sheet of examples shows each class's own images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data import Dataset, dataset_of, load_dataset
from keras_search.tuner.data.sheet import draw_sheet


def pixels(path: Path) -> Any:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def flat(**y: Any) -> Dataset:
    """Give images of 8 by 12, each of one colour: red for even places, blue for odd ones."""
    x = np.zeros((30, 8, 12, 3), np.uint8)
    x[::2, ..., 0] = x[1::2, ..., 2] = 255
    return dataset_of("flat", {"x_train": x, **y})


def test_a_row_holds_the_images_of_its_class(tmp_path: Path) -> None:
    draw_sheet(flat(y_train=np.arange(30) % 2), tmp_path / "sheet.png")
    drawn = pixels(tmp_path / "sheet.png")
    red, blue = ((drawn == colour).all(axis=2) for colour in ((255, 0, 0), (0, 0, 255)))
    assert red.sum() == blue.sum() == 10 * 40 * 60
    assert np.flatnonzero(red.any(axis=1))[-1] < np.flatnonzero(blue.any(axis=1))[0]


def test_values_go_from_the_least_to_the_greatest(tmp_path: Path) -> None:
    draw_sheet(flat(y_train=np.where(np.arange(30) % 2, 0.5, 7.25)), tmp_path / "sheet.png")
    drawn = pixels(tmp_path / "sheet.png")
    red, blue = ((drawn == colour).all(axis=2) for colour in ((255, 0, 0), (0, 0, 255)))
    assert red.sum() == blue.sum() == 15 * 40 * 60
    assert np.flatnonzero(blue.any(axis=1))[0] < np.flatnonzero(red.any(axis=1))[0]


@pytest.mark.parametrize(
    "images",
    [
        np.random.default_rng(0).normal(size=(30, 28, 28)),
        np.random.default_rng(0).normal(size=(30, 100, 90, 1)).astype(np.float32),
        {"row": np.ones((30, 4)), "left": np.full((30, 9, 9), 3), "right": np.zeros((30, 5, 5, 3))},
    ],
)
def test_images_of_any_kind_are_drawn(tmp_path: Path, images: Any) -> None:
    names = ["[b]&$x^2$", "日本語", "long " * 20]
    draw_sheet(dataset_of("any", {"x_train": images, "y_train": np.arange(30) % 3}, names), tmp_path / "sheet.png")
    assert pixels(tmp_path / "sheet.png").shape[0] > 100


def test_the_same_data_give_the_same_sheet(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        draw_sheet(load_dataset("digits"), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_what_cannot_be_drawn(tmp_path: Path) -> None:
    rows = dataset_of("rows", {"x_train": np.random.default_rng(0).normal(size=(30, 4)), "y_train": np.arange(30) % 2})
    with pytest.raises(UsageError, match=r"^--show draws images, rows has none\. Leave --show out\.$"):
        draw_sheet(rows, tmp_path / "sheet.png")
    with pytest.raises(KerasSearchError, match=r"none/sheet.png could not be written: No such file or directory\.$"):
        draw_sheet(flat(y_train=np.arange(30) % 2), tmp_path / "none" / "sheet.png")
    assert list(tmp_path.iterdir()) == []
