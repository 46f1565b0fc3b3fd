"""Format an estimate of a search for a terminal."""

from rich.table import Table

from keras_search.tuner.console.terminal import add_row, as_text, table
from keras_search.tuner.session.estimating import Estimate
from keras_search.tuner.system.numbers import duration, figure

MOST_CLASSES = 10
WIDTH = 100
"""Characters of a line, after which tables wrap."""


def estimate_text(estimate: Estimate) -> str:
    """Format what the models get, what will be trained, and what it takes."""
    settings, seconds = estimate.settings, estimate.seconds.as_dict()
    upper = " at most" if settings.patience or settings.plateau or settings.max_minutes else ""
    parts = [
        f"A {settings.tuner} search of {settings.hypermodel} on {settings.dataset} for {settings.objective}, "
        f"with {estimate.workers} workers. Nothing was started.",
        *_data(estimate),
        f"Search: {estimate.search.runs:,} trials, {estimate.search.epochs:,} epochs{upper}.",
        _comparison(estimate),
        "",
        as_text(_times(seconds), WIDTH),
        f"The whole is likely to take {duration(seconds['low'])} to {duration(seconds['high'])} on this machine if it "
        "stays as busy as it is now.",
        f"Disk: {_size(estimate.disk.as_dict()['total'])} at most, {_size(estimate.disk.data)} of it the data.",
        "",
        as_text(_measured(estimate), WIDTH),
        f"This is an estimate from these runs; measuring took {duration(estimate.took)}.",
    ]
    return "\n".join(parts)


def _data(estimate: Estimate) -> list[str]:
    data = estimate.data
    examples = f"Data: {data['fit']:,} examples to fit, {data['validation']:,} to validate, and a test split."
    return [examples, *map(_output, data["outputs"]), *estimate.gets, *estimate.notes]


def _output(output: dict[str, object]) -> str:
    """Describe what is predicted."""
    name, classes = output["name"], output["classes"]
    what = f"Predicted{f' as {name}' if name else ''}: "
    if not isinstance(classes, list):
        return f"{what}{output['width']} value{'s' * (output['width'] != 1)}."
    shown = ", ".join(map(str, classes[:MOST_CLASSES])) + (", ..." if len(classes) > MOST_CLASSES else "")
    return f"{what}{len(classes)} classes ({shown})."


def _comparison(estimate: Estimate) -> str:
    if not estimate.comparison.runs:
        return "No comparison: --search-only."
    return (
        f"Comparison: {', '.join(estimate.models)}, each on {estimate.settings.compare_seeds} seeds: "
        f"{estimate.comparison.runs} models, {estimate.comparison.epochs:,} epochs at most."
    )


def _times(seconds: dict[str, float]) -> Table:
    times = table("stage", "time")
    for stage in ("preparing", "search", "comparison", "ablation", "report"):
        if seconds[stage]:
            add_row(times, stage, duration(seconds[stage]))
    add_row(times, "total", duration(seconds["total"]))
    return times


def _measured(estimate: Estimate) -> Table:
    runs = table("measured", "parameters", "epochs", "seconds an epoch", "seconds besides")
    for each in estimate.measured:
        name = each.run if not each.error else f"{each.run} failed: {each.error}"
        parameters = f"{each.parameters:,}" if each.parameters else ""
        add_row(runs, name, parameters, len(each.epochs), figure(each.per_epoch), figure(each.fixed))
    return runs


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
