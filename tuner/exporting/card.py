"""The model card, README.md: what the model is, how it is used, how good it is, and how it was made."""

from collections.abc import Mapping, Sequence
from typing import Any

from keras_search.tuner.exporting.certificate import Certificate
from keras_search.tuner.markdown import escape, pairs, table
from keras_search.tuner.pagetext import Table, percent, plain, points


def card(details: Mapping[str, Any], certificates: Sequence[Certificate], examples: Mapping[str, str]) -> str:
    """Write the card of an exported model; `examples` is Python code by format."""
    parts = [
        f"# {escape(details['study'])}",
        _lead(details),
        "## Use it",
        _input(details),
        *(f"As `{name}`:\n\n```python\n{code}\n```" for name, code in examples.items()),
        "Or, for images of any size: `keras-search predict FOLDER IMAGE...`, where FOLDER is this one.",
        "## How good it is",
        _quality(details),
        table(_comparison(details)),
        "## Certificates",
        "Each file was loaded in its own runtime and run on the whole test split. Its probabilities were compared "
        "with those of the model that was measured.",
        table(certificate_table(certificates)),
        "## How it was made",
        pairs([(name, plain(value)) for name, value in details["hyperparameters"].items()],
              ("hyperparameter", "value")),
        pairs([(name, plain(value)) for name, value in details["settings"].items() if value is not None],
              ("setting", "value")),
        pairs([("data", details["data"]["name"]), ("SHA-256 of the data", details["data"]["digest"]),
               *details["versions"]["measured"].items()], ("made with", "")),
        "All of it, for programs: [model.json](model.json)",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def certificate_table(certificates: Sequence[Certificate]) -> Table:
    """Give the certificates as text, a row a format."""
    head = ("format", "file", "size", "largest difference", "labels agree", "accuracy", "ms an image, batch 1",
            "batch 128", "runtime")  # fmt: skip
    rows = tuple(
        (
            entry.format,
            entry.file,
            size_text(entry.bytes),
            f"{entry.largest_difference:.1e}",
            f"{entry.labels_agree:,} of {entry.images:,}" + (f" ({entry.ties} in a tie)" if entry.ties else ""),
            percent(entry.accuracy),
            *(f"{value:.3g}" for value in entry.milliseconds_per_image.values()),
            entry.runtime,
        )
        for entry in certificates
    )
    return Table(head, rows, (False, False, True, True, True, True, True, True, False))


def size_text(size: int) -> str:
    """Write a size in bytes as 1.2 MB."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _lead(details: Mapping[str, Any]) -> str:
    settings, shape = details["settings"], "x".join(str(size) for size in details["input"]["shape"])
    return escape(
        f"The best model of a {settings['tuner']} search of {settings['hypermodel']} on {details['data']['name']} "
        f"(trial {details['trial']}), retrained from scratch. It takes images of {shape} and gives a probability for "
        f"each of {len(details['class_names'])} classes. Made with keras-search."
    )


def _input(details: Mapping[str, Any]) -> str:
    given = details["input"]
    low, span = given["low"], given["high"] - given["low"]
    names = ", ".join(escape(name) for name in details["class_names"])
    return (
        f"The input `x` is float32 of shape `(n, {', '.join(str(size) for size in given['shape'])})`. Raw pixels "
        f"reach from {low:g} to {given['high']:g} and are scaled first:\n\n"
        f'```python\nx = (pixels.astype("float32") - {low:g}) / {span:g}\n```\n\n'
        f"The output is `(n, {len(details['class_names'])})`, a probability for each class, in this order: {names}."
    )


def _quality(details: Mapping[str, Any]) -> str:
    metrics = details["metrics"]
    low, high = metrics["test_accuracy_interval"]
    sentence = (
        f"Test accuracy {percent(metrics['test_accuracy'])} on {metrics['test_images']:,} images that neither the "
        f"search nor the training had seen (95% interval {percent(low)} to {percent(high)}); test loss "
        f"{metrics['test_loss']:.4f}. This is the first of {details['settings']['compare_seeds']} retrainings on "
        "fresh seeds, chosen before the test; the table has the means of all."
    )
    return f"{escape(sentence)}\n\n{escape(details['verdict'].get('sentence', ''))}"


def _comparison(details: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            str(row["model"]),
            f"{row['parameters']:,}",
            plain(row["seeds"]),
            percent(row["test_accuracy"]),
            f"{row['test_loss']:.4f}",
            points(row["difference"]),
        )
        for row in details["comparison"]
    )
    head = ("model", "parameters", "seeds", "test accuracy", "test loss", "difference (points)")
    return Table(head, rows, (False, True, True, True, True, True))
