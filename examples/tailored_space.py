"""A search space around an existing network. After KerasTuner's guide "Tailor the search space".

The network is written once, without `hp`, and so is its class; the hypermodel says what may change. If a
choice makes others meaningless, `conditional_scope` leaves those out of trials without it.

    keras-search start --hypermodel examples/tailored_space.py:TailoredNetwork --tuner grid --max-trials 12
"""

import keras
import keras_tuner


def convolutional(input_shape: tuple[int, ...], classes: int, filters: int, kernel: int) -> list[keras.Layer]:
    """Return the layers of the network to be tailored."""
    return [
        keras.Input(input_shape),
        keras.layers.Reshape((*input_shape[:2], -1)),
        keras.layers.Conv2D(filters, kernel, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(classes, activation="softmax"),
    ]


class TailoredNetwork(keras_tuner.HyperModel):
    """Tune the filters and the optimizer of a network for images of any shape."""

    def __init__(self, input_shape: tuple[int, ...], classes: int) -> None:
        super().__init__(name="tailored")
        self.input_shape, self.classes = input_shape, classes

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Build and compile the network with the values of `hp`."""
        filters, kernel = hp.Choice("filters", [8, 16, 32]), hp.Choice("kernel", [3, 5])
        model = keras.Sequential(convolutional(self.input_shape, self.classes, filters, kernel))
        model.compile(self.optimizer(hp), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def optimizer(self, hp: keras_tuner.HyperParameters) -> keras.optimizers.Optimizer:
        """Choose the optimizer; momentum exists only for SGD."""
        name = hp.Choice("optimizer", ["adam", "sgd"])
        rate = hp.Choice("learning_rate", [0.001, 0.01])
        with hp.conditional_scope("optimizer", ["sgd"]):
            if name == "sgd":
                return keras.optimizers.SGD(rate, momentum=hp.Choice("momentum", [0.0, 0.9]))
        return keras.optimizers.Adam(rate)
