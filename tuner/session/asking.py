"""Ask workers what must be known before a search: each question is an order to one of them."""

from collections.abc import Callable
from dataclasses import dataclass

from keras_search.errors import KerasSearchError, TaskError
from keras_search.tuner.study import messages
from keras_search.tuner.workers.loop import MAX_DEATHS
from keras_search.tuner.workers.pool import WorkerPool


class NotCarriedError(KerasSearchError):
    """Raised if the objects of a script cannot be used in another process."""


@dataclass
class Question:
    """An order to the worker of a number, and what has become of it; `failure` says what it means if it dies."""

    order: messages.Survey | messages.TryKernels
    failure: str = ""
    number: int = 0
    deaths: int = 0
    answer: messages.Report | None = None
    error: KerasSearchError | None = None

    def hear(self, pool: WorkerPool, report: messages.Report) -> None:
        """Take in a report of the worker; one that died gets the order again, up to `MAX_DEATHS` times."""
        match report:
            case messages.Surveyed() | messages.KernelsTried():
                self.answer = report
            case messages.NotCarried():
                self.error = NotCarriedError(report.reason)
            case messages.Failed():
                self.error = TaskError(report.reason, report.details)
            case messages.Halted():
                self.error = KerasSearchError(report.reason)
            case messages.Died() if self.answer is None and self.error is None:
                self.deaths += 1
                if self.deaths == MAX_DEATHS:
                    self.error = KerasSearchError(f"{self.failure}: {report.reason}" if self.failure else report.reason)
                else:
                    pool.give(pool.workers[self.number], self.order)


def ask(pool: WorkerPool, *questions: Question) -> None:
    """Give each question to its worker."""
    for question in questions:
        pool.give(pool.workers[question.number], question.order)


def answer_of(
    pool: WorkerPool, question: Question, *others: Question, on_ready: Callable[[], None] = lambda: None
) -> messages.Report:
    """Wait for the answer to a question that was asked, and return it; take in what comes to `others` meanwhile.

    `on_ready` is called when its worker has started.

    Raises:
        TaskError, NotCarriedError, KerasSearchError: there is none.
    """
    asked = {each.number: each for each in (question, *others)}
    while question.answer is None and question.error is None:
        for worker, report in pool.reports(timeout=0.5):
            if isinstance(report, messages.Ready) and worker.number == question.number:
                on_ready()
            if worker.number in asked:
                asked[worker.number].hear(pool, report)
    if question.answer is None:
        assert question.error is not None
        raise question.error
    return question.answer
