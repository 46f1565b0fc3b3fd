"""Each script works with KerasTuner and, one line changed, with us; killed in the middle, it ends the same.

Over five seeds the best scores are alike.

`KERAS_SEARCH_SEEDS=5` runs them on five seeds, as `python tests/kt_scripts` does, which writes a table.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from beside import compared, scripts
from killed import killed

SEEDS = int(os.environ.get("KERAS_SEARCH_SEEDS", "1"))
FEWEST = 5
"""Seeds without which no test can tell two samples apart."""
UNLIKELY = 0.01
IN_CI = {"callbacks_of_keras"}
"""The scripts that CI has time for; `make test-long` runs the others, two of which CI kills and runs again."""
KILLED_IN_CI = {"generator_steps", "hypermodel_fit"}


def _marked(name: str, in_ci: set[str]) -> object:
    return pytest.param(name, marks=pytest.mark.slow if name in in_ci else pytest.mark.long)


@pytest.mark.parametrize("name", [_marked(name, KILLED_IN_CI) for name in scripts()])
def test_a_script_killed_in_the_middle_ends_the_same(name: str) -> None:
    found = killed(name)
    assert 0 < found.before < found.epochs
    assert not found.differences


@pytest.mark.parametrize("name", [_marked(name, IN_CI) for name in scripts()])
def test_a_script_works_with_one_line_changed(name: str) -> None:
    found = compared(name, range(SEEDS))
    assert len(found.ours) == len(found.theirs) == SEEDS
    if SEEDS >= FEWEST:
        assert found.p_value >= UNLIKELY


def test_there_are_twenty_scripts() -> None:
    assert len(scripts()) == 20
