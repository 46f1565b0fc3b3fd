"""Was tuning worth it? The comparison of the tuned model with each baseline, and the verdict in words."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.numbers import shared_decimals
from keras_search.tuner.verdict.crossed import Scores
from keras_search.tuner.verdict.expectation import Rise
from keras_search.tuner.verdict.measure import Measure
from keras_search.tuner.verdict.paired import LEVEL, Comparison, compare
from keras_search.tuner.verdict.significance import holm
from keras_search.tuner.verdict.standing import Standing, efforts, in_order, level_at_top, recommend
from keras_search.tuner.verdict.wording import (
    BASELINE_BETTER,
    NOT_PROVEN,
    TUNED_BETTER,
    advise,
    explain,
    reconcile,
)

METHOD = (
    "95% nested bootstrap interval over seeds (parametric, Student's t) and test {examples} (resampled); "
    "a model is better when the p-value of that interval, Holm-corrected for several baselines, "
    "is at most 0.05."
)
SEEDS_METHOD = (
    "95% interval of the paired t-test over seeds; it covers the luck of the seed only, not that of the test "
    "{examples}; a model is better when its p-value, Holm-corrected for several baselines, is at most 0.05."
)
UNROUNDED = "Differences are taken before rounding, tuned minus baseline."


@dataclass(frozen=True)
class BaselineVerdict:
    """Hold the verdict on one baseline: `p_holm` is corrected for the number of baselines.

    `tests` explains what each test answers and which decides, `efforts` compares size and training of the two models.
    """

    verdict: str
    baseline: str
    sentence: str
    what_to_try: str
    tests: str
    efforts: str
    p_holm: float
    comparison: Comparison


@dataclass(frozen=True)
class Optimism:
    """Hold by how much the search's best validation score is better than the scores after retraining.

    The gaps are from the best score to the mean of the retrained models' validation scores and to that of their test
    scores; NaN if the study's objective is not the measure of the comparison.
    """

    best_validation_score: float
    mean_validation_score: float
    mean_test: float
    validation_gap: float
    test_gap: float


@dataclass(frozen=True)
class Verdict:
    """Hold the verdict against the first baseline, and those against the others, by one measure.

    `places` are the decimals of values that are not shown in percent. `use` is the model to use, and `recommendation`
    explains why; both are empty without standings. `level` are the models that share the best score, if several do.
    """

    first: BaselineVerdict
    others: tuple[BaselineVerdict, ...]
    optimism: Optimism
    measure: Measure
    places: int = 2
    use: str = ""
    recommendation: str = ""
    level: tuple[str, ...] = ()


def decide(
    tuned: Scores,
    baselines: Mapping[str, Scores],
    *,
    measure: Measure,
    validation_scores: Sequence[float],
    best_validation_score: float | None = None,
    exported: int = 0,
    seed: int = 0,
    standings: Sequence[Standing] = (),
    rise: Rise | None = None,
) -> Verdict:
    """Decide whether the tuned model is better than each baseline, and which model to use.

    One seed never proves anything. With more, one test decides: that of the nested bootstrap over seeds and test
    examples (`interval.bootstrap`, after Owen 2007 and Davison and Hinkley 1997), because both are samples and a claim
    about models must hold for others of either (Bouthillier et al. 2021, "Accounting for Variance in Machine Learning
    Benchmarks", section 3). A model is better if the interval of the mean difference excludes zero, and still does so
    after Holm's correction for the number of baselines. The permutation test over seeds and McNemar's or Wilcoxon's
    test of one pair ignore one of the two sources; they are shown and decide nothing. If a measure is known only for
    each seed, the paired t-test over seeds decides (`paired.compare`).

    Args:
        tuned: Scores of the tuned model, `(seeds, n_test)`: whether it was correct, or minus its error.
        baselines: The same for each baseline by its name, in the order of the study.
        measure: The name of the mean of the scores, and its sign.
        validation_scores: The measure of each retrained tuned model on the validation split, `(seeds,)`.
        best_validation_score: The best score of the search; None if its objective is another measure.
        exported: The row of the model that will be exported.
        seed: Seed of everything drawn.
        standings: Score, size and training of each model, the tuned one included, in any order.
        rise: What the search's own curve promises of more trials.

    Raises:
        KerasSearchError: there is no baseline, or the arrays do not fit each other.
    """
    if not baselines:
        raise KerasSearchError("Expected at least one baseline to compare with, received none. Name one.")
    level = LEVEL / len(baselines)
    comparisons = [
        compare(tuned, scores, seed, measure=measure, exported=exported, level=level) for scores in baselines.values()
    ]
    places = _places([tuned, *baselines.values()])
    mine = next((standing for standing in standings if standing.tuned), None)
    took = {standing.model: efforts(mine, standing) for standing in standings if mine}
    verdicts = _judge_all(dict(zip(baselines, comparisons, strict=True)), measure, places, took, rise)
    tested = measure.sign * np.mean(tuned, axis=1)
    optimism = measure_optimism(best_validation_score, validation_scores, tested.tolist(), measure.sign)
    found = Verdict(verdicts[0], tuple(verdicts[1:]), optimism, measure, places)
    return _recommending(found, in_order(standings, measure.sign), len(tuned)) if mine else found


def _judge_all(
    comparisons: Mapping[str, Comparison], measure: Measure, places: int, took: Mapping[str, str], rise: Rise | None
) -> list[BaselineVerdict]:
    corrected = holm([comparison.p_value for comparison in comparisons.values()])
    return [
        _judge(name, comparison, p_holm, len(comparisons), measure, places, took.get(name, ""), rise)
        for (name, comparison), p_holm in zip(comparisons.items(), corrected, strict=True)
    ]


def _judge(
    name: str,
    comparison: Comparison,
    p_holm: float,
    baselines: int,
    measure: Measure,
    places: int,
    took: str,
    rise: Rise | None,
) -> BaselineVerdict:
    verdict = NOT_PROVEN
    if comparison.seeds > 1 and p_holm <= LEVEL:
        verdict = TUNED_BETTER if measure.sign * comparison.difference > 0 else BASELINE_BETTER
    return BaselineVerdict(
        verdict=verdict,
        baseline=name,
        sentence=explain(name, verdict, comparison, p_holm, baselines, measure, places),
        what_to_try=advise(verdict, comparison, measure, rise),
        tests=reconcile(comparison, p_holm, baselines, measure),
        efforts=took,
        p_holm=p_holm,
        comparison=comparison,
    )


def _places(models: Sequence[Scores]) -> int:
    """Count the decimals that distinguish the seeds of the steadiest model."""
    by_seed = [np.asarray(np.mean(scores, axis=1, dtype=np.float64)) for scores in models]
    spreads = [float(np.std(means, ddof=1)) if len(means) > 1 else 0.0 for means in by_seed]
    return shared_decimals(spreads, [float(np.mean(means)) for means in by_seed])


def _recommending(verdict: Verdict, ordered: Sequence[Standing], seeds: int) -> Verdict:
    """Add the model to use."""
    decided = {each.baseline: each.verdict for each in (verdict.first, *verdict.others)}
    recommendation = recommend(ordered, decided, seeds, verdict.measure, verdict.places)
    level = tuple(level_at_top(ordered))
    return dataclasses.replace(verdict, use=ordered[0].model, recommendation=recommendation, level=level)


def measure_optimism(
    best_validation_score: float | None, validation_scores: Sequence[float], tested: Sequence[float], sign: int
) -> Optimism:
    """Measure the optimism of the search, from the best score it reported and the retrained models' own.

    `sign` is 1 if more is better, else -1.
    """
    best = math.nan if best_validation_score is None else float(best_validation_score)
    validation = float(np.mean(np.asarray(validation_scores))) if len(validation_scores) else math.nan
    test = float(np.mean(np.asarray(tested)))
    return Optimism(best, validation, test, sign * (best - validation), sign * (best - test))


def as_dict(verdict: Verdict) -> dict[str, Any]:
    """Return the content of `verdict.json`: plain values only, None for what is not a number.

    The first baseline's figures are at the top, those of the others in the list `others`. Accuracies and their
    differences are fractions, errors are in the unit of what is predicted; an interval is a list of its two ends.
    """
    measure = verdict.measure
    plain: dict[str, Any] = {}
    if verdict.use:
        plain |= {"use": verdict.use, "recommendation": verdict.recommendation, "level": list(verdict.level)}
    plain |= {key: _plain(value) for key, value in _flat(verdict.first, measure).items()}
    plain["others"] = [_plain(_flat(other, measure)) for other in verdict.others]
    optimism = dataclasses.asdict(verdict.optimism)
    plain["optimism"] = _plain(_renamed(optimism, {"mean_test": f"mean_test_{measure.metric}"}))
    plain |= {"measure": measure.name, "better": measure.better, "decimals": verdict.places}
    if measure.output:
        plain["output"] = measure.output
    method = (SEEDS_METHOD if measure.seeds_only else METHOD).format(examples=measure.examples)
    plain["method"] = " ".join(part for part in (measure.definition, method, UNROUNDED) if part)
    return plain


def _flat(verdict: BaselineVerdict, measure: Measure) -> dict[str, Any]:
    figures = dataclasses.asdict(verdict)
    names = {model: f"{model}_{measure.metric}" for model in ("tuned", "baseline")}
    comparison = _renamed(figures.pop("comparison"), names)
    interval, probability = verdict.comparison.interval, verdict.comparison.probability
    comparison["interval"] = [_plain(interval.low), _plain(interval.high)]
    comparison["probability"] = probability.value
    comparison["probability_interval"] = [probability.interval.low, probability.interval.high]
    comparison["probability_threshold"] = probability.threshold
    comparison["probability_conclusion"] = probability.conclusion
    for test in ("wilcoxon", "mcnemar"):
        if comparison[test] is None:
            del comparison[test]
    return {**figures, **comparison}


def _renamed(figures: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in figures.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
