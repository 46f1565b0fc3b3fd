"""Registered and fixed hyperparameters alone, loss and metrics as text to the tuner, what question pages read."""

import keras
import keras_tuner as kt
from shared import begin, diabetes, end

seed = begin()
x, y = diabetes()


def build(hp):
    model = keras.Sequential([keras.Input((10,))])
    for _ in range(hp.Int("num_layers", 1, 5)):
        model.add(keras.layers.Dense(hp.Int("units", 32, 512, step=32), hp.Choice("activation", ["relu", "tanh"])))
    model.add(keras.layers.Dense(1))
    model.compile(keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2)), loss="mae")
    return model


hp = kt.HyperParameters()
hp.Fixed("num_layers", 2)
hp.Fixed("learning_rate", 0.01)
hp.Int("units", 8, 24, step=8)
tuner = kt.RandomSearch(
    build,
    objective=["val_loss", "val_mae"],
    loss="mse",
    metrics=["mae"],
    hyperparameters=hp,
    tune_new_entries=False,
    max_trials=3,
    seed=seed,
    directory="fixed",
    project_name="entries",
)
tuner.search_space_summary(extended=True)
tuner.search(x, y, epochs=4, validation_split=0.2, verbose=0)
trial = tuner.oracle.get_best_trials(num_trials=1)[0]
trial.summary()
assert trial.hyperparameters.get("num_layers") == 2
assert trial.hyperparameters["learning_rate"] == 0.01
assert set(trial.hyperparameters.values) >= {"num_layers", "learning_rate", "units"}
assert trial.status == "COMPLETED"
assert trial.metrics.exists("val_mae")
total = trial.metrics.get_best_value("val_loss") + trial.metrics.get_best_value("val_mae")
assert abs(total - trial.score) < 1e-5
assert trial.metrics.get_history("val_loss")[0].value
end(tuner)
