"""Store what a report shows of the test split, once, so that no report opens it again."""

import numpy as np

from keras_search.tuner.data import Splits
from keras_search.tuner.data.examples import is_picture, kind_of_example
from keras_search.tuner.report import frames
from keras_search.tuner.report.plots.predictions import shown_images
from keras_search.tuner.study.store import Store


def lacks_samples(store: Store) -> bool:
    """Return whether the test labels, or images that the plots would show, are not stored yet."""
    indices = store.array("sample_indices")
    return indices is None or (len(indices) > 0 and not set(_shown(store)) <= set(indices.tolist()))


def keep_test_samples(store: Store, splits: Splits) -> None:
    """Store the truth of the compared output, `(n_test,)` or `(n_test, width)`, and what the plots show.

    If images are classified, these are a few images, `(n_shown, *input_shape)`; an output that is neither classes nor
    values has none.
    """
    labels = np.asarray(splits.compared(splits.y_test))
    images = splits.x_test if splits.target.classifies and _holds_pictures(splits) else None
    indices = _shown(store, labels) if images is not None else []
    with store.transaction():
        if not splits.target.other:
            store.put_array("test_labels", labels)
        store.put_array("sample_indices", np.array(indices, np.int64))
        if isinstance(images, np.ndarray):
            store.put_array("sample_images", np.asarray(images[indices]))


def _holds_pictures(splits: Splits) -> bool:
    """Decide by the raw examples, because prepared ones all have the same type."""
    came_in = splits.x_test if splits.raw_test is None else splits.raw_test
    return not isinstance(came_in, dict) and is_picture(kind_of_example(came_in.shape[1:], came_in.dtype))


def _shown(store: Store, labels: np.ndarray | None = None) -> list[int]:
    return shown_images(frames.predictions(store, labels))
