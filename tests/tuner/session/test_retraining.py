"""The runs of the comparison."""

from dataclasses import replace
from pathlib import Path

from keras_search.models import BASELINES
from keras_search.models.baselines import recipe_of
from keras_search.tuner.session.retraining import Retraining
from keras_search.tuner.study.checkpoints import Checkpoint, Checkpoints
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.plan import planned_runs, seed_index
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.settings import StudySettings
from keras_search.tuner.study.store import Store, claim

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


def test_a_model_of_another_best_trial_does_not_continue_what_the_former_left(tmp_path: Path) -> None:
    """Both have the same name, `tuned-seed0`, and only the first has been trained a little."""
    folder, checkpoints = StudyFolder(tmp_path), Checkpoints(tmp_path / "checkpoints")
    before, baseline = planned_runs(StudySettings.create(compare_seeds=1), BEST)
    planned = planned_runs(StudySettings.create(compare_seeds=1), replace(BEST, hyperparameters={"units_1": 128}))
    with Store.create(tmp_path, claim(tmp_path)) as store:
        with store.transaction():
            store.put_run(before)
            store.put_run(baseline)
        for run in (before, baseline):
            checkpoints.save(run.name, Checkpoint([], {1: {}, 2: {}}))
        retraining = Retraining(store, checkpoints, planned, Kind.RETRAIN)
        retraining.forget_others(folder)
        tuned = retraining.next_order(set())
        other = retraining.next_order({before.name})
    assert tuned is not None
    assert other is not None
    assert (tuned.run.hyperparameters, tuned.after) == ({"units_1": 128}, 0)
    assert (other.run.name, other.after) == (baseline.name, 2)


def test_a_step_of_the_ablation_that_changes_another_hyperparameter_is_trained_again(tmp_path: Path) -> None:
    """Its values may be the same, where two have changed places in their importance."""
    folder, checkpoints = StudyFolder(tmp_path), Checkpoints(tmp_path / "checkpoints")
    run = Run("step2-seed0", Kind.ABLATION, "units_1", "tuned", {"units_1": 64}, 5, 10)
    with Store.create(tmp_path, claim(tmp_path)) as store:
        with store.transaction():
            store.put_run(run)
        Retraining(store, checkpoints, [run], Kind.ABLATION).forget_others(folder)
        assert list(store.runs) == [run.name]
        Retraining(store, checkpoints, [replace(run, model="batch_size")], Kind.ABLATION).forget_others(folder)
        assert not store.runs


def test_the_defaults_are_the_hypermodel_trained_like_the_tuned_model() -> None:
    settings = StudySettings.create(baselines=("defaults",), compare_seeds=2, max_epochs=7)
    tuned, defaults = planned_runs(settings, BEST, {"units_1": 16})[:2]
    assert (defaults.name, defaults.role, defaults.hyperparameters) == ("defaults-seed0", "defaults", {"units_1": 16})
    assert (defaults.seed, defaults.epochs) == (tuned.seed, tuned.epochs) == (tuned.seed, 7)


def test_fair_epochs_add_a_row_for_each_baseline_of_another_budget() -> None:
    given = {"baselines": ("mlp-128-64", "mlp-256-128-64", "defaults"), "compare_seeds": 1, "max_epochs": 15}
    plain, fair = (planned_runs(StudySettings.create(**given, fair_epochs=on), BEST, {}) for on in (False, True))
    added = fair[len(plain) :]
    assert fair[: len(plain)] == plain
    assert [(run.model, run.epochs, run.seed) for run in added] == [("mlp-128-64-15-epochs", 15, plain[0].seed)]
    assert recipe_of("mlp-128-64-15-epochs").build is BASELINES["mlp-128-64"].build
    assert recipe_of("mlp-128-64-15-epochs").batch_size == 32
