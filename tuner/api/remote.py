"""Use a service from Python: `keras_search.connect(url, token)` does what its pages do, and raises the same errors."""

import os
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.api.spelling import spells_as_python
from keras_search.tuner.study.refusal import one_value

if TYPE_CHECKING:
    import httpx
    import pandas as pd

VARIABLE = "KERAS_SEARCH_TOKEN"
SECONDS = 180.0
"""The longest that an answer may take."""
POLL_SECONDS = 1.0
ENDED = ("done", "failed", "stopped", "lost")
IMAGES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp", ".gif": "gif", ".bmp": "bmp", ".tif": "tiff",
          ".tiff": "tiff"}  # fmt: skip
USAGE = (401, 403, 404, 413, 422)
"""The statuses that mean a wrong argument, or a wrong token."""


def connect(url: str, token: str | None = None) -> "RemoteService":
    """Connect to a service; the token is that in the environment, KERAS_SEARCH_TOKEN, if none is given.

    Example:
        >>> service = keras_search.connect("http://127.0.0.1:8765", token)
        >>> service.start("pets", dataset="/data/pets.csv", target="species")
        >>> service.wait("pets")["verdict"]

    Raises:
        UsageError: an argument is no text, there is no token, or it is not that of the service.
        KerasSearchError: the service cannot be reached.
    """
    for name, value in {"url": url, "token": token or ""}.items():
        if not isinstance(value, str):
            raise UsageError(f"{name}= must be text, received {one_value(value)}.")
    service = RemoteService(url, token or os.environ.get(VARIABLE, ""))
    try:
        service.get("/me")
    except BaseException:
        service.close()
        raise
    return service


class RemoteService:
    """A service that runs elsewhere; each method is one of its actions. It is a context manager, which disconnects."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._client = _client(f"{self.url}/api/v1", token)

    @spells_as_python
    def start(
        self,
        name: str | None = None,
        workers: int | str | None = None,
        threads: int = 1,
        search_only: bool = False,
        overwrite: bool = False,
        **settings: Any,
    ) -> str:
        """Put a study into the queue, with the settings that `keras_search.start` takes, and return its name.

        Raises:
            UsageError: a setting is wrong.
            KerasSearchError: there is a study of that name, or it cannot be started.
        """
        if "baseline" in settings:
            settings["baselines"] = settings.pop("baseline")
        body = {"name": name, "settings": _plain(settings), "workers": workers, "threads": threads}
        job = self.post("/studies", {**body, "search_only": search_only, "overwrite": overwrite})
        return str(job["study"])

    @spells_as_python
    def resume(self, name: str, workers: int | str | None = None, search_only: bool = False, **settings: Any) -> None:
        """Put the continuation of a study into the queue; `settings` are those that may be raised.

        Raises:
            UsageError: there is no such study, or a setting cannot be raised.
            KerasSearchError: it runs.
        """
        body = {"settings": _plain(settings), "workers": workers, "search_only": search_only}
        self.post(f"/studies/{quote(name, '')}/resume", body)

    def stop(self, name: str, at_once: bool = False) -> None:
        """Stop what works on a study: after its epoch, or at once, which repeats at most an epoch of each trial.

        Raises:
            KerasSearchError: nothing works on it.
        """
        self.post(f"/studies/{quote(name, '')}/stop", {"at_once": at_once})

    def studies(self) -> list[dict[str, Any]]:
        """List the studies, the last changed first: state, progress, best score and verdict of each."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.get("/studies", offset=len(rows), limit=1000)
            rows += page["items"]
            if not page["items"] or len(rows) >= page["total"]:
                return rows

    def study(self, name: str) -> dict[str, Any]:
        """Return a study: its settings, progress, best trial and verdict; `summary` is that of `show --json`.

        Raises:
            UsageError: there is none of that name.
        """
        found: dict[str, Any] = self.get(f"/studies/{quote(name, '')}")
        return found

    def wait(self, name: str, seconds: float | None = None) -> dict[str, Any]:
        """Wait until nothing works on a study or waits to, and return it, with its verdict if it is done.

        Raises:
            UsageError: there is neither a study nor a job of that name.
            KerasSearchError: its job has failed, with the reason, or it took longer than `seconds`.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            job = self._last_job(name)
            if job is not None and job["state"] in ("failed", "lost"):
                raise KerasSearchError(job["message"] or f"The job of {name} was lost: resume it.")
            if job is None or job["state"] in ENDED:
                study = self.study(name)
                if study["state"] != "running" and not study["verdict_pending"]:
                    return study
            if deadline is not None and time.monotonic() > deadline:
                raise KerasSearchError(f"{name} has not ended after {seconds:g} seconds: wait again, or stop it.")
            time.sleep(POLL_SECONDS)

    def trials(self, name: str) -> "pd.DataFrame":
        """List the trials of a study, as `keras_search.load(...).trials()` does.

        Raises:
            UsageError: there is no such study.
        """
        import pandas as pd

        found = self.get(f"/studies/{quote(name, '')}/frames/trials")
        frame = pd.DataFrame(found["rows"], columns=found["columns"], dtype=object)
        full = [column for column in frame.columns if not frame[column].isna().any()]
        frame[full] = frame[full].infer_objects()
        whole = dict.fromkeys(("best_epoch", "parameters"), "Int64")
        return frame.astype({"score": float, "val_loss": float, "epochs": int, **whole})

    def upload(self, path: str | Path) -> str:
        """Upload a table, an .npz, or a .zip of images in a folder for each class; return the value for `dataset`.

        Raises:
            UsageError: the service does not take it.
        """
        file = Path(path).expanduser()
        if not file.is_file():
            raise UsageError(f"There is no file {path}: expected a table, an .npz or a .zip of images.")
        with file.open("rb") as content:
            answer = self._send("POST", "/uploads", params={"name": file.name}, content=_parts(content))
        return str(answer.json()["path"])

    def export(
        self,
        name: str,
        output: str | Path | None = None,
        formats: Sequence[str] | None = ("keras",),
        trust: bool = False,
    ) -> Path:
        """Export the measured model of a study there, download all files to `output`, exports/NAME by default.

        `formats=None` exports in every format that can hold the model.

        Raises:
            UsageError: there is no such study or format, or `output` exists.
            KerasSearchError: the study is not finished, or a file differs from what was measured.
        """
        place = Path("exports") / name if output is None else Path(output).expanduser()
        if place.exists():
            raise UsageError(f"{place} exists: choose another output.")
        body = {"formats": "all" if formats is None else list(formats), "trust": trust}
        self._await_job(self.post(f"/studies/{quote(name, '')}/exports", body))
        with tempfile.TemporaryFile() as packed:
            packed.write(self._send("GET", f"/studies/{quote(name, '')}/exports.zip").content)
            _unpack(packed, place)
        return place

    def predict(self, name: str, x: Any) -> list[dict[str, Any]]:
        """Predict with the exported model of a study: a DataFrame, a list of rows by column, or the path of an image.

        Returns what `keras-search predict --json` prints, an entry for each row.

        Raises:
            UsageError: the model takes something else.
            KerasSearchError: the study has no export.
        """
        path = f"/studies/{quote(name, '')}/predict"
        if isinstance(x, (str, Path)):
            image = Path(x).expanduser()
            if image.suffix.lower() not in IMAGES or not image.is_file():
                raise UsageError(f"There is no image {x}: expected a file that ends in {', '.join(IMAGES)}.")
            kind = {"Content-Type": f"image/{IMAGES[image.suffix.lower()]}"}
            return list(self._send("POST", path, content=image.read_bytes(), headers=kind).json()["predictions"])
        return list(self.post(path, {"rows": _rows(x)})["predictions"])

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the answer of a route below /api/v1."""
        return self._send("GET", path, params=parameters).json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send a body, as JSON, to a route below /api/v1, and return its answer."""
        return self._send("POST", path, json=body).json()

    def _send(self, method: str, path: str, **request: Any) -> "httpx.Response":
        import httpx

        try:
            answer = self._client.request(method, path, **request)
        except httpx.HTTPError as error:
            raise KerasSearchError(
                f"The service at {self.url} cannot be reached ({error or type(error).__name__})."
            ) from None
        if answer.is_success:
            return answer
        raise _refusal(answer, self.url)

    def _last_job(self, name: str) -> dict[str, Any] | None:
        """Return the job of a study that runs or waits, or the last that has ended."""
        jobs = self.get("/jobs")
        of_study = (job for part in ("running", "waiting", "ended") for job in jobs[part] if job["study"] == name)
        return next((job for job in of_study if job["kind"] in ("start", "resume")), None)

    def _await_job(self, job: Mapping[str, Any]) -> None:
        """Wait for the end of a job.

        Raises:
            KerasSearchError: it failed.
        """
        while job["state"] not in ENDED:
            time.sleep(POLL_SECONDS / 4)
            job = self.get(f"/jobs/{job['id']}")
        if job["state"] != "done":
            raise KerasSearchError(job["message"] or f"The job ended as {job['state']}.")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RemoteService({self.url!r})"


def _client(base: str, token: str) -> "httpx.Client":
    try:
        import httpx
    except ImportError:
        raise KerasSearchError(
            "keras_search.connect needs httpx, not installed here: pip install 'keras-search[service]'"
        ) from None
    if not base.startswith(("http://", "https://")):
        raise UsageError(f"The address of a service begins with http:// or https://, received {base[:100]!r}.")
    if not token or not token.isascii() or not token.isprintable():
        raise UsageError(f"Expected the token of the service: pass it, or set {VARIABLE}.")
    return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS)


def _refusal(answer: "httpx.Response", url: str) -> KerasSearchError:
    """Return the error that an answer tells: a wrong argument or token, or what cannot be done."""
    try:
        detail = str(answer.json()["detail"])
    except (ValueError, LookupError, TypeError):
        detail = f"{url} answers with status {answer.status_code}: is it a service of keras-search?"
    return (UsageError if answer.status_code in USAGE else KerasSearchError)(detail)


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as JSON values."""
    return {name: str(value) if isinstance(value, Path) else value for name, value in settings.items()}


def _rows(x: Any) -> list[dict[str, Any]]:
    rows = x.to_dict("records") if hasattr(x, "to_dict") else list(x)
    return [{str(name): _value(value) for name, value in row.items()} for row in rows]


def _value(value: Any) -> Any:
    """Return a value of a row as JSON; None if it is missing."""
    plain = value.item() if hasattr(value, "item") else value
    if plain is None or plain != plain:  # only NaN does not equal itself
        return None
    return plain if isinstance(plain, (bool, int, float, str)) else str(plain)


def _parts(content: Any) -> Any:
    while part := content.read(1 << 20):
        yield part


def _unpack(packed: Any, place: Path) -> None:
    """Unpack a zip whose files are in one folder, so that this folder becomes `place`."""
    with zipfile.ZipFile(packed) as archive:
        for info in archive.infolist():
            parts = Path(info.filename).parts[1:]
            if info.is_dir() or not parts or ".." in parts:
                continue
            target = place.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(info))
