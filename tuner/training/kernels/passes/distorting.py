"""Random distortions of images while a network trains: where each pixel is taken from, and how bright it is."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.bits import hashed
from keras_search.tuner.training.kernels.arithmetic.elementwise import copy
from keras_search.tuner.training.kernels.arithmetic.turning import cos_and_sin
from keras_search.tuner.training.kernels.arrays import (
    BRIGHTNESS,
    CONTRAST,
    DISTORTION,
    FLIP,
    REFLECTED,
    ROTATION,
    TRANSLATION,
    UNFILLED,
    WRAPPED,
    Floats,
    Memory,
)
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.words import Words

_0, _HALF, _1, _2 = (np.float32(number) for number in (0, 0.5, 1, 2))
_SHARE = np.float32(2**-24)


def distorted(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Set the outputs of a layer that distorts its images, each by numbers of its own; without words copy them."""
    width, window = layer.width, memory.windows[layer.window]
    ranges = memory.constants[layer.factor : layer.factor + 6]
    for i in range(n):
        x = memory.values[layer.before + i * width : layer.before + (i + 1) * width]
        y = memory.values[layer.after + i * width : layer.after + (i + 1) * width]
        if len(words) == 0:
            copy(x, y)
            continue
        one = drawn(layer.index * n + i, words, ranges[0], ranges[1])
        two = drawn((layer.index + 1) * n + i, words, ranges[2], ranges[3]) if layer.draws > 1 else one
        if layer.distortion == FLIP:
            flip(x, window, one <= _HALF, ranges[4] > _0, ranges[5] > _0, y)
        elif layer.distortion == CONTRAST:
            change_contrast(x, window, one, ranges[4], ranges[5], y)
        elif layer.distortion == BRIGHTNESS:
            change_brightness(x, layer.columns, one * (ranges[5] - ranges[4]), ranges[4], ranges[5], y)
        else:
            move_pixels(x, window, layer, matrix_of(layer.distortion, one, two, window), ranges[4], y)


DISTORTION_PASSES = {DISTORTION: (distorted,)}
"""The forward pass; there is no other, because there are no parameters before."""


@kernel
def drawn(number: int, words: Words, low: Any, high: Any) -> Any:
    """Draw a number from `low` to below `high`; dropout hashes the numbers from 0 up, this those from -1 down."""
    return np.float32(hashed(-1 - number, words[0], words[1])) * _SHARE * (high - low) + low


@kernel
def matrix_of(distortion: int, one: Any, two: Any, window: Any) -> Any:
    """Return where a pixel comes from: column a * column + b * row + c, row d * column + e * row + f."""
    height, width = np.float32(window.height), np.float32(window.width)
    if distortion == TRANSLATION:
        return _1, _0, -(two * width), _0, _1, -(one * height)
    across, down = (width - _1) * _HALF, (height - _1) * _HALF
    if distortion == ROTATION:
        cos, sin = cos_and_sin(one)
        return cos, -sin, across - across * cos - down * -sin, sin, cos, down - across * sin - down * cos
    return two, _0, across * (_1 - two), _0, one, down * (_1 - one)


@kernel
def move_pixels(x: Floats, window: Any, layer: Any, matrix: Any, fill: Any, y: Floats) -> None:
    """Set the pixels of y to those of x where `matrix` has them, between four pixels or of the nearest.

    The order of operations is that of TensorFlow's `ImageProjectiveTransformV3`.
    """
    a, b, c, d, e, f = matrix
    height, width, channels = window.height, window.width, window.channels
    for row in range(height):
        for column in range(width):
            u = inside(layer.filling, a * np.float32(column) + b * np.float32(row) + c, np.float32(width))
            v = inside(layer.filling, d * np.float32(column) + e * np.float32(row) + f, np.float32(height))
            out = (row * width + column) * channels
            if layer.blends:
                blend(x, height, width, channels, u, v, fill, y, out)
            else:
                take_nearest(x, height, width, channels, rounded(u), rounded(v), fill, y, out)


@kernel
def inside(filling: int, at: Any, length: Any) -> Any:
    """Return which place along an axis stands for one that may lie outside the image."""
    last = length - _1
    if filling == UNFILLED:
        return at
    if filling == REFLECTED:
        if at < _0:
            at += _2 * length * np.trunc(-at / (_2 * length))
            at = at + _2 * length if at < -length else -at - _1
        elif at > last:
            at -= _2 * length * np.trunc(at / (_2 * length))
            at = _2 * length - at - _1 if at >= length else at
    elif filling == WRAPPED and last > _0:
        if at < _0:
            at += length * (np.trunc(-at / last) + _1)
        elif at > last:
            at -= length * np.trunc(at / last)
    at = _0 if at < _0 else at
    return last if at > last else at


@kernel
def rounded(at: Any) -> int:
    """Round to the nearest whole number, halves away from zero."""
    whole = np.trunc(at)
    part = at - whole
    return int(whole) + (1 if part >= _HALF else 0) - (1 if part <= -_HALF else 0)


@kernel
def take_nearest(
    x: Floats, height: int, width: int, channels: int, column: int, row: int, fill: Any, y: Floats, out: int
) -> None:
    """Set a pixel of y, from `out` on, to one of x, or to `fill` outside the image."""
    known = 0 <= row < height and 0 <= column < width
    at = (row * width + column) * channels
    for channel in range(channels):
        y[out + channel] = x[at + channel] if known else fill


@kernel
def blend(x: Floats, height: int, width: int, channels: int, u: Any, v: Any, fill: Any, y: Floats, out: int) -> None:
    """Set a pixel of y, from `out` on, to what lies between the four pixels of x around column u and row v."""
    west, north = np.floor(u), np.floor(v)
    east_share, south_share = u - west, v - north
    west_share, north_share = west + _1 - u, north + _1 - v
    column, row = int(west), int(north)
    at, line = (row * width + column) * channels, width * channels
    up, down = 0 <= row < height, -1 <= row < height - 1
    left, right = 0 <= column < width, -1 <= column < width - 1
    for channel in range(channels):
        place = at + channel
        upper = west_share * (x[place] if up and left else fill)
        upper += east_share * (x[place + channels] if up and right else fill)
        lower = west_share * (x[place + line] if down and left else fill)
        lower += east_share * (x[place + line + channels] if down and right else fill)
        y[out + channel] = north_share * upper + south_share * lower


@kernel
def flip(x: Floats, window: Any, flips: bool, across: bool, down: bool, y: Floats) -> None:
    """Set y to the image x, its columns and its rows in reverse order if it flips."""
    height, width, channels = window.height, window.width, window.channels
    for row in range(height):
        for column in range(width):
            from_row = height - 1 - row if flips and down else row
            from_column = width - 1 - column if flips and across else column
            at, out = (from_row * width + from_column) * channels, (row * width + column) * channels
            for channel in range(channels):
                y[out + channel] = x[at + channel]


@kernel
def change_contrast(x: Floats, window: Any, factor: Any, low: Any, high: Any, y: Floats) -> None:
    """Multiply the distance of each channel from its mean, within a range."""
    pixels, channels = window.height * window.width, window.channels
    for channel in range(channels):
        total = 0.0
        for place in range(channel, pixels * channels, channels):
            total += x[place]
        mean = np.float32(total / pixels)
        for place in range(channel, pixels * channels, channels):
            y[place] = limited((x[place] - mean) * factor + mean, low, high)


@kernel
def change_brightness(x: Floats, columns: int, delta: Any, low: Any, high: Any, y: Floats) -> None:
    """Add a number to all of an image, within a range."""
    for place in range(columns):
        y[place] = limited(x[place] + delta, low, high)


@kernel
def limited(number: Any, low: Any, high: Any) -> Any:
    """Return a number, or the end of a range outside of which it lies."""
    number = low if number < low else number
    return high if number > high else number
