"""Hypermodels on rows of numbers, as one writes them for KerasTuner with every hyperparameter settled."""

import keras
from data import cancer, digit_rows, persons
from keras import layers, ops

CROSS_ENTROPY = "sparse_categorical_crossentropy"


def dense(hp):
    """A Sequential of dense layers."""
    model = keras.Sequential([keras.Input((64,)), layers.Dense(32, "relu"), layers.Dense(10, "softmax")])
    return _compiled(model)


def batch_norm_dropout(hp):
    """Batch normalization and dropout between dense layers; logits."""
    inside = [layers.Dense(48), layers.BatchNormalization(), layers.Activation("relu"), layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input((64,)), *inside, layers.Dense(10)])
    return _compiled(model, keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def unbuilt(hp):
    """A Sequential that does not say what it takes."""
    return _compiled(keras.Sequential([layers.Dense(32, "relu"), layers.Dense(10, "softmax")]))


def skips(hp):
    """A functional model whose layers are added to what went in."""
    inputs = keras.Input((64,))
    x = layers.Dense(32, "relu")(inputs)
    for _ in range(3):
        x = layers.add([x, layers.Dense(32, "relu")(layers.LayerNormalization()(x))])
    return _compiled(keras.Model(inputs, layers.Dense(10, "softmax")(x)))


class Stack(keras.Model):
    """A model with layers of its own and without `build`."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.hidden = [layers.Dense(units, "gelu") for _ in range(2)]
        self.drop, self.top = layers.Dropout(0.2), layers.Dense(10, "softmax")

    def call(self, inputs, training=False):
        for layer in self.hidden:
            inputs = layer(inputs)
        return self.top(self.drop(inputs, training=training))


def subclass(hp):
    """A subclass of Model."""
    return _compiled(Stack(32))


class Noisy(keras.Model):
    """A model whose step trains on the examples and on a blurred copy of them."""

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            clean, blurred = self(x, training=True), self(x + tf.random.normal(tf.shape(x), stddev=0.1), training=True)
            loss = (self.compute_loss(x, y, clean) + self.compute_loss(x, y, blurred)) / 2
        self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, clean)
        return {metric.name: metric.result() for metric in self.metrics}


def own_step(hp):
    """A `train_step` of the user's own."""
    inputs = keras.Input((64,))
    return _compiled(Noisy(inputs, layers.Dense(10, "softmax")(layers.Dense(32, "relu")(inputs))))


class Student(keras.Model):
    """A model that learns from labels and from what a teacher says of them."""

    def __init__(self, teacher, **kwargs):
        super().__init__(**kwargs)
        self.teacher, self.hidden, self.top = teacher, layers.Dense(16, "relu"), layers.Dense(10, "softmax")

    def compile(self, share, distance, **kwargs):
        super().compile(**kwargs)
        self.share, self.distance = share, distance

    def call(self, inputs):
        return self.top(self.hidden(inputs))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        own = super().compute_loss(x, y, y_pred, sample_weight, training)
        return (1 - self.share) * own + self.share * self.distance(self.teacher(x, training=False), y_pred)


def distilled(hp):
    """A student of a teacher that has learned before, with a `compile` and a loss of the user's own."""
    (x, y), _ = digit_rows()
    teacher = keras.Sequential([keras.Input((64,)), layers.Dense(32, "relu"), layers.Dense(10, "softmax")])
    teacher.compile(keras.optimizers.Adam(0.01), CROSS_ENTROPY)
    teacher.fit(x, y, epochs=2, verbose=0)
    teacher.trainable = False
    model = Student(teacher)
    distance = keras.losses.KLDivergence()
    model.compile(0.3, distance, optimizer=keras.optimizers.Adam(0.01), loss=CROSS_ENTROPY, metrics=["accuracy"])
    return model


def ops_inside(hp):
    """Functions of `keras.ops` between the layers."""
    inputs = keras.Input((64,))
    x = layers.Dense(32)(inputs)
    x = ops.concatenate([ops.relu(x), ops.relu(-x)], axis=-1) / ops.sqrt(1.0 + ops.mean(ops.square(x)))
    return _compiled(keras.Model(inputs, layers.Dense(10, "softmax")(x)))


def normalized(hp):
    """A `Normalization` that has adapted to the user's data in `build`."""
    (x, _), _ = cancer()
    scale = layers.Normalization()
    scale.adapt(x)
    model = keras.Sequential([keras.Input((30,)), scale, layers.Dense(16, "relu"), layers.Dense(2, "softmax")])
    return _compiled(model)


def groups(hp):
    """Group, layer and unit normalization."""
    inside = [layers.Dense(32), layers.GroupNormalization(4), layers.Activation("silu"), layers.Dense(32, "relu")]
    ends = [layers.LayerNormalization(), layers.UnitNormalization(), layers.Dense(10, "softmax")]
    return _compiled(keras.Sequential([keras.Input((64,)), *inside, *ends]), rate=0.02)


def spectral(hp):
    """A dense layer under `SpectralNormalization`."""
    inside = [layers.SpectralNormalization(layers.Dense(32, "relu")), layers.Dense(10, "softmax")]
    return _compiled(keras.Sequential([keras.Input((64,)), *inside]), rate=0.02)


def noise(hp):
    """Gaussian noise and Gaussian dropout."""
    inside = [layers.GaussianNoise(0.2), layers.Dense(48, "relu"), layers.GaussianDropout(0.3)]
    return _compiled(keras.Sequential([keras.Input((64,)), *inside, layers.Dense(10, "softmax")]))


def self_normalizing(hp):
    """SELU with `AlphaDropout`."""
    inside = [layers.Dense(48, "selu", kernel_initializer="lecun_normal"), layers.AlphaDropout(0.2)]
    return _compiled(keras.Sequential([keras.Input((64,)), *inside, layers.Dense(10, "softmax")]))


def penalties(hp):
    """L1, L2 and activity penalties, and a largest norm."""
    hidden = layers.Dense(32, "relu", kernel_regularizer=keras.regularizers.L1L2(1e-4, 1e-3),
                          kernel_constraint=keras.constraints.MaxNorm(2.0), activity_regularizer="l2")  # fmt: skip
    return _compiled(keras.Sequential([keras.Input((64,)), hidden, layers.Dense(10, "softmax")]))


class Side(layers.Layer):
    """Count the calls in training, and scale by a trained number for each."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs, training=False):
        if training:
            self.calls.assign_add(1.0)
        return inputs * self.scale * (1.0 - 1.0 / (2.0 + self.calls))


def state(hp):
    """A layer that keeps a count."""
    inside = [layers.Dense(32, "relu"), Side(), layers.Dense(10, "softmax")]
    return _compiled(keras.Sequential([keras.Input((64,)), *inside]))


class Around(layers.Layer):
    """A layer that takes a function, which Keras cannot write down."""

    def __init__(self, make, **kwargs):
        super().__init__(**kwargs)
        self.inside = make(32)

    def call(self, inputs):
        return self.inside(inputs)


def unwritable(hp):
    """A layer whose arguments Keras cannot write down."""
    around = Around(lambda units: layers.Dense(units, "relu"))
    return _compiled(keras.Sequential([keras.Input((64,)), around, layers.Dense(10, "softmax")]))


def frozen(hp):
    """A part whose weights stay as they were drawn, under a head that is trained."""
    base = keras.Sequential([keras.Input((64,)), layers.Dense(128, "relu"), layers.BatchNormalization()], name="base")
    base.trainable = False
    inputs = keras.Input((64,))
    head = layers.Dense(10, "softmax")(layers.Dropout(0.2)(base(inputs, training=False)))
    return _compiled(keras.Model(inputs, head))


def experts(hp):
    """A mixture of experts: dense layers weighed by a gate."""
    inputs = keras.Input((64,))
    gate = layers.Dense(4, "softmax")(inputs)
    found = ops.stack([layers.Dense(16, "relu")(inputs) for _ in range(4)], axis=1)
    mixed = layers.Dot(axes=1)([gate, found])
    return _compiled(keras.Model(inputs, layers.Dense(10, "softmax")(mixed)))


def wide_and_deep(hp):
    """A wide part beside a deep one, on the columns of a table."""
    inputs = {name: keras.Input((1,), name=name, dtype=dtype) for name, dtype in COLUMNS.items()}
    wide = layers.concatenate(_encoded(inputs))
    deep = layers.Dense(16, "relu")(layers.Dense(16, "relu")(wide))
    return _compiled(keras.Model(inputs, layers.Dense(2, "softmax")(layers.concatenate([wide, deep]))))


def lookups(hp):
    """Columns of a table by lookups, a category encoding and an embedding; one output."""
    inputs = {name: keras.Input((1,), name=name, dtype=dtype) for name, dtype in COLUMNS.items()}
    hidden = layers.Dense(16, "relu")(layers.concatenate(_encoded(inputs)))
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(layers.Dropout(0.1)(hidden)))
    return _compiled(model, "binary_crossentropy")


def two_of_each(hp):
    """Two inputs, and two outputs with losses of different weight."""
    near, far = keras.Input((5,), name="near"), keras.Input((3,), name="far")
    hidden = layers.Dense(32, "relu")(layers.concatenate([near, far]))
    outputs = {"side": layers.Dense(2, "softmax", name="side")(hidden), "gap": layers.Dense(1, name="gap")(hidden)}
    model = keras.Model([near, far], outputs)
    model.compile(keras.optimizers.Adam(0.01), {"side": CROSS_ENTROPY, "gap": "mse"},
                  metrics={"side": ["accuracy"], "gap": ["mae"]}, loss_weights={"side": 1.0, "gap": 0.3})  # fmt: skip
    return model


COLUMNS = {"age": "float32", "income": "float32", "town": "string", "job": "int64"}


def _encoded(inputs):
    (x, _), _ = persons()
    numbers = []
    for name in ("age", "income"):
        scale = layers.Normalization(axis=None)
        scale.adapt(x[name])
        numbers.append(scale(inputs[name]))
    town = layers.StringLookup(vocabulary=sorted(set(x["town"].ravel())), output_mode="one_hot")(inputs["town"])
    known = layers.IntegerLookup(vocabulary=list(range(100, 106)))(inputs["job"])
    job = layers.CategoryEncoding(num_tokens=7, output_mode="one_hot")(known)
    return [*numbers, town, job, layers.Flatten()(layers.Embedding(7, 3)(known))]


def _compiled(model, loss=CROSS_ENTROPY, rate=0.01):
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model
