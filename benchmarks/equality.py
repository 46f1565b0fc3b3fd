"""Compare the scores of each kind of network over seeds: by the kernels, by compiled TensorFlow, and by `model.fit`.

    python -m benchmarks.equality [--seeds 5] [--only KIND] [--output benchmarks/results.md]

The first network of each hypermodel of `networks/` is trained on the data of `benchmarks.kinds`, from other initial
weights and in another order for each seed. Writes a section of `results.md`.
"""

import argparse
import os
import runpy
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

import keras_search
from keras_search.benchmarks import machine, sections
from keras_search.benchmarks.kind_data import Arrays
from keras_search.benchmarks.kinds import HERE, KINDS, Kind
from keras_search.benchmarks.process import BenchmarkError
from keras_search.benchmarks.records import Records
from keras_search.benchmarks.results import difference, markdown, spread
from keras_search.tuner.study.records import COMPILED, KERNELS
from keras_search.tuner.study.records import Kind as RunKind
from keras_search.tuner.study.store import Store

COMPARED = {
    **KINDS,
    "augmented": replace(KINDS["conv2d"], title="Conv2D, images distorted at random"),
}
"""The kinds of networks whose scores are compared."""
BATCH_SIZE = 32
"""Keras's and ours, where a hypermodel names none."""
SIDES = (KERNELS, COMPILED, "model.fit")


def main() -> None:
    """Read the arguments, train what was not trained yet, and write the section."""
    arguments = _arguments()
    records = Records(arguments.work / "records")
    for name in arguments.only or COMPARED:
        kind = COMPARED[name]
        data = kind.data(arguments.data, kind.examples)
        for side in SIDES:
            for seed in range(arguments.seeds):
                if not records.has(f"{name}/{side}", seed):
                    print(f"{name} by {side}, seed {seed}", flush=True)
                    records.put(f"{name}/{side}", seed, {"score": _score(side, name, kind, data, seed, arguments.work)})
    text = "\n".join(section(records))
    sections.write(arguments.output, text)
    print(text)


def section(records: Records) -> list[str]:
    """Write the table: means and standard deviations over seeds, and the difference from `model.fit`."""
    rows = []
    for name, kind in COMPARED.items():
        scores = {side: [record["score"] for record in records.of(f"{name}/{side}")] for side in SIDES}
        if all(scores.values()):
            apart, low, high = difference(scores["kernels"], scores["model.fit"])
            seeds = min(map(len, scores.values()))
            cells = ("{:.4f} ± {:.4f}".format(*spread(scores[side])) for side in SIDES)
            rows.append([kind.title, kind.objective, str(seeds), *cells, f"{apart:+.4f}", f"{low:+.4f} to {high:+.4f}"])
    header = ("kind", "score", "seeds", *SIDES, "kernels less model.fit", "95%")
    facts = machine.describe() | machine.now()
    about = (
        f"`python -m benchmarks.equality`: the first network of each kind, the best score of its epochs, means and "
        f"standard deviations over the seeds; the interval is Welch's. {facts['date']}, commit {facts['commit']}."
    )
    return ["## Equal scores", "", about, "", *markdown(header, rows, texts=2)]


def _score(side: str, name: str, kind: Kind, data: Arrays, seed: int, work: Path) -> float:
    train = partial(fit, seed=seed) if side == "model.fit" else partial(search, side, work=work, seed=seed)
    return train(HERE / "networks" / f"{name}.py", kind, data)


def search(engine: str, hypermodel: Path, kind: Kind, data: Arrays, *, work: Path, seed: int) -> float:
    """Train the first network of a hypermodel as a study's only trial; return its score.

    Raises:
        BenchmarkError: another engine trained it.
    """
    study = keras_search.start(
        "equality", **data, hypermodel=f"{hypermodel}:build", tuner="grid", max_trials=1, max_epochs=kind.epochs,
        objective=kind.objective, seed=seed, kernels=engine == KERNELS, search_only=True,
        quiet=True, overwrite=True, studies_dir=work / "studies", reports_dir=work / "reports",
    )  # fmt: skip
    with Store.read(study.path) as store:
        (trial,) = store.of_kind(RunKind.TRIAL).values()
    if trial.engine != engine:
        raise BenchmarkError(f"{hypermodel.name} was to be trained by {engine}, not by {trial.engine}.")
    return float(trial.score)


def fit(hypermodel: Path, kind: Kind, data: Arrays, *, seed: int) -> float:
    """Train the first network of a hypermodel with `model.fit`; return the best score of its epochs.

    Each epoch is given the examples in another order: Keras 3.15, once seeded, draws the same one for every epoch.
    """
    import keras
    import keras_tuner

    from keras_search.tuner.training.engine import fit_as_keras

    keras.utils.set_random_seed(seed)
    build: Callable[[object], keras.Model] = runpy.run_path(str(hypermodel))["build"]
    model, orders = build(keras_tuner.HyperParameters()), np.random.default_rng(seed)
    learned, held_out = ((data[f"x_{part}"], data[f"y_{part}"]) for part in ("train", "val"))
    values = [
        fit_as_keras(model, learned, held_out, BATCH_SIZE, orders.permutation(len(learned[0])))[kind.objective]
        for _ in range(kind.epochs)
    ]
    return float(np.max(values) if "acc" in kind.objective else np.min(values))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.equality", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data" / "mnist.npz",
                        help="MNIST as an .npz with x_train, y_train, x_test, y_test")  # fmt: skip
    parser.add_argument("--work", type=Path, default=HERE.parent / "build" / "bench-equality",
                        help="where scores are stored (default: build/bench-equality)")  # fmt: skip
    parser.add_argument("--output", type=Path, default=HERE / "results.md", help="the page to write")
    parser.add_argument("--only", action="append", choices=list(COMPARED), help="compare this kind, given once or more")
    parser.add_argument("--seeds", type=int, default=5, help="of each side (default: 5)")
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
