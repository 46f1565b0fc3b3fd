"""The names of the models are there without the weight of TensorFlow."""

import subprocess
import sys

from keras_search.models import BASELINE_NAMES, HYPERMODEL_NAMES, Problem
from keras_search.models.problem import Target


def test_hypermodel_names() -> None:
    assert HYPERMODEL_NAMES == ("mlp", "lr-batch", "cnn")


def test_importing_the_models_imports_no_framework() -> None:
    code = (
        "import sys, keras_search.models\n"
        "print([name for name in ('tensorflow', 'keras', 'keras_tuner', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_are_fit_for_folders_and_options() -> None:
    assert all(name.replace("-", "").isalnum() for name in (*HYPERMODEL_NAMES, *BASELINE_NAMES))


def test_steps_count_the_last_smaller_batch() -> None:
    problem = Problem((8, 8), (Target(),), fit_examples=1149, epochs=10)
    assert [problem.steps(batch_size) for batch_size in (32, 1149, 2000)] == [360, 10, 10]
