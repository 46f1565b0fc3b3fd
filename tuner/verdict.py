"""Was tuning worth it? The comparison of the tuned model with each baseline, and the verdict in words."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_search.tuner.errors import KerasSearchError
from keras_search.tuner.interval import Correct
from keras_search.tuner.paired import LEVEL, Comparison, compare
from keras_search.tuner.significance import holm
from keras_search.tuner.wording import BASELINE_BETTER, NOT_PROVEN, TUNED_BETTER, advise, explain

METHOD = (
    "95% nested bootstrap interval over seeds (parametric, Student's t) and test images (resampled); "
    "a model is better when the p-value of that interval, Holm-corrected for several baselines, "
    "is at most 0.05."
)


@dataclass(frozen=True)
class BaselineVerdict:
    """Hold what is said about one baseline: `p_holm` is corrected for the number of baselines."""

    verdict: str
    baseline: str
    sentence: str
    what_to_try: str
    p_holm: float
    comparison: Comparison


@dataclass(frozen=True)
class Optimism:
    """Hold by how much the search's best validation score flatters what retraining then gives.

    The gaps are the best score minus the mean of the retrained models' validation scores and minus the mean
    of their test accuracies; NaN where the study's objective is not an accuracy.
    """

    best_validation_score: float
    mean_validation_score: float
    mean_test_accuracy: float
    validation_gap: float
    test_gap: float


@dataclass(frozen=True)
class Verdict:
    """Hold the verdict against the first baseline, and those against the others."""

    first: BaselineVerdict
    others: tuple[BaselineVerdict, ...]
    optimism: Optimism


def decide(
    tuned: Correct,
    baselines: Mapping[str, Correct],
    *,
    validation_scores: Sequence[float],
    best_validation_score: float | None = None,
    exported: int = 0,
    seed: int = 0,
) -> Verdict:
    """Decide whether the tuned model is better than each baseline; the first baseline is the one that counts.

    One seed never proves anything. With more, a model is better when the interval of the mean difference
    leaves zero out, and still does once Holm's correction has allowed for the number of baselines.

    Args:
        tuned: Whether each test image was classified correctly, `(seeds, n_test)` of booleans.
        baselines: The same for each baseline by its name, in the order of the study.
        validation_scores: Validation accuracy of each retrained tuned model, `(seeds,)`.
        best_validation_score: The best that the search reported; None if its objective is no accuracy.
        exported: The row of the model that will be exported.
        seed: Seed of everything drawn.

    Raises:
        KerasSearchError: there is no baseline, or the arrays do not fit each other.
    """
    if not baselines:
        raise KerasSearchError("Expected at least one baseline to compare with, received none. Name one.")
    level = LEVEL / len(baselines)
    comparisons = [compare(tuned, correct, seed, exported=exported, level=level) for correct in baselines.values()]
    corrected = holm([comparison.p_value for comparison in comparisons])
    verdicts = [
        _judge(name, comparison, p_holm, len(baselines))
        for name, comparison, p_holm in zip(baselines, comparisons, corrected, strict=True)
    ]
    optimism = measure_optimism(best_validation_score, validation_scores, np.mean(tuned, axis=1).tolist())
    return Verdict(verdicts[0], tuple(verdicts[1:]), optimism)


def _judge(name: str, comparison: Comparison, p_holm: float, baselines: int) -> BaselineVerdict:
    verdict = NOT_PROVEN
    if comparison.seeds > 1 and p_holm <= LEVEL:
        verdict = TUNED_BETTER if comparison.difference > 0 else BASELINE_BETTER
    return BaselineVerdict(
        verdict=verdict,
        baseline=name,
        sentence=explain(name, verdict, comparison, p_holm, baselines),
        what_to_try=advise(verdict, comparison),
        p_holm=p_holm,
        comparison=comparison,
    )


def measure_optimism(
    best_validation_score: float | None, validation_scores: Sequence[float], test_accuracies: Sequence[float]
) -> Optimism:
    """Measure the optimism of the search, from the best score it reported and the retrained models' own."""
    best = math.nan if best_validation_score is None else float(best_validation_score)
    validation = float(np.mean(np.asarray(validation_scores))) if len(validation_scores) else math.nan
    test = float(np.mean(np.asarray(test_accuracies)))
    return Optimism(best, validation, test, best - validation, best - test)


def as_dict(verdict: Verdict) -> dict[str, Any]:
    """Give what `verdict.json` holds: plain values only, None for what is not a number.

    The first baseline's figures stand at the top, those of the others in the list `others`. Accuracies and
    differences are fractions, an interval is a list of its two ends.
    """
    plain = {key: _plain(value) for key, value in _flat(verdict.first).items()}
    plain["others"] = [_plain(_flat(other)) for other in verdict.others]
    plain["optimism"] = _plain(dataclasses.asdict(verdict.optimism))
    plain["method"] = METHOD
    return plain


def _flat(verdict: BaselineVerdict) -> dict[str, Any]:
    figures = dataclasses.asdict(verdict)
    comparison = figures.pop("comparison")
    interval, probability = verdict.comparison.interval, verdict.comparison.probability
    comparison["interval"] = [interval.low, interval.high]
    comparison["probability"] = probability.value
    comparison["probability_interval"] = [probability.interval.low, probability.interval.high]
    comparison["probability_threshold"] = probability.threshold
    comparison["probability_conclusion"] = probability.conclusion
    return {**figures, **comparison}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
