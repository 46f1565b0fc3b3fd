"""The words of a verdict: one sentence that explains it, what its tests answer, and what to try next."""

from keras_search.tuner.system.numbers import amount, fixed, p_equation, p_text, percent, points, signed
from keras_search.tuner.verdict.expectation import Rise
from keras_search.tuner.verdict.measure import Measure
from keras_search.tuner.verdict.paired import LEVEL, Comparison

TUNED_BETTER = "tuned is better"
BASELINE_BETTER = "baseline is better"
NOT_PROVEN = "not proven"
WIDER = "a search space that includes the baseline's settings may find a model as good"


def explain(
    baseline: str, verdict: str, comparison: Comparison, p_holm: float, baselines: int, measure: Measure, places: int
) -> str:
    """Explain a verdict in one sentence, with its figures in percent of the test examples, or as errors.

    Args:
        baseline: The baseline's name.
        verdict: One of the three verdicts.
        comparison: The figures against that baseline.
        p_holm: The p-value, corrected for the number of baselines.
        baselines: The number of baselines.
        measure: The measure of the comparison.
        places: The decimals of values that are not shown in percent.
    """
    at = f" at predicting {measure.output}" if measure.output else ""
    if verdict == TUNED_BETTER:
        return f"The tuned model is better than {baseline}{at}: {_figures(comparison, measure, places)}."
    if verdict == BASELINE_BETTER:
        return f"The baseline {baseline} is better than the tuned model{at}: {_figures(comparison, measure, places)}."
    open_ = f"It is not proven that the tuned model and {baseline} differ{at}"
    if comparison.seeds == 1:
        return (
            f"{open_}, because one seed proves nothing: {_both(comparison, measure, places)} with that seed, "
            "and another seed may reverse it."
        )
    return f"{open_}: {_figures(comparison, measure, places)}; {_reason(comparison, p_holm, baselines)}."


def _figures(comparison: Comparison, measure: Measure, places: int) -> str:
    edges = (comparison.interval.low, comparison.interval.high)
    difference, low, high = (difference_text(value, measure, places) for value in (comparison.difference, *edges))
    unrounded = "" if _adds_up(comparison, measure, places) else " before rounding"
    over = " over the seeds alone" if measure.seeds_only else ""
    return (
        f"{_both(comparison, measure, places)}, averaged over {comparison.seeds} seeds, "
        f"a difference of {difference}{' points' if measure.is_share else ''}{unrounded} "
        f"(95% interval{over} {low} to {high}), "
        f"and the tuned model is ahead on {comparison.seeds_won} of {comparison.seeds} seeds"
        + (f" and level on {comparison.seeds_tied}" if comparison.seeds_tied else "")
    )


def _adds_up(comparison: Comparison, measure: Measure, places: int) -> bool:
    """Return whether the two values, as rounded, differ by the rounded difference."""
    scale, places = (100, 2) if measure.is_share else (1, places)
    tuned, baseline, gap = (
        float(fixed(scale * value, places).replace(",", ""))
        for value in (comparison.tuned, comparison.baseline, comparison.difference)
    )
    return bool(abs(tuned - baseline - gap) < 10.0**-places / 2)


def _both(comparison: Comparison, measure: Measure, places: int) -> str:
    """Write the measure of both models."""
    tested = f"{comparison.test_images:,} test {measure.examples}" if comparison.test_images else "the test data"
    tuned, baseline = (value_text(value, measure, places) for value in (comparison.tuned, comparison.baseline))
    if measure.metric == "accuracy" and comparison.test_images:
        return f"tuned {tuned} and baseline {baseline} correct on {tested}"
    tells = "" if measure.is_share else f" ({measure.better} is better)"
    return f"tuned {tuned} and baseline {baseline} {measure.name}{tells} on {tested}"


def value_text(value: float, measure: Measure, places: int) -> str:
    """Format one model's value, in percent or with `places` decimals."""
    return percent(value) if measure.is_share else amount(value, places)


def difference_text(value: float, measure: Measure, places: int) -> str:
    """Format a difference with its sign, in percentage points or in the measure's unit."""
    return points(value) if measure.is_share else signed(value, places)


def _reason(comparison: Comparison, p_holm: float, baselines: int) -> str:
    if comparison.interval.low <= 0 <= comparison.interval.high:
        return "the interval includes zero"
    if comparison.p_value > LEVEL:
        return f"all seeds differ by the same amount, so only their number counts ({p_equation(comparison.p_value)})"
    return f"with {baselines} baselines such an interval may be chance (corrected {p_equation(p_holm)})"


def reconcile(comparison: Comparison, p_holm: float, baselines: int, measure: Measure) -> str:
    """Explain in one paragraph what each test of a comparison answers, which decides, and why; "" for one seed."""
    if comparison.seeds == 1:
        return ""
    seeds, corrected = comparison.seeds, f", {p_equation(p_holm)} corrected for {baselines} baselines"
    first = f"{p_equation(comparison.p_value)}{corrected if baselines > 1 else ''}"
    if measure.seeds_only:
        decides = f"The paired t-test over the seeds decides ({first}): all seeds share the same test data, so it "
        decides += "covers the luck of the seed but not that of the test examples."
    else:
        decides = f"The interval decides ({first}): it alone tests whether the difference would hold with other seeds "
        decides += f"and other test {measure.examples}, both of which are a matter of luck."
    parts = [decides, _flips(comparison)]
    pair = comparison.mcnemar or comparison.wilcoxon
    if pair is not None:
        name = "McNemar's test" if comparison.mcnemar else "Wilcoxon's test"
        parts.append(
            f"{name} ({p_equation(pair.p_value)}) concerns only the exported pair, one of the {seeds} seeds, on these "
            f"test {measure.examples}: it says nothing about other seeds."
        )
    return " ".join(parts)


def _flips(comparison: Comparison) -> str:
    least = 2 / 2**comparison.seeds
    cannot = f", and with {comparison.seeds} seeds it cannot fall below {p_text(least)}" if least > LEVEL else ""
    return (
        f"The permutation test ({p_equation(comparison.permutation.p_value)}) considers only the sign and size "
        f"of each seed's difference on these test data{cannot}."
    )


def advise(verdict: str, comparison: Comparison, measure: Measure, rise: Rise | None = None) -> str:
    """Advise what to try next; `NAME` stands for the study's name, and `rise` describes the search's own curve."""
    tips = [] if verdict == TUNED_BETTER else [_settle(comparison, measure)] if verdict == NOT_PROVEN else []
    if rise is not None:
        tips.append(rise.sentence())
    behind = measure.sign * comparison.difference < 0
    if behind and not (rise and rise.rising):
        tips.append(f"{WIDER[0].upper()}{WIDER[1:]}.")
    return " ".join(tip for tip in tips if tip)


def _settle(comparison: Comparison, measure: Measure) -> str:
    settling = comparison.settling
    command = "keras-search resume NAME --compare-seeds"
    if comparison.seeds == 1:
        return f"Retrain on at least 3 seeds ({command} 3)."
    if settling.limit == "no difference":
        return "On average the two do not differ at all, so more seeds would settle nothing."
    if settling.more_seeds is not None:
        more = f"{settling.more_seeds:,} more seed{'s' if settling.more_seeds > 1 else ''}"
        return (
            f"About {more} would settle it if the difference stays as it is "
            f"({command} {comparison.seeds + settling.more_seeds})."
        )
    if settling.limit == "test images":
        return (
            f"No number of seeds would settle it, because a difference this small needs more than "
            f"{settling.test_images:,} test {measure.examples} and there are {comparison.test_images:,}."
        )
    return "No number of seeds up to 1,000 would settle a difference this small."
