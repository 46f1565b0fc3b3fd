"""Load the measured network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras_search.errors import KerasSearchError
from keras_search.models import HYPERMODEL_NAMES
from keras_search.tuner.exporting.keras_file import load_model
from keras_search.tuner.exporting.measured import Measured
from keras_search.tuner.exporting.quiet import quiet
from keras_search.tuner.exporting.runtime import BrokenModelError, one_line
from keras_search.tuner.exporting.trust import check_own_code
from keras_search.tuner.study.folder import WEIGHTS_ONLY

if TYPE_CHECKING:
    import keras


def load_network(measured: Measured, trust: bool = False) -> keras.Model:
    """Load the measured network; one with the user's own layers or lambdas is rebuilt by the user's code.

    Raises:
        UntrustedModelError: building it would run code that is not trusted.
        KerasSearchError: the file is broken, or the user's own code no longer builds the model.
    """
    try:
        if measured.path.suffix != WEIGHTS_ONLY:
            return load_model(measured.path)
    except BrokenModelError:
        if measured.hypermodel in HYPERMODEL_NAMES:
            raise
    check_own_code(measured.hypermodel, measured.path.parent.parent, trust)
    try:
        with quiet():
            return _built_again(measured)
    except Exception as error:
        raise KerasSearchError(
            f"The measured model needs your own code, and {measured.hypermodel} could not rebuild it: {one_line(error)}"
        ) from error


def _built_again(measured: Measured) -> keras.Model:
    """Rebuild the network as it was when it was measured, and load its weights."""
    from keras_tuner import HyperParameters

    from keras_search.tuner.data.tree import take
    from keras_search.tuner.training.model_files import load_weights
    from keras_search.tuner.training.networks import Networks, problem_of
    from keras_search.tuner.training.outputs import with_probabilities

    example = take(measured.seen.x_fit, slice(1))
    problem = problem_of(measured.splits, measured.settings["max_epochs"])
    networks = Networks(measured.hypermodel, problem, HyperParameters.from_config(measured.space), example)
    network = with_probabilities(networks.build(measured.run).model, measured.splits.targets)
    load_weights(network, measured.path)
    return network
