"""What pages load is found under an address that changes with its content, and kept by the browser."""

import gzip
from typing import Any

import pytest

from keras_search.tuner.service.pages import assets


def test_files_are_kept_forever_under_their_digest(server: Any) -> None:
    with server.client("") as client:
        kept = client.get(f"/static/{assets.digest_of_all()}/base.css")
        assert (kept.status_code, kept.headers["cache-control"]) == (200, assets.FOREVER)
        assert kept.headers["content-type"].startswith("text/css")
        assert client.get("/static/0123/base.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.js", "..%2fapp.py", "%2e%2e/app.py", "base.css%00", "app.py"])
def test_no_other_file_is_sent(server: Any, name: str) -> None:
    with server.client("") as client:
        assert client.get(f"/static/{assets.digest_of_all()}/{name}").status_code in (401, 404)


def test_large_files_are_sent_compressed() -> None:
    path = assets.files()[assets.PLOTLY]
    assert len(assets.packed(path)) < path.stat().st_size / 3
    assert gzip.decompress(assets.packed(path)) == path.read_bytes()
