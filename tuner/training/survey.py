"""Find a hypermodel's search space and metrics, before the search starts."""

from keras_search.tuner.space import discover
from keras_search.tuner.study import messages
from keras_search.tuner.study.objective import AUTO, DEFAULT_OBJECTIVE
from keras_search.tuner.training import own_fit
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.dry_run import FitExplorer, dry_run
from keras_search.tuner.training.mismatches import mismatches, vocabularies


def survey_hypermodel(context: StudyContext) -> messages.Surveyed:
    """Return the search space, the metrics, and what else a few examples show.

    Raises:
        UnfitModelError: the model's inputs or outputs do not fit the data.
        Exception: whatever the hypermodel raises on its defaults.
    """
    networks, splits = context.networks, context.splits
    settings = context.settings.completed(splits.targets)
    space = discover.discover(FitExplorer(networks, splits), settings.seed)
    number = DEFAULT_OBJECTIVE if context.settings.objective == AUTO else settings.objective
    network = networks.explore(space.copy())
    behaviour = dry_run(network, splits, settings.objective, settings.direction, number)
    context.fit_knowledge.gives_values = behaviour.returned != "history"
    return messages.Surveyed(
        space.get_config(),
        behaviour.metrics,
        behaviour.comparable,
        behaviour.own_fit,
        networks.code_digest(),
        mismatches(network.model, splits.seen_by(network.own)) if network.own else [],
        behaviour.returned,
        own_fit.LEFT_ALONE if behaviour.left_alone else "",
        vocabularies(network.model, splits.seen_by(network.own)) if network.own else [],
    )
