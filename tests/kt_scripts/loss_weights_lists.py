"""A functional model of two outputs: losses, their weights and metrics by name, data in lists."""

import keras
import keras_tuner as kt
import numpy as np
from shared import begin, diabetes, end

seed = begin()
x, y = diabetes()
high = (y > 0).astype("float32")
left, right = x[:, :5], x[:, 5:]


def build(hp):
    a, b = keras.Input((5,), name="a"), keras.Input((5,), name="b")
    hidden = keras.layers.Dense(hp.Int("units", 8, 24, step=8), activation="relu")(keras.layers.concatenate([a, b]))
    value = keras.layers.Dense(1, name="value")(hidden)
    is_high = keras.layers.Dense(1, activation="sigmoid", name="is_high")(hidden)
    model = keras.Model(inputs=[a, b], outputs=[value, is_high])
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss={"value": "mse", "is_high": "binary_crossentropy"},
        loss_weights={"value": 1.0, "is_high": hp.Float("weight", 0.2, 1.0, step=0.4)},
        metrics={"value": "mae", "is_high": ["accuracy", keras.metrics.AUC(name="auc")]},
    )
    return model


tuner = kt.Hyperband(
    build, kt.Objective("val_is_high_auc", direction="max"), max_epochs=4, factor=3, seed=seed, directory="outputs"
)
tuner.search([left, right], [y, high], validation_split=0.25, batch_size=64, verbose=0)
best = tuner.get_best_models(num_models=2)[0]
assert np.shape(best.predict([left, right], verbose=0)[1]) == (len(x), 1)
end(tuner)
