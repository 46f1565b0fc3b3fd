"""Tell which trial of a search is the best."""

from collections.abc import Mapping

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.records import Run, State
from keras_search.tuner.study.settings import StudySettings


def best_trial(trials: Mapping[str, Run], settings: StudySettings) -> Run:
    """Give the best trial among those with the largest budget; ties go to the first name.

    Raises:
        KerasSearchError: no trial has ended well.
    """
    completed = [run for run in trials.values() if run.state is State.COMPLETED and run.score is not None]
    if not completed:
        raise KerasSearchError(_why_none(trials))
    budget = max(run.epochs for run in completed)
    sign = 1 if settings.direction == "max" else -1
    full = [run for run in completed if run.epochs == budget]
    return min(full, key=lambda run: (-sign * (run.score or 0.0), run.name))


def best_so_far(trials: Mapping[str, Run], settings: StudySettings) -> Run | None:
    """Give the best trial until now, or None where none has ended well yet."""
    return best_trial(trials, settings) if any(run.state is State.COMPLETED for run in trials.values()) else None


def _why_none(trials: Mapping[str, Run]) -> str:
    reasons = [run.error for _, run in sorted(trials.items()) if run.error]
    if not reasons:
        return "No trial was completed in the time given: continue with keras-search resume and a larger --max-minutes."
    most_frequent = max(reasons, key=reasons.count)
    return f"All {len(reasons)} trials failed; most often ({reasons.count(most_frequent)}): {most_frequent}"
