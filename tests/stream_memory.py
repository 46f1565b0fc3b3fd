"""Search on 20 GB of images that come from a stream, and measure the peak of memory."""

import argparse
import resource
import tempfile
import time
from typing import Any

import keras
import tensorflow as tf

from keras_search import kt

SHAPE = (256, 256, 3)
BATCH = 64
BYTES = 4 * 256 * 256 * 3


def images(gigabytes: float) -> tf.data.Dataset:
    """Give batches of float32 images, made as they are asked for, each darker or lighter by its class."""
    batches = int(gigabytes * 1e9 / BYTES / BATCH)

    def batch(index: Any) -> tuple[Any, Any]:
        labels = tf.random.stateless_uniform((BATCH,), (0, index), 0, 2, tf.int64)
        noise = tf.random.stateless_uniform((BATCH, 1, 1, 3), (1, index))
        light = noise + 0.2 * tf.cast(labels, tf.float32)[:, None, None, None]
        return tf.broadcast_to(light, (BATCH, *SHAPE)) + tf.zeros((BATCH, *SHAPE)), labels

    return tf.data.Dataset.range(batches).map(batch).prefetch(1)


def build(hp: Any) -> keras.Model:
    """Build a network that is fast, for the data are what is measured."""
    model = keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.layers.AveragePooling2D(64),
            keras.layers.Flatten(),
            keras.layers.Dense(hp.Choice("units", [4, 8, 16]), activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    """Search, and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--gigabytes", type=float, default=20.0)
    parser.add_argument("--most", type=float, default=3.0, help="the most memory allowed, in gigabytes")
    chosen = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tuner = kt.GridSearch(build, "val_accuracy", directory=folder)
        tuner.search(images(chosen.gigabytes), validation_data=images(0.1), epochs=1)
        print(tuner.trials()[["trial", "state", "score"]])
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e6
    print(
        f"{chosen.gigabytes:g} GB a trial, 3 trials, {time.perf_counter() - began:.0f} s, peak {peak:.2f} GB of memory"
    )
    if peak > chosen.most:
        raise SystemExit(f"That is more than {chosen.most:g} GB.")


if __name__ == "__main__":
    main()
