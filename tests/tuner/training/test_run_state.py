"""How far a run has come, and by what it is trained."""

from typing import Any, cast

import pytest

from keras_search.tuner.study.checkpoints import ChangedEngineError
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.training.engine import COMPILED, KERNELS
from keras_search.tuner.training.run_state import RunState


def test_a_run_is_trained_by_one_engine() -> None:
    run = Run("0001", Kind.TRIAL, "mlp", "trial", {}, 0, 3)
    state = RunState(cast(Any, None), run, cast(Any, None))
    state.train_by(KERNELS)
    state.train_by(KERNELS)
    with pytest.raises(ChangedEngineError, match=r"^engine: 0001 was trained by kernels so far, here it would be by c"):
        state.train_by(COMPILED)
    assert state.engine == KERNELS
