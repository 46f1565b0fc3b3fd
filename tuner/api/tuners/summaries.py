"""Print a tuner's search space and trials, in KerasTuner's words."""

from keras_tuner import HyperParameters
from keras_tuner.engine.trial import TrialStatus

from keras_search.tuner.api.tuners.oracle import StudyOracle


def print_space(space: HyperParameters) -> None:
    """Print the hyperparameters with their ranges."""
    print("Search space summary")
    print(f"Default search space size: {len(space.space)}")
    for parameter in space.space:
        config = parameter.get_config()
        print(f"{config.pop('name')} ({type(parameter).__name__})")
        print(config)


def print_results(oracle: StudyOracle, place: str, count: int) -> None:
    """Print the best trials with their hyperparameters and scores, and why others failed."""
    print("Results summary")
    print(f"Results in {place}")
    print(f"Showing {count} best trials")
    print(oracle.objective)
    for trial in oracle.get_best_trials(count):
        print()
        trial.summary()
    failed = [trial for trial in oracle.trials.values() if trial.status == TrialStatus.FAILED]
    for trial in failed[:count]:
        print(f"\nTrial {trial.trial_id} failed: {trial.message}")
