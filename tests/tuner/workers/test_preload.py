"""The process that workers are forked from has imported what they need, and nothing that they may never use."""

from collections.abc import Iterator

import pytest

from keras_search.tuner.system.tf_private import LATE
from keras_search.tuner.workers.helper import Helper

MODULES = "set(__import__('sys').modules)"
WAITING = "{name for name, each in __import__('sys').modules.items() if type(each).__name__ == '_Waiting'}"


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helper]:
    with Helper(tmp_path_factory.mktemp("logs")) as helper:
        yield helper


def test_a_forked_process_need_not_import_anew(fork: Helper) -> None:
    assert {"tensorflow", "keras", "keras_tuner", "keras_search.tuner.training.orders"} <= fork.call(eval, MODULES)


def test_what_few_studies_use_is_not_executed(fork: Helper) -> None:
    loaded = fork.call(eval, MODULES)
    assert not {"sklearn.base", "scipy.stats", "scipy.optimize._optimize", "matplotlib", "pandas.core"} & loaded


def test_all_that_should_wait_is_there_to_wait(fork: Helper) -> None:
    """Another version of TensorFlow or Keras may have moved it: then it costs time, and this list is to be mended."""
    aliases = {name for name in LATE if name.startswith("keras._tf_keras.")}  # another name of a module that waits
    assert {"pandas", "sklearn", "scipy.optimize", *LATE} - aliases <= fork.call(eval, WAITING)


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("__import__('keras').wrappers.SKLearnClassifier.__name__", "SKLearnClassifier"),
        ("__import__('tensorflow').lite.TFLiteConverter.__name__", "TFLiteConverterV2"),
        ("__import__('tensorflow').compat.v1.lite.TFLiteConverter.__name__", "TFLiteConverter"),
        ("__import__('tensorflow').feature_column.numeric_column.__name__", "numeric_column"),
        ("__import__('pandas').DataFrame.__name__", "DataFrame"),
        ("__import__('sklearn.linear_model').linear_model.Ridge.__name__", "Ridge"),
        ("__import__('keras').visualization.plot_image_gallery.__name__", "plot_image_gallery"),
    ],
)
def test_what_waits_is_there_when_it_is_used(fork: Helper, use: str, name: str) -> None:
    assert fork.call(eval, use) == name
