"""The runs of the comparison."""

from keras_search.models import BASELINES
from keras_search.tuner.records import Kind, Run
from keras_search.tuner.retraining import planned_runs, seed_index
from keras_search.tuner.settings import StudySettings

BEST = Run("0007", Kind.TRIAL, "mlp", "trial", {"units_1": 64, "batch_size": 64}, 123, 10)


def test_every_model_is_retrained_on_the_same_fresh_seeds_each_by_its_own_recipe() -> None:
    settings = StudySettings.create(tuner="random", baselines=("mlp-128-64", "mlp-256-128-64"), compare_seeds=3)
    runs = planned_runs(settings, BEST)
    seeds = {model: [run.seed for run in runs if run.model == model] for model in ("tuned", *settings.baselines)}
    assert len(runs) == 9
    assert seeds["tuned"] == seeds["mlp-128-64"] == seeds["mlp-256-128-64"]
    assert len(set(seeds["tuned"])) == 3
    assert BEST.seed not in seeds["tuned"]
    assert {run.epochs for run in runs if run.model == "tuned"} == {settings.max_epochs}
    assert {run.epochs for run in runs if run.model == "mlp-256-128-64"} == {BASELINES["mlp-256-128-64"].epochs}
    assert all(run.hyperparameters == BEST.hyperparameters for run in runs if run.model == "tuned")
    assert [seed_index(run) for run in runs[::3]] == [0, 1, 2]


def test_more_seeds_leave_the_first_ones_as_they_are() -> None:
    few = planned_runs(StudySettings.create(compare_seeds=2), BEST)
    many = planned_runs(StudySettings.create(compare_seeds=5), BEST)
    assert many[: len(few)] == few
