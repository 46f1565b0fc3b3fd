"""What the scripts here share: small data that need no network, and the end of a script."""

import json
import sys
from typing import Any

import keras
import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


def begin() -> int:
    """Seed the script; give the seed."""
    keras.utils.set_random_seed(SEED)
    return SEED


def digits(count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Give images `(n, 8, 8, 1)` from 0 to 1 and their classes `(n,)`."""
    x, y = load_digits(return_X_y=True)
    return (x[:count].reshape(-1, 8, 8, 1) / 16).astype("float32"), y[:count]


def cancer() -> tuple[np.ndarray, np.ndarray]:
    """Give rows `(n, 30)` and their classes, few of them 1."""
    x, y = load_breast_cancer(return_X_y=True)
    rare = np.flatnonzero(y == 0)[:60]
    index = np.sort(np.concatenate([np.flatnonzero(y == 1), rare]))
    index = np.random.default_rng(0).permutation(index)
    x = (x[index] - x.mean(axis=0)) / x.std(axis=0)
    return x.astype("float32"), 1 - y[index]


def diabetes() -> tuple[np.ndarray, np.ndarray]:
    """Give rows `(n, 10)` and a value for each, in units of their deviation."""
    x, y = load_diabetes(return_X_y=True)
    return (x * 20).astype("float32"), ((y - y.mean()) / y.std()).astype("float32")


def sentences(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Give sentences `(n,)` of ten words, and whether glad or sad words are in the majority."""
    rng = np.random.default_rng(0)
    words = {0: ["gloom", "dull", "rain", "sad"], 1: ["sun", "glad", "bright", "fun"]}
    y = rng.integers(0, 2, count)
    neutral = ["the", "day", "was", "with", "some"]
    texts = [
        " ".join([*rng.choice(words[int(label)], 4), *rng.choice(words[1 - int(label)], 2), *rng.choice(neutral, 4)])
        for label in y
    ]
    return np.array(texts), y


def waves(count: int = 500, steps: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Give windows `(n, steps, 1)` of a wave, and its next value `(n, 1)`."""
    rng = np.random.default_rng(0)
    wave = np.sin(np.arange(count + steps) / 5) + rng.normal(0, 0.1, count + steps)
    windows = np.stack([wave[start : start + steps] for start in range(count)])
    return windows[..., None].astype("float32"), wave[steps:, None].astype("float32")


def end(tuner: Any, **more: Any) -> None:
    """Do what scripts do after a search, and print the best score as JSON."""
    tuner.search_space_summary()
    tuner.results_summary(2)
    (best,) = tuner.get_best_hyperparameters()
    trials = tuner.oracle.get_best_trials(1)
    assert trials[0].hyperparameters.values == best.values
    tuner.hypermodel.build(best)
    assert tuner.oracle.trials[trials[0].trial_id].score == trials[0].score
    print("RESULT", json.dumps({"best": float(trials[0].score), **more}))
