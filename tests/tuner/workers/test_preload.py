"""The process that workers are forked from has imported what they need, and nothing that they may never use."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from keras_search.tuner.system.tf_private import LATE, LIBRARIES
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
    assert not {"h5py.h5f", "requests.api", "rich.segment", "grpc", "IPython", "keras.src.applications.vgg16"} & loaded


def test_what_waits_registers_no_gradient(tmp_path: Path) -> None:
    """Else models that need them could not be trained; only TF Lite has a gradient of its own."""
    registered = "set(__import__('sys').modules['tensorflow.python.framework.ops'].gradient_registry.list())"
    executed = f"[hasattr(__import__('sys').modules.get(name), 'anything') for name in {LATE}]"
    with Helper(tmp_path) as helper:
        before, _, after = helper.call(eval, f"[{registered}, {executed}, {registered}]")
    assert after - before <= {"AudioMicrofrontend"}


def test_the_libraries_that_are_loaded_in_a_thread_are_there() -> None:
    """Another version of TensorFlow may have put its code elsewhere: then it is to be loaded from there."""
    package = importlib.util.find_spec("tensorflow")
    assert package is not None
    assert package.origin is not None
    for name in LIBRARIES:
        assert (Path(package.origin).parent / name).exists()


def test_all_that_should_wait_is_there_to_wait(fork: Helper) -> None:
    """Another version of TensorFlow or Keras may have moved it: then it costs time, and this list is to be mended."""
    aliases = {name for name in LATE if name.startswith("keras._tf_keras.")}  # another name of a module that waits
    others = {"pandas", "sklearn", "scipy.optimize", "h5py", "requests", "rich.console", "keras_tuner.applications"}
    assert {*others, *LATE} - aliases <= fork.call(eval, WAITING)


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("__import__('keras').wrappers.SKLearnClassifier.__name__", "SKLearnClassifier"),
        ("__import__('tensorflow').lite.TFLiteConverter.__name__", "TFLiteConverterV2"),
        ("[__import__('tensorflow').lite.TFLiteConverter for _ in range(2)][1].__name__", "TFLiteConverterV2"),
        ("__import__('tensorflow').compat.v1.lite.TFLiteConverter.__name__", "TFLiteConverter"),
        ("__import__('tensorflow').feature_column.numeric_column.__name__", "numeric_column"),
        ("__import__('tensorflow').compat.v1.Session.__name__", "Session"),
        ("__import__('tensorflow').distribute.experimental.ValueContext.__name__", "ValueContext"),
        ("__import__('tensorflow').distribute.MirroredStrategy.__name__", "MirroredStrategy"),
        ("__import__('tensorflow').test.TestCase.__name__", "TensorFlowTestCase"),
        ("__import__('keras.applications.vgg16').applications.vgg16.VGG16.__name__", "VGG16"),
        ("__import__('keras').datasets.mnist.load_data.__name__", "load_data"),
        ("__import__('keras_tuner').applications.HyperResNet.__name__", "HyperResNet"),
        ("__import__('h5py').File.__name__", "File"),
        ("__import__('requests').get.__name__", "get"),
        ("__import__('IPython').get_ipython.__name__", "get_ipython"),
        ("__import__('pandas').DataFrame.__name__", "DataFrame"),
        ("__import__('sklearn.linear_model').linear_model.Ridge.__name__", "Ridge"),
        ("__import__('keras').visualization.plot_image_gallery.__name__", "plot_image_gallery"),
    ],
)
def test_what_waits_is_there_when_it_is_used(fork: Helper, use: str, name: str) -> None:
    assert fork.call(eval, use) == name
