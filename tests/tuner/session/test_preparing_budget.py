"""What is refused before a search, by pure functions of what the survey has found."""

import keras_tuner
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.session.preparing import check_epochs
from keras_search.tuner.study.settings import StudySettings


def space(ask: str) -> dict[str, object]:
    """Give the config of a search space with a hyperparameter named epochs, and one that is not."""
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 1, 500)
    match ask:
        case "int":
            hp.Int("epochs", 2, 20)
        case "choice":
            hp.Choice("epochs", [5, 20, 10])
        case "fixed":
            hp.Fixed("epochs", 20)
        case "text":
            hp.Choice("epochs", ["few", "many"])
    return hp.get_config()


@pytest.mark.parametrize("ask", ["int", "choice", "fixed"])
def test_a_hyperparameter_named_epochs_may_not_go_past_the_budget(ask: str) -> None:
    check_epochs(StudySettings.create(max_epochs=20), space(ask))
    with pytest.raises(UsageError) as caught:
        check_epochs(StudySettings.create(max_epochs=10), space(ask))
    assert str(caught.value) == (
        "The hyperparameter epochs goes up to 20, --max-epochs is 10: no trial would train what it says. Give "
        "--max-epochs 20, or let the hyperparameter end there."
    )


@pytest.mark.parametrize("ask", ["none", "text"])
def test_another_hyperparameter_has_no_limit(ask: str) -> None:
    check_epochs(StudySettings.create(max_epochs=1), space(ask))
