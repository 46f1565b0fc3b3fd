"""A training loop of one's own, which returns the number to minimize."""

import keras
import keras_tuner as kt
import tensorflow as tf
from shared import begin, diabetes, end

seed = begin()
x, y = diabetes()


class MyHyperModel(kt.HyperModel):
    def build(self, hp):
        units = hp.Int("units", 8, 24, step=8)
        return keras.Sequential([keras.Input((10,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(1)])

    def fit(self, hp, model, x, y, validation_data, callbacks=None, **kwargs):
        batches = tf.data.Dataset.from_tensor_slices((x, y[:, None])).batch(hp.Choice("batch", [16, 32]))
        optimizer = keras.optimizers.Adam(hp.Float("rate", 1e-3, 1e-2, sampling="log"))
        error = keras.losses.MeanSquaredError()
        for callback in callbacks:
            callback.set_model(model)
        best = float("inf")
        for epoch in range(4):
            for inputs, labels in batches:
                with tf.GradientTape() as tape:
                    loss = error(labels, model(inputs, training=True))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            score = float(error(validation_data[1][:, None], model(validation_data[0])))
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"my_metric": score})
            best = min(best, score)
        return best


tuner = kt.RandomSearch(MyHyperModel(), kt.Objective("my_metric", "min"), max_trials=3, directory="loop", seed=seed)
tuner.search(x=x[:350], y=y[:350], validation_data=(x[350:], y[350:]))
end(tuner)
