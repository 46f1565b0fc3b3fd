"""Query a study's oracle, which runs in the helper's process: KerasTuner's oracles import TensorFlow."""

from collections.abc import Mapping
from typing import Any

from keras_search.tuner.study.records import Proposal, Run, Work
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.workers.helper import Helper


class Proposer:
    """A remote `Oracle` of a study; `space` is the configuration of its search space."""

    def __init__(self, helper: Helper, settings: StudySettings, space: dict[str, Any]) -> None:
        self._helper, self._study = helper, (settings.model_dump_json(), space)

    def propose(self, trials: Mapping[str, Run]) -> Proposal | None:
        """Return the next trial, as the oracle does."""
        proposal: Proposal | None = self._ask("propose", trials)
        return proposal

    def continuable(self, trials: Mapping[str, Run]) -> set[str]:
        """List the trials that may still be continued, as the oracle does."""
        names: set[str] = self._ask("continuable", trials)
        return names

    def planned(self) -> Work:
        """Return the largest amount of work of the search, as the oracle does."""
        work: Work = self._ask("planned")
        return work

    def _ask(self, question: str, *arguments: Any) -> Any:
        return self._helper.call(_answer, *self._study, question, *arguments)


def _answer(settings: str, space: dict[str, Any], question: str, *arguments: Any) -> Any:
    """Query the oracle, in the helper's process."""
    from keras_search.tuner.oracles.asked import answer

    return answer(settings, space, question, *arguments)
