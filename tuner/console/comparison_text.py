"""Format a comparison of studies for a terminal."""

from typing import Any

from keras_search.tuner.console.terminal import add_row, as_text, table
from keras_search.tuner.report.comparing import ComparedStudy, Comparison
from keras_search.tuner.study.fields import option
from keras_search.tuner.system.numbers import duration, figure, metric_text

WIDTH = 140
"""Characters of a line, after which tables wrap."""
LEAVE_OUT = ("time in trials", "epochs", "stage", "objective", "parameters")
"""The columns of the scores that a narrow terminal does without."""
STAGES = {"search": "searching", "retraining": "searched", "done": "done"}


def comparison_text(comparison: Comparison) -> str:
    """Format scores, the settings that differ, verdicts and cautions."""
    parts = [as_text(_scores(comparison), WIDTH, LEAVE_OUT), "", _differences(comparison), ""]
    parts += [f"{each.name}: {_verdict(each)}" for each in comparison.studies]
    parts += ["", _standing(comparison)]
    parts += [f"Note: {caution}" for caution in comparison.cautions]
    return "\n".join(parts)


def _scores(comparison: Comparison) -> Any:
    heads = "study", "stage", "trials", "epochs", "time in trials", "objective", "best score", "parameters", "test"
    scores = table(*heads)
    for each in comparison.studies:
        best = each.best or {}
        score = "" if best.get("score") is None else figure(best["score"])
        parameters = f"{best['parameters']:,}" if best.get("parameters") else ""
        cells = each.name, STAGES[each.stage], each.trials, f"{each.epochs:,}", duration(each.seconds)
        add_row(scores, *cells, each.settings["objective"], score, parameters, _test(each))
    return scores


def _test(study: ComparedStudy) -> str:
    """Format what the tuned model reached on the test data."""
    if study.test is None:
        return ""
    metric, mean, spread = study.test["metric"], study.test["mean"], study.test["std"]
    several = f" ± {metric_text(spread, metric).rstrip('%')}" if study.test["seeds"] > 1 else ""
    return f"{metric.replace('_', ' ')} {metric_text(mean, metric)}{several}"


def _differences(comparison: Comparison) -> str:
    if not comparison.differences:
        return "The settings are the same."
    found = table("setting", *(each.name for each in comparison.studies))
    for name, values in comparison.differences.items():
        add_row(found, option(name), *map(_value, values))
    return as_text(found, WIDTH)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def _verdict(study: ComparedStudy) -> str:
    if study.verdict is None:
        return "not tested yet."
    return f"{study.verdict['verdict']}. {study.verdict['sentence']}"


def _standing(comparison: Comparison) -> str:
    if not comparison.ranked:
        return "Nobody is ahead: there is nothing to rank them by."
    by = comparison.ranked.replace("_", " ")
    if not comparison.leader:
        return f"The best are level by {by}."
    return f"Ahead by {by}: {comparison.leader}."
