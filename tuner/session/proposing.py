"""Query a study's oracle, which runs in the helper's process: KerasTuner's oracles import TensorFlow."""

from typing import Any

from keras_search.tuner.study.records import Proposal, Run, Work
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.workers.helper import Helper


class Proposer:
    """A remote `Oracle` of a study; `space` is the configuration of its search space.

    Each question takes along what was learned since the last one. A helper that was started anew in between is told
    all trials.
    """

    def __init__(self, helper: Helper, settings: StudySettings, space: dict[str, Any]) -> None:
        self._helper, self._study = helper, (settings.model_dump_json(), space)
        self._trials: dict[str, Run] = {}
        self._news: dict[str, Run] = {}
        self._lesson = 0

    def learn(self, run: Run) -> None:
        """Take a trial that is new or has changed into account."""
        self._trials[run.name] = self._news[run.name] = run

    def propose(self) -> Proposal | None:
        """Return the next trial, as the oracle does."""
        proposal: Proposal | None = self._ask("propose")
        return proposal

    def continuable(self) -> set[str]:
        """List the trials that may still be continued, as the oracle does."""
        names: set[str] = self._ask("continuable")
        return names

    def planned(self) -> Work:
        """Return the largest amount of work of the search, as the oracle does."""
        work: Work = self._ask("planned")
        return work

    def _ask(self, question: str) -> Any:
        knows, answer = self._helper.call(_answer, *self._study, self._lesson, list(self._news.values()), question)
        if not knows:
            _, answer = self._helper.call(_answer, *self._study, 0, list(self._trials.values()), question)
            self._lesson = 0
        self._lesson, self._news = self._lesson + 1, {}
        return answer


def _answer(settings: str, space: dict[str, Any], lesson: int, news: list[Run], question: str) -> tuple[bool, Any]:
    """Query the oracle, in the helper's process."""
    from keras_search.tuner.oracles.asked import answer

    return answer(settings, space, lesson, news, question)
