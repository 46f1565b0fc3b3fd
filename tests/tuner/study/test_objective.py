"""What is optimised where nobody says."""

import pytest

from keras_search.models.problem import Target
from keras_search.tuner.study.objective import default_objective

CLASSES, VALUES = Target("", ("a", "b")), Target("", ())


@pytest.mark.parametrize(
    ("targets", "metrics", "objective"),
    [
        ([CLASSES], [], "val_accuracy"),
        ([CLASSES], ["loss", "val_loss"], "val_accuracy"),
        ([CLASSES], ["loss", "acc", "val_loss", "val_acc"], "val_acc"),
        ([CLASSES], ["val_sparse_categorical_accuracy"], "val_sparse_categorical_accuracy"),
        ([CLASSES], ["val_top_k_categorical_accuracy", "val_accuracy"], "val_accuracy"),
        ([CLASSES], ["accuracy", "val_accuracy_loss"], "val_accuracy"),
        ([Target("kind", ("a", "b")), VALUES], ["val_kind_acc", "val_acc"], "val_kind_acc"),
        ([VALUES], ["val_mae", "val_loss"], "val_mae"),
        ([VALUES], ["val_loss"], "val_loss"),
        ([CLASSES], ["default_objective"], "default_objective"),
    ],
)
def test_the_metric_that_the_data_and_the_model_suggest(
    targets: list[Target], metrics: list[str], objective: str
) -> None:
    assert default_objective(targets, metrics) == objective
