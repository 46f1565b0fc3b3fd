"""Certify an export: run it in its own runtime on the whole test split, and compare it with what was measured."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from keras_search.models.problem import Target
from keras_search.tuner.data.tree import Array, Tree, leaves, mapped, size, take
from keras_search.tuner.exporting.agreement import Agreement, agreement
from keras_search.tuner.exporting.naming import tensor_names
from keras_search.tuner.exporting.runtime import ExportError, Format, Runtime, digest, files_of
from keras_search.tuner.exporting.whole_way import WholeWay

BATCH = 256
TIMED_BATCHES = (1, 128)
TIMED_SECONDS = 0.3
TIMED_RUNS = (5, 200)


@dataclass(frozen=True)
class Certificate:
    """The results for one exported file.

    The differences are those of the compared output, `others` those of further outputs by name. For classes,
    `labels_agree` counts the labels and `ties` those of the others whose two classes are equally probable within
    the tolerance, and there is an `accuracy`; for values there is a `mean_absolute_error`. `bytes` is the size on
    disk, `sha256` that of the file (of a folder: of its files in the order of their names),
    `milliseconds_per_example` the median by batch size. `from_files` of the examples were also read from files, as
    `predict` reads them, and gave the same.
    """

    format: str
    file: str
    runtime: str
    examples: int
    largest_difference: float
    tolerance: float
    labels_agree: int | None
    ties: int | None
    accuracy: float | None
    mean_absolute_error: float | None
    others: dict[str, float]
    bytes: int
    sha256: str
    milliseconds_per_example: dict[str, float]
    from_files: int = 0


@dataclass(frozen=True, eq=False)
class Evidence:
    """The results that a file must repeat.

    `x` are the raw examples of the test split, as an exported model takes them, `truth` is that of
    each target, and `measured` are the outputs of the measured model: probabilities `(n, classes)`, values `(n, width)`
    or whatever it returns, by the name of the output. `whole_way` are some of the examples, read from files.
    """

    x: Tree
    truth: Tree
    measured: Mapping[str, Array]
    targets: tuple[Target, ...]
    whole_way: WholeWay | None = None


def certify(format_: Format, path: Path, runtime: Runtime, evidence: Evidence) -> Certificate:
    """Compare `runtime`, loaded from `path`, with what was measured.

    Raises:
        ExportError: an output differs by more than the tolerance, or a label by more than a tie.
    """
    predicted = _predict(runtime, evidence.x, evidence.targets)
    truth = leaves(evidence.truth)
    found = {
        t.name: agreement(t, predicted[t.name], evidence.measured[t.name], truth[t.name]) for t in evidence.targets
    }
    for target in evidence.targets:
        _check(found[target.name], target, format_, size(evidence.x))
    _check_whole_way(runtime, evidence, format_)
    target, *others = evidence.targets
    first, count = found[target.name], size(evidence.x)
    return Certificate(
        format=format_.name,
        file=format_.file,
        runtime=format_.version,
        examples=count,
        largest_difference=first.largest_difference,
        tolerance=first.tolerance,
        labels_agree=count - first.ties if target.classifies else None,
        ties=first.ties if target.classifies else None,
        **_quality(target, predicted[target.name], truth[target.name]),
        others={other.name: found[other.name].largest_difference for other in others},
        bytes=sum(file.stat().st_size for file in files_of(path)),
        sha256=digest(path),
        milliseconds_per_example={str(batch): _time(runtime.run, evidence.x, batch) for batch in TIMED_BATCHES},
        from_files=len(evidence.whole_way.places) if evidence.whole_way else 0,
    )


def _check_whole_way(runtime: Runtime, evidence: Evidence, format_: Format) -> None:
    """Compare a file's results on examples that were read from files with the measured ones.

    Raises:
        ExportError: it differs.
    """
    way = evidence.whole_way
    if way is None:
        return
    predicted, truth = _predict(runtime, way.x, evidence.targets), leaves(evidence.truth)
    for target in evidence.targets:
        measured = evidence.measured[target.name][way.places]
        found = agreement(target, predicted[target.name], measured, truth[target.name][way.places])
        _check(found, target, format_, len(way.places), f" of examples read from {way.what}")


def _predict(runtime: Runtime, x: Tree, targets: Sequence[Target]) -> dict[str, Array]:
    """Run all examples, and return each output, less its offset, by the name of its target."""
    batches = [runtime.run(take(x, slice(begin, begin + BATCH))) for begin in range(0, size(x), BATCH)]
    safe = tensor_names(target.name for target in targets) if len(targets) > 1 else {targets[0].name: ""}
    predicted = {target: np.concatenate([leaves(batch)[safe[target.name]] for batch in batches]) for target in targets}
    return {
        target.name: array - np.array(target.offset) if target.offset else array for target, array in predicted.items()
    }


def _check(found: Agreement, target: Target, format_: Format, examples: int, where: str = "") -> None:
    if found.holds:
        return
    what = "probabilities" if target.classifies else "values"
    output = (f" of the output {target.name}" if target.name else "") + where
    labels = f", and {found.wrong:,} of {examples:,} labels" if target.classifies else ""
    raise ExportError(
        f"The export {format_.file} differs from the model that was measured: {what}{output} differ by up "
        f"to {found.largest_difference:.1e} (at most {found.tolerance:.0e} is rounding){labels}. Nothing was exported."
    )


def _quality(target: Target, predicted: Array, truth: Array) -> dict[str, float | None]:
    if target.classifies:
        return {"accuracy": float(np.mean(predicted.argmax(axis=1) == truth)), "mean_absolute_error": None}
    if target.other:
        return {"accuracy": None, "mean_absolute_error": None}
    return {"accuracy": None, "mean_absolute_error": float(np.abs(predicted.astype(np.float64) - truth).mean())}


def _time(run: Callable[[Tree], Tree], x: Tree, count: int) -> float:
    """Measure the median time per example in batches of `count`, in milliseconds."""
    batch = mapped(lambda array: np.ascontiguousarray(np.resize(array[:count], (count, *array.shape[1:]))), x)
    run(batch)
    least, most = TIMED_RUNS
    times: list[float] = []
    while len(times) < least or (len(times) < most and sum(times) < TIMED_SECONDS):
        begin = time.perf_counter()
        run(batch)
        times.append(time.perf_counter() - begin)
    return round(1000 * median(times) / count, 5)
