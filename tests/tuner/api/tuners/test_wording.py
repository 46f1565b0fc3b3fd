"""A script's words for the command line's."""

import pytest

from keras_search.errors import TaskError, UsageError
from keras_search.tuner.api.tuners.wording import in_script_words, script_words


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("--factor must be at least 2, received 1.", "factor= must be at least 2, received 1."),
        ("--iterations must be at least 1.", "hyperband_iterations= must be at least 1."),
        ("a -- b, x--y and 3 --- 4", "a -- b, x--y and 3 --- 4"),
    ],
)
def test_options_become_arguments(said: str, told: str) -> None:
    assert in_script_words(said) == told


def test_an_error_keeps_its_kind_and_brings_the_users_frames() -> None:
    with pytest.raises(UsageError, match=r"^max_trials= is wrong$"), script_words():
        raise UsageError("--max-trials is wrong")
    with pytest.raises(TaskError) as raised, script_words():
        raise TaskError("ValueError: no", 'File "mine.py", line 3')
    assert raised.value.__notes__ == ['File "mine.py", line 3']
