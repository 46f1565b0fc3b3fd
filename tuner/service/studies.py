"""The studies as routes and pages show them, each with the job that works on it."""

from collections.abc import Sequence

from keras_search.tuner.service.answers import Page
from keras_search.tuner.service.context import Service
from keras_search.tuner.service.names import known_study, studies_of
from keras_search.tuner.service.reading.answers import Comparison, StudyDetail, StudyRow
from keras_search.tuner.service.reading.comparing import compare_studies
from keras_search.tuner.service.reading.detail import study_detail
from keras_search.tuner.service.reading.rows import JobOf, Jobs, Listing, list_rows
from keras_search.tuner.study.folder import StudyFolder


def jobs_of(service: Service) -> Jobs:
    """Return the job of each study that one works on, or waits to."""
    return {study: JobOf(job.id, job.state == "waiting") for study, job in service.queue.of_studies().items()}


def folders_of(service: Service) -> list[StudyFolder]:
    """List the folders of all studies."""
    return [StudyFolder(service.places.studies / name) for name in studies_of(service)]


def rows_of(service: Service, listing: Listing, patience: float) -> Page[StudyRow]:
    """List the studies; verdicts that take longer than `patience` seconds are still to come."""
    return list_rows(service.library, folders_of(service), jobs_of(service), listing, patience)


def detail_of(service: Service, name: str, patience: float = 0.0) -> StudyDetail:
    """Return everything about a study but its trials.

    Raises:
        UnknownName: there is none of that name.
    """
    folder = known_study(service, name)
    return study_detail(service.library, folder, jobs_of(service).get(name), patience)


def comparison_of(service: Service, names: Sequence[str], patience: float) -> Comparison:
    """Compare the studies with these names.

    Raises:
        UsageError: there is none of a name, or one is named twice.
        Conflict: one cannot be read.
    """
    folders = [known_study(service, name) for name in names]
    return compare_studies(service.library, folders, jobs_of(service), patience)
