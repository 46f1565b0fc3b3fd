"""What is kept of the test split for reports."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_search.tuner.data import open_splits
from keras_search.tuner.report.samples import keep_test_samples, lacks_samples
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.store import Store


def test_of_images_those_shown_are_kept_with_the_labels(finished_study: StudyFolder) -> None:
    splits = open_splits(finished_study.data, test=True)
    with Store.read(finished_study.root) as store:
        assert not lacks_samples(store)
        labels, indices, images = (
            store.array(f"{name}") for name in ("test_labels", "sample_indices", "sample_images")
        )
    assert labels is not None
    assert indices is not None
    assert images is not None
    np.testing.assert_array_equal(labels, splits.y_test)
    np.testing.assert_array_equal(images, np.asarray(splits.x_test)[indices])


def test_images_that_other_predictions_show_are_kept_again(finished_study: StudyFolder, tmp_path: Path) -> None:
    folder = StudyFolder(Path(shutil.copytree(finished_study.root, tmp_path / "digits")))
    with Store.open(folder.root) as store:
        with store.transaction():
            store.put_array("sample_indices", np.array([0], np.int64))
        assert lacks_samples(store)
        keep_test_samples(store, open_splits(folder.data, test=True))
        assert not lacks_samples(store)


def test_of_values_what_is_true_is_kept_and_no_example(make_value_study: Callable[..., StudyFolder]) -> None:
    with Store.read(make_value_study(width=2, examples=50, output="price").root) as store:
        assert not lacks_samples(store)
        labels = store.array("test_labels")
        assert store.array("sample_images") is None
    assert labels is not None
    assert (labels.shape, labels.dtype) == ((20, 2), np.float32)
