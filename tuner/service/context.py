"""What every route of the service may use: the places of files, the limits, the database and the tokens."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from keras_search.tuner.service.database import Database
from keras_search.tuner.service.jobs.queue import Queue
from keras_search.tuner.service.predicting import Models
from keras_search.tuner.service.reading.library import Library
from keras_search.tuner.service.throttle import Throttle
from keras_search.tuner.service.tokens import Tokens
from keras_search.tuner.service.watching.hub import Hub

OWN = ".service"
"""The folder below that of the studies that belongs to the service."""


@dataclass(frozen=True)
class Places:
    """Where things are, as absolute paths; `home` is the working directory of the service and of its jobs."""

    home: Path
    studies: Path
    reports: Path
    exports: Path
    data: Path
    models: Path

    @property
    def own(self) -> Path:
        """The service's own folder (mode 0700)."""
        return self.studies / OWN

    @property
    def uploads(self) -> Path:
        """What was uploaded."""
        return self.own / "uploads"

    @property
    def jobs(self) -> Path:
        """The settings and the output of each job."""
        return self.own / "jobs"

    @property
    def work(self) -> Path:
        """Files that are needed for a moment; emptied at each start."""
        return self.own / "work"


@dataclass(frozen=True)
class Limits:
    """How much the service takes on.

    `jobs` searches at once, each with `workers` ("auto" or a number) where the job does not say; an upload has at most
    `upload` bytes, any other body `body`.
    """

    jobs: int = 1
    workers: str = "auto"
    upload: int = 2 * 10**9
    body: int = 16 * 2**20


@dataclass(frozen=True)
class Address:
    """Under which addresses the service is reached.

    `hosts` are names that a request may be for, beside those of this machine. `root_path` is what a proxy puts before
    every path, "" if nothing.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    tls: bool = False
    root_path: str = ""
    hosts: tuple[str, ...] = ()
    behind_proxy: bool = False

    @property
    def url(self) -> str:
        """The address for a browser on this machine, without a final slash."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        bracketed = f"[{host}]" if ":" in host else host
        return f"{'https' if self.tls else 'http'}://{bracketed}:{self.port}{self.root_path}"


@dataclass(frozen=True)
class Service:
    """The running service."""

    places: Places
    limits: Limits
    address: Address
    database: Database
    tokens: Tokens
    queue: Queue
    throttle: Throttle = field(default_factory=Throttle)
    library: Library = field(default_factory=Library)
    hub: Hub = field(default_factory=Hub)
    models: Models = field(default_factory=Models)


def service_of(connection: HTTPConnection) -> Service:
    """Return the service that a request is for."""
    found = connection.app.state.service
    assert isinstance(found, Service)
    return found


ServiceOf = Annotated[Service, Depends(service_of)]
"""The parameter of a handler that receives the service."""
