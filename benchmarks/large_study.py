"""A study of many trials that nothing was trained for: what a long search commits, and how fast it can be read."""

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.records import Epoch, Kind, Run, State, Values
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, claim

EPOCHS = 10
FAILED = 50
"""One in this many trials fails."""


def create(folder: Path, trials: int, ended: int | None = None) -> StudyFolder:
    """Create a random search of the digits that plans `trials` trials and has ended the first `ended`, or all."""
    study = StudyFolder(folder)
    study.make()
    settings = StudySettings.create(
        tuner="random", objective="val_accuracy", max_trials=trials, max_epochs=EPOCHS, baselines="mlp-128-64"
    )
    facts = {
        "settings": settings.model_dump(mode="json"),
        "data": {"name": "digits", "digest": "", "class_names": list("0123456789"), "targets": [{"name": ""}]},
        "space": {"space": [{"class_name": "Float", "config": {"name": name}} for name in values(0)], "values": {}},
        "planned": trials,
    }
    with Store.create(folder, claim(folder), **facts) as store, store.transaction():
        store.put_event("session")
        for number in range(trials if ended is None else ended):
            commit(store, number)
    return study


def commit(store: Store, number: int) -> None:
    """Write a trial that has ended, with its epochs and events; call inside a transaction."""
    run = Run(f"{number:05d}", Kind.TRIAL, "mlp", "trial", values(number), number, EPOCHS, attempts=0, engine="kernels")
    store.put_run(run)
    store.put_event("begin", run.name, number % 2)
    for epoch in curve(run):
        store.put_epoch(epoch)
    state = State.FAILED if number % FAILED == FAILED - 1 else State.COMPLETED
    store.put_run(ended(run, state))
    store.put_event(state.value, run.name, number % 2)


def ended(run: Run, state: State) -> Run:
    """Return a run as it is at its end."""
    if state is State.FAILED:
        return replace(run, state=state, trained=EPOCHS, error="The loss was not a number in epoch 10.")
    return replace(run, state=state, trained=EPOCHS, score=score(run.seed, EPOCHS), best_epoch=EPOCHS, parameters=9_000)


def curve(run: Run) -> Iterator[Epoch]:
    """Return the epochs of a run."""
    for epoch in range(1, EPOCHS + 1):
        accuracy = score(run.seed, epoch)
        metrics = {"loss": 1 - accuracy, "accuracy": accuracy, "val_loss": 1.1 - accuracy, "val_accuracy": accuracy}
        yield Epoch(run.name, epoch, metrics, 0.1, run.seed % 2)


def score(number: int, epoch: int) -> float:
    """Return an accuracy after an epoch."""
    rate = float(values(number)["learning_rate"])
    return 0.98 - 0.05 * (math.log10(rate) + 2.5) ** 2 - 0.3 / (epoch + 1)


def values(number: int) -> Values:
    """Draw the hyperparameters of a trial."""
    drawn = random.Random(number)
    layers = {f"units_{layer}": drawn.choice([32, 64, 128, 256]) for layer in range(1, 4)}
    return {
        "layers": 3,
        **layers,
        **{f"dropout_{layer}": round(drawn.uniform(0, 0.5), 2) for layer in range(1, 4)},
        "activation": drawn.choice(["relu", "gelu", "tanh"]),
        "optimizer": drawn.choice(["adam", "adamw", "nadam"]),
        "batch_size": drawn.choice([32, 64, 128]),
        "learning_rate": 10 ** drawn.uniform(-4, -1),
    }
