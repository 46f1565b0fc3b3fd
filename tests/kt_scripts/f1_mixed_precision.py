"""A metric of one's own choice as objective, mixed precision, and a callback that waits for what does not come."""

import keras
import keras_tuner as kt
from shared import begin, digits, end

seed = begin()
x, y = digits(400)
y = keras.utils.to_categorical(y, 10)


def build(hp):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(hp.Choice("units", [16, 32]), activation="relu"))
    model.add(keras.layers.Dropout(hp.Float("dropout", 0, 0.5, step=0.25)))
    model.add(keras.layers.Dense(10, activation="softmax", dtype="float32"))
    assert model.layers[1].compute_dtype == "bfloat16"
    model.compile("adam", "categorical_crossentropy", metrics=[keras.metrics.F1Score(average="macro")])
    return model


tuner = kt.BayesianOptimization(
    build, kt.Objective("val_f1_score", "max"), max_trials=3, num_initial_points=2, seed=seed, directory="mixed"
)
waits = keras.callbacks.EarlyStopping(monitor="val_acc", mode="max", patience=2)
shown = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(f"epoch {epoch}: {logs['loss']:.3f}"))
tuner.search(x[:300], y[:300], epochs=4, validation_data=(x[300:], y[300:]), callbacks=[waits, shown], verbose=0)
model = tuner.get_best_models(1)[0]
model.summary()
end(tuner, score=model.evaluate(x[300:], y[300:], verbose=0)[1])
