"""Dropout of whole columns, over an epoch against Keras with the same masks."""

import keras
import numpy as np
import pytest

from keras_search.tuner.training.kernels.program import plain_program

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
layers = keras.layers

KEY = np.array([5, 2**31 + 77], np.uint32)
N, BATCH = 43, 16
X = np.random.default_rng(0).normal(size=(N, 6, 5)).astype(np.float32)
Y = np.random.default_rng(1).integers(0, 2, N).astype(np.float32)


def of_channels(given):
    """Drop the channels of sequences and images."""
    rows = layers.Conv1D(20, 2, activation="relu")(layers.SpatialDropout1D(0.4)(given))
    image = layers.Conv2D(17, 2)(layers.SpatialDropout2D(0.3)(layers.Reshape((5, 4, 5))(rows)))
    return layers.Flatten()(layers.SpatialDropout2D(0.5)(image))


def of_steps(given):
    """Drop what recurrent layers take, each direction by its own mask."""
    rows = layers.LSTM(18, return_sequences=True, dropout=0.3)(given)
    rows = layers.Bidirectional(layers.GRU(4, return_sequences=True, dropout=0.4))(rows)
    return layers.SimpleRNN(7, dropout=0.2)(layers.SpatialDropout1D(0)(rows))


class Masks:
    """Give the layers of a model the masks of the kernels, one after the other."""

    def __init__(self, model, drawn_down):
        self._drawn_down, self.step, self._drawn = drawn_down, 0, 0
        for layer in model.layers:
            if isinstance(layer, layers.SpatialDropout1D | layers.SpatialDropout2D) and layer.rate:
                layer.call = lambda x, training=False, rate=layer.rate: x * self.mask(x, rate) if training else x
            sides = [layer] if hasattr(layer, "cell") else [getattr(layer, f"{side}_layer", None) for side in SIDES]
            for cell in (side.cell for side in sides if side is not None):
                cell.get_dropout_mask = lambda x, cell=cell: self.of_cell(cell, x)
                cell.reset_dropout_mask = lambda cell=cell: setattr(cell, "_mask", None)
                cell._mask = None

    def begin(self, step):
        """Begin with the first mask of a step."""
        self.step, self._drawn = step, 0

    def of_cell(self, cell, x):
        """Return the mask of a cell, the same for all its steps."""
        if cell._mask is None and cell.dropout:
            cell._mask = self.mask(x, cell.dropout)
        return cell._mask

    def mask(self, x, rate):
        """Return the factors of examples' columns, `(n, ..., columns)`."""
        before, self._drawn = self._drawn, self._drawn + x.shape[0] * x.shape[-1]
        kept = self._drawn_down(KEY, self.step, self._drawn)[before:] >= np.float32(rate)
        return (kept / np.float32(1 - rate)).reshape(x.shape[0], *[1] * (len(x.shape) - 2), x.shape[-1])


SIDES = ("forward", "backward")


@pytest.mark.parametrize("hidden", [of_channels, of_steps])
def test_networks_that_drop_columns_train_as_by_keras(hidden, drawn_down):
    """Every variable, and nothing is dropped in testing."""

    def made(**how):
        keras.utils.set_random_seed(5)
        inputs = keras.Input((6, 5))
        model = keras.Model(inputs, layers.Dense(1)(hidden(inputs)))
        model.compile("adam", "mse", **how)
        return model

    ours, theirs = made(), made(run_eagerly=True)
    program = plain_program(ours, (X, Y), (X, Y), BATCH)
    logs = program.run(ours, (X, Y), (X, Y), np.arange(N, dtype=np.int32), KEY)
    masks = Masks(theirs, drawn_down)
    for step, start in enumerate(range(0, N, BATCH)):
        masks.begin(step)
        theirs.train_on_batch(X[start : start + BATCH], Y[start : start + BATCH])
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-5)
    assert logs["val_loss"] == pytest.approx(theirs.evaluate(X, Y, verbose=0), rel=1e-4)
