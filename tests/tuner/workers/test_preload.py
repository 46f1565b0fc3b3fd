"""The process that workers are forked from has imported what they need, and nothing that they may never use."""

import importlib.util
import subprocess
import sys
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


def test_models_are_built_one_after_the_other_without_the_old_interface(fork: Helper) -> None:
    """Keras empties its graph by a function of `tf.compat.v1`, which would import 550 modules."""
    assert fork.call(eval, "__import__('keras').backend.clear_session()") is None
    assert "tensorflow._api.v2.compat.v1" in fork.call(eval, WAITING)
    compat = "__import__('tensorflow').compat.v1"
    assert fork.call(eval, f"{compat}.reset_default_graph.__module__") == "tensorflow.python.framework.ops"


def test_numba_is_there_without_the_linear_algebra_of_scipy() -> None:
    """It is looked for when a user's own function needs it."""
    pytest.importorskip("numba")
    code = (
        "import sys; import numpy as np; import keras_search.tuner.workers.preload_numba as numba_first; "
        "numba_first.import_registries(); from numba import njit; from numba.np import arraymath, linalg; "
        "print('scipy.linalg' in sys.modules, 'keras_search.tuner.training.kernels.steps' in sys.modules, "
        "arraymath.ensure_blas is linalg.ensure_blas, njit(lambda a: a @ a)(2 * np.eye(2))[0, 0], "
        "'scipy.linalg' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout == "False True True 4.0 True\n", ended.stderr


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
        ("__import__('tensorflow').data.Dataset.range(3).element_spec.dtype.name", "int64"),
        ("__import__('tensorflow').raw_ops.Abs(x=-1.5).dtype.name", "float32"),
        ("__import__('tensorflow').strings.lower('A').dtype.name", "string"),
        ("__import__('tensorflow').signal.rfft([0.5, 1.0]).dtype.name", "complex64"),
        ("__import__('tensorflow').saved_model.save.__name__", "save"),
        ("__import__('tensorflow').train.Checkpoint.__name__", "Checkpoint"),
        ("__import__('tensorflow').io.gfile.exists.__name__", "file_exists_v2"),
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
