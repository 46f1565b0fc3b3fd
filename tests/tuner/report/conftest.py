"""Odd studies: whatever a search, its data and its names can come to, kept as a real study is."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from keras_search.models.problem import Target
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.plan import planned_runs
from keras_search.tuner.study.records import Epoch, Evaluation, Kind, Run, State
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, claim, to_bytes

HOSTILE = (
    "[/64]", "[tanh]", "<b>x</b>", "a|b", "`x`", "*y*", "$\\alpha$", "$", "\\", "two\nlines", "\x1b[31mred", "\x00",
    "evil\u202egnp", "caf\udce9", "\U0001f469\u200d\U0001f52c", "数字", "नमस्ते", "שלום", "قلم", "ไทย",
    "n" * 300, " ", "", "None", "nan", "-0.0", "trial", "score", "kind", "name", "epoch", "seed", "hp_trial", "_full",
    "place", "=1+1", '"quoted", and', "{{ 7*7 }}", "%s{0}", "</script>", "learning_rate", "a\r\nb", "\ufeff", "_",
    "__x__", "1. x", "#", "&amp;",
)  # fmt: skip
TEXTS = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=()), max_size=20)
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 0.5, 1e-300, 5e-324, 1e308, -1e308, 1e16, 0.1]) | st.floats(
    allow_nan=False, allow_infinity=False
)
SCORES = st.sampled_from([0.0, 0.5, 1.0, math.inf, -math.inf, 1e-12, 1e300, -3.0]) | st.floats(0, 1)
METRICS = SCORES | st.just(math.nan)
KINDS = (
    st.booleans(),
    st.integers(-5, 5),
    st.integers(-(2**70), 2**70),
    st.sampled_from([16, 32, 64, 2**63, 10**400]),
    NUMBERS,
    st.floats(1e-5, 1e-1),
    TEXTS,
    st.sampled_from(["relu", "tanh", "[/64]"]),
    st.sampled_from([1, 1.0, True, "1"]),
)


@dataclass(frozen=True)
class OddStudy:
    """All that a study keeps."""

    settings: StudySettings
    data: dict[str, Any]
    trials: tuple[Run, ...]
    epochs: tuple[Epoch, ...]
    labels: np.ndarray | None
    images: np.ndarray | None
    said: tuple[np.ndarray, ...]
    events: tuple[tuple[str, str, int], ...]
    code_changed: bool

    def keep(self, folder: StudyFolder) -> StudyFolder:
        """Keep it in a folder, as a search would."""
        folder.make()
        done = [run for run in self.trials if run.state is State.COMPLETED]
        best = min(done, key=lambda run: (-run.epochs, run.name)).name if done else None
        space = {"space": [{"config": {"name": name}} for run in self.trials[:1] for name in run.hyperparameters]}
        facts = {"settings": self.settings.model_dump(mode="json"), "data": self.data, "space": space,
                 "code_changed": self.code_changed}  # fmt: skip
        with Store.create(folder.root, claim(folder.root), **facts) as store, store.transaction():
            for run in self.trials:
                store.put_run(run)
            store.set_facts(search_ended="done" if best else None, best=best)
            for epoch in self.epochs:
                store.put_epoch(epoch)
            if best and self.labels is not None:
                self._keep_tests(store, store.runs[best])
            for kind, name, worker in self.events:
                store.put_event(kind, name, worker)
        return folder

    def _keep_tests(self, store: Store, best: Run) -> None:
        assert self.labels is not None
        target = Target(**self.data["targets"][0])
        for number, run in enumerate(planned_runs(self.settings, best)):
            said = self.said[number % len(self.said)]
            metrics = {"accuracy": float((said.argmax(axis=1) == self.labels).mean())} if target.classifies else {
                "mean_absolute_error": float(np.abs(said - self.labels).mean())}  # fmt: skip
            done = Run(**{**asdict(run), "state": State.COMPLETED, "trained": 1, "score": 0.5, "best_epoch": 1,
                          "parameters": number * 10**9})  # fmt: skip
            store.put_run(done)
            store.put_epoch(Epoch(run.name, 1, {"loss": 0.3, "val_loss": 0.2, self.settings.objective: 0.9}, 0.1, 0))
            store.put_evaluation(Evaluation(run.name, {**metrics, "loss": metrics.get("accuracy", math.inf)},
                                            to_bytes(said)))  # fmt: skip
        store.put_array("test_labels", self.labels)
        indices = np.arange(len(self.labels)) if self.images is not None else np.array([], np.int64)
        store.put_array("sample_indices", indices)
        if self.images is not None:
            store.put_array("sample_images", self.images)


@st.composite
def any_study(draw: st.DrawFn) -> OddStudy:
    """Draw a study: up to 20 trials in any state, any names and values, 1 to 40 test rows, 2 to 500 classes."""
    objective = draw(st.sampled_from(["val_accuracy", "val_loss", "val_mean_absolute_error", "val_[x] $a"]))
    settings = StudySettings.create(
        dataset="data.py:f", objective=objective, direction=draw(st.sampled_from(["max", "min"])), max_epochs=3,
        tuner=draw(st.sampled_from(["random", "hyperband"])), compare_seeds=draw(st.integers(1, 3)),
        baselines=("mlp-128-64", "ann-128")[: draw(st.integers(1, 2))],
    )  # fmt: skip
    trials = draw(_trials(settings))
    classes = draw(st.sampled_from([0, 2, 3, 12, 500]))
    width = draw(st.integers(1, 4))
    names = draw(st.lists(TEXTS, min_size=classes, max_size=classes, unique=True)) if classes <= 12 else [
        f"class {number}" for number in range(classes)]  # fmt: skip
    rows = draw(st.sampled_from([1, 2, 9, 20, 40]))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    labels, said = _classes(draw, rng, rows, classes) if classes else _values(draw, rng, rows, width)
    shape = draw(st.sampled_from([None, (8, 8), (8, 8, 1), (8, 9, 3), (20, 1), (5, 4, 4)]))
    images = None if shape is None or not classes else rng.random((rows, *shape)).astype(np.float32)
    if images is not None and draw(st.booleans()):
        images[:] = draw(st.sampled_from([0.0, 1.0, np.nan, np.inf]))
    target = {"name": draw(st.just("") | TEXTS), "class_names": tuple(names), "width": width}
    return OddStudy(
        settings=settings,
        data={"name": draw(TEXTS), "class_names": names, "targets": [target]},
        trials=trials,
        epochs=draw(_epochs(trials, objective)),
        labels=labels if draw(st.integers(0, 5)) else None,
        images=images,
        said=said,
        events=draw(_events(trials)),
        code_changed=draw(st.booleans()),
    )


@st.composite
def _trials(draw: st.DrawFn, settings: StudySettings) -> tuple[Run, ...]:
    names = draw(st.lists(TEXTS, max_size=5, unique=True))
    kinds = {name: draw(st.sampled_from(KINDS)) for name in names}
    equal = draw(st.booleans())
    runs: list[Run] = []
    for number in range(draw(st.sampled_from([0, 1, 2, 5, 14, 20]))):
        banded = settings.tuner == "hyperband"
        rung = number % 3 if banded else 0
        name = f"i1-b{number // 3 % 2}-r{rung}-{number:02d}" if banded else f"{number:04d}"
        parent = runs[-1].name if rung else None
        state = draw(st.sampled_from([State.COMPLETED] * 4 + [State.FAILED, State.RUNNING]))
        score = (0.5 if equal else draw(SCORES)) if state is State.COMPLETED else None
        values = {name: draw(kind) for name, kind in kinds.items() if draw(st.integers(0, 4))}
        error = draw(TEXTS).encode("utf-8", "backslashreplace").decode() if state is State.FAILED else None
        runs.append(Run(name, Kind.TRIAL, "mlp", "trial", values, 1, rung + 1, parent, state, 0, 0, rung + 1, score,
                        1 if score is not None else None, 10, error))  # fmt: skip
    return tuple(runs)


@st.composite
def _epochs(draw: st.DrawFn, trials: tuple[Run, ...], objective: str) -> tuple[Epoch, ...]:
    metrics = [objective, "loss", "val_loss", *draw(st.lists(TEXTS, max_size=2))]
    return tuple(
        Epoch(run.name, epoch, {name: draw(METRICS) for name in metrics if draw(st.integers(0, 5))}, 0.1, 0)
        for run in trials
        for epoch in range(1, draw(st.integers(0, 2)) + 1)
    )


@st.composite
def _events(draw: st.DrawFn, trials: tuple[Run, ...]) -> tuple[tuple[str, str, int], ...]:
    kinds = st.sampled_from(["begin", "completed", "failed", "died", "stopped"])
    return tuple((draw(kinds), run.name, draw(st.integers(0, 2))) for run in trials for _ in range(2))


def _classes(
    draw: st.DrawFn, rng: np.random.Generator, rows: int, classes: int
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Draw labels, some classes among them missing, and probabilities: sure, level, right, wrong."""
    labels = rng.integers(0, draw(st.sampled_from([1, 2, classes])), rows)
    sure = np.eye(classes, dtype=np.float32)
    level = np.full((rows, classes), 1 / classes, np.float32)
    every = [sure[labels], sure[(labels + 1) % classes], level, rng.dirichlet(np.ones(classes), rows).astype("f4")]
    return labels, tuple(draw(st.lists(st.sampled_from(every), min_size=1, max_size=4)) + _lost(draw, every[-1]))


def _values(
    draw: st.DrawFn, rng: np.random.Generator, rows: int, width: int
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    scale = draw(st.sampled_from([0.0, 1e-30, 1.0, 1e30]))
    labels = (rng.standard_normal((rows, width)) * scale + draw(st.sampled_from([0.0, 1e9]))).astype(np.float32)
    every = [labels, np.zeros_like(labels), labels * 2, labels + rng.standard_normal(labels.shape).astype("f4")]
    return labels, tuple(draw(st.lists(st.sampled_from(every), min_size=1, max_size=4)) + _lost(draw, every[-1]))


def _lost(draw: st.DrawFn, said: np.ndarray) -> list[np.ndarray]:
    """Give now and then what a model says that went astray: NaN or infinity, somewhere or everywhere."""
    if draw(st.integers(0, 4)):
        return []
    lost = said.copy()
    lost[: draw(st.sampled_from([1, len(said)]))] = draw(st.sampled_from([np.nan, np.inf, -np.inf, 3e38]))
    return [lost]


@pytest.fixture(scope="session")
def odd_studies() -> st.SearchStrategy[OddStudy]:
    """Give what draws odd studies."""
    return any_study()


@pytest.fixture(scope="session")
def keep_odd(tmp_path_factory: pytest.TempPathFactory) -> Callable[[OddStudy], StudyFolder]:
    """Give a function that keeps an odd study in a new folder."""
    place: Path = tmp_path_factory.mktemp("odd")

    def keep(study: OddStudy) -> StudyFolder:
        return study.keep(StudyFolder(place / f"study{len(list(place.iterdir()))}"))

    return keep
