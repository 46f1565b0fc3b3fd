"""What may change between two sessions of a study, and what may not."""

from pathlib import Path

import keras_tuner
import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.session.guard import check_space, keep_code
from keras_search.tuner.study.store import Store, claim


def space(*choices: int) -> dict[str, object]:
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", list(choices))
    found: dict[str, object] = hp.get_config()
    return found


def test_changed_code_is_kept_and_noted_once(tmp_path: Path) -> None:
    with Store.create(tmp_path, claim(tmp_path), code="before") as store:
        assert not keep_code(store, "before")
        assert store.fact("code_changed") is None
        assert keep_code(store, "after")
        assert not keep_code(store, "after")
        assert store.fact("code_changed") is True


def test_a_changed_search_space_is_refused(tmp_path: Path) -> None:
    with Store.create(tmp_path, claim(tmp_path), space=space(1, 2)) as store:
        check_space(store, space(1, 2))
        with pytest.raises(KerasSearchError, match=r"^search space: hyperparameter 'units' differs from the one that"):
            check_space(store, space(1, 3))
