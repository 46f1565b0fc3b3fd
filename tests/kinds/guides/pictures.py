"""Hypermodels on images, volumes and films."""

import keras
from keras import layers, ops

CROSS_ENTROPY = "sparse_categorical_crossentropy"
SMALLEST = {
    "activation": "relu", "conv2d_num_filters": 32, "kernel_size": 3, "sep_num_filters": 128, "initial_strides": 2,
    "num_residual_blocks": 2, "num_dense_layers": 1, "dropout_rate": 0.0, "dense_use_bn": True, "learning_rate": 1e-3,
}  # fmt: skip
"""The values of KerasTuner's HyperXception that make it small."""


def rescaled(hp):
    """Convolutions that begin with `Rescaling`, on pixels from 0 to 255."""
    inside = [
        layers.Rescaling(1 / 255),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
    ]
    model = keras.Sequential([keras.Input((8, 8, 1)), *inside, layers.Dense(32, "relu"), layers.Dense(10, "softmax")])
    return _compiled(model)


def augmented(hp):
    """Images shifted and rotated by chance before they are learned from."""
    changed = [layers.RandomTranslation(0.1, 0.1), layers.RandomRotation(0.03), layers.Rescaling(1 / 255)]
    inside = [layers.Conv2D(16, 3, activation="relu"), layers.Flatten(), layers.Dropout(0.2)]
    return _compiled(keras.Sequential([keras.Input((8, 8, 1)), *changed, *inside, layers.Dense(10, "softmax")]))


def residual(hp):
    """Residual blocks with batch normalization."""
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(16, 3, padding="same")(layers.Rescaling(1 / 127.5, -1)(inputs))
    for _ in range(2):
        y = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.add([x, layers.Conv2D(16, 3, padding="same")(y)])
    return _compiled(keras.Model(inputs, layers.Dense(10, "softmax")(layers.Flatten()(x))), 0.003)


def separable(hp):
    """Depthwise and separable convolutions with spatial dropout."""
    inside = [
        layers.Rescaling(1 / 255), layers.Conv2D(16, 3, activation="relu"), layers.SpatialDropout2D(0.1),
        layers.SeparableConv2D(32, 3, activation="relu"), layers.DepthwiseConv2D(3, padding="same"), layers.Flatten(),
    ]  # fmt: skip
    return _compiled(keras.Sequential([keras.Input((8, 8, 1)), *inside, layers.Dense(10, "softmax")]))


def autoencoder(hp):
    """Strided convolutions and transposed ones back to the image."""
    there = [layers.Conv2D(16, 3, 2, "same", activation="relu"), layers.Conv2D(8, 3, 2, "same", activation="relu")]
    back = [layers.Conv2DTranspose(16, 3, 2, "same", activation="relu"), layers.Conv2DTranspose(8, 3, 2, "same")]
    end = [layers.Activation("relu"), layers.Conv2D(1, 3, padding="same", activation="sigmoid")]
    model = keras.Sequential([keras.Input((8, 8, 1)), *there, *back, *end])
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["mae"])
    return model


def u_net(hp):
    """A class for each pixel, by a U-Net."""
    inputs = keras.Input((16, 16, 1))
    high = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    low = layers.Conv2D(16, 3, padding="same", activation="relu")(layers.MaxPooling2D()(high))
    again = layers.concatenate([layers.UpSampling2D()(low), high])
    outputs = layers.Conv2D(2, 1, activation="softmax")(layers.Conv2D(8, 3, padding="same", activation="relu")(again))
    return _compiled(keras.Model(inputs, outputs), 0.005)


class Patches(layers.Layer):
    """Cut an image into patches, and add to each where it is."""

    def __init__(self, side, width, **kwargs):
        super().__init__(**kwargs)
        self.side, self.width = side, width
        self.project = layers.Dense(width)

    def build(self, shape):
        self.place = self.add_weight(shape=((shape[1] // self.side) ** 2, self.width), initializer="normal")
        self.project.build((None, None, self.side * self.side * shape[-1]))

    def call(self, images):
        found = ops.image.extract_patches(images, self.side)
        return self.project(ops.reshape(found, (-1, ops.shape(self.place)[0], found.shape[-1]))) + self.place

    def get_config(self):
        return {**super().get_config(), "side": self.side, "width": self.width}


def vision_transformer(hp):
    """Attention between patches of an image."""
    inputs = keras.Input((8, 8, 1))
    x = Patches(2, 24)(layers.Rescaling(1 / 255)(inputs))
    seen = layers.LayerNormalization()(x)
    x = layers.add([x, layers.MultiHeadAttention(2, 12, dropout=0.1)(seen, seen)])
    x = layers.add([x, layers.Dense(24, "gelu")(layers.LayerNormalization()(x))])
    return _compiled(keras.Model(inputs, layers.Dense(10, "softmax")(layers.Flatten()(x))), 0.003)


def signals(hp):
    """Convolutions along time."""
    inside = [layers.Conv1D(16, 5, activation="relu"), layers.MaxPooling1D(), layers.Conv1D(16, 3, activation="relu")]
    end = [layers.GlobalAveragePooling1D(), layers.Dense(3, "softmax")]
    return _compiled(keras.Sequential([keras.Input((24, 1)), *inside, *end]))


def dilated(hp):
    """Causal convolutions with growing gaps, gated as in WaveNet."""
    inputs = keras.Input((24, 1))
    x = layers.Conv1D(12, 1)(inputs)
    for gap in (1, 2, 4):
        kept = layers.Conv1D(12, 2, padding="causal", dilation_rate=gap, activation="tanh")(x)
        gate = layers.Conv1D(12, 2, padding="causal", dilation_rate=gap, activation="sigmoid")(x)
        x = layers.add([x, layers.multiply([kept, gate])])
    return _compiled(keras.Model(inputs, layers.Dense(3, "softmax")(layers.GlobalMaxPooling1D()(x))))


def solid(hp):
    """Convolutions through volumes."""
    inside = [layers.Conv3D(12, 3, activation="relu"), layers.BatchNormalization(momentum=0.9)]
    end = [layers.GlobalMaxPooling3D(), layers.Dense(3, "softmax")]
    return _compiled(keras.Sequential([keras.Input((8, 8, 8, 1)), *inside, *end]))


def frames(hp):
    """Convolutions that remember, along a film."""
    inside = [layers.ConvLSTM2D(6, 3, padding="same"), layers.GlobalMaxPooling2D(), layers.Dense(2, "softmax")]
    return _compiled(keras.Sequential([keras.Input((6, 8, 8, 1)), *inside]), 0.02)


def each_frame(hp):
    """The same convolutions for each image of a film, and a GRU over what they find."""
    eye = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(8, 3, activation="relu"), layers.Flatten()])
    inside = [layers.TimeDistributed(eye), layers.TimeDistributed(layers.Dense(16, "relu")), layers.GRU(16)]
    return _compiled(keras.Sequential([keras.Input((6, 8, 8, 1)), *inside, layers.Dense(2, "softmax")]))


def siamese(hp):
    """Two images through the same layers, told alike by their distance and a contrastive loss."""
    eye = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(8, 3, activation="relu"), layers.Flatten(),
                            layers.Dense(16)], name="eye")  # fmt: skip
    left, right = keras.Input((8, 8, 1), name="left"), keras.Input((8, 8, 1), name="right")
    gap = ops.sum(ops.square(eye(left) - eye(right)), axis=1, keepdims=True)
    near = layers.Lambda(lambda square: ops.exp(-ops.sqrt(square + 1e-6)))(gap)
    model = keras.Model([left, right], near)

    def contrast(same, likeness):
        distance = -ops.log(likeness)
        return ops.mean(same * ops.square(distance) + (1 - same) * ops.square(ops.relu(2.0 - distance)))

    model.compile(keras.optimizers.Adam(0.005), contrast, metrics=["accuracy"])
    return model


def hyper_xception(hp):
    """KerasTuner's own HyperXception, as small as it gets."""
    from keras_tuner.applications import HyperXception

    for name, value in SMALLEST.items():
        hp.Fixed(name, value)
    model = HyperXception(input_shape=(16, 16, 3), classes=3).build(hp)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.8
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _compiled(model, rate=0.01):
    model.compile(keras.optimizers.Adam(rate), CROSS_ENTROPY, metrics=["accuracy"])
    return model
