"""The words and figures of a report as plain strings: what the HTML page and the Markdown files both show."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from keras_search.tuner.report.contents import ReportData, compared_metric, completed, full_budget, hyperparameters
from keras_search.tuner.system.numbers import MINUS, amount, decimals, is_share, metric_text, signed

TOP = 10
TOLD = ("verdict", "baseline", "sentence", "difference", "interval", "probability", "probability_interval", "p_holm",
        "what_to_try", "others", "method", "measure", "output")  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Hold a table as text: column headings, rows of cells, and which columns are numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def percent(share: object) -> str:
    """Write a share as 98.12%, or nothing where there is none."""
    value = number(share)
    return f"{value:.2%}" if np.isfinite(value) else ""


def points(difference: object) -> str:
    """Write a difference of shares in percentage points with its sign: +0.42."""
    value = number(difference)
    return f"{100 * value:+.2f}".replace("-", MINUS) if np.isfinite(value) else ""


def _p_text(p_value: float) -> str:
    if not np.isfinite(p_value):
        return ""
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def number(value: object) -> float:
    """Read a number, NaN where it is none."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")
    except OverflowError:  # a whole number beyond all floats
        return float("inf") if value > 0 else float("-inf")  # type: ignore[operator]


def plain(value: object) -> str:
    """Write any value of a setting: whole numbers without a point, fractions with four digits, nothing for none."""
    if value is None or value is pd.NA or (isinstance(value, (float, np.floating)) and np.isnan(value)):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(entry) for entry in value)
    return str(value)


def title(data: ReportData) -> str:
    """Name the report by its study."""
    return str(data.settings.get("name", "study"))


def lead(data: ReportData) -> str:
    """Say on one line what was searched and how."""
    done, failed = len(completed(data.trials)), int((data.trials["state"] == "failed").sum())
    known = {key: str(data.settings.get(key, "")) for key in ("hypermodel", "dataset", "tuner")}
    trials = f"{done} trial{'' if done == 1 else 's'}" + (f" ({failed} more failed)" if failed else "")
    output = data.verdict.get("output")
    return (
        f"{known['hypermodel']} on {known['dataset']}, {known['tuner']} search: {trials}, "
        f"{'highest' if data.direction == 'max' else 'lowest'} {data.objective}"
        + (f"; models are compared by their output {output}" if output else "")
    )


def sentence(data: ReportData) -> str:
    """Give the verdict in one sentence; without a comparison, what the search found."""
    if data.verdict.get("sentence"):
        return str(data.verdict["sentence"])
    if data.verdict.get("verdict"):
        return str(data.verdict["verdict"]).capitalize() + "."
    if not data.comparison.empty:
        return "The models were retrained and compared, but no verdict could be given."
    if not data.winner:
        return "The search has no completed trial yet."
    score = best_score(data)
    return f"The best trial, {data.winner}, reached {score} {data.objective}; nothing was retrained or compared."


def best_score(data: ReportData) -> str:
    """Write the score of the best trial."""
    rows = data.trials.loc[data.trials["trial"] == data.winner, "score"]
    return metric_text(float(rows.iloc[0]), data.objective) if len(rows) else ""


def method(data: ReportData) -> str:
    """Say how the interval and the verdict came about."""
    return str(data.verdict.get("method") or "")


def advice(data: ReportData) -> list[str]:
    """List what the verdict says to try next."""
    tips = data.verdict.get("what_to_try") or []
    command = f"resume {data.settings.get('name', 'NAME')}"
    return [str(tip).replace("resume NAME", command) for tip in ([tips] if isinstance(tips, str) else tips)]


def comparison_table(data: ReportData) -> Table:
    """Set the comparison: a row a model, the tuned one first."""
    first = data.baselines[0] if data.baselines else "baseline"
    metric = compared_metric(data.comparison)
    share, name = is_share(metric), metric.replace("_", " ")
    places = _places(data.comparison, metric)
    value, gap = (percent, points) if share else (partial(_amount, places=places), partial(_signed, places=places))
    head = ["model", f"test {name}", "± (seeds)", f"v. {first}" + " (points)" * share]
    head += ["test loss"] * (metric != "loss") + [f"validation {name}", "parameters", "epochs", "batch size", "seeds"]
    rows = []
    for row in data.comparison.to_dict("records"):
        itself = row["model"] == first
        cells = [str(row["model"]), value(row[f"test_{metric}"]), gap(row[f"test_{metric}_std"]).lstrip("+")]
        cells += ["" if itself else gap(row["difference"])] + [_metric(row["test_loss"], "loss")] * (metric != "loss")
        cells += [value(row[f"val_{metric}"])]
        cells += [f"{int(row['parameters']):,}", *(plain(row[key]) for key in ("epochs", "batch_size", "seeds"))]
        rows.append(tuple(cells))
    return Table(tuple(head), tuple(rows), (False,) + (True,) * (len(head) - 1))


def verdict_figures(data: ReportData) -> Table:
    """Set the figures behind the verdict, a row a baseline: difference, 95% interval, probability, verdict."""
    first = data.baselines[0] if data.baselines else ""
    unit = " (points)" if is_share(data.verdict.get("measure", "accuracy")) else ""
    rows = []
    for place, entry in enumerate((data.verdict, *(data.verdict.get("others") or []))):
        if entry.get("difference") is None:
            continue
        name = str(entry.get("baseline") or entry.get("model") or (first if place == 0 else ""))
        p_value = number(entry.get("p_holm"))
        rows.append((name, *difference(entry, data.verdict.get("measure", "accuracy")), chance(entry),
                     _p_text(p_value), str(entry.get("verdict", ""))))  # fmt: skip
    head = ("tuned against", f"difference{unit}", f"95% interval{unit}", "ahead on a new seed",
            "corrected p", "verdict")  # fmt: skip
    return Table(head, tuple(rows), (False, True, True, True, True, False))


def chance(entry: Mapping[str, Any]) -> str:
    """Write the probability that the tuned model is ahead on a new seed, with its interval where there is one."""
    value = number(entry.get("probability"))
    edges = entry.get("probability_interval")
    if not np.isfinite(value):
        return ""
    return f"{value:.0%}" + (f" ({number(edges[0]):.0%} to {number(edges[1]):.0%})" if edges else "")


def difference(entry: Mapping[str, Any], measure: str) -> tuple[str, str]:
    """Write a difference and its interval, in percentage points or in the unit of what is predicted."""
    edges = [number(edge) for edge in entry.get("interval") or ()]
    value = number(entry.get(f"baseline_{measure.replace(' ', '_')}"))
    places = decimals((edges[1] - edges[0]) / 2 if len(edges) == 2 else 0.0, value)
    write = points if is_share(measure) else partial(_signed, places=places)
    return write(entry["difference"]), " to ".join(write(edge) for edge in edges)


def _places(comparison: pd.DataFrame, metric: str) -> int:
    """Count the decimals of a column of errors, by the smallest of their spreads over the seeds."""
    spreads = comparison[f"test_{metric}_std"].to_numpy(float)
    return decimals(float(min(spreads[spreads > 0], default=0.0)), float(comparison[f"test_{metric}"].mean()))


def _amount(value: object, places: int) -> str:
    return amount(number(value), places) if np.isfinite(number(value)) else ""


def _signed(value: object, places: int) -> str:
    return signed(number(value), places) if np.isfinite(number(value)) else ""


def further_figures(data: ReportData) -> list[tuple[str, str]]:
    """List the other figures of the verdict by name, nested ones joined by a slash."""
    return [(name, text) for name, text in _flat(data.verdict, "") if name.split(" / ")[0] not in TOLD and text]


def _flat(values: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        name = before + str(key).replace("_", " ") if before else str(key)
        if isinstance(value, Mapping):
            rows += _flat(value, f"{name} / ")
        elif not (isinstance(value, (list, tuple)) and any(isinstance(v, (Mapping, list)) for v in value)):
            rows.append((name, plain(value)))
    return rows


def best_settings(data: ReportData) -> list[tuple[str, str]]:
    """List the best trial's hyperparameters, learning rate and batch size first."""
    leading = [name for name in ("learning_rate", "batch_size") if name in data.best]
    names = leading + [name for name in data.best if name not in leading]
    return [(str(name), plain(data.best[name])) for name in names if plain(data.best[name])]


def study_settings(data: ReportData) -> list[tuple[str, str]]:
    """List the settings of the study."""
    return [(name, text) for name, text in _flat(data.settings, "") if text]


def settings_text(row: Mapping[Any, Any], names: list[str]) -> str:
    """Write the settings of one trial on one line, without the inactive ones."""
    return ", ".join(f"{name}={plain(row[name])}" for name in names if plain(row[name]))


def trial_texts(data: ReportData) -> dict[str, str]:
    """Say of each trial, by name, its score and its settings, a line each."""
    names = hyperparameters(data.trials)
    return {
        str(row["trial"]): "\n".join(
            [f"{row['trial']}: {metric_text(number(row['score']), data.objective)}, {plain(row['epochs'])} epochs"]
            + [f"{name}: {plain(row[name])}" for name in names if plain(row[name])]
        )
        for row in data.trials.to_dict("records")
    }


def top_trials(data: ReportData) -> Table:
    """Set the ten best trials, those trained to the full budget first, each with its settings on one line."""
    done = completed(data.trials)
    full = full_budget(data.trials, data.brackets).reindex(done["trial"]).to_numpy(bool)
    ranked = done.assign(_full=full).sort_values(
        ["_full", "score"], ascending=[False, data.direction == "min"], kind="stable"
    )
    names = hyperparameters(data.trials)
    rows = [
        (str(row["trial"]), metric_text(row["score"], data.objective), plain(row["epochs"]), settings_text(row, names))
        for row in ranked.head(TOP).to_dict("records")
    ]
    return Table(("trial", data.objective, "epochs", "settings"), tuple(rows), (False, True, True, False))


def _metric(value: object, metric: str) -> str:
    return metric_text(number(value), metric) if np.isfinite(number(value)) else ""


def trial_cells(trials: pd.DataFrame, objective: str) -> list[list[tuple[str, str]]]:
    """Give every cell of the table of trials as (text, what it is sorted by)."""
    rows = []
    for row in trials.to_dict("records"):
        cells = []
        for name, value in row.items():
            text = metric_text(number(value), objective) if name == "score" else plain(value)
            text = "" if name == "score" and not np.isfinite(number(value)) else text
            numeric = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
            cells.append((text, repr(number(value)) if numeric and text else text))
        rows.append(cells)
    return rows
