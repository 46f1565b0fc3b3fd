"""All figures of a verdict in words, as tables: what the page shows of `verdict.json` beyond its first lines."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from keras_search.tuner.report import page_text
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.page_text import Table, number
from keras_search.tuner.system.numbers import p_text

Entry = Mapping[str, Any]
"""The figures of the comparison with one baseline."""
Write = Callable[[Any], str]


def all_figures(data: ReportData) -> list[tuple[str, Table]]:
    """List the tables of the verdict's figures with a heading each: a column a baseline, then the search's optimism."""
    entries = [entry for entry in (data.verdict, *(data.verdict.get("others") or [])) if entry.get("baseline")]
    found = []
    if entries:
        names = tuple(str(entry["baseline"]) for entry in entries)
        columns = [list(_figures(data, entry)) for entry in entries]
        rows = [(words, *(_cell(column, words) for column in columns)) for words, _ in columns[0]]
        found.append(("Tuned against each baseline", _table(("", *names), rows)))
    optimism = [(words, text) for words, text in _optimism(data) if text]
    if optimism:
        found.append(("How optimistic the search was", _table(("", "tuned"), optimism)))
    return found


def _table(head: tuple[str, ...], rows: list[Any]) -> Table:
    return Table(head, tuple(map(tuple, rows)), (False,) + (True,) * (len(head) - 1))


def _cell(column: list[tuple[str, str]], words: str) -> str:
    return next((text for name, text in column if name == words), "")


def _figures(data: ReportData, entry: Entry) -> Iterator[tuple[str, str]]:
    """Name and write the figures of one comparison."""
    measure = str(data.verdict.get("measure", "accuracy"))
    metric = measure.replace(" ", "_")
    write = _writer(data)
    yield "verdict", str(entry.get("verdict", ""))
    yield f"test {measure}, tuned", write(entry.get(f"tuned_{metric}"))
    yield f"test {measure}, baseline", write(entry.get(f"baseline_{metric}"))
    if entry.get("test_images"):  # 0 if the measure is a number for all of them together
        yield "test examples", _whole(entry["test_images"])
    yield "seeds", _whole(entry.get("seeds"))
    yield "seeds on which tuned was ahead", _whole(entry.get("seeds_won"))
    yield "seeds on which both were level", _whole(entry.get("seeds_tied"))
    yield "p-value of the interval", _p(entry.get("p_value"))
    yield "the same, corrected for several baselines (Holm)", _p(entry.get("p_holm"))
    permutation = entry.get("permutation") or {}
    way = "every flip of a sign" if permutation.get("exact") else "random flips of signs"
    yield f"permutation test over the seeds ({way}), p", _p(permutation.get("p_value"))
    yield from _pair(entry)
    yield "chance that tuned is ahead on a new seed", page_text.chance(entry)
    yield "what would settle it", _settling(entry.get("settling") or {})


def _pair(entry: Entry) -> Iterator[tuple[str, str]]:
    """Name and write the test of the exported pair of models."""
    tests = (
        ("mcnemar", "McNemar's test", ("only_tuned", "only tuned right"), ("only_baseline", "only the baseline right")),
        ("wilcoxon", "Wilcoxon's test", ("tuned_nearer", "tuned closer"), ("baseline_nearer", "the baseline closer")),
    )
    for key, name, *counts in tests:
        found = entry.get(key)
        if found:
            for count, words in counts:
                yield f"exported pair, test examples with {words}", _whole(found.get(count))
            yield f"exported pair, {name}, p", _p(found.get("p_value"))


def _settling(found: Entry) -> str:
    """Say how many more seeds or examples the difference needs, if it stays as it is."""
    seeds, examples = found.get("more_seeds"), found.get("test_images")
    match found.get("limit"):
        case "settled":
            return "settled"
        case "no difference":
            return "nothing: there is no difference"
        case "test images" if examples:
            return f"{int(examples):,} test examples"
        case _ if seeds:
            return page_text.counted(seeds, "more seed")
    return "no number of seeds up to 1,000"


def _optimism(data: ReportData) -> Iterator[tuple[str, str]]:
    found = data.verdict.get("optimism") or {}
    measure = str(data.verdict.get("measure", "accuracy"))
    write = _writer(data)
    yield f"best validation {measure} of the search", write(found.get("best_validation_score"))
    yield f"validation {measure} after retraining, mean", write(found.get("mean_validation_score"))
    yield f"test {measure} after retraining, mean", write(found.get(f"mean_test_{measure.replace(' ', '_')}"))


def _writer(data: ReportData) -> Write:
    """Return what writes a value of the measure, as the comparison table does; nothing for none."""
    measure = str(data.verdict.get("measure", "accuracy"))
    places = 2 if data.comparison.empty else page_text.decimals_of(data.comparison, data.verdict)
    return lambda value: page_text.value_text(value, measure, places)


def _whole(value: Any) -> str:
    return f"{int(number(value)):,}" if np.isfinite(number(value)) else ""


def _p(value: Any) -> str:
    return p_text(number(value)) if np.isfinite(number(value)) else ""
