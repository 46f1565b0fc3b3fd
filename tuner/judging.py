"""Bring the stored predictions of a study before the verdict."""

from typing import Any

import numpy as np

from keras_search.tuner import frames
from keras_search.tuner.reportdata import TUNED
from keras_search.tuner.store import Store
from keras_search.tuner.verdict import as_dict, decide

EXPORTED_SEED = 0
"""Which of the fresh seeds gives the model that is exported."""
WARNINGS = {
    "extended_after_test": "The search was extended after the test split had been opened for an earlier verdict.",
    "seeds_added": "Seeds were added after an earlier verdict had been given, which makes a false alarm more likely.",
    "code_changed": "The hypermodel's file changed during the study, so its trials are not all of one code.",
}
"""What to say with a verdict where the study keeps a fact of that name."""


def compared_seeds(store: Store) -> list[int]:
    """List the fresh seeds on which every model of the comparison was tested."""
    settings, tested = store.fact("settings"), frames.probabilities(store)
    models = [TUNED, *settings["baselines"]]
    return [seed for seed in range(settings["compare_seeds"]) if all((model, seed) in tested for model in models)]


def judge(store: Store) -> dict[str, Any] | None:
    """Decide whether the tuned model is better than each baseline, as `verdict.json` says it; None before the test.

    While further seeds are being tested, those that are done count.
    """
    labels = store.array("test_labels")
    if labels is None:
        return None
    settings = store.fact("settings")
    chances = frames.probabilities(store)
    seeds = compared_seeds(store)
    if not seeds:
        return None

    def correct(model: str) -> np.ndarray:
        return np.stack([chances[model, seed].argmax(axis=1) == labels for seed in seeds])

    retrains = frames.retrains(store)
    tuned = retrains[(retrains["model"] == TUNED) & retrains["seed"].isin(seeds)]
    scores = [float(score) for score in tuned["val_accuracy"]] if "val_accuracy" in tuned else []
    verdict = decide(
        correct(TUNED),
        {name: correct(name) for name in settings["baselines"]},
        validation_scores=scores,
        best_validation_score=store.runs[store.fact("best")].score if settings["objective"] == "val_accuracy" else None,
        exported=EXPORTED_SEED,
        seed=settings["seed"],
    )
    found = as_dict(verdict)
    warnings = [text for fact, text in WARNINGS.items() if store.fact(fact)]
    if warnings:
        found["warning"] = " ".join(warnings)
    return found
