"""The words of a verdict: one sentence that explains it, one that says what to try next."""

from keras_search.tuner.system.numbers import MINUS, amount, decimals, signed
from keras_search.tuner.verdict.measure import Measure
from keras_search.tuner.verdict.paired import Comparison

TUNED_BETTER = "tuned is better"
BASELINE_BETTER = "baseline is better"
NOT_PROVEN = "not proven"


def explain(
    baseline: str, verdict: str, comparison: Comparison, p_holm: float, baselines: int, measure: Measure
) -> str:
    """Explain a verdict in one sentence, with its figures in percent of the test examples, or as errors.

    Args:
        baseline: The baseline's name.
        verdict: One of the three verdicts.
        comparison: The figures against that baseline.
        p_holm: The p-value, corrected for the number of baselines.
        baselines: How many baselines there are.
        measure: By what they are compared.
    """
    at = f" at predicting {measure.output}" if measure.output else ""
    if verdict == TUNED_BETTER:
        return f"The tuned model is better than {baseline}{at}: {_figures(comparison, measure)}."
    if verdict == BASELINE_BETTER:
        return f"The baseline {baseline} is better than the tuned model{at}: {_figures(comparison, measure)}."
    open_ = f"It is not proven that the tuned model and {baseline} differ{at}"
    if comparison.seeds == 1:
        return (
            f"{open_}, because one seed proves nothing: {_both(comparison, measure)} with that seed, "
            "and another seed may turn it around."
        )
    return f"{open_}: {_figures(comparison, measure)}; {_reason(comparison, p_holm, baselines)}."


def _figures(comparison: Comparison, measure: Measure) -> str:
    edges = (comparison.interval.low, comparison.interval.high)
    difference, low, high = (_difference(value, comparison, measure) for value in (comparison.difference, *edges))
    return (
        f"{_both(comparison, measure)} on average over {comparison.seeds} seeds, "
        f"a difference of {difference}{' points' if measure.is_share else ''} "
        f"(95% interval {low} to {high}), "
        f"and the tuned model is ahead on {comparison.seeds_won} of {comparison.seeds} seeds"
        + (f" and level on {comparison.seeds_tied}" if comparison.seeds_tied else "")
    )


def _both(comparison: Comparison, measure: Measure) -> str:
    """Name the measure of both models."""
    tested = f"{comparison.test_images:,} test {measure.examples}"
    if measure.is_share:
        return f"tuned {100 * comparison.tuned:.2f}% and baseline {100 * comparison.baseline:.2f}% of {tested} right"
    places = _places(comparison)
    return (
        f"tuned {amount(comparison.tuned, places)} and baseline {amount(comparison.baseline, places)} "
        f"{measure.name} (lower is better) on {tested}"
    )


def _difference(value: float, comparison: Comparison, measure: Measure) -> str:
    return _points(value) if measure.is_share else signed(value, _places(comparison))


def _places(comparison: Comparison) -> int:
    """Count the decimals of errors: as many as their difference is known to."""
    return decimals((comparison.interval.high - comparison.interval.low) / 2, comparison.baseline)


def _reason(comparison: Comparison, p_holm: float, baselines: int) -> str:
    if comparison.interval.low <= 0 <= comparison.interval.high:
        return "the interval includes zero"
    return f"among {baselines} baselines such an interval may be chance (corrected p = {p_holm:.2g})"


def _points(fraction: float) -> str:
    text = f"{100 * fraction:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", MINUS)


def advise(verdict: str, comparison: Comparison, measure: Measure) -> str:
    """Say in one sentence what to do or try next; `NAME` stands for the study's name, which decides no verdict."""
    if verdict == TUNED_BETTER:
        return "Use the tuned model; try more trials where the expected best score by budget still rises."
    if verdict == BASELINE_BETTER:
        return "Keep the baseline; try more trials, more epochs, or a search space that holds its settings."
    return _advise_open(comparison, measure.examples)


def _advise_open(comparison: Comparison, examples: str) -> str:
    settling, larger = comparison.settling, "try more trials, more epochs or a wider search space"
    command = "keras-search resume NAME --compare-seeds"
    if comparison.seeds == 1:
        return f"Retrain on at least 3 seeds ({command} 3); for a larger difference {larger}."
    if settling.more_seeds is not None:
        more = f"{settling.more_seeds:,} more seed{'s' if settling.more_seeds > 1 else ''}"
        return (
            f"About {more} would settle it if the difference stays as it is "
            f"({command} {comparison.seeds + settling.more_seeds}); for a larger difference {larger}."
        )
    if settling.limit == "test images":
        return (
            f"No number of seeds would settle it, because a difference this small needs more than "
            f"{settling.test_images:,} test {examples} and there are {comparison.test_images:,}; "
            f"for a larger difference {larger}."
        )
    return f"No number of seeds up to 1,000 would settle a difference this small; {larger}."
