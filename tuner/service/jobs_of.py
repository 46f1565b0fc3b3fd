"""The jobs that work on studies, as the rows of studies show them."""

from keras_search.tuner.service.context import Service
from keras_search.tuner.service.reading.rows import JobOf, Jobs


def jobs_of(service: Service) -> Jobs:
    """Return the job of each study that one works on, or waits to."""
    return {study: JobOf(job.id, job.state == "waiting") for study, job in service.queue.of_studies().items()}
