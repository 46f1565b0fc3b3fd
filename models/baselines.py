"""The networks that tuning must beat, each with its own recipe.

Another baseline is `defaults`, the hypermodel itself with the default values of its hyperparameters.

Sizes and epochs that the source of a network leaves open are set as in `mlp-128-64`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from keras_search.models.assembling import assembled, compile_for, flattened, heads
from keras_search.models.problem import Problem

if TYPE_CHECKING:
    import keras

DEFAULT_BASELINE = "mlp-128-64"
DEFAULTS = "defaults"
"""The baseline that is the hypermodel itself, untuned."""


@dataclass(frozen=True)
class Baseline:
    """A network and its training recipe.

    `one_hot` is for labels `(n, classes)` in classification. `as_mlp` returns the settings of the hypermodel `mlp`
    with the same network and recipe, except for the epochs.
    """

    name: str
    epochs: int
    batch_size: int
    one_hot: bool
    build: Callable[[Problem], keras.Model]
    as_mlp: dict[str, Any]


def _dense_relu(*units: int) -> Callable[[], list[keras.Layer]]:
    """Plain layers, each `Dense` with relu inside."""

    def hidden() -> list[keras.Layer]:
        from keras import layers

        return [layers.Dense(size, activation="relu") for size in units]

    return hidden


def _dense_then_norm(*units: int) -> Callable[[], list[keras.Layer]]:
    """`Dense` with relu inside, batch normalization after it."""

    def hidden() -> list[keras.Layer]:
        from keras import layers

        pairs = ((layers.Dense(size, activation="relu"), layers.BatchNormalization()) for size in units)
        return [layer for pair in pairs for layer in pair]

    return hidden


def _norm_relu_dropout(units: Sequence[int], rates: Sequence[float]) -> Callable[[], list[keras.Layer]]:
    """`Dense`, batch normalization, relu and dropout, each a layer of its own."""

    def hidden() -> list[keras.Layer]:
        from keras import layers

        blocks = (
            (layers.Dense(size), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(rate))
            for size, rate in zip(units, rates, strict=True)
        )
        return [layer for block in blocks for layer in block]

    return hidden


def _baseline(
    name: str,
    hidden: Callable[[], list[keras.Layer]],
    as_mlp: dict[str, Any],
    epochs: int = 10,
    batch_size: int = 32,
    one_hot: bool = False,
) -> Baseline:
    def build(problem: Problem) -> keras.Model:
        import keras

        ends = heads(problem)
        model = assembled(problem, [*flattened(problem), *hidden()], ends, name)
        return compile_for(problem, model, keras.optimizers.Adam(0.001), one_hot)

    return Baseline(name, epochs, batch_size, one_hot, build, {**as_mlp, "batch_size": batch_size})


def _as_mlp(units: Sequence[int], normalization: str = "none", rates: Sequence[float] = ()) -> dict[str, Any]:
    """Express a stack of relu layers trained by Adam in the hyperparameters of `mlp`."""
    sizes = {f"units_{number}": size for number, size in enumerate(units, 1)}
    padded = [*rates, *[0.0] * (len(units) - len(rates))]
    dropouts = {f"dropout_{number}": rate for number, rate in enumerate(padded, 1)}
    recipe = {"optimizer": "adam", "learning_rate": 0.001, "schedule": "constant"}
    shape = {"layers": len(units), "activation": "relu", "batch_normalization": normalization, "input_dropout": 0.0}
    return {**shape, **sizes, **dropouts, **recipe}


BASELINES = {
    baseline.name: baseline
    for baseline in (
        _baseline(DEFAULT_BASELINE, _dense_relu(128, 64), _as_mlp((128, 64))),
        _baseline(
            "mlp-bn-dropout",
            _norm_relu_dropout((128, 64), (0.2, 0.2)),
            _as_mlp((128, 64), "before", (0.2, 0.2)),
        ),
        _baseline("dense-relu", _dense_relu(128, 128), _as_mlp((128, 128))),
        _baseline(
            "mlp-256-128-64",
            _norm_relu_dropout((256, 128, 64), (0.3, 0.3, 0.2)),
            _as_mlp((256, 128, 64), "before", (0.3, 0.3, 0.2)),
            epochs=15,
            batch_size=128,
            one_hot=True,
        ),
        _baseline("ann-128", _dense_relu(128), _as_mlp((128,))),
        _baseline("dnn-bn", _dense_then_norm(128, 128, 64, 64), _as_mlp((128, 128, 64, 64), "after")),
    )
}


def longer(name: str, epochs: int) -> str:
    """Return the name of a baseline that is trained for another number of epochs than its recipe's."""
    return f"{name}-{epochs}-epochs"


def recipe_of(name: str) -> Baseline:
    """Return a baseline by its name, or by a name of `longer`, with that number of epochs."""
    named = re.fullmatch(r"(.+)-(\d+)-epochs", name)
    if named is None or name in BASELINES:
        return BASELINES[name]
    return replace(BASELINES[named[1]], name=name, epochs=int(named[2]))
