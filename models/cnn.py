"""The hypermodel of convolutional networks for images, an ordinary KerasTuner function `build(hp)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras_search.errors import UsageError
from keras_search.models.assembling import assembled, compile_for, heads
from keras_search.models.blocks import ACTIVATIONS, NORMALIZATIONS, activated, dropout
from keras_search.models.builtin import BuiltIn
from keras_search.models.optimizing import OptimizerChoice, choose_optimizer, make_optimizer
from keras_search.models.problem import Problem

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters

SMALLEST = 8
MAX_FILTERS = 256


@dataclass(frozen=True)
class Distortions:
    """By which share of its size an image is shifted at most, and by how many degrees it is rotated."""

    shift: float
    degrees: int


@dataclass(frozen=True)
class Convolutions:
    """The hyperparameters of the blocks, each of one or two convolutions."""

    blocks: int
    convolutions: int
    filters: int
    kernel_size: int
    activation: str
    normalization: str
    rate: float


@dataclass(frozen=True)
class Head:
    """The hyperparameters of what follows the blocks; units and rate count if it flattens the image."""

    kind: str
    units: int
    rate: float


Cnn = tuple[Distortions, Convolutions, Head, OptimizerChoice]


def cnn(problem: Problem) -> BuiltIn[Cnn]:
    """Return the build function that searches random shifts, convolution blocks, head, optimizer and batch size.

    Images are `(height, width)`, which become `(height, width, 1)`, or `(height, width, channels)`. Each block
    halves the image and doubles the filters. Shifts and rotations are active in training only.

    Raises:
        UsageError: there are several inputs, or the input is not images, or smaller than 8x8.
    """
    shape = problem.input_shape
    if isinstance(shape, dict):
        raise UsageError(
            f"The hypermodel cnn takes one input, images, received the inputs {', '.join(shape)}. "
            "Use --hypermodel mlp, which joins any inputs, or your own hypermodel."
        )
    if len(shape) not in (2, 3) or min(shape[:2]) < SMALLEST:
        raise UsageError(
            f"The hypermodel cnn needs images (height, width) or (height, width, channels) of at least "
            f"{SMALLEST}x{SMALLEST}, received {shape}. Use --hypermodel mlp, which takes any shape."
        )

    def choose(hp: HyperParameters) -> Cnn:
        return _choose_distortions(hp), _choose_convolutions(hp, max(shape[:2])), _choose_head(hp), choose_optimizer(hp)

    def make(chosen: Cnn) -> keras.Model:
        import keras

        distortions, convolutions, head, optimizer = chosen
        channels = shape[2] if len(shape) == 3 else 1
        network = [keras.layers.Reshape((*shape[:2], channels)), *_distortions(distortions)]
        network += [*_convolutions(convolutions), *_head(head)]
        model = assembled(problem, network, heads(problem))
        return compile_for(problem, model, make_optimizer(optimizer, problem))

    return BuiltIn(choose, make)


def block_range(side: int) -> tuple[int, int]:
    """Return the fewest and the most blocks for images with this many pixels a side.

    The fewest leave at most 16 pixels a side for the head, the most leave at least 2: 1 to 2 blocks for
    8 pixels, 1 to 3 for 28 and 32, 4 to 6 for 224.
    """
    halvings = (side - 1).bit_length()
    fewest = max(1, halvings - 4)
    return fewest, min(fewest + 2, halvings - 1)


def _choose_distortions(hp: HyperParameters) -> Distortions:
    shift = hp.Choice("shift", [0.0, 0.05, 0.1], default=0.05)
    return Distortions(shift, hp.Choice("rotation", [0, 5, 10, 15]))


def _distortions(chosen: Distortions) -> list[keras.Layer]:
    """Shift each training image by up to a share of its size and rotate it by up to some degrees."""
    from keras import layers

    distortions = []
    if chosen.shift > 0:
        distortions.append(layers.RandomTranslation(chosen.shift, chosen.shift, fill_mode="nearest"))
    if chosen.degrees > 0:
        distortions.append(layers.RandomRotation(chosen.degrees / 360, fill_mode="nearest"))
    return distortions


def _choose_convolutions(hp: HyperParameters, side: int) -> Convolutions:
    fewest, most = block_range(side)
    return Convolutions(
        blocks=hp.Int("blocks", fewest, most, default=min(fewest + 1, most)),
        convolutions=hp.Int("convolutions", 1, 2),
        filters=hp.Choice("filters", [8, 16, 32], default=16),
        kernel_size=hp.Choice("kernel_size", [3, 5]),
        activation=hp.Choice("activation", ACTIVATIONS),
        normalization=hp.Choice("batch_normalization", NORMALIZATIONS),
        rate=hp.Choice("dropout", [0.0, 0.1, 0.2, 0.3], default=0.1),
    )


def _convolutions(chosen: Convolutions) -> list[keras.Layer]:
    """Stack blocks of one or two convolutions, each block ended by pooling and dropout."""
    from keras import layers

    network = []
    for block in range(chosen.blocks):
        for _ in range(chosen.convolutions):
            width = min(chosen.filters * 2**block, MAX_FILTERS)
            convolution = layers.Conv2D(width, chosen.kernel_size, padding="same")
            network += activated(convolution, chosen.activation, chosen.normalization)
        network += [layers.MaxPooling2D(padding="same"), *dropout(chosen.rate)]
    return network


def _choose_head(hp: HyperParameters) -> Head:
    kind = hp.Choice("head", ["flatten", "average"])
    with hp.conditional_scope("head", ["flatten"]):
        units = hp.Int("head_units", 64, 256, step=2, sampling="log", default=128)
        rate = hp.Choice("head_dropout", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], default=0.3)
    return Head(kind, units, rate)


def _head(chosen: Head) -> list[keras.Layer]:
    """Average each filter over the image, or flatten the image and add a hidden layer."""
    from keras import layers

    if chosen.kind == "average":
        return [layers.GlobalAveragePooling2D()]
    return [layers.Flatten(), *activated(layers.Dense(chosen.units), "relu", "none", chosen.rate)]
