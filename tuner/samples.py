"""Choose the test images that a report shows, once, so that no report opens the test split again."""

import numpy as np
from keras_search.tuner.data import Splits
from keras_search.tuner.records import Kind
from keras_search.tuner.reportdata import TUNED
from keras_search.tuner.store import Store, from_bytes

SHOWN_IN_ORDER = 5
MOST_MISTAKES = 20


def keep_test_samples(store: Store, splits: Splits) -> None:
    """Keep the test labels `(n,)`, and the first images and the worst mistakes of the tuned models."""
    evaluations = store.evaluations()
    shown = set(range(min(SHOWN_IN_ORDER, len(splits.y_test))))
    for run in store.of_kind(Kind.RETRAIN).values():
        if run.model == TUNED:
            shown |= set(worst_mistakes(from_bytes(evaluations[run.name].probabilities), splits.y_test))
    indices = np.array(sorted(shown), np.int64)
    with store.transaction():
        store.put_array("test_labels", np.asarray(splits.y_test))
        store.put_array("sample_indices", indices)
        store.put_array("sample_images", np.asarray(splits.x_test[indices]))


def worst_mistakes(probabilities: np.ndarray, labels: np.ndarray) -> list[int]:
    """List the images `(n,)` whose wrong class had most probability `(n, classes)`, the worst first."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    confidence = probabilities[wrong, predicted[wrong]]
    return [int(index) for index in wrong[np.argsort(-confidence, kind="stable")][:MOST_MISTAKES]]
