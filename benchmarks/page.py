"""Write `results.md` from the records, each section a list of lines; a part that was not measured shows dashes."""

from collections.abc import Callable

from keras_search.benchmarks.cases import Search, Sizes, compared, growing
from keras_search.benchmarks.plan import ACCURACY_SIDES, epoch_key
from keras_search.benchmarks.records import Record
from keras_search.benchmarks.results import NONE, difference, markdown, middle, number, ratio, spread, steady
from keras_search.benchmarks.sides import others

Lookup = Callable[[str], list[Record]]
SIDES = {"ours": "keras-search", "kerastuner": "KerasTuner", "optuna": "Optuna"}
RETRAINED = {
    "ours": "keras-search, its best trial",
    "ours by model.fit": "model.fit, the best trial of keras-search",
    "kerastuner": "model.fit, the best trial of KerasTuner",
}
HOW = """\
Every number is the median of the repetitions, in which the sides take turns; a ratio is how many times the time
of keras-search goes into it. All sides make the same trials: the list is read from the study of keras-search.
KerasTuner replays it with its own `Hyperband` tuner (promoted trials continue from their parents' checkpoints) and
its default training; Optuna, whose trials never continue others, makes those of the random searches. Both
use TensorFlow's default threads, print nothing, and are given data that is already split and scaled. A whole
process lasts from its start to its exit: imports, data, the search and, of keras-search, the report. In steady
state: the median epoch but the first of each trial, and the median trial but the first, divided by the number of
workers."""


def write(lookup: Lookup, sizes: Sizes, workers: int, about: dict[str, str]) -> str:
    """Return the text of the page."""
    facts = [f"- {name}: {value}" for name, value in about.items()]
    searches = compared(sizes, workers)
    sections = [
        ["# Benchmarks", "", *facts, "", HOW, ""],
        ["## In short", "", *summary(lookup, searches, sizes)],
        ["## Whole searches", "", *whole_searches(lookup, searches)],
        ["## Test accuracy", "", *accuracies(lookup, searches, sizes)],
        ["## One epoch", "", *epochs(lookup, sizes)],
        ["## How the time grows", "", *growth(lookup, sizes, workers)],
    ]
    return "\n".join(line for section in sections for line in section).rstrip() + "\n"


def summary(lookup: Lookup, searches: list[Search], sizes: Sizes) -> list[str]:
    """Compare, a row a comparison, keras-search with each other side; only what was measured."""
    rows = [row for search in searches for row in _search_rows(lookup, search)]
    for baseline, batch_size in sizes.epoch_networks:
        own, fit, least = (
            middle(lookup(epoch_key(way, baseline, batch_size)), "epoch_seconds") for way in ("ours", "fit", "products")
        )
        title = f"one epoch of {baseline}, batch {batch_size}"
        rows.append(_against(f"{title}: v. model.fit", own, fit))
        rows.append(_against(f"{title}: v. its matrix products alone", own, least))
    header = ("comparison", "keras-search", "the other", "the other : keras-search")
    return markdown(header, [row for row in rows if row[1:3] != [NONE, NONE]])


def _search_rows(lookup: Lookup, search: Search) -> list[list[str]]:
    rows = []
    for side in others(search):
        own, other = ([_with_largest(record) for record in lookup(f"{name}/{search.name}")] for name in ("ours", side))
        for field, what, unit in (
            ("seconds", "whole process", "s"),
            ("epoch", "an epoch in steady state", "s"),
            ("largest_mb", "peak memory of the largest process", "MiB"),
        ):
            title = f"{search.title}: {what} v. {SIDES[side]}"
            rows.append(_against(title, middle(own, field), middle(other, field), unit))
    if search.tuner == "hyperband":
        rows.append(_accuracy_row(lookup, search))
    return rows


def _accuracy_row(lookup: Lookup, search: Search) -> list[str]:
    own, other = (_accuracies(lookup, side, search) for side in ("ours", "kerastuner"))
    cells = [f"{spread(values)[0]:.2%}" if values else NONE for values in (own, other)]
    return [f"{search.title}: test accuracy of the best v. KerasTuner", *cells, _gap(own, other)]


def whole_searches(lookup: Lookup, searches: list[Search]) -> list[str]:
    """Show every search on every side: time, CPU time, steady state and memory."""
    header = ("search", "side", "whole process, s", "ratio", "CPU, s", "ratio", "steady epoch, s", "ratio",
              "steady trial, s", "ratio", "peak memory of the process, MiB", "of a worker", "of all")  # fmt: skip
    rows = []
    for search in searches:
        sides = ("ours", *others(search))
        measured = {side: [steady(record) for record in lookup(f"{side}/{search.name}")] for side in sides}
        for side, records in measured.items():
            row = [search.title, SIDES[side]]
            for field, digits in (("seconds", 1), ("cpu_seconds", 1), ("epoch", 2), ("trial", 2)):
                own, value = middle(measured["ours"], field), middle(records, field)
                row += [number(value, digits), number(ratio(value, own))]
            workers = middle(records, "worker_mb") if side == "ours" else None
            row += [number(middle(records, "peak_mb"), 0), number(workers, 0), number(middle(records, "total_mb"), 0)]
            rows.append(row)
    return [*markdown(header, rows, texts=2), *_ranges(lookup, searches)]


def accuracies(lookup: Lookup, searches: list[Search], sizes: Sizes) -> list[str]:
    """Show the test accuracy of each side's best trial, and the difference to ours with its interval."""
    rows = []
    for search in (search for search in searches if search.tuner == "hyperband"):
        own = _accuracies(lookup, "ours", search)
        for side in ACCURACY_SIDES:
            record = next(iter(lookup(f"accuracy/{side}/{search.name}")), None)
            rows.append([search.title, RETRAINED[side], *_accuracy_cells(record, own)])
    header = ("search", "trained by", "trial", "test accuracy", "standard deviation", "keras-search is better by")
    text = (
        f"The best trial by validation accuracy is trained from scratch on {sizes.seeds} seeds, kept at its best "
        "validation epoch and measured on the 10,000 test images. Where both sides found the same trial best, "
        "model.fit trains it once for both rows. The difference is of the unrounded accuracies, with a 95% interval "
        "(Welch's t)."
    )
    return [text, "", *markdown(header, rows, texts=3)]


def epochs(lookup: Lookup, sizes: Sizes) -> list[str]:
    """Show one epoch of the baselines in every way."""
    rows = []
    for baseline, batch_size in sizes.epoch_networks:
        seconds = {
            way: middle(lookup(epoch_key(way, baseline, batch_size)), "epoch_seconds")
            for way in ("ours", "fit", "fit-1", "products")
        }
        over = [number(ratio(seconds[way], seconds["ours"])) for way in ("fit", "fit-1")]
        row = [baseline, batch_size, *(number(value, 3) for value in seconds.values()), *over]
        rows.append([*row, number(ratio(seconds["ours"], seconds["products"]), 2)])
    header = ("network", "batch", "keras-search, s", "model.fit, s", "model.fit, 1 thread, s", "matrix products, s",
              "model.fit : keras-search", "model.fit, 1 thread : keras-search", "keras-search : products")  # fmt: skip
    text = (
        f"{sizes.images:,} images to train on and {sizes.images // 4:,} to validate. keras-search and the matrix "
        "products use one thread, model.fit its default unless it says otherwise. The products are those of training "
        "(forward, for the weights, for the inputs) and of validation (forward), in a compiled loop: XLA's or "
        "TensorFlow's own, whichever is quicker."
    )
    return [text, "", *markdown(header, rows)]


def growth(lookup: Lookup, sizes: Sizes, workers: int) -> list[str]:
    """Show how the time of our search grows with trials, workers and images."""
    lines = []
    for thing, searches in growing(sizes, workers).items():
        rows, first = [], None
        for count, search in searches:
            records = lookup(f"ours/{search.name}")
            seconds = middle(records, "seconds")
            first = first if first is not None else seconds
            memory = [number(middle(records, field), 0) for field in ("peak_mb", "worker_mb")]
            rows.append([f"{count:,}", number(seconds), number(ratio(seconds, first), 2), *memory])
        search = searches[0][1]
        header = (thing, "whole process, s", "times the first", "peak memory of the search, MiB", "of a worker, MiB")
        lines += [f"With {thing} ({_fixed(thing, search)}):", "", *markdown(header, rows)]
    return lines


def _fixed(thing: str, search: Search) -> str:
    """Describe what stays constant while one dimension grows."""
    facts = {"trials": f"{search.trials} trials", "workers": f"{search.workers} workers"}
    facts["images"] = f"{search.images:,} images"
    same = [text for name, text in facts.items() if name != thing]
    return ", ".join(["random", *same, f"{search.epochs} epochs", f"batch {search.batch_size}"])


def _with_largest(record: Record) -> Record:
    return {**steady(record), "largest_mb": max(record["peak_mb"], record["worker_mb"])}


def _against(title: str, own: float | None, other: float | None, unit: str = "s") -> list[str]:
    digits = 0 if unit == "MiB" else 2
    cells = [NONE if value is None else f"{number(value, digits)} {unit}" for value in (own, other)]
    return [title, *cells, number(ratio(other, own), 2)]


def _ranges(lookup: Lookup, searches: list[Search]) -> list[str]:
    """List the repetitions' whole times, to show how much they differ."""
    lines = []
    for search in searches:
        for side, name in SIDES.items():
            seconds = sorted(record["seconds"] for record in lookup(f"{side}/{search.name}"))
            if seconds:
                listed = ", ".join(f"{value:.1f}" for value in seconds)
                lines.append(f"- {search.title}, {name}: {listed} s")
    return ["The repetitions:", "", *lines, ""] if lines else []


def _accuracies(lookup: Lookup, side: str, search: Search) -> list[float]:
    return [value for record in lookup(f"accuracy/{side}/{search.name}") for value in record["accuracies"]]


def _accuracy_cells(record: Record | None, own: list[float]) -> list[str]:
    if record is None:
        return [NONE] * 4
    centre, deviation = spread(record["accuracies"])
    return [record["trial"], f"{centre:.2%}", f"{deviation:.2%}", _gap(own, record["accuracies"])]


def _gap(own: list[float], other: list[float]) -> str:
    """Format by how many points ours is better, with the interval."""
    if own == other or min(len(own), len(other)) < 2:
        return NONE
    gap, low, high = (100 * value for value in difference(own, other))
    return f"{gap:+z.2f} points ({low:+z.2f} to {high:+z.2f})"
