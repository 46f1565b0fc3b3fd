"""Keep what a report shows of the test split, once, so that no report opens it again."""

import numpy as np

from keras_search.tuner.data import Splits
from keras_search.tuner.report import frames
from keras_search.tuner.report.contents import is_picture
from keras_search.tuner.report.plots.predictions import shown_images
from keras_search.tuner.study.store import Store


def lacks_samples(store: Store) -> bool:
    """Whether the test labels, or images that the plots would show, are not kept yet."""
    indices = store.array("sample_indices")
    return indices is None or (len(indices) > 0 and not set(_shown(store)) <= set(indices.tolist()))


def keep_test_samples(store: Store, splits: Splits) -> None:
    """Keep what the compared output should say, `(n_test,)` or `(n_test, width)`, and what the plots show.

    That is, where classes are told from images, a few of these, `(n_shown, *input_shape)`; of what is neither classes
    nor values, nothing.
    """
    labels = np.asarray(splits.compared(splits.y_test))
    images = splits.x_test if splits.target.classifies and not isinstance(splits.x_test, dict) else None
    pictures = images is not None and is_picture(images.shape[1:])
    indices = _shown(store, labels) if pictures else []
    with store.transaction():
        if not splits.target.other:
            store.put_array("test_labels", labels)
        store.put_array("sample_indices", np.array(indices, np.int64))
        if images is not None and pictures:
            store.put_array("sample_images", np.asarray(images[indices]))


def _shown(store: Store, labels: np.ndarray | None = None) -> list[int]:
    return shown_images(frames.predictions(store, labels))
