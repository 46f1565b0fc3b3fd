"""Hypermodels that are special in what they are compiled with, or in how they are trained."""

import keras
import keras_tuner
from keras import layers, ops

CROSS_ENTROPY = "sparse_categorical_crossentropy"


def smoothed(hp):
    """Smoothed one-hot labels, by a loss with a name of its own."""
    return _digits(keras.losses.CategoricalCrossentropy(label_smoothing=0.1, name="smooth"))


def own_loss(hp):
    """A loss of the user's own on one-hot labels."""

    def squared(wanted, said):
        return ops.sum(ops.square(wanted - said), axis=-1)

    return _digits(squared)


class Focal(keras.losses.Loss):
    """Weigh down what is known already."""

    def __init__(self, power, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, wanted, said):
        right = ops.sum(wanted * said, axis=-1)
        return -((1 - right) ** self.power) * ops.log(right + 1e-7)


def loss_class(hp):
    """A loss class of the user's own."""
    return _digits(Focal(2.0))


def own_logits(hp):
    """A loss of the user's own on logits of one column."""

    def from_logits(wanted, said):
        return keras.losses.binary_crossentropy(ops.cast(wanted, said.dtype), said, from_logits=True)

    at_zero = keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")
    return _of(_rows(30, [layers.Dense(8, "relu")], layers.Dense(1)), from_logits, [at_zero], rate=0.003)


def focal(hp):
    """Keras' own binary focal loss."""
    return _of(_rows(30, [layers.Dense(8, "relu")], layers.Dense(1, "sigmoid")), keras.losses.BinaryFocalCrossentropy())


def huber(hp):
    """Values by Huber's loss, with a metric that wants `(n, 1)`."""
    return _curve(keras.losses.Huber(0.5), [keras.metrics.R2Score(name="r2"), "mae"])


def log_cosh(hp):
    """Values by the logarithm of the hyperbolic cosine."""
    return _curve(keras.losses.LogCosh(), ["mae"])


def quantile(hp):
    """A quantile by a loss of the user's own, with a metric of the user's own."""

    def pinball(wanted, said):
        return ops.mean(ops.maximum(0.8 * (wanted - said), -0.2 * (wanted - said)))

    def below(wanted, said):
        return ops.mean(ops.cast(wanted <= said, "float32"))

    return _curve(pinball, [below])


class Relative(keras.metrics.Metric):
    """The mean absolute error in shares of the mean value, of values and outputs `(n, 1)`."""

    def __init__(self, name="relative", **kwargs):
        super().__init__(name=name, **kwargs)
        self.error, self.total = (self.add_weight(shape=(), initializer="zeros") for _ in range(2))

    def update_state(self, wanted, said, sample_weight=None):
        wanted = ops.cast(ops.reshape(wanted, (-1, 1)), "float32")
        self.error.assign_add(ops.sum(ops.abs(wanted - said)))
        self.total.assign_add(ops.sum(ops.abs(wanted)))

    def result(self):
        return self.error / self.total


def own_metric(hp):
    """Values `(n,)` by a metric class of the user's own."""
    model = _rows(10, [layers.Dense(32, "relu")], layers.Dense(1))
    return _of(model, "mse", [Relative()], rate=0.03)


def columns(hp):
    """Several values at once."""
    return _of(_rows(6, [layers.Dense(32, "tanh")], layers.Dense(3)), "mse", ["mae"])


def several_labels(hp):
    """Several labels at once, by area under the curve, precision and recall."""
    metrics = [keras.metrics.AUC(multi_label=True, name="auc"), keras.metrics.Precision(), keras.metrics.Recall()]
    return _of(_rows(12, [layers.Dense(24, "relu")], layers.Dense(4, "sigmoid")), "binary_crossentropy", metrics)


def rare(hp):
    """A rare class, by its recall; the classes may be weighed."""
    metrics = [keras.metrics.Recall(name="recall"), keras.metrics.AUC(name="auc"), "accuracy"]
    return _of(_rows(8, [layers.Dense(16, "relu")], layers.Dense(1, "sigmoid")), "binary_crossentropy", metrics)


class Draw(layers.Layer):
    """Draw from a normal distribution, and add its distance from the standard one to the loss."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(7)

    def call(self, inputs, training=False):
        mean, log_variance = inputs
        gap = -0.5 * ops.mean(1 + log_variance - ops.square(mean) - ops.exp(log_variance))
        self.add_loss(0.01 * gap)
        if not training:
            return mean
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


def variational(hp):
    """A variational autoencoder by `add_loss`."""
    inputs = keras.Input((64,))
    hidden = layers.Dense(32, "relu")(inputs)
    drawn = Draw()([layers.Dense(8)(hidden), layers.Dense(8)(hidden)])
    outputs = layers.Dense(64, "sigmoid")(layers.Dense(32, "relu")(drawn))
    return _of(keras.Model(inputs, outputs), "binary_crossentropy", ["mae"], rate=0.005)


class FromSelf(keras_tuner.HyperModel):
    """A Lambda that reads what `build` has kept."""

    def build(self, hp):
        self.scale = hp.Fixed("scale", 0.5)
        return _digits_by(layers.Lambda(lambda x: x * self.scale))


class OwnFit(keras_tuner.HyperModel):
    """A `fit` of the user's own that sets the size of a batch and its callbacks."""

    def build(self, hp):
        return _digits_by(layers.Dropout(0.2))

    def fit(self, hp, model, *args, callbacks=None, **kwargs):
        slower = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9)
        return model.fit(*args, batch_size=hp.Fixed("rows", 64), callbacks=[*(callbacks or []), slower], **kwargs)


def exponential(hp):
    """A rate that falls step by step, and gradients of limited norm."""
    rate = keras.optimizers.schedules.ExponentialDecay(0.02, 10, 0.8)
    return _digits_with(keras.optimizers.Adam(rate, clipnorm=1.0))


def averaged(hp):
    """A rate by a cosine, AdamW and the moving average of the weights."""
    rate = keras.optimizers.schedules.CosineDecay(0.02, 120, warmup_target=0.02, warmup_steps=10)
    return _digits_with(keras.optimizers.AdamW(rate, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=5))


def accumulated(hp):
    """Nadam on the gradients of four batches, with decay of the weights."""
    return _digits_with(keras.optimizers.Nadam(0.02, gradient_accumulation_steps=4, weight_decay=1e-3))


def momentum(hp):
    """SGD with Nesterov's momentum and gradients of limited global norm."""
    return _digits_with(keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, global_clipnorm=1.0))


def mixed(hp):
    """Half precision within, float32 outside."""
    inside = [layers.Dense(32, "relu", dtype="mixed_float16"), layers.Dense(10, "softmax", dtype="float32")]
    model = keras.Sequential([keras.Input((64,)), *inside])
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01))
    return _of(model, CROSS_ENTROPY, optimizer=scaled)


def eager(hp):
    """A model that runs step by step."""
    model = _rows(64, [layers.Dense(32, "relu")], layers.Dense(10, "softmax"))
    model.compile(keras.optimizers.Adam(0.01), CROSS_ENTROPY, metrics=["accuracy"], run_eagerly=True)
    return model


def weighted(hp):
    """Examples of different weight, with a metric that weighs them."""
    model = _rows(64, [layers.Dense(32, "relu")], layers.Dense(10, "softmax"))
    model.compile(keras.optimizers.Adam(0.01), CROSS_ENTROPY, metrics=["accuracy"], weighted_metrics=["accuracy"])
    return model


def _digits(loss):
    return _of(_rows(64, [layers.Dense(32, "relu")], layers.Dense(10, "softmax")), loss)


def _digits_by(layer):
    return _of(_rows(64, [layers.Dense(32, "relu"), layer], layers.Dense(10, "softmax")), CROSS_ENTROPY)


def _digits_with(optimizer):
    model = _rows(64, [layers.Dense(32, "relu")], layers.Dense(10, "softmax"))
    return _of(model, CROSS_ENTROPY, optimizer=optimizer)


def _curve(loss, metrics):
    return _of(_rows(4, [layers.Dense(32, "relu"), layers.Dense(16, "relu")], layers.Dense(1)), loss, metrics)


def _rows(width, inside, last):
    return keras.Sequential([keras.Input((width,)), *inside, last])


def _of(model, loss, metrics=("accuracy",), rate=0.01, optimizer=None):
    model.compile(optimizer or keras.optimizers.Adam(rate), loss, metrics=list(metrics))
    return model
