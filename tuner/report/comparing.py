"""Compare studies: the settings that differ, scores, verdicts, and how each search went."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras_search.errors import UsageError
from keras_search.tuner.report import frames
from keras_search.tuner.report.compared import compared
from keras_search.tuner.report.judging import judge
from keras_search.tuner.study.fields import SETTINGS
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.integrity import reading, settings_of
from keras_search.tuner.study.ranking import best_so_far, kept_loss
from keras_search.tuner.study.records import TUNED, Kind, State
from keras_search.tuner.study.stage import stage_of
from keras_search.tuner.study.store import Store
from keras_search.tuner.system.ownership import listed_files
from keras_search.tuner.system.plain import plain

DATA_DIFFER = "The studies searched different data, so neither their scores nor their tests can be ranked."
OBJECTIVES_DIFFER = "The studies optimised different objectives, so their scores cannot be ranked."
VALIDATION_DIFFERS = (
    "The studies validated on different examples of the same data, so a difference of their scores is partly chance."
)
TESTS_DIFFER = "The studies tested on different examples of the same data, so a difference is partly chance."
METRICS_DIFFER = "The tests of the studies measured different metrics, so they cannot be ranked."
SEARCHED_ON = "The scores of two searches are not a test: each chose its best trial by them."


@dataclass(frozen=True)
class Point:
    """The best score of a search after `trials` trials and `epochs` epochs of training."""

    trials: int
    epochs: int
    best: float


@dataclass(frozen=True)
class ComparedStudy:
    """What is compared of one study; `test` is its tuned model's, None before that. `parts` are hashes of its data."""

    name: str
    settings: Mapping[str, Any]
    stage: str
    trials: int
    epochs: int
    seconds: float
    best: Mapping[str, Any] | None
    test: Mapping[str, Any] | None
    verdict: Mapping[str, Any] | None
    curve: tuple[Point, ...]
    data: str
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Comparison:
    """Studies side by side: `differences` are settings by name with a value of each study, `cautions` sentences.

    `ranked` is the metric by which `leader` is ahead, "" if they cannot be ranked.
    """

    studies: tuple[ComparedStudy, ...]
    differences: Mapping[str, tuple[Any, ...]]
    cautions: tuple[str, ...]
    ranked: str = ""
    leader: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as `keras-search compare --json` prints them."""
        studies = [{**vars(each), "curve": [vars(point) for point in each.curve]} for each in self.studies]
        for each in studies:
            del each["parts"]
        names = [each.name for each in self.studies]
        differences = {name: dict(zip(names, values, strict=True)) for name, values in self.differences.items()}
        found: dict[str, Any] = plain({**vars(self), "studies": studies, "differences": differences})
        return found


def compare(folders: Sequence[StudyFolder]) -> Comparison:
    """Compare two or more studies.

    Raises:
        UsageError: fewer than two, or one twice.
        KerasSearchError: one cannot be read.
    """
    names = [folder.name for folder in folders]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise UsageError(f"compare expects the names of two or more different studies, received {', '.join(names)}.")
    studies = tuple(map(_read, folders))
    ranked = _ranked(studies)
    return Comparison(studies, _differences(studies), tuple(_cautions(studies, ranked)), *_leader(studies, ranked))


def _read(folder: StudyFolder) -> ComparedStudy:
    with reading(folder) as store:
        trials = store.of_kind(Kind.TRIAL)
        curve, epochs = _curve(store)
        timed = frames.timings(store)
        return ComparedStudy(
            name=folder.name,
            settings=store.needed("settings"),
            stage=stage_of(store),
            trials=sum(run.state is State.COMPLETED for run in trials.values()),
            epochs=epochs,
            seconds=float(timed.loc[timed["kind"] == "trial", "seconds"].sum()),
            best=_best(store),
            test=_tested(store),
            verdict=_verdict(store),
            curve=curve,
            data=store.needed("data")["digest"],
            parts=listed_files(folder.data),
        )


def _best(store: Store) -> dict[str, Any] | None:
    found = best_so_far(store.of_kind(Kind.TRIAL), settings_of(store), kept_loss(store))
    if found is None:
        return None
    parts = {"trial": found.name, "score": found.score, "epoch": found.best_epoch, "parameters": found.parameters}
    return {**parts, "hyperparameters": found.hyperparameters}


def _tested(store: Store) -> dict[str, Any] | None:
    by = compared(store)
    table = frames.comparison(store)
    rows = table[table["model"] == TUNED]
    if by is None or rows.empty:
        return None
    metric, row = by.measure.metric, rows.iloc[0]
    mean, spread = float(row[f"test_{metric}"]), float(row[f"test_{metric}_std"])
    return {"metric": metric, "sign": by.measure.sign, "mean": mean, "std": spread, "seeds": int(row["seeds"])}


def _verdict(store: Store) -> dict[str, Any] | None:
    found = judge(store)
    keys = ("verdict", "sentence", "baseline")
    return None if found is None else {key: found[key] for key in keys if key in found}


def _curve(store: Store) -> tuple[tuple[Point, ...], int]:
    """Follow the best score through the search in the order in which its trials ended; and count all its epochs."""
    sign = 1 if store.fact("settings")["direction"] == "max" else -1
    runs = store.of_kind(Kind.TRIAL)
    ended = [name for _, kind, name, _ in store.events() if kind == State.COMPLETED and name in runs]
    points: list[Point] = []
    epochs, best = 0, -float("inf")
    for place, run in enumerate((runs[name] for name in dict.fromkeys(ended) if name), 1):
        epochs += run.trained - (runs[run.parent].trained if run.parent else 0)
        if run.score is not None:
            best = max(best, sign * run.score)
            points.append(Point(place, epochs, sign * best))
    return tuple(points), epochs


def _differences(studies: Sequence[ComparedStudy]) -> dict[str, tuple[Any, ...]]:
    """List the settings that are not the same in all studies, in the order in which settings are shown."""
    values = {name: tuple(each.settings.get(name) for each in studies) for name in SETTINGS}
    return {name: each for name, each in values.items() if any(value != each[0] for value in each)}


def _cautions(studies: Sequence[ComparedStudy], ranked: str) -> Iterable[str]:
    """Say what keeps the studies from being compared, or makes it less certain."""
    if _differ(each.data for each in studies):
        yield DATA_DIFFER
        return
    if _differ(each.settings["objective"] for each in studies):
        yield OBJECTIVES_DIFFER
    elif _differ(_part(each, "val") for each in studies):
        yield VALIDATION_DIFFERS
    tested = [each for each in studies if each.test]
    if len(tested) > 1 and _differ(_part(each, "test") for each in tested):
        yield TESTS_DIFFER
    if len(tested) == len(studies) and _differ((each.test or {})["metric"] for each in studies):
        yield METRICS_DIFFER
    if ranked.startswith("val_"):
        yield SEARCHED_ON


def _differ(values: Iterable[object]) -> bool:
    return len(set(values)) > 1


def _part(study: ComparedStudy, split: str) -> tuple[tuple[str, str], ...]:
    """Return the hashes of the targets of a split, which tell whether the examples are the same ones."""
    return tuple(sorted(each for each in study.parts.items() if each[0].startswith(f"y_{split}")))


def _ranked(studies: Sequence[ComparedStudy]) -> str:
    """Choose what the studies are ranked by: the metric of their tests, else the objective, "" if neither is shared."""
    if _differ(each.data for each in studies):
        return ""
    tests = {(each.test or {}).get("metric") for each in studies}
    if len(tests) == 1 and None not in tests:
        return f"test_{tests.pop()}"
    alike = not _differ((each.settings["objective"], each.settings["direction"]) for each in studies)
    return str(studies[0].settings["objective"]) if alike and all(each.best for each in studies) else ""


def _leader(studies: Sequence[ComparedStudy], ranked: str) -> tuple[str, str]:
    """Name the study that is ahead by the metric; nobody if the two best are level."""
    if not ranked:
        return "", ""
    if ranked.startswith("test_"):
        scores = {each.name: each.test["sign"] * each.test["mean"] for each in studies if each.test}
    else:
        sign = 1 if studies[0].settings["direction"] == "max" else -1
        scores = {each.name: sign * each.best["score"] for each in studies if each.best}
    first, second = sorted(scores, key=lambda name: -scores[name])[:2]
    return ranked, "" if scores[first] == scores[second] else first
