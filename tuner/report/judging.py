"""Bring the stored predictions of a study before the verdict."""

from typing import Any

import numpy as np

from keras_search.tuner.data.examples import is_picture, kind_of_example
from keras_search.tuner.report import frames
from keras_search.tuner.study.records import TUNED
from keras_search.tuner.study.store import Store
from keras_search.tuner.verdict.crossed import Scores
from keras_search.tuner.verdict.decide import as_dict, decide
from keras_search.tuner.verdict.measure import Measure, measure_of, scores

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
    settings, target = store.fact("settings"), frames.target(store)
    said = frames.probabilities(store)
    seeds = compared_seeds(store)
    if not seeds:
        return None

    def scored(model: str) -> Scores:
        return np.stack([scores(target, said[model, seed], labels) for seed in seeds])

    measure = measure_of(target, "images" if _of_images(store) else "examples")
    verdict = decide(
        scored(TUNED),
        {name: scored(name) for name in settings["baselines"]},
        measure=measure,
        validation_scores=_validated(store, measure, seeds),
        best_validation_score=_searched(store, measure),
        exported=EXPORTED_SEED,
        seed=settings["seed"],
    )
    found = as_dict(verdict)
    warnings = [text for fact, text in WARNINGS.items() if store.fact(fact)]
    if warnings:
        found["warning"] = " ".join(warnings)
    return found


def _of_images(store: Store) -> bool:
    kept = store.array("sample_images")
    return kept is not None and is_picture(kind_of_example(kept.shape[1:], None))


def _validated(store: Store, measure: Measure, seeds: list[int]) -> list[float]:
    """Give the measure on the validation split of each retrained tuned model, where it was compiled with it."""
    retrains = frames.retrains(store)
    tuned = retrains[(retrains["model"] == TUNED) & retrains["seed"].isin(seeds)]
    column = next((name for name in measure.validated_by() if name in tuned and tuned[name].notna().all()), None)
    return [float(score) for score in tuned[column]] if column else []


def _searched(store: Store, measure: Measure) -> float | None:
    """Give the best score of the search, None where its objective was another measure."""
    if store.fact("settings")["objective"] not in measure.validated_by():
        return None
    return store.runs[store.fact("best")].score
