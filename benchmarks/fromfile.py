"""Load the hypermodel of one benchmark as the users of KerasTuner write theirs."""

from pathlib import Path
from typing import Any

import keras
from keras_tuner import HyperModel, HyperParameters

from keras_search.benchmarks.hypermodels import FUNCTION


class FromFile(HyperModel):
    """The hypermodel of a file, with the batch size given to `model.fit` as users of KerasTuner do."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        namespace: dict[str, Any] = {}
        exec(compile(path.read_text(encoding="utf-8"), path, "exec"), namespace)
        self._build = namespace[FUNCTION]

    def build(self, hp: HyperParameters) -> keras.Model:
        """Build the model of a trial."""
        return self._build(hp)

    def fit(self, hp: HyperParameters, model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        """Train it by `model.fit`."""
        return model.fit(*args, batch_size=hp.get("batch_size"), **kwargs)
