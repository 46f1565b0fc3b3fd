"""What networks are told of their data."""

import numpy as np
import pytest

from keras_search.models import HYPERMODEL_NAMES
from keras_search.models.problem import Spread
from keras_search.tuner.data import dataset_of, make_splits
from keras_search.tuner.space.discover import discover
from keras_search.tuner.training.dry_run import FitExplorer
from keras_search.tuner.training.networks import Networks, problem_of


def test_the_spread_of_values_is_that_of_the_examples_trained_on() -> None:
    x, y = np.arange(20.0)[:, None], np.stack([np.arange(20.0), np.full(20, 7.5)], axis=1)
    splits = make_splits(dataset_of("values", {"x_train": x, "y_train": y}), 0.25, 0)
    fitted = np.asarray(splits.y_fit, np.float64)
    problem = problem_of(splits, epochs=3)
    assert problem.spreads == {"": Spread((fitted[:, 0].mean(), 7.5), (fitted[:, 0].std(), 1.0))}
    assert (problem.fit_examples, problem.epochs, problem.classes) == (15, 3, 0)


def test_classes_have_no_spread() -> None:
    dataset = dataset_of("classes", {"x_train": np.arange(20.0)[:, None], "y_train": np.arange(20) % 2})
    assert problem_of(make_splits(dataset, 0.25, 0), epochs=3).spreads == {}


@pytest.mark.parametrize("hypermodel", HYPERMODEL_NAMES)
def test_the_space_of_a_built_in_hypermodel_is_found_without_a_network(
    hypermodel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Building some fifteen networks takes half a second, before the first trial."""
    images = dataset_of("images", {"x_train": np.zeros((20, 8, 8), np.float32), "y_train": np.arange(20) % 2})
    splits = make_splits(images, 0.25, 0)
    networks = Networks(hypermodel, problem_of(splits, epochs=3), None)
    as_built = networks.explore(space := discover(FitExplorer(networks, splits), 0).copy())
    assert as_built.batch_size == space.get("batch_size")
    monkeypatch.setattr(Networks, "explore", None)
    found = discover(FitExplorer(networks, splits), 0)
    assert [each.name for each in found.space] == [each.name for each in space.space] != []
