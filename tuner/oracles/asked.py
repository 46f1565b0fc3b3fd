"""Answer a `Proposer`'s questions in another process, where the oracle of one study is kept between them."""

from dataclasses import dataclass
from typing import Any

from keras_tuner import HyperParameters

from keras_search.tuner.oracles import Oracle, make_oracle
from keras_search.tuner.study.records import Run
from keras_search.tuner.study.settings import StudySettings


@dataclass
class _Pupil:
    """An oracle that has had `lessons` lessons about the trials of a study."""

    study: tuple[str, dict[str, Any]]
    oracle: Oracle
    lessons: int = 0


_pupils: list[_Pupil] = []
"""The last one asked, if any."""


def answer(settings: str, space: dict[str, Any], lesson: int, news: list[Run], question: str) -> tuple[bool, Any]:
    """Ask the oracle of the study with these settings (JSON) and this space (a configuration).

    Lesson 0 begins with a new oracle; a later one goes on with the oracle of the lesson before.

    Returns:
        Whether the oracle has had all lessons, and what it answers; if not, ask again with lesson 0 and all trials.
    """
    if lesson == 0:
        space_ = HyperParameters.from_config(space)
        _pupils[:] = [_Pupil((settings, space), make_oracle(StudySettings.model_validate_json(settings), space_))]
    if not _pupils or (_pupils[0].study, _pupils[0].lessons) != ((settings, space), lesson):
        return False, None
    pupil = _pupils[0]
    for run in news:
        pupil.oracle.learn(run)
    pupil.lessons += 1
    return True, getattr(pupil.oracle, question)()
