"""Measure whole searches of many kinds of networks beside KerasTuner's, and write a section of `results.md`.

    python -m benchmarks.kinds [--quick] [--repetitions 3] [--only KIND] [--output benchmarks/results.md]

Both sides load the same file of `networks/`, search its whole grid, and take turns. With --quick, less data and two
epochs: five minutes, to see where one stands; the start of a process then counts for most of it.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import numpy as np

from keras_search.benchmarks import kind_data, machine, process, sections
from keras_search.benchmarks.kind_data import Arrays
from keras_search.benchmarks.records import Record, Records
from keras_search.benchmarks.results import markdown, middle, number, ratio
from keras_search.tuner.study.records import Kind as RunKind
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.numbers import duration

HERE = Path(__file__).resolve().parent
QUICK_EPOCHS, QUICK_SHARE = 2, 5


@dataclass(frozen=True)
class Kind:
    """A kind of network: the title of its row, the data for a count of examples, and its epochs."""

    title: str
    data: Callable[[Path, int], Arrays]
    examples: int
    epochs: int = 6
    objective: str = "val_accuracy"


KINDS = {
    "dense": Kind("six dense classifiers, MNIST", kind_data.images, 60_000),
    "residual": Kind("dense, residual and layer normalization, images", kind_data.images, 10_000),
    "embedding": Kind("embedding, average, dense: 100 tokens", lambda _, count: kind_data.tokens(count), 8_000),
    "conv1d": Kind("Conv1D: (128, 9)", lambda _, count: kind_data.signals(count), 4_000),
    "conv2d": Kind("Conv2D: images", lambda mnist, count: kind_data.images(mnist, count, channels=True), 10_000),
    "gru": Kind("GRU: images by rows", kind_data.images, 10_000),
    "lstm": Kind("LSTM: images by rows", kind_data.images, 10_000),
    "regression": Kind("regression: 20 columns", lambda _, count: kind_data.values(count), 1_600, objective="val_loss"),
    "table": Kind("thirty networks of 20 epochs: 12 columns", lambda _, count: kind_data.rows(count), 2_000, 20),
}


def main() -> None:
    """Read the arguments, measure what was not measured yet, and write the section."""
    arguments = _arguments()
    records = Records(arguments.work / "records")
    try:
        _measure(records, arguments)
    except process.BenchmarkError as error:
        sys.exit(f"Error: {error}")
    text = "\n".join(section(records))
    sections.write(arguments.output, text)
    print(text)


def _measure(records: Records, arguments: argparse.Namespace) -> None:
    """Measure everything that was not measured yet, and say how long is left once each kind has been measured."""
    sides = {"ours": ours, "kerastuner": kerastuner}
    kinds = arguments.only or list(KINDS)
    planned = [(f"{side}/{name}", repetition) for repetition in range(arguments.repetitions)
               for name in kinds for side in sides]  # fmt: skip
    for count, (key, repetition) in enumerate(planned, 1):
        if records.has(key, repetition):
            continue
        left = seconds_left(records, [each for each in planned[count - 1 :] if not records.has(*each)])
        about = "" if left is None else f", about {duration(left)} left"
        print(f"{count}/{len(planned)} {key}, repetition {repetition + 1}{about}", flush=True)
        side, _, name = key.partition("/")
        record = sides[side](arguments.work, arguments.data, name, arguments.quick)
        records.put(key, repetition, {**record, **machine.now()})


def seconds_left(records: Records, planned: list[tuple[str, int]]) -> float | None:
    """Estimate the seconds of measurements by earlier repetitions, or those of other kinds; None before the first."""
    known = {key: [record["seconds"] for record in records.of(key)] for key, _ in planned}
    of_all = [record["seconds"] for record in records.all()]
    return sum(mean(known[key] or of_all) for key, _ in planned) if of_all else None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kinds", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data" / "mnist.npz",
                        help="MNIST as an .npz with x_train, y_train, x_test, y_test")  # fmt: skip
    parser.add_argument("--work", type=Path, help="where measurements are stored (default: build/bench-kinds)")
    parser.add_argument("--output", type=Path, help="the page to write (default: benchmarks/results.md)")
    parser.add_argument("--only", action="append", choices=list(KINDS), help="measure this kind, given once or more")
    parser.add_argument("--repetitions", type=int, default=1, help="of each measurement (default: 1)")
    parser.add_argument("--quick", action="store_true", help="a fifth of the data and two epochs")
    arguments = parser.parse_args()
    folder = "bench-kinds-quick" if arguments.quick else "bench-kinds"
    arguments.work = (arguments.work or HERE.parent / "build" / folder).resolve()
    arguments.output = arguments.output or (arguments.work if arguments.quick else HERE) / "results.md"
    return arguments


def ours(work: Path, mnist: Path, name: str, quick: bool) -> Record:
    """Search with `keras-search start --search-only`; add the least time of the products of each trial's epochs."""
    kind, data, epochs = KINDS[name], _data(work, mnist, name, quick), _epochs(name, quick)
    command = [
        process.installed("keras-search"), "start", name, "--dataset", str(data), "--hypermodel",
        f"{_hypermodel(name)}:build", "--tuner", "grid", "--max-trials", "1000", "--max-epochs", str(epochs),
        "--objective", kind.objective, "--search-only", "--quiet", "--overwrite",
        "--studies-dir", str(work / "studies"), "--reports-dir", str(work / "reports"),
    ]  # fmt: skip
    usage = process.run(command, work / "logs" / f"ours-{name}.log")
    with Store.read(work / "studies" / name) as store:
        runs = store.of_kind(RunKind.TRIAL)
        times = {run: [each.seconds for each in store.epochs() if each.run == run and each.epoch > 1] for run in runs}
        values = [run.hyperparameters for run in runs.values()]
        scores = [run.score for run in runs.values()]
        engines = sorted({run.engine for run in runs.values()})
    least = _bound(work, data, name, values)
    epochs_of = [median(seconds) for seconds in times.values() if seconds]
    shares = [seconds / bound for seconds, bound in zip(epochs_of, least, strict=False)]
    return {
        "seconds": usage.seconds, "cpu_seconds": usage.cpu_seconds, "epoch": median(epochs_of),
        "over": median(shares), "best": _best(scores, kind.objective), "engines": engines,
    }  # fmt: skip


def kerastuner(work: Path, mnist: Path, name: str, quick: bool) -> Record:
    """Search the same grid with KerasTuner."""
    kind, output = KINDS[name], work / f"{name}.json"
    data, epochs = _data(work, mnist, name, quick), str(_epochs(name, quick))
    command = process.script("grid_search", _hypermodel(name), data, epochs, kind.objective, output)
    usage = process.run(command, work / "logs" / f"kerastuner-{name}.log")
    content = json.loads(output.read_text(encoding="utf-8"))
    scores = list(content["scores"].values())
    times = {"epoch": median(content["epochs"]), "seconds": usage.seconds, "cpu_seconds": usage.cpu_seconds}
    return {**times, "best": _best(scores, kind.objective), "trials": len(scores)}


def section(records: Records) -> list[str]:
    """Write the table, medians of the repetitions."""
    rows = []
    for name, kind in KINDS.items():
        own, other = records.of(f"ours/{name}"), records.of(f"kerastuner/{name}")
        if not own:
            continue
        seconds, theirs = middle(own, "seconds"), middle(other, "seconds")
        epoch, slower = middle(own, "epoch"), middle(other, "epoch")
        rows.append([
            kind.title, ", ".join(own[0]["engines"]), len(own),
            number(theirs), number(seconds), number(ratio(theirs, seconds)),
            number(slower, 3), number(epoch, 3), number(middle(own, "over"), 2),
            *(number(middle(each, "best"), 4) for each in (other, own)),
        ])  # fmt: skip
    header = ("kind", "trained by", "runs", "KerasTuner, s", "keras-search, s", "times as quick", "its epoch, s",
              "ours, s", "ours : its products", "best score, KerasTuner", "ours")  # fmt: skip
    facts = machine.describe() | machine.now()
    about = f"{facts['Machine']}; {facts['date']}, commit {facts['commit']}."
    text = (
        "`python -m benchmarks.kinds`: the whole grid of each hypermodel of `benchmarks/networks`, whole processes, "
        "KerasTuner's `GridSearch` with its default training beside `keras-search start --tuner grid --search-only`; "
        "medians of the runs of each. "
        "An epoch is the median but the first of each trial: KerasTuner's on all cores, ours on one of the workers' "
        "cores. Its products: the matrix products of that network's epoch alone, on one core in NumPy. "
        "The first search of a kind on a machine also compiles its kernels, a few seconds more. " + about
    )
    return ["## Kinds of networks", "", text, "", *markdown(header, rows, texts=2)]


def _best(scores: Sequence[float], objective: str) -> float:
    return max(scores) if "acc" in objective else min(scores)


def _bound(work: Path, data: Path, name: str, values: list[dict[str, object]]) -> list[float]:
    trials, output = work / f"{name}-trials.json", work / f"{name}-bound.json"
    trials.write_text(json.dumps(values), encoding="utf-8")
    process.run(process.script("bound", _hypermodel(name), data, trials, output), work / "logs" / f"bound-{name}.log")
    return json.loads(output.read_text(encoding="utf-8"))


def _data(work: Path, mnist: Path, name: str, quick: bool) -> Path:
    """Return the data of a kind as an `.npz`, made once."""
    path, kind = work / "data" / f"{name}.npz", KINDS[name]
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as output:
            np.savez(output, **kind.data(mnist, kind.examples // QUICK_SHARE if quick else kind.examples))
        partial.replace(path)
    return path


def _hypermodel(name: str) -> Path:
    return HERE / "networks" / f"{name}.py"


def _epochs(name: str, quick: bool) -> int:
    return QUICK_EPOCHS if quick else KINDS[name].epochs


if __name__ == "__main__":
    main()
