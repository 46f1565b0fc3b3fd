"""Splits at random are those of scikit-learn, which drew them in earlier versions."""

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from keras_search.tuner.data.drawing_lots import split_at_random, split_by_class

SEEDS = st.integers(0, 2**32 - 1)


@given(st.data(), st.integers(2, 300), SEEDS)
def test_places_are_those_of_scikit_learn(data: st.DataObject, count: int, seed: int) -> None:
    going = data.draw(st.integers(1, count - 1))
    wanted = train_test_split(np.arange(count), test_size=going, random_state=seed)
    for found, reference in zip(split_at_random(count, going, seed), wanted, strict=True):
        np.testing.assert_array_equal(found, reference)


@given(st.data(), st.lists(st.integers(2, 40), min_size=2, max_size=8), SEEDS)
def test_shares_of_classes_are_those_of_scikit_learn(data: st.DataObject, counts: list[int], seed: int) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    going = data.draw(st.integers(len(counts), len(labels) - len(counts)))
    wanted = train_test_split(np.arange(len(labels)), test_size=going, random_state=seed, stratify=labels)
    for found, reference in zip(split_by_class(labels, going, seed), wanted, strict=True):
        np.testing.assert_array_equal(found, reference)


def test_scikit_learn_is_not_imported_for_a_split() -> None:
    """With SciPy's statistics, which it imports, it takes a second, before the first trial of every search."""
    code = (
        "import sys; from keras_search.tuner.data import load_dataset, make_splits; "
        "from keras_search.tuner.data.source import Source; "
        "make_splits(load_dataset(Source(dataset='digits')), 0.2, 0, False, None); "
        "print({'sklearn', 'scipy.stats'} & set(sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"
