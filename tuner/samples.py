"""Keep what a report shows of the test split, once, so that no report opens it again."""

import numpy as np

from keras_search.tuner import frames
from keras_search.tuner.data import Splits
from keras_search.tuner.plots.predictions import shown_images
from keras_search.tuner.store import Store


def lacks_samples(store: Store) -> bool:
    """Whether the test labels, or images that the plots would show, are not kept yet."""
    indices = store.array("sample_indices")
    return indices is None or not set(shown_images(frames.predictions(store))) <= set(indices.tolist())


def keep_test_samples(store: Store, splits: Splits) -> None:
    """Keep the test labels `(n_test,)`, and the few images that the plots show, `(n_shown, *input_shape)`."""
    labels = np.asarray(splits.y_test)
    indices = np.array(shown_images(frames.predictions(store, labels)), np.int64)
    with store.transaction():
        store.put_array("test_labels", labels)
        store.put_array("sample_indices", indices)
        store.put_array("sample_images", np.asarray(splits.x_test[indices]))
