"""Measure keras-search beside KerasTuner, Optuna and the hardware's limit, and write `results.md`.

Other benchmarks keep their sections of the page, such as `python -m benchmarks.service --output`.

`python -m benchmarks` continues where an interrupted benchmark was left. `--only PART` measures one part;
`--quick` checks in a few minutes that everything runs.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from keras_search.benchmarks import machine, page, sections
from keras_search.benchmarks.cases import QUICK, Sizes
from keras_search.benchmarks.plan import Job, Plan
from keras_search.benchmarks.process import BenchmarkError
from keras_search.benchmarks.records import Records
from keras_search.benchmarks.workplace import Workplace
from keras_search.tuner.workers.pool import default_workers

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Read the arguments, measure, and write the page, even after an interruption."""
    arguments = _arguments()
    sizes = _sizes(arguments)
    place = Workplace(arguments.data, arguments.work)
    records = Records(place.root / "records")
    try:
        about = machine.describe()
        _check_sizes(place.root / "sizes.json", sizes)
        jobs = _chosen(Plan(place, records, sizes, default_workers(1)).parts(), arguments.only)
        try:
            _measure(jobs, records)
        finally:
            _write(arguments.output, records, sizes, about)
    except BenchmarkError as error:
        sys.exit(f"Error: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data" / "mnist.npz",
                        help="MNIST as an .npz with x_train, y_train, x_test, y_test")  # fmt: skip
    parser.add_argument("--work", type=Path, help="where measurements are stored (default: build/bench)")
    parser.add_argument("--output", type=Path, help="the page to write (default: benchmarks/results.md)")
    parser.add_argument("--only", action="append", metavar="PART", help="measure this part, given once or more")
    parser.add_argument("--repetitions", type=int, help="of each measurement (default: 3)")
    parser.add_argument("--images", type=int, help="to train on (default: 48000)")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    arguments = parser.parse_args()
    arguments.work = arguments.work or HERE.parent / "build" / ("bench-quick" if arguments.quick else "bench")
    arguments.output = arguments.output or (arguments.work if arguments.quick else HERE) / "results.md"
    return arguments


def _sizes(arguments: argparse.Namespace) -> Sizes:
    sizes = QUICK if arguments.quick else Sizes()
    given = {name: getattr(arguments, name) for name in ("repetitions", "images")}
    return replace(sizes, **{name: value for name, value in given.items() if value is not None})


def _check_sizes(path: Path, sizes: Sizes) -> None:
    """Make sure that a work folder has only one set of sizes, of which more repetitions may be measured.

    Raises:
        BenchmarkError: it holds measurements of other sizes.
    """
    wanted = json.loads(json.dumps(asdict(replace(sizes, repetitions=0))))
    if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != wanted:
        raise BenchmarkError(f"{path.parent} holds measurements of other sizes: choose another --work.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(wanted), encoding="utf-8")


def _chosen(parts: dict[str, list[Job]], names: list[str] | None) -> list[Job]:
    unknown = [name for name in names or [] if name not in parts]
    if unknown:
        raise BenchmarkError(f"--only must be one of {', '.join(parts)}, received {', '.join(unknown)}.")
    return [job for name in names or parts for job in parts[name]]


def _measure(jobs: list[Job], records: Records) -> None:
    """Measure everything that was not measured yet."""
    for count, job in enumerate(jobs, 1):
        if not records.has(job.key, job.repetition):
            print(f"{count}/{len(jobs)} {job.key}, repetition {job.repetition + 1}", flush=True)
            records.put(job.key, job.repetition, {**job.measure(), **machine.now()})


def _write(output: Path, records: Records, sizes: Sizes, machine_facts: dict[str, str]) -> None:
    measured = list(records.all())
    if not measured:
        return
    dates, commits = (sorted({record[name] for record in measured}) for name in ("date", "commit"))
    about = {
        **machine_facts,
        "Date": ", ".join(dates),
        "Commit": ", ".join(commits),
        "Command": f"`{' '.join(['python -m benchmarks', *sys.argv[1:]])}`",
        "Repetitions": str(sizes.repetitions),
    }
    sections.write(output, page.write(records.of, sizes, default_workers(1), about))
    print(f"Written: {output}")


if __name__ == "__main__":
    main()
