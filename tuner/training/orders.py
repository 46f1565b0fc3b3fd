"""Carry out the orders of the search process; those that take work have a module each."""

from typing import assert_never

from keras_search.tuner.study import messages
from keras_search.tuner.training.context import StudyContext
from keras_search.tuner.training.engine import why_no_kernels
from keras_search.tuner.training.evaluation import evaluate
from keras_search.tuner.training.first_use import use_once
from keras_search.tuner.training.run_training import train
from keras_search.tuner.training.scripts.survey import survey_script
from keras_search.tuner.training.survey import survey_hypermodel


def carry_out(context: StudyContext, order: messages.Order) -> StudyContext:
    """Carry out an order and report; return the context of the next one.

    Raises:
        Exception: whatever a run, the user's code or the study's folder raises.
    """
    match order:
        case messages.Plan():
            return context.planned(order)
        case messages.Moved():
            return context.moved(order.folder)
        case messages.Survey():
            context.send(_surveyed(context))
        case messages.TryKernels():
            context.send(_kernels_tried())
            use_once(context)
        case messages.Train():
            train(context, order)
        case messages.Evaluate():
            context.send(evaluate(context, order))
        case messages.Stop() | messages.Kept():
            pass  # the inbox has recorded it
        case _:
            assert_never(order)
    return context


def _kernels_tried() -> messages.KernelsTried:
    reason = why_no_kernels()
    if reason:
        return messages.KernelsTried(reason)
    from keras_search.tuner.training.kernels.trial import are_kept  # imports Numba

    return messages.KernelsTried("", are_kept())


def _surveyed(context: StudyContext) -> messages.Surveyed | messages.NotCarried:
    if context.settings.script is not None:
        return survey_script(context.networks, context.settings, context.settings.script)
    return survey_hypermodel(context)
