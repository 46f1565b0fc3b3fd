"""Images with Hyperband and early stopping, as in the tutorial that most begin with."""

import keras
import keras_tuner as kt
from shared import begin, digits, end

seed = begin()
x, y = digits()


def model_builder(hp):
    model = keras.Sequential()
    model.add(keras.layers.Input((8, 8, 1)))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(units=hp.Int("units", min_value=16, max_value=64, step=16), activation="relu"))
    model.add(keras.layers.Dense(10))
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=hp.Choice("learning_rate", values=[1e-2, 1e-3])),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


tuner = kt.Hyperband(
    model_builder, objective="val_accuracy", max_epochs=6, factor=3, directory="my_dir", project_name="intro", seed=seed
)
stop_early = keras.callbacks.EarlyStopping(monitor="val_loss", patience=3)
tuner.search(x, y, epochs=50, validation_split=0.2, callbacks=[stop_early], verbose=0)
best_hps = tuner.get_best_hyperparameters(num_trials=1)[0]
model = tuner.hypermodel.build(best_hps)
history = model.fit(x, y, epochs=2, validation_split=0.2, verbose=0)
model = tuner.get_best_models(num_models=2)[0]
end(tuner, accuracy=model.evaluate(x[480:], y[480:], verbose=0)[1])
