"""Which backends of Keras are refused, and by which of its settings."""

import os
import subprocess
import sys

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.system.backend import check_backend


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("variable", "content", "said"),
    [
        (None, None, None),
        ("tensorflow", '{"backend": "jax"}', None),
        ("", '{"backend": "tensorflow"}', None),
        (None, '{"floatx": "float32"}', None),
        (None, "no JSON", None),
        (None, "[]", None),
        ("torch", '{"backend": "tensorflow"}', "KERAS_BACKEND is torch: unset it."),
        ("", '{"backend": "jax"}', "keras.json has the backend jax: set KERAS_BACKEND=tensorflow."),
        (None, '{"backend": null}', "keras.json has the backend None: set KERAS_BACKEND=tensorflow."),
    ],
)
def test_keras_own_rule_names_the_backend(home, monkeypatch, variable, content, said):
    if content is not None:
        (home / "keras.json").write_text(content)
    if variable is not None:
        monkeypatch.setenv("KERAS_BACKEND", variable)
    if said is None:
        check_backend()
    else:
        with pytest.raises(UsageError) as caught:
            check_backend()
        assert str(caught.value).endswith(said)


def test_a_search_is_refused_before_a_process_is_started(tmp_path):
    command = [sys.executable, "-m", "keras_search", "start", "one", "--dataset", "digits"]
    environment = os.environ | {"KERAS_BACKEND": "jax"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "Error: keras-search trains with TensorFlow, but KERAS_BACKEND is jax: unset it.\n"
    assert not [*tmp_path.rglob("*.db")]
