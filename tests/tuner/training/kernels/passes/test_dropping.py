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
WORDS = np.random.default_rng(2).integers(0, 4, (N, 9)).astype(np.int32)
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


def of_states(given):
    """Drop what each gate takes of the states before, in both directions, and what all gates take of the inputs."""
    rows = layers.GRU(18, return_sequences=True, dropout=0.4, recurrent_dropout=0.3, bias_regularizer="l2")(given)
    back = layers.LSTM(9, return_sequences=True, recurrent_dropout=0.2, recurrent_regularizer="l2", go_backwards=True)
    rows = layers.Bidirectional(layers.LSTM(9, return_sequences=True), "sum", backward_layer=back)(rows)
    return layers.SimpleRNN(33, dropout=0.2, recurrent_dropout=0.4)(rows)


def of_words(given):
    """Drop states around steps that are skipped."""
    rows = layers.Embedding(4, 3, mask_zero=True)(given)
    rows = layers.Bidirectional(layers.GRU(5, return_sequences=True, recurrent_dropout=0.3))(rows)
    return layers.LSTM(17, dropout=0.2, recurrent_dropout=0.3)(rows)


class Masks:
    """Give the layers of a model the masks of the kernels, one after the other."""

    def __init__(self, model, drawn_down):
        self._drawn_down, self.step, self._drawn = drawn_down, 0, 0
        for layer in model.layers:
            if isinstance(layer, layers.SpatialDropout1D | layers.SpatialDropout2D) and layer.rate:
                layer.call = lambda x, training=False, rate=layer.rate: x * self.mask(x, rate) if training else x
            sides = [layer] if hasattr(layer, "cell") else [getattr(layer, f"{side}_layer", None) for side in SIDES]
            for cell in (side.cell for side in sides if side is not None):
                cell.get_dropout_mask = lambda x, cell=cell: self.of_cell(cell, x, cell.dropout)
                cell.get_recurrent_dropout_mask = lambda x, cell=cell: self.of_cell(
                    cell, x, cell.recurrent_dropout, "h"
                )
                cell.reset_dropout_mask = lambda cell=cell: setattr(cell, "_masks", {})
                cell._masks = {}

    def begin(self, step):
        """Begin with the first mask of a step."""
        self.step, self._drawn = step, 0

    def of_cell(self, cell, x, rate, of="x"):
        """Return the mask of a cell, or those of its gates, the same for all its steps."""
        if of not in cell._masks and rate:
            gates = getattr(cell, "dropout_mask_count", None)
            cell._masks[of] = [self.mask(x, rate) for _ in range(gates)] if gates else self.mask(x, rate)
        return cell._masks.get(of)

    def mask(self, x, rate):
        """Return the factors of examples' columns, `(n, ..., columns)`."""
        before, self._drawn = self._drawn, self._drawn + x.shape[0] * x.shape[-1]
        kept = self._drawn_down(KEY, self.step, self._drawn)[before:] >= np.float32(rate)
        return (kept / np.float32(1 - rate)).reshape(x.shape[0], *[1] * (len(x.shape) - 2), x.shape[-1])


SIDES = ("forward", "backward")


@pytest.mark.parametrize("hidden", [of_channels, of_steps, of_states, of_words])
def test_networks_that_drop_columns_train_as_by_keras(hidden, drawn_down):
    """Every variable, and nothing is dropped in testing."""
    x = WORDS if hidden is of_words else X

    def made(**how):
        keras.utils.set_random_seed(5)
        inputs = keras.Input(x.shape[1:], dtype=x.dtype)
        model = keras.Model(inputs, layers.Dense(1)(hidden(inputs)))
        model.compile("adam", "mse", **how)
        return model

    ours, theirs = made(), made(run_eagerly=True)
    program = plain_program(ours, (x, Y), (x, Y), BATCH)
    logs = program.run(ours, (x, Y), (x, Y), np.arange(N, dtype=np.int32), KEY)
    masks = Masks(theirs, drawn_down)
    for step, start in enumerate(range(0, N, BATCH)):
        masks.begin(step)
        theirs.train_on_batch(x[start : start + BATCH], Y[start : start + BATCH])
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-5)
    assert logs["val_loss"] == pytest.approx(theirs.evaluate(x, Y, verbose=0), rel=1e-4)
