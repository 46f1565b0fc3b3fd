"""The hypermodel of convolutional networks for images, an ordinary KerasTuner function `build(hp)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keras_search.errors import UsageError
from keras_search.models.assembling import assembled, compile_for, heads
from keras_search.models.blocks import ACTIVATIONS, NORMALIZATIONS, activated, dropout
from keras_search.models.optimizing import choose_optimizer
from keras_search.models.problem import Problem

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters

SMALLEST = 8
MAX_FILTERS = 256


def cnn(problem: Problem) -> Callable[[HyperParameters], keras.Model]:
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

    def build(hp: HyperParameters) -> keras.Model:
        import keras

        channels = shape[2] if len(shape) == 3 else 1
        network = [keras.layers.Reshape((*shape[:2], channels)), *_distortions(hp)]
        network += [*_convolutions(hp, max(shape[:2])), *_head(hp)]
        model = assembled(problem, network, heads(problem))
        return compile_for(problem, model, choose_optimizer(hp, problem))

    return build


def block_range(side: int) -> tuple[int, int]:
    """Return the fewest and the most blocks for images with this many pixels a side.

    The fewest leave at most 16 pixels a side for the head, the most leave at least 2: 1 to 2 blocks for
    8 pixels, 1 to 3 for 28 and 32, 4 to 6 for 224.
    """
    halvings = (side - 1).bit_length()
    fewest = max(1, halvings - 4)
    return fewest, min(fewest + 2, halvings - 1)


def _distortions(hp: HyperParameters) -> list[keras.Layer]:
    """Shift each training image by up to a share of its size and rotate it by up to some degrees."""
    from keras import layers

    shift = hp.Choice("shift", [0.0, 0.05, 0.1], default=0.05)
    degrees = hp.Choice("rotation", [0, 5, 10, 15])
    distortions = []
    if shift > 0:
        distortions.append(layers.RandomTranslation(shift, shift, fill_mode="nearest"))
    if degrees > 0:
        distortions.append(layers.RandomRotation(degrees / 360, fill_mode="nearest"))
    return distortions


def _convolutions(hp: HyperParameters, side: int) -> list[keras.Layer]:
    """Stack blocks of one or two convolutions, each block ended by pooling and dropout."""
    from keras import layers

    fewest, most = block_range(side)
    blocks = hp.Int("blocks", fewest, most, default=min(fewest + 1, most))
    convolutions = hp.Int("convolutions", 1, 2)
    filters = hp.Choice("filters", [8, 16, 32], default=16)
    kernel_size = hp.Choice("kernel_size", [3, 5])
    activation = hp.Choice("activation", ACTIVATIONS)
    normalization = hp.Choice("batch_normalization", NORMALIZATIONS)
    rate = hp.Choice("dropout", [0.0, 0.1, 0.2, 0.3], default=0.1)
    network = []
    for block in range(blocks):
        for _ in range(convolutions):
            width = min(filters * 2**block, MAX_FILTERS)
            convolution = layers.Conv2D(width, kernel_size, padding="same")
            network += activated(convolution, activation, normalization)
        network += [layers.MaxPooling2D(padding="same"), *dropout(rate)]
    return network


def _head(hp: HyperParameters) -> list[keras.Layer]:
    """Average each filter over the image, or flatten the image and add a hidden layer."""
    from keras import layers

    head = hp.Choice("head", ["flatten", "average"])
    with hp.conditional_scope("head", ["flatten"]):
        units = hp.Int("head_units", 64, 256, step=2, sampling="log", default=128)
        rate = hp.Choice("head_dropout", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], default=0.3)
    if head == "average":
        return [layers.GlobalAveragePooling2D()]
    return [layers.Flatten(), *activated(layers.Dense(units), "relu", "none", rate)]
