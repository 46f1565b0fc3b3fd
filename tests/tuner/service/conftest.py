"""A real service, in a process of its own, on a free port."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from keras_search.tuner.service.tokens import VARIABLE

COMMAND = Path(sys.executable).with_name("keras-search")
PATIENCE = 60.0
"""Seconds to wait for what comes at once on an idle machine."""
LONG = 300.0
"""Seconds to wait for a search."""
TOKEN = "the-full-token-of-the-tests"


@dataclass
class Server:
    """A service in `home`, which has the folders that it makes by default; start it with `start`."""

    home: Path
    options: tuple[str, ...] = ()
    process: "subprocess.Popen[str] | None" = None
    url: str = ""
    token: str = TOKEN
    read_token: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> "Server":
        """Start it and wait until it answers."""
        with (self.home / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [COMMAND, "serve", "--port", "0", *self.options],
                cwd=self.home,
                env={**os.environ, VARIABLE: self.token, **self.environment},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert " at " in line, (line, self.log)
        self.url = line.split(" at ")[-1].strip()
        self._wait()
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/healthz", verify=False).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"The service did not answer in {PATIENCE} seconds: {self.log}")

    @property
    def log(self) -> str:
        """What it has written to stderr."""
        return (self.home / "server.log").read_text()

    def client(self, token: str | None = None) -> httpx.Client:
        """Return a client that sends a token, the full one if none is given; "" is none at all."""
        token = self.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE)

    def job(self, identifier: str, *states: str) -> dict[str, Any]:
        """Wait until a job is in one of these states, or has ended, and return it."""
        deadline = time.monotonic() + LONG
        with self.client() as client:
            while time.monotonic() < deadline:
                found: dict[str, Any] = client.get(f"/api/v1/jobs/{identifier}").json()
                if found["state"] in states or found["ended"] is not None:
                    return found
                time.sleep(0.05)
        raise AssertionError(f"not {states} in {LONG} seconds: {found}, {self.log}")

    def kill(self) -> None:
        """Kill it with SIGKILL, at once; its searches go on."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    def stop(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def end_all(self) -> None:
        """End it and every search that it has started."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        for process in psutil.process_iter(["cwd"]):
            if str(self.home) == process.info["cwd"]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()


@pytest.fixture(scope="session")
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Server]:
    """Give a function that returns a service with its own folders, not yet started; `end_all` is for its caller."""

    def make(**given: Any) -> Server:
        return Server(tmp_path_factory.mktemp("service"), **given)

    return make


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Iterator[Server]:
    """Give a running service with its own folders and both tokens; its studies' folder is empty."""
    running = make_server().start()
    try:
        with running.client() as client:
            running.read_token = client.post("/api/v1/tokens", json={"label": "tests"}).json()["token"]
        yield running
    finally:
        running.end_all()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """Give a client with the full token."""
    with server.client() as made:
        yield made
