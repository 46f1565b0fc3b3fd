"""Reach the verdict of a study from its stored predictions."""

from typing import Any

import numpy as np

from keras_search.models.baselines import DEFAULTS
from keras_search.tuner.report import frames
from keras_search.tuner.report.compared import Compared, compared, seeds_tested
from keras_search.tuner.report.contents import completed, full_budget
from keras_search.tuner.study.integrity import settings_of
from keras_search.tuner.study.plan import compared_baselines
from keras_search.tuner.study.records import TUNED, Kind
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store
from keras_search.tuner.verdict.crossed import Scores
from keras_search.tuner.verdict.decide import as_dict, decide
from keras_search.tuner.verdict.expectation import Rise, rise_of
from keras_search.tuner.verdict.measure import Measure

EXPORTED_SEED = 0
"""The fresh seed whose model is exported."""
WARNINGS = {
    "extended_after_test": "The search was extended after the test split had been opened for an earlier verdict.",
    "seeds_added": "Seeds were added after an earlier verdict had been seen, so a false positive is more likely.",
    "code_changed": "The hypermodel's file changed during the study, so its trials did not all run the same code.",
}
"""The warning beside a verdict if the study has a fact of that name."""
FAIR = " keras-search resume NAME --fair-epochs adds the baselines trained for as many epochs."
SHORTER = (
    " Fewer epochs may be why the tuned model is behind: a new study with a larger --max-epochs can give it as many."
)
NOTHING_IN_COMMON = (
    "The models were retrained and tested, but no metric is known for all of them: compile the models with the "
    "objective as a metric."
)
SAME = "The best trial has the hypermodel's default values, so tuned and defaults are the same model."


def judge(store: Store) -> dict[str, Any] | None:
    """Decide whether the tuned model is better than each baseline, as in `verdict.json`; None before the test.

    While further seeds are being tested, only finished ones count.
    """
    seeds = seeds_tested(store)
    if not seeds:
        return None
    by, settings = compared(store), settings_of(store)
    if by is None:
        return {"verdict": "not compared", "sentence": NOTHING_IN_COMMON, "what_to_try": "", "others": []}

    def scored(model: str) -> Scores:
        return np.stack([by.scores[model, seed] for seed in seeds])

    verdict = decide(
        scored(TUNED),
        {name: scored(name) for name in compared_baselines(settings)},
        measure=by.measure,
        validation_scores=_validated(store, by, seeds),
        best_validation_score=_searched(store, by.measure),
        exported=EXPORTED_SEED,
        seed=settings.seed,
        standings=frames.standings(store, by),
        rise=_rise(store, settings),
    )
    return _with_remarks(as_dict(verdict), store, settings, by)


def _with_remarks(found: dict[str, Any], store: Store, settings: StudySettings, by: Compared) -> dict[str, Any]:
    """Add the remarks that belong beside the figures."""
    epochs = {each.model: each.epochs for each in frames.standings(store, by)}
    if epochs[TUNED] != epochs[found["baseline"]] and not settings.fair_epochs and found["baseline"] != DEFAULTS:
        found["efforts"] += FAIR
    if epochs[TUNED] < epochs[found["baseline"]] and by.measure.sign * found["difference"] < 0:
        found["efforts"] += SHORTER
    notes = [by.note] if by.note else []
    best, defaults = store.runs[store.fact("best")].hyperparameters, store.fact("defaults")
    if DEFAULTS in settings.baselines and best == defaults:
        notes.append(SAME)
    if notes:
        found["note"] = " ".join(notes)
    warnings = [text for fact, text in WARNINGS.items() if store.fact(fact)]
    if warnings:
        found["warning"] = " ".join(warnings)
    return found


def _rise(store: Store, settings: StudySettings) -> Rise:
    """Measure whether the search's curve promises more from more trials."""
    ended = completed(frames.trials(store))
    full = ended[full_budget(ended, frames.brackets(store)).to_numpy(bool)]
    retrained = [
        run.score for run in store.of_kind(Kind.RETRAIN).values() if run.model == TUNED and run.score is not None
    ]
    return rise_of(full["score"], settings.direction, retrained, settings.objective)


def _validated(store: Store, by: Compared, seeds: list[int]) -> list[float]:
    """Return the measure on the validation split of each retrained tuned model, if it was compiled with it."""
    retrains = frames.retrains(store, by)
    tuned = retrains[(retrains["model"] == TUNED) & retrains["seed"].isin(seeds)]
    column = next((name for name in by.measure.validated_by() if name in tuned and tuned[name].notna().all()), None)
    return [float(score) for score in tuned[column]] if column else []


def _searched(store: Store, measure: Measure) -> float | None:
    """Return the best score of the search, None if its objective was another measure."""
    if store.fact("settings")["objective"] not in measure.validated_by():
        return None
    return store.runs[store.fact("best")].score
