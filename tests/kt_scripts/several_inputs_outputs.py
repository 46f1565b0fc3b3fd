"""Two inputs and two outputs, in dicts by their names."""

import keras
import keras_tuner as kt
import numpy as np
from shared import begin, digits, end

seed = begin()
images, labels = digits(400)
shades = images.mean(axis=(1, 2))


class Both(kt.HyperModel):
    def build(self, hp):
        image, shade = keras.Input((8, 8, 1), name="image"), keras.Input((1,), name="shade")
        features = keras.layers.Flatten()(image)
        features = keras.layers.Dense(hp.Int("units", 16, 48, step=16), activation="relu")(features)
        features = keras.layers.Concatenate()([features, shade])
        outputs = {
            "digit": keras.layers.Dense(10, activation="softmax", name="digit")(features),
            "even": keras.layers.Dense(1, activation="sigmoid", name="even")(features),
        }
        model = keras.Model({"image": image, "shade": shade}, outputs)
        model.compile(
            "adam",
            {"digit": "sparse_categorical_crossentropy", "even": "binary_crossentropy"},
            metrics={"digit": ["accuracy"], "even": ["accuracy"]},
        )
        return model


tuner = kt.RandomSearch(
    Both(), objective=kt.Objective("val_digit_accuracy", "max"), max_trials=3, directory="both", seed=seed
)
targets = {"digit": labels, "even": (labels % 2 == 0).astype(np.float32)}
validation = ({"image": images[300:], "shade": shades[300:]}, {name: y[300:] for name, y in targets.items()})
tuner.search(
    {"image": images[:300], "shade": shades[:300]},
    {name: y[:300] for name, y in targets.items()},
    epochs=5,
    validation_data=validation,
    verbose=0,
)
end(tuner)
