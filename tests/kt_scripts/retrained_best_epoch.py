"""The tutorial's last step: the best epoch of a longer training, then a training for as long on everything."""

import keras
import keras_tuner as kt
from shared import begin, digits, end

seed = begin()
x, y = digits(500)


class ClearOutput(keras.callbacks.Callback):
    def __init__(self, every=2):
        super().__init__()
        self.every = every
        self.lines = []

    def on_train_end(self, logs=None):
        self.lines.clear()

    def on_epoch_end(self, epoch, logs=None):
        if epoch % self.every == 0:
            self.lines.append((epoch, dict(logs)))


def build(hp):
    model = keras.Sequential([keras.layers.Flatten(input_shape=(8, 8, 1))])
    for i in range(hp.Int("layers", 1, 2)):
        model.add(
            keras.layers.Dense(hp.Int("units_" + str(i), 16, 32, 16), hp.Choice("act_" + str(i), ["relu", "elu"]))
        )
        if hp.Boolean("normalize"):
            model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dense(10))
    model.compile(
        keras.optimizers.SGD(hp.Float("lr", 1e-3, 1e-1, sampling="log"), momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


build(kt.HyperParameters())
tuner = kt.RandomSearch(build, "val_accuracy", max_trials=4, overwrite=False, directory="retrained", seed=seed)
tuner.search(x, y, epochs=4, validation_split=0.2, callbacks=[ClearOutput(every=2)], verbose=0)
best_hps = tuner.get_best_hyperparameters(num_trials=1)[0]
print(f"layers: {best_hps.get('layers')}, learning rate: {best_hps.get('lr'):.4f}")
model = tuner.hypermodel.build(best_hps)
history = model.fit(x, y, epochs=4, validation_split=0.2, verbose=0)
val_acc_per_epoch = history.history["val_accuracy"]
best_epoch = val_acc_per_epoch.index(max(val_acc_per_epoch)) + 1
hypermodel = tuner.hypermodel.build(best_hps)
hypermodel.fit(x, y, epochs=best_epoch, verbose=0)
for trial in tuner.oracle.get_best_trials(3):
    print(trial.trial_id, trial.hyperparameters.values, trial.score, trial.metrics.get_best_value("val_accuracy"))
for trial_id, trial in tuner.oracle.trials.items():
    assert trial_id == trial.trial_id
assert len(tuner.get_best_hyperparameters(3)) == 3
end(tuner)
