"""Synthetic studies for the plots and the page: any number of trials, models and hyperparameters, drawn by seed."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_search.models.problem import Target
from keras_search.tuner.data import dataset_of
from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots import Drawn, draw_all
from keras_search.tuner.report.write import gather
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.plan import planned_runs
from keras_search.tuner.study.records import Epoch, Evaluation, Kind, Run, State, Values
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, claim, to_bytes

CHOICES: dict[str, list[Any]] = {
    "activation": ["relu", "gelu", "tanh", "leaky_relu"],
    "batch_normalization": ["none", "before_activation", "after_activation"],
    "optimizer": ["adam", "adamw", "nadam", "rmsprop", "sgd_with_momentum"],
    "batch_size": [32, 64, 128, 256],
    "learning_rate_schedule": ["constant", "cosine"],
    "shuffle_every_epoch": [True, False],
}
BASELINES = ("mlp-128-64", "mlp-bn-dropout", "dense-relu", "mlp-256-128-64", "ann-128", "dnn-bn")
RUNG_EPOCHS = (2, 4, 10, 30)


@dataclass(frozen=True)
class Shape:
    """Say what a synthetic study is like."""

    trials: int = 40
    tuner: str = "random"
    models: int = 2
    seeds: int = 5
    objective: str = "val_accuracy"
    workers: int = 4
    images: int = 360
    epochs: int = 10

    @property
    def settings(self) -> StudySettings:
        """Give its settings."""
        banded = self.tuner == "hyperband"
        return StudySettings.create(
            hypermodel="mlp", dataset="digits", tuner=self.tuner, objective=self.objective, seed=0,
            max_epochs=RUNG_EPOCHS[-1] if banded else self.epochs, compare_seeds=self.seeds,
            baselines=BASELINES[: self.models - 1], **({} if banded else {"max_trials": self.trials}),
        )  # fmt: skip


def _values(rng: np.random.Generator) -> Values:
    """Draw the hyperparameters of a multilayer perceptron: up to sixteen, fewer in shallow networks."""
    values: Values = {"layers": int(rng.integers(1, 5))}
    for layer in range(1, values["layers"] + 1):
        values[f"units_of_layer_{layer}"] = int(rng.choice([16, 32, 64, 128, 256, 512]))
        values[f"dropout_{layer}"] = round(float(rng.uniform(0, 0.5)), 2)
    for name, choices in CHOICES.items():
        values[name] = choices[int(rng.integers(len(choices)))]
    return {**values, "learning_rate": float(10 ** rng.uniform(-4, -1))}


def _places(count: int) -> Iterator[tuple[str, int, str]]:
    """Lay out brackets of 12, 6 and 4 trials, a third promoted at each rung: name, epochs and parent of each."""
    for iteration in range(1, count + 1):
        for bracket, slots in ((2, 12), (1, 6), (0, 4)):
            for rung, epochs in enumerate(RUNG_EPOCHS[len(RUNG_EPOCHS) - 1 - bracket :]):
                for slot in range(max(1, slots // 3**rung)):
                    parent = f"i{iteration}-b{bracket}-r{rung - 1}-{slot:02d}" if rung else ""
                    yield f"i{iteration}-b{bracket}-r{rung}-{slot:02d}", epochs, parent


def _trials(rng: np.random.Generator, shape: Shape) -> Iterator[Run]:
    """Draw the trials; where there are more than three, the third and the last have failed."""
    plain = ((f"{number:04d}", shape.epochs, "") for number in range(shape.trials))
    places = islice(_places(shape.trials) if shape.tuner == "hyperband" else plain, shape.trials)
    drawn: dict[str, Values] = {}
    for number, (name, epochs, parent) in enumerate(places):
        values = drawn[name] = drawn[parent] if parent else _values(rng)
        run = Run(name, Kind.TRIAL, "mlp", "trial", values, number, epochs, parent or None, trained=epochs,
                  best_epoch=epochs, parameters=109_386)  # fmt: skip
        error = 0.02 + 0.02 * (np.log10(values["learning_rate"]) + 2.7) ** 2 + 0.08 / epochs + rng.gamma(1.5, 0.004)
        error = 0.9 if values["learning_rate"] > 0.06 else float(error)
        if shape.trials > 3 and number in (2, shape.trials - 1):
            yield replace(run, state=State.FAILED, best_epoch=None, error="NaN loss at epoch 3 of 10")
        else:
            score = 3 * error if shape.objective == "val_loss" else 1 - error
            yield replace(run, state=State.COMPLETED, score=score)


def _curve(rng: np.random.Generator, run: Run, first: int, error: float) -> Iterator[Epoch]:
    for epoch in range(first, run.trained + 1):
        gap = float(error + 0.25 * np.exp(-epoch / 1.5) + rng.normal(0, 0.001))
        fitted = min(max(gap * (1 - 0.04 * epoch), 0.001), 1)
        metrics = {"loss": fitted * 3, "accuracy": 1 - fitted, "val_loss": gap * 3, "val_accuracy": 1 - gap}
        yield Epoch(run.name, epoch, metrics, 0.5, 0)


def _put_trials(store: Store, rng: np.random.Generator, shape: Shape) -> Run:
    """Keep the trials and their epochs; give the best of those with the full budget."""
    for run in _trials(rng, shape):
        store.put_run(run)
        if run.score is not None:
            error = run.score / 3 if shape.objective == "val_loss" else 1 - run.score
            first = store.runs[run.parent].trained + 1 if run.parent else 1
            for epoch in _curve(rng, run, first, error):
                store.put_epoch(epoch)
    done = [run for run in store.runs.values() if run.score is not None]
    full = [run for run in done if run.epochs == max(each.epochs for each in done)]
    sign = 1 if shape.objective == "val_loss" else -1
    return min(full, key=lambda run: sign * (run.score or 0))


def _put_retrains(store: Store, rng: np.random.Generator, shape: Shape, best: Run) -> None:
    """Keep the retrainings and what they say of the test images, of which a few are hard for all."""
    labels, hard = rng.integers(0, 10, shape.images), rng.random(shape.images)
    for run in planned_runs(shape.settings, best):
        place = 0 if run.role == "tuned" else 1 + BASELINES.index(run.model)
        done = replace(run, state=State.COMPLETED, trained=run.epochs, best_epoch=run.epochs, score=0.98,
                       parameters=109_386)  # fmt: skip
        logits = rng.normal(0, 1, (shape.images, 10))
        logits[np.arange(shape.images), labels] += np.where(hard < 0.03 + 0.004 * place, 0.5, 8)
        said = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
        store.put_run(done)
        for epoch in _curve(rng, done, 1, 0.02 + 0.003 * place):
            store.put_epoch(epoch)
        measures = {"accuracy": float((said.argmax(axis=1) == labels).mean()), "loss": 0.09}
        store.put_evaluation(Evaluation(run.name, measures, to_bytes(said)))
    store.put_array("test_labels", labels)
    store.put_array("sample_indices", np.arange(shape.images))
    store.put_array("sample_images", rng.integers(0, 17, (shape.images, 8, 8)).astype(np.uint8))


def _put_events(store: Store, rng: np.random.Generator, workers: int) -> None:
    """Let the workers take turns at the runs, by a clock of their own."""
    free, moments = np.zeros(workers), []
    for run in store.runs.values():
        worker = int(free.argmin())
        started, seconds = float(free[worker]), float(run.epochs * rng.uniform(0.4, 1.2))
        moments += [(started, "begin", run.name, worker), (started + seconds, run.state.value, run.name, worker)]
        free[worker] += seconds + 0.2
    with pytest.MonkeyPatch.context() as patch:
        for moment, *event in sorted(moments):
            patch.setattr("keras_search.tuner.study.store.time.time", lambda moment=moment: moment)
            store.put_event(*event)


def keep_synthetic(shape: Shape, root: Path) -> StudyFolder:
    """Keep a whole synthetic study of the given shape in a folder; it is the same for the same shape."""
    rng, folder = np.random.default_rng(7), StudyFolder(root / "digits")
    folder.make()
    target = Target(class_names=tuple("0123456789"))
    data = {"name": "digits", "class_names": target.class_names, "targets": [asdict(target)]}
    facts = {"settings": shape.settings.model_dump(mode="json"), "data": data, "space": {"space": []}}
    with Store.create(folder.root, claim(folder.root), **facts) as store, store.transaction():
        best = _put_trials(store, rng, shape)
        _put_retrains(store, rng, shape, best)
        _put_events(store, rng, shape.workers)
        store.set_facts(best=best.name, search_ended="done")
    return folder


def build_report_data(shape: Shape, root: Path) -> ReportData:
    """Keep a synthetic study, and gather what a report shows of it."""
    folder = keep_synthetic(shape, root)
    with Store.read(folder.root) as store:
        return gather(store, folder.name)


@pytest.fixture(scope="session")
def make_value_study(
    keep_study: Callable[..., StudyFolder], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., StudyFolder]:
    """Give a function that keeps a finished study of the prices of houses: `make_value_study(width=2, gap=8)`.

    Each model is off by about 40, the baselines by `gap` more.
    """

    def make(width: int = 1, examples: int = 500, gap: float = 8, models: int = 2, output: str = "") -> StudyFolder:
        rng = np.random.default_rng(5)
        x = rng.standard_normal((examples, 5))
        y = np.exp(0.4 * x @ rng.standard_normal((5, width)) + 5) + 40 * rng.standard_normal((examples, width))
        place = examples * 3 // 5
        both = {"x_train": x[:place], "y_train": y[:place], "x_test": x[place:], "y_test": y[place:]}
        named = {name: {output: part, "sold": (part[:, 0] > 150) * 1} for name, part in both.items() if name[0] == "y"}
        dataset = dataset_of("houses", {**both, **named} if output else both)

        def answer(run: Run) -> np.ndarray:
            noise = np.random.default_rng([run.seed, len(run.model)]).standard_normal((examples - place, width))
            return np.asarray(y[place:] + (40 if run.role == "tuned" else 40 + gap) * noise, np.float32)

        folder = StudyFolder(tmp_path_factory.mktemp("studies") / "houses")
        folder.make()
        settings = StudySettings.create(
            tuner="random", objective="val_mean_absolute_error", max_trials=1, max_epochs=1, compare_seeds=5,
            dataset="houses.csv", target="price", baselines=BASELINES[: models - 1],
        )  # fmt: skip
        return keep_study(folder, settings, dataset, answer)

    return make


@pytest.fixture(scope="session")
def make_value_data(
    make_report_data: Callable[..., ReportData], make_value_study: Callable[..., StudyFolder]
) -> Callable[..., ReportData]:
    """Give a function that builds a synthetic study of values; it takes what `make_value_study` takes."""

    def make(**study: Any) -> ReportData:
        full = make_report_data(trials=40, objective="val_loss", models=study.get("models", 2))
        folder = make_value_study(**study)
        with Store.read(folder.root) as store:
            found = gather(store, folder.name)
        names = ("predictions", "retrains", "comparison", "verdict", "class_names", "images")
        target = {**full.settings, "target": "price"}
        return replace(full, settings=target, **{name: getattr(found, name) for name in names})

    return make


@pytest.fixture(scope="session")
def drawn_report(
    make_report_data: Callable[..., ReportData], tmp_path_factory: pytest.TempPathFactory
) -> tuple[ReportData, list[Drawn], Path]:
    """Give a synthetic study of 40 trials, what was drawn of it, and the folder that holds the pictures."""
    data = make_report_data(trials=40, tuner="hyperband")
    folder = tmp_path_factory.mktemp("report")
    return data, draw_all(data, folder), folder


@pytest.fixture(scope="session")
def make_report_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., ReportData]:
    """Give a function that builds a synthetic study: `make_report_data(trials=40, tuner="hyperband")`."""
    cache: dict[Shape, ReportData] = {}

    def make(**shape: Any) -> ReportData:
        key = Shape(**shape)
        if key not in cache:
            cache[key] = build_report_data(key, tmp_path_factory.mktemp("synthetic"))
        return cache[key]

    return make


@pytest.fixture(scope="session")
def make_study(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., StudyFolder]:
    """Give a function that keeps a synthetic study, which no test changes: `make_study(trials=40)`."""
    cache: dict[Shape, StudyFolder] = {}

    def make(**shape: Any) -> StudyFolder:
        key = Shape(**shape)
        if key not in cache:
            cache[key] = keep_synthetic(key, tmp_path_factory.mktemp("synthetic"))
        return cache[key]

    return make
