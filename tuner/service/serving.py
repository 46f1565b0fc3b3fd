"""Run the service: its folder, its lock, its socket, and what is printed."""

import logging
import os
import shutil
import socket
import sys
import threading
import webbrowser
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import uvicorn
from filelock import FileLock, Timeout
from starlette.types import ASGIApp

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.console.streams import say
from keras_search.tuner.service.app import create_app
from keras_search.tuner.service.context import Address, Limits, Places, Service
from keras_search.tuner.service.database import Database
from keras_search.tuner.service.guarding import LOGGER
from keras_search.tuner.service.hosts import is_loopback
from keras_search.tuner.service.jobs.queue import Queue
from keras_search.tuner.service.reading.library import Library
from keras_search.tuner.service.tokens import MainToken, Tokens, main_token
from keras_search.tuner.service.uploads.folder import forget_incoming


@dataclass(frozen=True)
class Certificate:
    """The files of a TLS certificate and its key."""

    certificate: Path
    key: Path


def serve(
    places: Places, limits: Limits, address: Address, certificate: Certificate | None = None, show: bool = False
) -> None:
    """Serve until SIGINT or SIGTERM; with `show`, open the pages in a browser.

    Raises:
        UsageError: the port is taken, or the address is not this machine's.
        KerasSearchError: another service uses the folder, or it cannot be written to.
    """
    lock = claim(places)
    listening = _listen(address)
    try:
        address = replace(address, port=listening.getsockname()[1])
        secret = main_token(places.own / "token")
        service = make_service(places, limits, address, secret)
        app = create_app(service)
        _say_where(service, secret)
        if show:  # aside, as a browser in a terminal returns only when it ends
            threading.Thread(target=_open_browser, args=(service, secret.token), daemon=True).start()
        _run(app, service, listening, certificate)
    finally:
        listening.close()
        lock.release()


def make_service(places: Places, limits: Limits, address: Address, token: MainToken) -> Service:
    """Put the service together; its folder is there."""
    database = Database(places.own / "service.db")
    database.prepare()
    queue = Queue(database, places.jobs, places.studies)
    forget_incoming(places.uploads)
    library = Library(places.own / "answers")
    return Service(places, limits, address, database, Tokens(database, token), queue, library=library)


def claim(places: Places) -> FileLock:
    """Make the service's folder, and acquire its lock, which the system releases when the process dies.

    Raises:
        KerasSearchError: another service holds it, or the folder cannot be written to.
    """
    folders = (places.own, places.uploads, places.jobs, places.work)
    for folder in folders:
        if folder.is_symlink():
            raise UsageError(f"{folder} is a link to {folder.readlink()}: put what it links to in its place.")
    lock = FileLock(places.own / "lock")
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        lock.acquire(timeout=0)
        for place in places.work.iterdir():
            shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
    except Timeout:
        raise KerasSearchError(
            f"Another keras-search serve is running on {places.studies}: use that one, or end it first."
        ) from None
    except OSError as error:
        raise KerasSearchError(
            f"The service's folder {places.own} cannot be written to: {error.strerror}. Choose another --studies-dir."
        ) from None
    return lock


def _listen(address: Address) -> socket.socket:
    """Bind the address, so that a port that is taken is told in our words."""
    try:
        family, _, _, _, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(place[:2], family=family, backlog=128)
        # Connections inherit it. asyncio does not set it on a socket made by create_server, and without it the body of
        # an answer waits 40 ms, until the reader has acknowledged the headers.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {address.host}, port {address.port} ({error.strerror}): choose another --port or --host."
        ) from None


def _say_where(service: Service, secret: MainToken) -> None:
    address = service.address
    say(f"Serving {service.places.studies} at {address.url}")
    if secret.new and sys.stdout.isatty():  # nowhere else: what is written to a file or a journal stays
        say(f"Sign in by this link, which is shown only now: {address.url}/login?token={secret.token}")
    else:
        say(f"Sign in with the token in {secret.file or secret.place}, or start with --open.")
    if not (is_loopback(address.host) or address.tls):
        say(
            "Others on the network reach it, and without TLS whoever is between reads the token: "
            "add --tls-cert and --tls-key, or keep to 127.0.0.1 behind a proxy.",
            error=True,
        )


def _open_browser(service: Service, token: str) -> None:
    """Open the pages, signed in; the token goes through a file that only its owner reads, not through `ps`."""
    page = service.places.work / "open.html"
    link = f"{service.address.url}/login?token={token}"
    text = f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(link)}"><title>keras-search</title>'
    with suppress(OSError, webbrowser.Error):
        page.unlink(missing_ok=True)
        with os.fdopen(os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        if not webbrowser.open(page.as_uri()):
            say(f"No browser could be opened here: open {service.address.url} and sign in.", error=True)


def _run(app: ASGIApp, service: Service, listening: socket.socket, certificate: Certificate | None) -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    LOGGER.setLevel(logging.INFO)
    config = uvicorn.Config(
        app,
        access_log=False,  # it would hold the token of a link
        log_config=None,
        log_level="warning",  # at its lowest level it would log every header
        server_header=False,
        proxy_headers=service.address.behind_proxy,
        forwarded_allow_ips=["127.0.0.1", "::1"],
        timeout_graceful_shutdown=3,
        ssl_certfile=None if certificate is None else certificate.certificate,
        ssl_keyfile=None if certificate is None else str(certificate.key),
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
