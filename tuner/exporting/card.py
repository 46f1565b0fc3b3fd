"""The model card, README.md: what the model is, how to use it, how good it is, and how it was made."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from keras_search.tuner.exporting import usage
from keras_search.tuner.exporting.certificate import Certificate
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.markdown import escape, pairs, table
from keras_search.tuner.report.page_text import Table, comparison_table, percent, plain
from keras_search.tuner.system.numbers import figure


def card(details: Mapping[str, Any], certificates: Sequence[Certificate], examples: Mapping[str, str]) -> str:
    """Write the card of an exported model; `examples` is Python code by format."""
    parts = [
        f"# {escape(details['study'])}",
        _lead(details),
        "## Use it",
        usage.given(details["input"]),
        usage.outputs_text(details["outputs"]),
        *(f"As `{name}`:\n\n```python\n{code}\n```" for name, code in examples.items()),
        usage.command(details["input"], details["outputs"]),
        "## How good it is",
        _quality(details),
        *_comparison(details),
        "## Certificates",
        _certified(details["from_files"]),
        table(certificate_table(certificates)),
        *(f"Left out: {escape(reason)}" for reason in details["left_out"].values()),
        "## How it was made",
        pairs([(name, plain(value)) for name, value in details["hyperparameters"].items()],
              ("hyperparameter", "value")),
        pairs([(name, plain(value)) for name, value in details["settings"].items() if plain(value)],
              ("setting", "value")),
        pairs([("data", details["data"]["name"]), ("SHA-256 of the data", details["data"]["digest"]),
               *details["versions"]["measured"].items()], ("made with", "")),
        "For programs: [model.json](model.json)",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def certificate_table(certificates: Sequence[Certificate]) -> Table:
    """Return the certificates as a table of text, one row per format."""
    quality = _quality_heads(certificates)
    times = ("ms per example, batch 1", "batch 128")
    head = ("format", "file", "size", "largest difference", *quality, "from files", *times, "runtime")
    rows = tuple(
        (
            entry.format,
            entry.file,
            size_text(entry.bytes),
            f"{entry.largest_difference:.1e}",
            *_quality_cells(entry),
            f"{entry.from_files:,} of {entry.examples:,}" if entry.from_files else "none",
            *(f"{value:.3g}" for value in entry.milliseconds_per_example.values()),
            entry.runtime,
        )
        for entry in certificates
    )
    return Table(head, rows, (False, False, *(True for _ in head[3:]), False))


def size_text(size: int) -> str:
    """Format a size in bytes as 1.2 MB."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _certified(way: Mapping[str, Any] | None) -> str:
    """Explain how the files were certified, and which examples went the whole way from a file."""
    text = (
        "Each file was loaded in its own runtime and run on the whole test split, as raw data, and its "
        "results were compared with those of the model when it was measured."
    )
    if way is None:
        return text
    text += (
        f" {way['checked']:,} examples went the whole way: {way['what']}, read as `keras-search predict` reads them."
    )
    if way["changed"]:
        text += f" {way['changed']:,} others were left out, because their files have changed since they were measured."
    return text


def _quality_heads(certificates: Sequence[Certificate]) -> tuple[str, ...]:
    if any(entry.mean_absolute_error is not None for entry in certificates):
        return ("mean absolute error",)
    return ("labels agree", "accuracy") if any(entry.accuracy is not None for entry in certificates) else ()


def _quality_cells(entry: Certificate) -> tuple[str, ...]:
    if entry.accuracy is None and entry.mean_absolute_error is None:
        return ()
    if entry.mean_absolute_error is not None:
        return (figure(entry.mean_absolute_error),)
    tied = f" ({entry.ties} in a tie)" if entry.ties else ""
    return f"{entry.labels_agree:,} of {entry.examples:,}{tied}", percent(entry.accuracy)


def _lead(details: Mapping[str, Any]) -> str:
    settings = details["settings"]
    return escape(
        f"The best model of a {settings['tuner']} search of {settings['hypermodel']} on {details['data']['name']} "
        f"(trial {details['trial']}), retrained from scratch. It takes {usage.takes(details['input'])} and returns "
        f"{usage.gives(details['outputs'])}. Made with keras-search."
    )


def _quality(details: Mapping[str, Any]) -> str:
    metrics = details["metrics"]
    examples = f"{metrics['test_examples']:,} {usage.examples(details['input'])}"
    unseen = f"on {examples} that neither the search nor the training had seen"
    if "test_accuracy_interval" in metrics:
        low, high = metrics["test_accuracy_interval"]
        found = (
            f"Test accuracy {percent(metrics['test_accuracy'])} {unseen} (95% interval {percent(low)} to "
            f"{percent(high)})"
        )
    elif "test_mean_absolute_error_interval" not in metrics:
        found = f"Measured {unseen}"
    else:
        low, high = metrics["test_mean_absolute_error_interval"]
        found = (
            f"Mean absolute error {figure(metrics['test_mean_absolute_error'])} {unseen} (95% interval {figure(low)} "
            f"to {figure(high)}), where always predicting the mean of the training examples is off by "
            f"{figure(metrics['mean_absolute_error_of_the_mean'])}"
        )
    sentence = (
        f"{found}; test loss {figure(metrics['test_loss'])}. This is the first of "
        f"{details['settings']['compare_seeds']} retrainings on fresh seeds, chosen before the test; the table shows "
        "the means of all."
    )
    return f"{escape(sentence)}\n\n{escape(details['verdict'].get('sentence', ''))}".strip()


def _comparison(details: Mapping[str, Any]) -> list[str]:
    """Format the table of the comparison; none if no metric is known for every model."""
    none = pd.DataFrame()
    compared = pd.DataFrame(details["comparison"])
    if compared.empty:
        return []
    return [table(comparison_table(ReportData({}, none, none, verdict=details["verdict"], comparison=compared)))]
