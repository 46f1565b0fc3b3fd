"""From Python, a message names Python's arguments."""

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
        ({"max_epochs": [1] * 1000}, r"^max_epochs= must be a whole number, received \[1, 1, .{,90}\.\.\. \(list\)\.$"),
    ],
)
def test_a_wrong_argument_is_named_as_in_python(
    given: dict[str, object], message: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    with pytest.raises(UsageError, match=message):
        keras_search.start("a", quiet=True, **given)  # type: ignore[arg-type]
