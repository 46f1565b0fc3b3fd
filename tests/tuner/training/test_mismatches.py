"""What does not look made for each other is said, and nothing else."""

from typing import Any

import keras
import numpy as np
import pytest
from keras.layers import BatchNormalization, Conv2D, Dense, Embedding, Flatten, Lambda, RandomFlip, Rescaling

from keras_search.tuner.data import dataset_of, make_splits
from keras_search.tuner.session.vocabulary import unknown_tokens
from keras_search.tuner.training.mismatches import mismatches, vocabularies

RNG = np.random.default_rng(0)
Y = np.arange(20) % 2
PIXELS = RNG.integers(0, 256, (20, 8, 8, 1)).astype(np.uint8)
PIXELS[0, 0] = 255
SCALED = (PIXELS / 255).astype(np.float32)
TOKENS = RNG.integers(0, 50, (20, 6))
TOKENS[:, :2] = 0, 49
ROWS = RNG.normal(size=(20, 4))


def model_of(x: Any, *layers: Any) -> keras.Model:
    return keras.Sequential([keras.Input(x.shape[1:]), *layers, Flatten(), Dense(2)])


def found(x: Any, *layers: Any) -> list[str]:
    model = model_of(x, *layers)
    data = dataset_of("mine", {"x_train": x, "y_train": Y}, own_view="as given")
    return mismatches(model, make_splits(data, 0.5, 0, own=True).seen_by(own=True))


@pytest.mark.parametrize(
    ("x", "layers", "message"),
    [
        (SCALED, [Rescaling(1 / 255, name="scale")], "scale multiplies by 0.00392, but x ranges from 0 to"),
        (PIXELS, [Conv2D(4, 3, name="first")], "x ranges from 0 to 255, and no layer scales it before first:"),
        (PIXELS, [RandomFlip(), Conv2D(4, 3, name="first")], "x ranges from 0 to 255, and no layer scales it"),
        (
            PIXELS,
            [keras.Sequential([keras.Input((8, 8, 1)), Conv2D(4, 3, name="in")])],
            "x ranges from 0 to 255, and",
        ),
        (
            TOKENS,
            [Embedding(40, 3, name="words")],
            "words knows the tokens from 0 to 39, but x ranges from 0 to 49.",
        ),
        (ROWS, [Embedding(40, 3, name="words")], "words is an Embedding, but x holds fractions:"),
        (ROWS * 1e4, [Dense(3, name="first")], "x ranges from"),
    ],
)
def test_what_does_not_fit_is_said(x: Any, layers: list[Any], message: str) -> None:
    texts = found(x, *layers)
    assert len(texts) == 1
    assert texts[0].startswith(message)


@pytest.mark.parametrize(
    ("x", "layers"),
    [
        (PIXELS, [Rescaling(1 / 255), Conv2D(4, 3)]),
        (PIXELS, [RandomFlip(), Rescaling(1 / 127.5, -1), Conv2D(4, 3)]),
        (PIXELS, [BatchNormalization(), Conv2D(4, 3)]),
        (PIXELS, [Lambda(lambda x: x / 255), Conv2D(4, 3)]),
        (SCALED, [Conv2D(4, 3)]),
        (TOKENS, [Embedding(50, 3)]),
        (ROWS, [Dense(3)]),
    ],
)
def test_what_fits_is_passed_over(x: Any, layers: list[Any]) -> None:
    assert found(x, *layers) == []


@pytest.mark.parametrize(("tokens", "texts"), [(50, []), (40, ["x_test ranges from 0 to 49"])])
def test_tokens_are_looked_for_in_the_test_part_too(tokens: int, texts: list[str]) -> None:
    trained = np.minimum(TOKENS, 39)
    data = dataset_of("mine", {"x_train": trained, "y_train": Y, "x_test": TOKENS, "y_test": Y}, own_view="as given")
    model = model_of(trained, Embedding(tokens, 3, name="words"))
    seen = make_splits(data, 0.5, 0, own=True).seen_by(own=True)
    assert mismatches(model, seen) == []
    lines = list(unknown_tokens(vocabularies(model, seen), data))
    assert [line.partition(", but ")[2].partition(":")[0] for line in lines] == texts


def test_a_model_of_the_users_own_class_says_nothing_of_its_layers() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.head = Dense(2)

        def call(self, x: Any) -> Any:
            return self.head(x)

    data = dataset_of("mine", {"x_train": ROWS * 1e4, "y_train": Y}, own_view="as given")
    assert mismatches(Own(), make_splits(data, 0.5, 0, own=True).seen_by(own=True)) == []
