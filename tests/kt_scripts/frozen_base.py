"""A base that was trained before, frozen, under a head that is tuned."""

import keras
import keras_tuner as kt
from shared import begin, digits, end

seed = begin()
x, y = digits()
base = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.Flatten()])
whole = keras.Sequential([base, keras.layers.Dense(10, activation="softmax")])
whole.compile("adam", "sparse_categorical_crossentropy")
whole.fit(x[:300], y[:300], epochs=2, verbose=0)
base.trainable = False


def build(hp):
    inputs = keras.Input((8, 8, 1))
    features = base(inputs, training=False)
    features = keras.layers.Dropout(hp.Float("dropout", 0.0, 0.4, step=0.2))(features)
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(features))
    model.compile(
        keras.optimizers.Adam(hp.Choice("rate", [0.01, 0.003])), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


tuner = kt.RandomSearch(build, "val_accuracy", max_trials=3, max_model_size=10_000, directory="frozen", seed=seed)
tuner.search(x[300:], y[300:], epochs=4, validation_split=0.3, verbose=0)
model = tuner.get_best_models()[0]
end(tuner, trainable=len(model.trainable_weights))
