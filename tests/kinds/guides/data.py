"""Small data sets, as a user's functions return them: arrays of the types and shapes that people bring."""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

TRAINING = 600
PLEASED = ("bright", "tender", "witty", "moving", "superb", "honest")
ANNOYED = ("dull", "clumsy", "noisy", "shallow", "tired", "bland")
PLAIN = ("film", "the", "and", "scene", "actor", "story", "with", "long", "two", "music")
TOWNS = np.array(["Aachen", "Bergen", "Cadiz", "Delft"])


def digit_images():
    """Pixels uint8 `(n, 8, 8, 1)` from 0 to 255."""
    pixels, label = _digits()
    return _parted((pixels * 15.9375).astype("uint8"), label)


def digit_rows():
    """Rows float32 `(n, 64)` from 0 to 1."""
    pixels, label = _digits()
    return _parted((pixels.reshape(-1, 64) / 16).astype("float32"), label)


def digit_rows_one_hot():
    """The rows of `digit_rows` with one-hot labels `(n, 10)`."""
    pixels, label = _digits()
    return _parted((pixels.reshape(-1, 64) / 16).astype("float32"), np.eye(10, dtype="float32")[label])


def digit_rows_weighted():
    """The rows of `digit_rows`, where the first five digits weigh five times the others."""
    pixels, label = _digits()
    rows = (pixels.reshape(-1, 64) / 16).astype("float32")
    weight = np.where(label < 5, 5.0, 1.0).astype("float32")
    (x, y), (x_test, y_test) = _parted(rows, label)
    return (x, y, weight[:TRAINING]), (x_test, y_test)


def digit_copies():
    """Images to be given back: float32 `(n, 8, 8, 1)`, twice."""
    pixels, _ = _digits()
    return _parted((pixels / 16).astype("float32"), (pixels / 16).astype("float32"))


def flat_copies():
    """Rows to be given back: float32 `(n, 64)`, twice."""
    rows = (_digits()[0].reshape(-1, 64) / 16).astype("float32")
    return _parted(rows, rows)


def digit_pairs():
    """Two images and whether they show the same digit, float32 `(n, 1)`."""
    pixels, label = _digits()
    draw = np.random.default_rng(0)
    first = draw.integers(0, len(label), 900)
    alike = draw.random(900) < 0.5
    second = np.array(
        [draw.choice(np.flatnonzero((label == label[i]) == same)) for i, same in zip(first, alike, strict=True)]
    )
    images = (pixels / 16).astype("float32")
    return _parted({"left": images[first], "right": images[second]}, alike.astype("float32")[:, None])


def textures():
    """Colour pictures uint8 `(n, 16, 16, 3)` of three kinds of stripes."""
    draw = np.random.default_rng(1)
    label = draw.integers(0, 3, 500)
    across, down = np.meshgrid(np.arange(16), np.arange(16))
    phase = np.stack([across, down, (across + down) / 1.4])[label]
    waves = np.sin(phase * draw.uniform(0.8, 1.4, (500, 1, 1)) + draw.uniform(0, 6, (500, 1, 1)))
    tint = draw.uniform(0.3, 1, (500, 1, 1, 3))
    noisy = 127 + 60 * waves[..., None] * tint + draw.normal(0, 25, (500, 16, 16, 3))
    return _parted(noisy.clip(0, 255).astype("uint8"), label, 400)


def volumes():
    """Volumes float32 `(n, 8, 8, 8, 1)` with a rod along one of three axes."""
    draw = np.random.default_rng(2)
    label = draw.integers(0, 3, 500)
    x = draw.normal(0, 0.6, (500, 8, 8, 8, 1)).astype("float32")
    for volume, axis in zip(x, label, strict=True):
        np.moveaxis(volume, axis, 0)[1:7, draw.integers(1, 7), draw.integers(1, 7)] += 1.5
    return _parted(x, label, 380)


def films():
    """Films float32 `(n, 6, 8, 8, 1)` of a spot that goes left or right."""
    draw = np.random.default_rng(3)
    label = draw.integers(0, 2, 420)
    x = draw.normal(0, 0.3, (420, 6, 8, 8, 1)).astype("float32")
    for film, forward in zip(x, label, strict=True):
        row = draw.integers(8)
        for step in range(6):
            film[step, row, 1 + step if forward else 6 - step] += 2
    return _parted(x, label, 320)


def masks():
    """Pictures float32 `(n, 16, 16, 1)` of a noisy box, and for each pixel its class: int32 `(n, 16, 16)`."""
    draw = np.random.default_rng(4)
    y = np.zeros((360, 16, 16), "int32")
    for picture in y:
        top, left = draw.integers(0, 8, 2)
        height, width = draw.integers(4, 8, 2)
        picture[top : top + height, left : left + width] = 1
    x = (y + draw.normal(0, 0.6, y.shape))[..., None].astype("float32")
    return _parted(x, y, 280)


def waves():
    """Signals float32 `(n, 24, 1)` of three frequencies."""
    draw = np.random.default_rng(5)
    label = draw.integers(0, 3, 700)
    time = np.arange(24) * (0.35 + 0.15 * label[:, None]) + draw.uniform(0, 6, (700, 1))
    return _parted((np.sin(time) + draw.normal(0, 0.5, time.shape))[..., None].astype("float32"), label)


def sensors():
    """Sequences float64 `(n, 20, 3)` whose features have deviations of 1, 500 and 0.01; the first one tells."""
    draw = np.random.default_rng(6)
    label = draw.integers(0, 2, 700)
    x = draw.normal(size=(700, 20, 3)) * [1.0, 500.0, 0.01] + [0.0, 2000.0, 1.0]
    x[:, :, 0] += np.where(label, 1, -1)[:, None] * np.linspace(-0.6, 0.6, 20)
    return _parted(x, label)


def series():
    """Windows float64 `(n, 24, 1)` of a series, and its next four values `(n, 4)`."""
    draw = np.random.default_rng(7)
    time = np.arange(800)
    values = np.sin(time / 7) + 0.5 * np.sin(time / 3) + draw.normal(0, 0.1, 800)
    windows = np.lib.stride_tricks.sliding_window_view(values, 28)[draw.permutation(773)]
    return _parted(windows[:, :24, None], windows[:, 24:])


def reviews():
    """Sentences of some ten words, and whether they praise."""
    draw = np.random.default_rng(8)
    label = draw.integers(0, 2, 700)
    texts = []
    for praises in label:
        words = [*draw.choice(PLAIN, 7), *draw.choice(PLEASED if praises else ANNOYED, 2)]
        texts.append(" ".join([*words, draw.choice(ANNOYED if praises else PLEASED)]))
    return _parted(np.array(texts), label)


def review_texts():
    """Give the sentences that one may look at before training."""
    (texts, _), _ = reviews()
    return texts


def tokens():
    """Numbers of words int32 `(n, 16)`, 0 where a sentence has ended; one of three topics."""
    draw = np.random.default_rng(9)
    label = draw.integers(0, 3, 700)
    x = draw.integers(1, 900, (700, 16)).astype("int32")
    for row, topic in zip(x, label, strict=True):
        row[draw.choice(8, 3, replace=False)] = 900 + 30 * topic + draw.integers(0, 30, 3)
        row[draw.integers(8, 17) :] = 0
    return _parted(x, label)


def tagged():
    """Numbers of words int32 `(n, 12)`, and for each one whether it is odd behind an even one: int32 `(n, 12)`."""
    draw = np.random.default_rng(10)
    x = draw.integers(1, 30, (700, 12)).astype("int32")
    before = np.roll(x, 1, axis=1)
    before[:, 0] = 1
    return _parted(x, ((x % 2 == 1) & (before % 2 == 0)).astype("int32"))


def cancer():
    """Rows float64 `(n, 30)` as measured, from 0 to 4254; labels of two classes."""
    x, label = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(11).permutation(len(x))
    return _parted(x[order], label[order], 430)


def cancer_scaled():
    """The rows of `cancer`, standardised by all that are trained on; labels float32 `(n, 1)`."""
    (x, y), (x_test, y_test) = cancer()
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    column = [part.astype("float32")[:, None] for part in (y, y_test)]
    return ((x - mean) / deviation, column[0]), ((x_test - mean) / deviation, column[1])


def rare():
    """Rows float32 `(n, 8)`, of which one in twelve is of the second class."""
    draw = np.random.default_rng(12)
    label = (draw.random(1000) < 0.085).astype("int64")
    return _parted((draw.normal(size=(1000, 8)) + 1.1 * label[:, None]).astype("float32"), label, 800)


def several_labels():
    """Rows float32 `(n, 12)`, and which of four things hold: int64 `(n, 4)`."""
    draw = np.random.default_rng(13)
    x = draw.normal(size=(800, 12)).astype("float32")
    wants = x @ draw.normal(size=(12, 4)) + draw.normal(0, 0.5, (800, 4)) > 0.5
    return _parted(x, wants.astype("int64"))


def diabetes():
    """Rows float64 `(n, 10)`, and a value `(n,)` from 25 to 346."""
    x, y = load_diabetes(return_X_y=True)
    return _parted(x * 20, y, 350)


def curve():
    """Rows float32 `(n, 4)`, and a value float32 `(n, 1)` with outliers."""
    draw = np.random.default_rng(14)
    x = draw.normal(size=(800, 4)).astype("float32")
    y = 2 * x[:, :1] + np.square(x[:, 1:2]) + draw.standard_t(2, (800, 1)) * 0.2
    return _parted(x, y.astype("float32"))


def curves():
    """Rows float32 `(n, 6)`, and three values `(n, 3)`."""
    draw = np.random.default_rng(15)
    x = draw.normal(size=(800, 6)).astype("float32")
    y = np.stack([x[:, 0] + x[:, 1], np.square(x[:, 2]), np.abs(x[:, 3]) - x[:, 4]], axis=1)
    return _parted(x, y + draw.normal(0, 0.1, y.shape))


def persons():
    """A dict of columns `(n, 1)`: numbers of different scale, text, and whole numbers that stand for something."""
    draw = np.random.default_rng(16)
    age, income = draw.uniform(18, 80, 800), draw.lognormal(10, 0.6, 800)
    town, job = draw.integers(0, 4, 800), draw.integers(100, 106, 800)
    score = (age - 50) / 15 + np.log(income) - 10 + np.array([1, -1, 0.5, -0.5])[town] + (job % 2 - 0.5) * 2
    columns = {"age": age, "income": income, "town": TOWNS[town], "job": job}
    x = {name: column[:, None] for name, column in columns.items()}
    return _parted(x, (score + draw.normal(0, 0.4, 800) > 0).astype("int64"))


def two_of_each():
    """Two inputs by name, and two outputs: a class and a value."""
    draw = np.random.default_rng(17)
    near, far = draw.normal(size=(800, 5)).astype("float32"), draw.normal(size=(800, 3)).astype("float32")
    side = (near[:, 0] + far[:, 0] + draw.normal(0, 0.3, 800) > 0).astype("int64")
    return _parted({"near": near, "far": far}, {"side": side, "gap": near[:, 1] * 2 - far[:, 1]})


def _digits():
    """Give pixels `(n, 8, 8, 1)` from 0 to 16, and labels."""
    rows, label = load_digits(return_X_y=True)
    return rows[:900].reshape(-1, 8, 8, 1), label[:900]


def _parted(x, y, training=TRAINING):
    """Give what is trained on and what is tested on."""
    return tuple((_rows(x, part), _rows(y, part)) for part in (slice(training), slice(training, None)))


def _rows(tree, part):
    return {name: array[part] for name, array in tree.items()} if isinstance(tree, dict) else tree[part]
