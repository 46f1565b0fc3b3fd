"""Two inputs, two outputs: which part of a network the tasks share, and how much each counts.

    keras-search start --dataset examples/data.py:digits_and_ink --hypermodel examples/two_tasks.py:build_model \
        --tuner random --max-trials 10

Inputs and outputs have the names of the data. The models are compared by the first output, the digit; the objective
is `val_digit_accuracy` unless another is given. KerasTuner takes the same function, and requires the direction:
`objective=keras_tuner.Objective("val_digit_accuracy", "max")`.
"""

import keras
import keras_tuner


def build_model(hp: keras_tuner.HyperParameters) -> keras.Model:
    """Build a network that predicts a digit and its ink from the upper half and the columns of the lower half."""
    image, columns = keras.Input((4, 8), name="image"), keras.Input((8,), name="columns")
    rows = keras.layers.Concatenate()([keras.layers.Flatten()(image), columns])
    shared = keras.layers.Dense(hp.Int("shared_units", 32, 128, step=32), activation="relu")(rows)
    shared = keras.layers.Dropout(hp.Choice("dropout", [0.0, 0.2]))(shared)
    to_digit = shared
    if hp.Boolean("hidden_for_digit"):
        to_digit = keras.layers.Dense(hp.Int("digit_units", 16, 64, step=16), activation="relu")(shared)
    outputs = {
        "digit": keras.layers.Dense(10, activation="softmax", name="digit")(to_digit),
        "ink": keras.layers.Dense(1, name="ink")(shared),
    }
    model = keras.Model({"image": image, "columns": columns}, outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1e-2, sampling="log")),
        loss={"digit": "sparse_categorical_crossentropy", "ink": "mean_squared_error"},
        loss_weights={"digit": 1.0, "ink": hp.Choice("ink_counts", [0.1, 1.0, 10.0])},
        metrics={"digit": ["accuracy"], "ink": ["mean_absolute_error"]},
    )
    return model
