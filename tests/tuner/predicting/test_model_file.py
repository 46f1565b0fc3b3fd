"""An exported model is opened in whichever format there is."""

from pathlib import Path

import pytest

from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.trust import code_in
from keras_search.tuner.predicting.model_file import PREFERRED


def test_every_format_is_looked_for_in_a_folder() -> None:
    assert sorted(PREFERRED) == sorted(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_what_code_a_file_may_hold_is_known_for_every_format(name: str, tmp_path: Path) -> None:
    assert code_in(name, tmp_path / "missing") == ""
    with pytest.raises(ValueError, match="What code a file of the format 'pickle' may hold is not known"):
        code_in("pickle", tmp_path / "missing")
