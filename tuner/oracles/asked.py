"""Answer a `Proposer`'s questions in another process; an oracle is made once for all questions of its study."""

import functools
import json
from typing import Any

from keras_tuner import HyperParameters

from keras_search.tuner.oracles import Oracle, make_oracle
from keras_search.tuner.study.settings import StudySettings


def answer(settings: str, space: dict[str, Any], question: str, *arguments: Any) -> Any:
    """Ask the oracle of the study with these settings (JSON) and this space (a configuration)."""
    return getattr(_oracle(settings, json.dumps(space)), question)(*arguments)


@functools.lru_cache(maxsize=1)
def _oracle(settings: str, space: str) -> Oracle:
    return make_oracle(StudySettings.model_validate_json(settings), HyperParameters.from_config(json.loads(space)))
