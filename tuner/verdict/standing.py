"""The ranking of the models by their score, which one to use, and their size and training."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keras_search.tuner.system.numbers import fixed
from keras_search.tuner.verdict.measure import Measure
from keras_search.tuner.verdict.wording import BASELINE_BETTER, TUNED_BETTER, value_text

NOTABLE = 1.5
"""From this ratio of two numbers of parameters on, a sentence gives the ratio."""


@dataclass(frozen=True)
class Standing:
    """Hold the mean score of one model of the comparison on the test data, its size and its training.

    `loss` is the mean validation loss over the seeds, infinite if it is not known; `epochs` is the largest number
    trained.
    """

    model: str
    score: float
    loss: float
    parameters: int
    epochs: int
    tuned: bool = False


def in_order(standings: Sequence[Standing], sign: int) -> list[Standing]:
    """Put models in the order of their score, the best first; `sign` is 1 if more is better, else -1.

    Equal ones go by the lower validation loss, the fewer parameters, and the name.
    """
    return sorted(
        standings, key=lambda each: (*_rank(-sign * each.score), *_rank(each.loss), each.parameters, each.model)
    )


def _rank(value: float) -> tuple[bool, float]:
    return (True, 0.0) if math.isnan(value) else (False, _digits(value))


def _digits(value: float) -> float:
    """Round a value to twelve digits, as it is shown, so that the order of a sum decides no rank."""
    return float(f"{value:.12g}")


def level_at_top(ordered: Sequence[Standing]) -> list[str]:
    """Name the models that share the best score; none if one alone has it."""
    best = [each.model for each in ordered if _digits(each.score) == _digits(ordered[0].score)]
    return best if len(best) > 1 else []


def recommend(
    ordered: Sequence[Standing], verdicts: Mapping[str, str], seeds: int, measure: Measure, places: int
) -> str:
    """Recommend in one sentence the model to use, tuned or not.

    Args:
        ordered: The models, the best first.
        verdicts: The verdict on each baseline, by name.
        seeds: How many seeds each was trained on.
        measure: The measure of the comparison.
        places: The decimals of values that are not shown in percent.
    """
    best, level = ordered[0], [each for each in ordered if each.model in level_at_top(ordered)]
    value = f"its test {measure.name}, {value_text(best.score, measure, places)}, is"
    if level:
        return (
            f"Use {_called(best)}: {value} level with that of {joined([_called(each) for each in level[1:]])} at the "
            "top, and it was chosen by the lower validation loss, then the fewer parameters, then the name."
        )
    beside = ordered[1] if best.tuned else next(each for each in ordered if each.tuned)
    how = f"the best of {len(ordered)} models" if len(ordered) > 2 else "the better of the two"
    has = f"{value} {how} ({_called(beside)} has {value_text(beside.score, measure, places)})"
    if seeds == 1:
        return f"Use {_called(best)} for now: {has}, but one seed proves nothing."
    if best.tuned:
        open_ = [each for each in ordered if not each.tuned and verdicts.get(each.model) != TUNED_BETTER]
        return f"Use the tuned model: {has}, {_how_sure(best, open_, len(ordered) - 1)}."
    proven = verdicts.get(best.model) == BASELINE_BETTER
    sure = "and it is proven better than the tuned model" if proven else (
        "though it is not proven better than the tuned model")  # fmt: skip
    return f"Use {best.model} rather than the tuned model: {has}, {sure}{_ahead(ordered)}."


def _called(standing: Standing) -> str:
    return "the tuned model" if standing.tuned else standing.model


def _how_sure(best: Standing, open_: Sequence[Standing], baselines: int) -> str:
    if not open_:
        every = "every baseline" if baselines > 1 else "the baseline"
        return f"and it is proven better than {every}"
    sentence = f"though it is not proven better than {joined([each.model for each in open_])}"
    small = next((each for each in open_ if each.parameters < best.parameters), None)
    if small is None:
        return sentence
    which = f"of which {small.model} has" if len(open_) > 1 else "which has"
    return f"{sentence}, {which} fewer parameters ({small.parameters:,} against {best.parameters:,})"


def _ahead(ordered: Sequence[Standing]) -> str:
    place = next(index for index, each in enumerate(ordered) if each.tuned)
    baselines = len(ordered) - 1
    return f"; {place} of {baselines} baselines rank above the tuned model" if baselines > 1 else ""


def joined(names: Sequence[str]) -> str:
    """Format names as a list: a, b and c."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def efforts(tuned: Standing, baseline: Standing) -> str:
    """Describe by how much the two models differ in size and training; "" if they do not."""
    parts = []
    if tuned.parameters != baseline.parameters:
        more, less = sorted((tuned.parameters, baseline.parameters), reverse=True)
        ratio = more / less if less else math.inf
        times = ""
        if NOTABLE <= ratio < math.inf:
            text = fixed(ratio, 0 if ratio >= 10 else 1).removesuffix(".0")
            times = f", {text} times as many as" if tuned.parameters == more else f", {text} times fewer than"
        parts.append(
            f"has {tuned.parameters:,} parameters{times or ', compared with'} {baseline.model} "
            f"({baseline.parameters:,})"
        )
    if tuned.epochs != baseline.epochs:
        parts.append(f"trained for up to {tuned.epochs} epochs against {baseline.epochs} for {baseline.model}")
    return f"The tuned model {', and '.join(parts)}." if parts else ""
