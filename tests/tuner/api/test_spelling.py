"""From Python, a message names Python's arguments."""

from typing import Any

import numpy as np
import pytest

import keras_search
from keras_search.errors import UsageError
from keras_search.tuner.api.spelling import in_python


@pytest.mark.parametrize(
    ("message", "spelled"),
    [
        ("--max-epochs must be at least 1, received 0.", "max_epochs= must be at least 1, received 0."),
        ("--baseline must be one of a, b.", "baseline= must be one of a, b."),
        ("--max-trials applies to --tuner random.", "max_trials= applies to tuner= random."),
        (
            "Use --max-epochs 3. Continue it: keras-search resume a --max-trials 3. Add --overwrite.",
            "Use max_epochs= 3. Continue it: keras-search resume a --max-trials 3. Add overwrite=.",
        ),
        ("--nothing of ours", "--nothing of ours"),
    ],
)
def test_options_become_arguments_and_commands_stay(message: str, spelled: str) -> None:
    assert in_python(message) == spelled


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"max_trails": 3},
            r"Unknown setting 'max_trails'\. Did you mean 'max_trials'\? Known: dataset, .*, workers, ",
        ),
        ({"worker": 3}, r"Unknown setting 'worker'\. Did you mean 'workers'\?"),
        ({"ray_adress": "auto"}, r"Unknown setting 'ray_adress'\. Did you mean 'ray_address'\?"),
        ({"engine": "spark"}, r"^engine= must be local or ray, received 'spark'"),
        ({"x_trian": 3}, r"Unknown setting 'x_trian'\. Did you mean 'x_train'\?"),
        ({"tuner": "hyperbnd"}, r"^tuner= must be one of .*, received 'hyperbnd'\. Did you mean 'hyperband'\?"),
        ({"baseline": "ann128"}, r"^baseline= must be one of .*, received 'ann128'\. Did you mean 'ann-128'\?"),
        ({"dataset": "digts"}, r"Unknown dataset 'digts'\. Did you mean 'digits'\?"),
        ({"hypermodel": "lr_batch"}, r"^hypermodel= must be one of .*received 'lr_batch'\. Did you mean 'lr-batch'\?"),
        ({"threads": "x"}, r"^threads= must be a whole number, received 'x'\.$"),
        ({"threads": None}, r"^threads= must be a whole number, received None\.$"),
        ({"workers": np.zeros((4, 3))}, r"^workers= must be auto or .*, received ndarray of shape \(4, 3\)\.$"),
        ({"workers": 10**6}, r"^workers= must be auto or at most [0-9]+ on this machine, received 1000000\.$"),
        ({"engine": np.zeros(3)}, r"^engine= must be local or ray, received ndarray of shape \(3,\)\.$"),
        ({"hypermodel": np.zeros(3)}, r"^hypermodel must be a function .*, received ndarray of shape \(3,\)"),
        ({"dataset": np.zeros((2, 2))}, r"^dataset= must be .*received ndarray of shape \(2, 2\).*x_train="),
        ({"baselines": ["ann-128"]}, r"^Unknown setting 'baselines'\. Did you mean 'baseline'\?"),
        ({"studies_dir": 5}, r"^studies_dir= must be a path, received 5\.$"),
        ({"reports_dir": b"x"}, r"^reports_dir= must be a path, received b'x'\.$"),
        ({"overwrite": np.zeros(3)}, r"^overwrite= must be True or False, received ndarray of shape \(3,\)\.$"),
        ({"max_epochs": [1] * 1000}, r"^max_epochs= must be a whole number, received \[1, 1, .{,90}\.\.\. \(list\)\.$"),
    ],
)
def test_a_wrong_argument_is_named_as_in_python(
    given: dict[str, object], message: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    with pytest.raises(UsageError, match=message):
        keras_search.start("a", **{"quiet": True, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [5, None, b"x", np.zeros(3), ["a"]])
def test_what_is_no_name_of_a_study_is_refused_in_one_line(name: Any) -> None:
    with pytest.raises(UsageError, match=r"^path= must be a path, received [^\n]*\.$"):
        keras_search.load(name)
    if name is not None:
        with pytest.raises(UsageError, match=r"^A study is named by a text, received [a-z]+\."):
            keras_search.resume(name)
        with pytest.raises(UsageError, match=r"^A study's name is made of .*, received [^\n]*\.$"):
            keras_search.start(name, quiet=True)
