"""The words and figures of a report as plain strings: what the HTML page and the Markdown files both show."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from keras_search.tuner.report.contents import ReportData, completed, hyperparameters, ranking
from keras_search.tuner.report.naming import compared_metric, marked
from keras_search.tuner.report.pauses import without_pauses
from keras_search.tuner.study.records import TUNED
from keras_search.tuner.system import numbers
from keras_search.tuner.system.numbers import amount, is_share, metric_text, p_text, shared_decimals, signed
from keras_search.tuner.system.text import visible

TOP = 10
LAYER = re.compile(r"_([0-9]{1,6})$")
"""How the name of a setting ends that belongs to one of several layers."""


@dataclass(frozen=True)
class Table:
    """Hold a table as text: column headings, rows of cells, which columns are numbers, and the rows of the best."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    best: tuple[int, ...] = ()


def percent(share: object) -> str:
    """Format a share as 98.12%, or nothing if there is none."""
    value = number(share)
    return numbers.percent(value) if np.isfinite(value) else ""


def points(difference: object) -> str:
    """Format a difference of shares in percentage points with its sign: +0.42."""
    value = number(difference)
    return numbers.points(value) if np.isfinite(value) else ""


def number(value: object) -> float:
    """Read a number, NaN if it is not one."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")
    except OverflowError:  # a whole number beyond all floats
        return float("inf") if value > 0 else float("-inf")  # type: ignore[operator]


def plain(value: object) -> str:
    """Format any value of a setting: whole numbers without a point, fractions with four digits, nothing for none."""
    if value is None or value is pd.NA or (isinstance(value, (float, np.floating)) and np.isnan(value)):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(entry) for entry in value)
    return str(value)


def counted(count: object, noun: str) -> str:
    """Count things in words: 1 epoch, 1,234 epochs."""
    return f"{int(number(count)):,} {noun}{'s' * (number(count) != 1)}"


def title(data: ReportData) -> str:
    """Name the report by its study."""
    return str(data.settings.get("name", "study"))


def lead(data: ReportData) -> str:
    """Describe the search on one line."""
    done, failed = len(completed(data.trials)), int((data.trials["state"] == "failed").sum())
    known = {key: str(data.settings.get(key, "")) for key in ("hypermodel", "dataset", "tuner")}
    trials = counted(done, "trial") + (f" ({failed} more failed)" if failed else "")
    output = data.verdict.get("output")
    return (
        f"{known['hypermodel']} on {known['dataset']}, {known['tuner']} search: {trials}, "
        f"{'highest' if data.direction == 'max' else 'lowest'} {data.objective}"
        + (f"; models are compared by their output {output}" if output else "")
    )


def sentence(data: ReportData) -> str:
    """Return the verdict in one sentence; without a comparison, what the search found."""
    if data.verdict.get("sentence"):
        return str(data.verdict["sentence"])
    if data.verdict.get("verdict"):
        return str(data.verdict["verdict"]).capitalize() + "."
    if not data.comparison.empty:
        return "The models were retrained and compared, but no verdict could be reached."
    if not data.winner:
        return "The search has no completed trial yet."
    score = best_score(data)
    return f"The best trial, {data.winner}, reached {score} {data.objective}; nothing was retrained or compared."


def best_score(data: ReportData) -> str:
    """Format the score of the best trial."""
    rows = data.trials.loc[data.trials["trial"] == data.winner, "score"]
    return metric_text(float(rows.iloc[0]), data.objective) if len(rows) else ""


def recommendation(data: ReportData) -> str:
    """Return the sentence on which model to use."""
    return str(data.verdict.get("recommendation") or "")


def remarks(data: ReportData) -> list[str]:
    """List the remarks beside the verdict: the size and training of the models, their measure, a warning."""
    found = (str(data.verdict.get(key) or "") for key in ("efforts", "note", "warning"))
    return [_named(data, text) for text in found if text]


def method(data: ReportData) -> str:
    """Explain how the interval and the verdict are computed, and what each test answers."""
    return " ".join(str(data.verdict[key]) for key in ("tests", "method") if data.verdict.get(key))


def level_text(data: ReportData) -> str:
    """Name the trials that share the best score, and why one of them is the best; "" if it is alone."""
    if not data.level:
        return ""
    shown = ", ".join(data.level[:5]) + (f" and {len(data.level) - 5} more" if len(data.level) > 5 else "")
    return f"Level with {shown}; chosen by the lower validation loss, then the fewer parameters, then the name."


def advice(data: ReportData) -> list[str]:
    """List the verdict's advice on what to try next."""
    tips = data.verdict.get("what_to_try") or []
    return [_named(data, str(tip)) for tip in ([tips] if isinstance(tips, str) else tips)]


def _named(data: ReportData, text: str) -> str:
    """Put the study's name into the commands of a text."""
    return text.replace("resume NAME", f"resume {data.settings.get('name', 'NAME')}")


def comparison_table(data: ReportData) -> Table:
    """Format the comparison: one row per model, the best first and marked; differences are tuned minus the model."""
    metric = compared_metric(data.comparison)
    share, name = is_share(metric), metric.replace("_", " ")
    places = decimals_of(data.comparison, data.verdict)
    value, gap = (percent, points) if share else (partial(_amount, places=places), partial(_signed, places=places))
    head = ["model", f"test {name}", "± (seeds)", "tuned minus model" + " (points)" * share]
    head += [_loss_name(data)] * (metric != "loss") + [
        f"validation {name}",
        "parameters",
        "epochs",
        "batch size",
        "seeds",
    ]
    rows = []
    use, level = data.verdict.get("use"), data.verdict.get("level") or []
    for row in data.comparison.to_dict("records"):
        spread = row[f"test_{metric}_std"]
        cells = [marked(row["model"], level, use), value(row[f"test_{metric}"])]
        cells += [percent(spread).rstrip("%") if share else _amount(spread, places)]
        cells += ["" if row["model"] == TUNED else gap(row["difference"])]
        cells += [_metric(row["test_loss"], "loss")] * (metric != "loss")
        cells += [value(row[f"val_{metric}"])]
        cells += [f"{int(row['parameters']):,}", *(plain(row[key]) for key in ("epochs", "batch_size", "seeds"))]
        rows.append(tuple(cells))
    best = tuple(place for place, model in enumerate(data.comparison["model"]) if model == use or model in level)
    return Table(tuple(head), tuple(rows), (False,) + (True,) * (len(head) - 1), best)


def _loss_name(data: ReportData) -> str:
    """Name the test loss; of values it is the squared error in their own units, unlike the loss of the training."""
    squared = "test_mean_squared_error"
    known = squared in data.retrains and data.retrains["test_loss"].equals(data.retrains[squared])
    return "test squared error" if known else "test loss"


def verdict_figures(data: ReportData) -> Table:
    """Format the figures behind the verdict: difference, 95% interval, probability, verdict.

    There is one row per baseline, in the order of the comparison.
    """
    first = data.baselines[0] if data.baselines else ""
    measure = str(data.verdict.get("measure", "accuracy"))
    unit, rows = " (points)" if is_share(measure) else "", []
    places = 2 if data.comparison.empty else decimals_of(data.comparison, data.verdict)
    for place, entry in enumerate((data.verdict, *(data.verdict.get("others") or []))):
        if entry.get("difference") is None:
            continue
        name = str(entry.get("baseline") or entry.get("model") or (first if place == 0 else ""))
        p_value = number(entry.get("p_holm"))
        rows.append((name, *difference(entry, measure, places), chance(entry),
                     p_text(p_value) if np.isfinite(p_value) else "", str(entry.get("verdict", ""))))  # fmt: skip
    head = ("tuned minus", f"difference{unit}", f"95% interval{unit}", "ahead on a new seed",
            "corrected p", "verdict")  # fmt: skip
    order = [] if data.comparison.empty else list(data.comparison["model"])
    rows.sort(key=lambda row: order.index(row[0]) if row[0] in order else len(order))
    return Table(head, tuple(rows), (False, True, True, True, True, False))


def chance(entry: Mapping[str, Any]) -> str:
    """Format the probability that the tuned model is ahead on a new seed, with its interval if there is one."""
    value = number(entry.get("probability"))
    edges = entry.get("probability_interval")
    if not np.isfinite(value):
        return ""
    write = partial(numbers.percent, places=0)
    return write(value) + (f" ({write(number(edges[0]))} to {write(number(edges[1]))})" if edges else "")


def difference(entry: Mapping[str, Any], measure: str, places: int) -> tuple[str, str]:
    """Format a difference and its interval, in percentage points or in the unit of what is predicted."""
    edges = [number(edge) for edge in entry.get("interval") or ()]
    write = points if is_share(measure) else partial(_signed, places=places)
    return write(entry["difference"]), " to ".join(text for text in map(write, edges) if text)


def decimals_of(comparison: pd.DataFrame, verdict: Mapping[str, Any]) -> int:
    """Return the decimals of what a comparison does not show in percent: the verdict's, else by the table."""
    if verdict.get("decimals") is not None:
        return int(verdict["decimals"])
    tested = f"test_{compared_metric(comparison)}"
    return shared_decimals(comparison[f"{tested}_std"].tolist(), comparison[tested].tolist())


def value_text(value: object, metric: str, places: int) -> str:
    """Format a value of the measure as in the comparison table."""
    return percent(value) if is_share(metric) else _amount(value, places)


def _amount(value: object, places: int) -> str:
    return amount(number(value), places) if np.isfinite(number(value)) else ""


def _signed(value: object, places: int) -> str:
    return signed(number(value), places) if np.isfinite(number(value)) else ""


def _flat(values: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        name = before + str(key).replace("_", " ") if before else str(key)
        if isinstance(value, Mapping):
            rows += _flat(value, f"{name} / ")
        elif not (isinstance(value, (list, tuple)) and any(isinstance(v, (Mapping, list)) for v in value)):
            rows.append((name, plain(value)))
    return rows


def best_settings(data: ReportData, layers: bool = True) -> list[tuple[str, str]]:
    """List the best trial's hyperparameters, learning rate and batch size first; those of `layers` only if wanted."""
    leading = [name for name in ("learning_rate", "batch_size") if name in data.best]
    names = leading + [name for name in data.best if name not in leading]
    left_out = (
        () if layers or layer_settings(data) is None else [name for each in _layers(data).values() for name in each]
    )
    return [(str(name), plain(data.best[name])) for name in names if plain(data.best[name]) and name not in left_out]


def layer_settings(data: ReportData) -> Table | None:
    """Format the numbered settings of the best trial, such as `units_1`, a row a layer; None if there are few."""
    layers = _layers(data)
    stems = list(dict.fromkeys(LAYER.sub("", name) for names in layers.values() for name in names))
    if len(layers) < 2 or len(stems) < 2:
        return None
    rows = [(str(layer), *(plain(data.best.get(f"{stem}_{layer}")) for stem in stems)) for layer in layers]
    return Table(("layer", *stems), tuple(rows), (False,) + (True,) * len(stems))


def _layers(data: ReportData) -> dict[int, list[str]]:
    """Group the names of the best trial's settings that end in a number by it."""
    found: dict[int, list[str]] = {}
    for name in map(str, data.best):
        number = LAYER.search(name)
        if number and plain(data.best[name]):
            found.setdefault(int(number[1]), []).append(name)
    return dict(sorted(found.items()))


def order_text(data: ReportData) -> str:
    """Say in which order the trials are."""
    if data.brackets.empty:
        return "The best trial comes first."
    return "The best comes first, of those trained for the full budget of epochs; then those that were cut short."


def study_settings(data: ReportData) -> list[tuple[str, str]]:
    """List what the networks get, and the study's settings."""
    return [*data.seen.items(), *((name, text) for name, text in _flat(data.settings, "") if text)]


def made(data: ReportData) -> list[tuple[str, str]]:
    """List when, how long and on what a study ran, with the versions that decide its numbers."""
    rows = []
    if data.span:
        began, ended = (datetime.fromtimestamp(moment, UTC) for moment in data.span)
        rows.append(("run", f"{_period(began, ended)} UTC"))
    if not data.timings.empty:
        timings = without_pauses(data.timings)[0]
        rows.append(("took", numbers.duration(float((timings["started"] + timings["seconds"]).max()))))
        rows.append(("workers", str(timings["worker"].nunique())))
    if "machine" in data.versions:
        rows.append(("processor", str(data.versions["machine"]).split(",")[0]))
    return rows + [(str(name), str(version)) for name, version in data.versions.items() if name != "machine"]


def _period(began: datetime, ended: datetime) -> str:
    """Write when something began and ended, to the minute, without what both have in common."""
    first, last = f"{began:%d %B %Y, %H:%M}", f"{ended:%d %B %Y, %H:%M}"
    if first == last:
        return first
    return f"{first} to {f'{ended:%H:%M}' if began.date() == ended.date() else last}"


def settings_text(row: Mapping[Any, Any], names: list[str]) -> str:
    """Format the settings of one trial on one line, without the inactive ones."""
    return ", ".join(f"{name}={plain(row[name])}" for name in names if plain(row[name]))


def top_trials(data: ReportData) -> Table:
    """Format the ten best trials, each configuration once, those with the full budget first."""
    ranked = ranking(data.trials, data.brackets, data.direction)
    names = hyperparameters(data.trials)
    rows = [
        (str(row["trial"]), metric_text(row["score"], data.objective), plain(row["epochs"]), settings_text(row, names))
        for row in ranked.head(TOP).to_dict("records")
    ]
    return Table(("trial", data.objective, "epochs", "settings"), tuple(rows), (False, True, True, False))


def _metric(value: object, metric: str) -> str:
    return metric_text(number(value), metric) if np.isfinite(number(value)) else ""


def trial_cells(trials: pd.DataFrame, objective: str) -> list[list[tuple[str, str | float]]]:
    """Return every cell of the table of trials as (text, what it is sorted by), control characters escaped."""
    rows = []
    for row in trials.to_dict("records"):
        cells = []
        for name, value in row.items():
            text = metric_text(number(value), objective) if name == "score" else plain(value)
            text = "" if name == "score" and not np.isfinite(number(value)) else text
            text = f"{int(number(value)):,}" if name == "parameters" and text else text
            numeric = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
            text = visible(text)
            cells.append((text, number(value) if numeric and text and math.isfinite(number(value)) else text))
        rows.append(cells)
    return rows
