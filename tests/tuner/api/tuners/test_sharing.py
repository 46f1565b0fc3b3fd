"""What callbacks share with the rest of a script."""

import keras

from keras_search.tuner.api.tuners.sharing import shared_names

SEEN: list[int] = []
LIMIT = 3


class Appending(keras.callbacks.Callback):
    """Write into a list of the script."""

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002
        """Write."""
        SEEN.append(epoch)


class Alone(keras.callbacks.Callback):
    """Use nothing but plain values, functions and modules."""

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002
        """Use them."""
        self.rounds = min(epoch, LIMIT) + len(keras.__name__)


def test_a_list_that_a_callback_appends_to_is_shared() -> None:
    assert shared_names([Appending()]) == ["SEEN"]
    inner: dict[int, int] = {}
    assert shared_names([keras.callbacks.LambdaCallback(on_epoch_end=lambda e, _: inner.update({e: e}))]) == ["inner"]


def test_what_cannot_change_is_not() -> None:
    scheduled = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch > LIMIT else rate)
    assert shared_names([Alone(), scheduled, keras.callbacks.EarlyStopping(), keras.callbacks.CSVLogger("x.csv")]) == []
