"""Retrain each side's best trial, from scratch on several seeds, and measure it on the test split."""

import json
from dataclasses import asdict

from keras_search.benchmarks import process
from keras_search.benchmarks.cases import Search
from keras_search.benchmarks.records import Record, Records
from keras_search.benchmarks.sides import FIRST, folders
from keras_search.benchmarks.trials import Trial, TrialList
from keras_search.benchmarks.workplace import Workplace
from keras_search.tuner.study.store import Store


def ours(place: Workplace, search: Search) -> Record:
    """Let `keras-search resume` retrain our best trial and open the test split."""
    folder = place.folder(search)
    command = [
        process.installed("keras-search"), "resume", FIRST, "--workers", str(search.workers), "--quiet",
        *folders(folder),
    ]  # fmt: skip
    usage = process.run(command, place.log(f"accuracy-ours-{search.name}"))
    with Store.read(folder / "studies" / FIRST) as store:
        tested = {name: made.metrics["accuracy"] for name, made in store.evaluations().items()}
        tuned = [accuracy for name, accuracy in tested.items() if store.runs[name].role == "tuned"]
        return {"trial": store.fact("best"), "accuracies": tuned, "seconds": usage.seconds}


def model_fit(place: Workplace, search: Search, trial: Trial, seeds: int) -> Record:
    """Retrain a trial with `model.fit`."""
    folder = place.folder(search)
    chosen, output = folder / "retrained.json", folder / "accuracies.json"
    chosen.write_text(json.dumps(asdict(trial)), encoding="utf-8")
    splits = place.dataset(search.images)[1]
    command = process.script("retrain", chosen, place.hypermodel(search), splits, str(seeds), output)
    usage = process.run(command, place.log(f"accuracy-fit-{search.name}"))
    accuracies = json.loads(output.read_text(encoding="utf-8"))["accuracies"]
    return {"trial": trial.name, "accuracies": accuracies, "seconds": usage.seconds}


def of_side(side: str, place: Workplace, search: Search, records: Records, seeds: int) -> Record:
    """Retrain the best trial of a side: `ours` by our search, that of the others by `model.fit`.

    `ours by model.fit` is our best trial, trained as the others train it.

    Raises:
        BenchmarkError: the search of that side was not measured yet.
    """
    if side == "ours":
        return ours(place, search)
    source = "ours" if side == "ours by model.fit" else side
    measured = records.of(f"{source}/{search.name}")
    if not measured:
        raise process.BenchmarkError(f"The best trial of {source} in {search.name} is not known yet: measure it first.")
    best = TrialList.load(place.trials_file(search)).best(measured[0]["scores"])
    return _measured_before(records, search, best) or model_fit(place, search, best, seeds)


def _measured_before(records: Records, search: Search, trial: Trial) -> Record | None:
    """Return the record of another side that has trained the same trial by `model.fit`."""
    before = records.of(f"accuracy/ours by model.fit/{search.name}")
    return next((record for record in before if record["trial"] == trial.name), None)
