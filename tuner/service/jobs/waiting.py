"""Say why a job waits."""

from collections.abc import Callable, Mapping, Sequence

from keras_search.tuner.service.jobs.queue import Queued
from keras_search.tuner.service.jobs.records import SEARCHES, Job


def reasons(queued: Queued, searches: int, is_held: Callable[[str], bool]) -> Mapping[str, str]:
    """Return what each waiting job waits for, in a sentence, by the job's id; "" if it starts in a moment.

    At most `searches` searches run at once; `is_held` tells whether a process works on a study.
    """
    found: dict[str, str] = {}
    for place, job in enumerate(queued.waiting):
        before = queued.waiting[:place]
        begun = [*queued.running, *(other for other in before if not found[other.id])]
        found[job.id] = _of_study(job, [*queued.running, *before], is_held) or _of_limit(job, begun, before, searches)
    return found


def _of_study(job: Job, ahead: Sequence[Job], is_held: Callable[[str], bool]) -> str:
    """Say what works on the same study."""
    same = next((other for other in ahead if other.study == job.study), None)
    if same is not None:
        return f"The {'search' if same.kind in SEARCHES else same.kind} of {job.study} comes first."
    if job.kind in SEARCHES and is_held(job.study):
        return f"Another process works on {job.study}, such as a search in a terminal: it has to end first."
    return ""


def _of_limit(job: Job, begun: Sequence[Job], before: Sequence[Job], searches: int) -> str:
    """Say how many jobs of its kind run at once, if they do."""
    is_search = job.kind in SEARCHES
    limit = searches if is_search else 1
    if sum((other.kind in SEARCHES) is is_search for other in begun) < limit:
        return ""
    count = sum((other.kind in SEARCHES) is is_search for other in before)
    more = f", and {'one is' if count == 1 else f'{count} are'} before it" if count else ""
    if not is_search:
        return f"One export or report is made at a time{more}."
    return f"At most {'one search runs' if limit == 1 else f'{limit} searches run'} at once (--jobs {limit}){more}."
