"""The words of a verdict: one sentence that explains it, one that says what to try next."""

from keras_search.tuner.paired import Comparison

TUNED_BETTER = "tuned is better"
BASELINE_BETTER = "baseline is better"
NOT_PROVEN = "not proven"


def explain(baseline: str, verdict: str, comparison: Comparison, p_holm: float, baselines: int) -> str:
    """Explain a verdict in one sentence, with its figures in percent of the test images.

    Args:
        baseline: The baseline's name.
        verdict: One of the three verdicts.
        comparison: The figures against that baseline.
        p_holm: The p-value, corrected for the number of baselines.
        baselines: How many baselines there are.
    """
    if verdict == TUNED_BETTER:
        return f"The tuned model is better than {baseline}: {_figures(comparison)}."
    if verdict == BASELINE_BETTER:
        return f"The baseline {baseline} is better than the tuned model: {_figures(comparison)}."
    if comparison.seeds == 1:
        return (
            f"It is not proven that the tuned model and {baseline} differ, because one seed proves nothing: "
            f"{_accuracies(comparison)} with that seed, and another seed may turn it around."
        )
    reason = _reason(comparison, p_holm, baselines)
    return f"It is not proven that the tuned model and {baseline} differ: {_figures(comparison)}; {reason}."


def _figures(comparison: Comparison) -> str:
    low, high = comparison.interval.low, comparison.interval.high
    return (
        f"{_accuracies(comparison)} on average over {comparison.seeds} seeds, "
        f"a difference of {_points(comparison.difference)} points "
        f"(95% interval {_points(low)} to {_points(high)}), "
        f"and the tuned model is ahead on {comparison.seeds_won} of {comparison.seeds} seeds"
    )


def _accuracies(comparison: Comparison) -> str:
    return (
        f"tuned {100 * comparison.tuned_accuracy:.2f}% and baseline "
        f"{100 * comparison.baseline_accuracy:.2f}% of {comparison.test_images:,} test images right"
    )


def _reason(comparison: Comparison, p_holm: float, baselines: int) -> str:
    if comparison.interval.low <= 0 <= comparison.interval.high:
        return "the interval includes zero"
    return f"among {baselines} baselines such an interval may be chance (corrected p = {p_holm:.2g})"


def _points(fraction: float) -> str:
    text = f"{100 * fraction:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def advise(verdict: str, comparison: Comparison) -> str:
    """Say in one sentence what to do or try next; `NAME` stands for the study's name, which decides no verdict."""
    if verdict == TUNED_BETTER:
        return "Use the tuned model; try more trials where the expected best score by budget still rises."
    if verdict == BASELINE_BETTER:
        return "Keep the baseline; try more trials, more epochs, or a search space that holds its settings."
    return _advise_open(comparison)


def _advise_open(comparison: Comparison) -> str:
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
            f"{settling.test_images:,} test images and there are {comparison.test_images:,}; "
            f"for a larger difference {larger}."
        )
    return f"No number of seeds up to 1,000 would settle a difference this small; {larger}."
