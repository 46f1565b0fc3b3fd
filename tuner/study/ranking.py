"""Find the best trial of a search."""

import math
from collections.abc import Callable, Mapping

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.records import Run, State
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store

Loss = Callable[[Run], float]


def kept_loss(store: Store) -> Loss:
    """Return a function that reads the validation loss of a run's best epoch; infinite if there is none."""

    def read(run: Run) -> float:
        found = store.history(run.name).get(run.best_epoch or 0, {}).get("val_loss", math.inf)
        return math.inf if math.isnan(found) else float(found)

    return read


def best_trial(trials: Mapping[str, Run], settings: StudySettings, loss: Loss = lambda _run: math.inf) -> Run:
    """Return the best trial among those with the largest budget.

    Ties go to the lower validation loss, which `loss` returns, then to the fewer parameters, then to the first name.

    Raises:
        KerasSearchError: no trial was completed.
    """
    completed = [run for run in trials.values() if run.state is State.COMPLETED and run.score is not None]
    if not completed:
        raise KerasSearchError(_why_none(trials))
    budget = max(run.epochs for run in completed)
    sign = 1 if settings.direction == "max" else -1
    full = [run for run in completed if run.epochs == budget]
    score = max(sign * (run.score or 0.0) for run in full)
    level = [run for run in full if sign * (run.score or 0.0) == score]
    return (
        level[0] if len(level) == 1 else min(level, key=lambda run: (loss(run), run.parameters or math.inf, run.name))
    )


def level_with(trials: Mapping[str, Run], best: Run) -> list[str]:
    """List the other trials with the same budget and score as the best."""
    same = (run for run in trials.values() if run.state is State.COMPLETED and run.name != best.name)
    return sorted(run.name for run in same if (run.epochs, run.score) == (best.epochs, best.score))


def best_so_far(trials: Mapping[str, Run], settings: StudySettings, loss: Loss = lambda _run: math.inf) -> Run | None:
    """Return the best trial so far, or None if none is completed yet."""
    ended = any(run.state is State.COMPLETED for run in trials.values())
    return best_trial(trials, settings, loss) if ended else None


def _why_none(trials: Mapping[str, Run]) -> str:
    reasons = [run.error for _, run in sorted(trials.items()) if run.error]
    if not reasons:
        return "No trial was completed in the time given: continue with keras-search resume and a larger --max-minutes."
    most_frequent = max(reasons, key=reasons.count)
    return f"All {len(reasons)} trials failed; most often ({reasons.count(most_frequent)}): {most_frequent}"
