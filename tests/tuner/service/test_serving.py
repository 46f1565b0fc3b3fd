"""Start and end the service: its folder, its token, its address, and what it says when it cannot start."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.service.command import certified, make_address, make_limits, parse_size
from keras_search.tuner.service.serving import _listen

COMMAND = Path(sys.executable).with_name("keras-search")
MISSING = """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in ("uvicorn", "plotly") else found(name, package)
"""


@pytest.fixture
def started(make_server: Any) -> Iterator[Any]:
    """Give a function that starts a service, which ends with the test."""
    servers = []

    def start(**given: Any) -> Any:
        servers.append(make_server(**given))
        return servers[-1].start()

    yield start
    for server in servers:
        server.end_all()


def refused(home: Path, *options: str, **environment: str) -> tuple[int, str]:
    """Run the command where it cannot start, and return its exit code and what it says."""
    done = subprocess.run(
        [COMMAND, "serve", "--port", "0", *options], cwd=home, env={**os.environ, **environment},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stderr.strip()


def test_its_folder_and_its_token_are_for_its_owner_only(make_server: Any) -> None:
    server = make_server(token="")
    server.environment = {"KERAS_SEARCH_TOKEN": ""}
    code, message = refused(server.home, KERAS_SEARCH_TOKEN="")
    assert (code, "must have at least 16 characters" in message) == (2, True)
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0"], cwd=server.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        own = server.home / "studies" / ".service"
        token = (own / "token").read_text().strip()
        assert re.fullmatch(r"[\w-]{32}", token)
        assert token not in "".join(lines)  # this is no terminal
        assert lines[1] == f"Sign in with the token in {own / 'token'}, or start with --open.\n"
        assert stat.S_IMODE(own.stat().st_mode) == 0o700
        assert stat.S_IMODE((own / "token").stat().st_mode) == 0o600
    finally:
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=60)
    assert token not in "".join(output)


def test_a_second_service_says_so_and_ends(started: Any) -> None:
    server = started()
    code, message = refused(server.home)
    studies = server.home / "studies"
    assert code == 1
    assert message == f"Error: Another keras-search serve is running on {studies}: use that one, or end it first."
    server.kill()
    server.start()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, message = refused(tmp_path, "--port", str(port))
    assert code == 2
    assert message.startswith(f"Error: Cannot listen on 127.0.0.1, port {port} (")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: parse_size("lots"), "--max-upload must be a size such as 500MB or 2GB, received 'lots'."),
        (lambda: parse_size("0"), "--max-upload must be a size such as 500MB or 2GB, received '0'."),
        (lambda: make_limits(1, "many", "1GB"), "--workers must be auto or a number of at least 1, received 'many'."),
        (lambda: make_address("", 0, "x", [], False), "--root-path must be / or a path such as /search, received 'x'."),
        (lambda: certified(Path("x.pem"), None), "--tls-cert and --tls-key go together: expected both or neither."),
        (
            lambda: certified(Path("x.pem"), Path("y")),
            "--tls-cert x.pem is not a file: expected one in PEM.",
        ),
    ],
)
def test_wrong_arguments_are_told(make: Callable[[], object], message: str) -> None:
    with pytest.raises(UsageError) as error:
        make()
    assert str(error.value) == message


def test_packages_that_are_missing_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(MISSING)
    code, message = refused(tmp_path, PYTHONPATH=str(tmp_path))
    expected = "keras-search serve needs uvicorn, plotly, not installed here: pip install 'keras-search[service]'"
    assert (code, message) == (1, f"Error: {expected}")


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    own = tmp_path / "studies" / ".service"
    own.mkdir(parents=True)
    (own / "service.db").write_bytes(b"not a database" * 100)
    code, message = refused(tmp_path)
    assert code == 1
    assert message == (
        f"Error: {own / 'service.db'} is damaged (file is not a database): move it away and start again. "
        "The studies are not affected."
    )


def test_its_folder_may_be_no_link(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "studies" / ".service").symlink_to(tmp_path / "elsewhere")
    code, message = refused(tmp_path)
    assert (code, "is a link to" in message) == (2, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_another_token_signs_everybody_out(started: Any) -> None:
    server = started()
    with server.client("") as browser:
        browser.post("/api/v1/login", json={"token": server.token})
        cookies = dict(browser.cookies)
    with server.client() as client:
        shared = client.post("/api/v1/tokens", json={"label": "x"}).json()["token"]
    server.kill()
    old, server.token = server.token, "another-token-of-the-tests"
    server.start()
    with server.client(old) as client:
        assert client.get("/api/v1/me").status_code == 401
    with server.client("") as browser:
        port = server.url.rpartition(":")[2]
        browser.cookies.set(f"keras-search-{port}", next(iter(cookies.values())))
        assert browser.get("/api/v1/me").status_code == 401
    with server.client(shared) as client:
        assert client.get("/api/v1/me").json() == {"permission": "read"}


def test_its_searches_do_not_learn_the_token(started: Any) -> None:
    server = started()
    assert server.process is not None
    with server.client() as client:
        job = client.post(
            "/api/v1/studies", json={"name": "x", "settings": {"max_epochs": 2, "tuner": "random"}}
        ).json()
    server.job(job["id"], "running")
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert children
    for child in children:
        assert server.token not in " ".join([*child.environ().values(), *child.cmdline()])


@pytest.mark.parametrize("taken_away", [True, False])
def test_below_a_path_of_a_proxy(started: Any, taken_away: bool) -> None:
    server = started(options=("--root-path", "/search/", "--allow-host", "search.example.org", "--behind-proxy"))
    base = server.url.removesuffix("/search") + ("" if taken_away else "/search")
    headers = {"Host": "search.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    with httpx.Client(base_url=base, headers=headers) as client:
        page = client.get("/studies/x", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/search/login?next=%2Fsearch%2Fstudies%2Fx")
        answer = client.post("/login?next=%2Fsearch%2Fstudies%2Fx", data={"token": server.token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/search/studies/x")
        assert "Path=/search;" in answer.headers["set-cookie"]
        assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the certificate, is not here")
def test_with_a_certificate_it_speaks_tls_alone(started: Any, tmp_path: Path) -> None:
    made = [
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run(["openssl", "req", *made], cwd=tmp_path, check=True, capture_output=True)
    server = started(options=("--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem")))
    assert server.url.startswith("https://127.0.0.1:")
    with httpx.Client(base_url=server.url, verify=False) as client:
        answer = client.post("/api/v1/login", json={"token": server.token})
        assert "Secure" in answer.headers["set-cookie"]
        assert client.get("/api/v1/me").json() == {"permission": "write"}
    with pytest.raises(httpx.TransportError):
        httpx.get(server.url.replace("https", "http") + "/healthz")


def test_it_stays_small(started: Any) -> None:
    """The design allows 200 MB. How soon it starts is for `python -m benchmarks.service`, on a quiet machine."""
    server = started()
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    with server.client() as client:
        client.get("/")
        client.get("/api/v1/studies")
    assert process.memory_info().rss < 200 * 2**20


def test_an_answer_is_sent_at_once() -> None:
    """Its body does not wait for the acknowledgement of its headers."""
    listening = _listen(make_address("127.0.0.1", 0, "/", [], False))
    with listening, socket.create_connection(listening.getsockname()) as _, listening.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_sizes_are_read() -> None:
    assert [parse_size(text) for text in ("2GB", "1.5 mb", "500", "1 TB")] == [2 * 10**9, 1_500_000, 500, 10**12]


def test_an_address_of_version_6_is_written_in_brackets() -> None:
    assert make_address("::1", 80, "/", [], False).url == "http://[::1]:80"
    assert make_address("0.0.0.0", 80, "/x/", [], False).url == "http://127.0.0.1:80/x"
