"""A node fetches data once, and keeps nothing of workers that are gone."""

import multiprocessing
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from keras_search.errors import KerasSearchError
from keras_search.tuner.workers.on_ray.scratch import Scratch

PIECES: Mapping[str, list[bytes]] = {"x_fit.npy": [b"abc", b"de"], "splits.json": [b"{}"], "empty.npy": []}


def _never() -> Mapping[str, list[bytes]]:
    raise AssertionError("the node has these data already")


def test_data_are_fetched_once_and_complete(tmp_path: Path) -> None:
    scratch = Scratch("node", tmp_path)
    place, fetched = scratch.keep_data("seal", lambda: PIECES)
    assert (fetched, place.joinpath("x_fit.npy").read_bytes()) == (7, b"abcde")
    assert place.joinpath("empty.npy").read_bytes() == b""
    assert Scratch("node", tmp_path).keep_data("seal", _never) == (place, 0)


def test_data_whose_fetching_was_interrupted_are_fetched_again(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"ab"
        raise OSError("no space")

    scratch = Scratch("node", tmp_path)
    with pytest.raises(OSError, match="no space"):
        scratch.keep_data("seal", lambda: {"x_fit.npy": broken()})
    assert scratch.keep_data("seal", lambda: PIECES)[1] == 7


def _fetch_slowly(parent: Path, counted: Path) -> None:
    def fetch() -> Mapping[str, list[bytes]]:
        with counted.open("a") as file:
            file.write("x")
        time.sleep(0.2)
        return PIECES

    Scratch("node", parent).keep_data("seal", fetch)


def test_workers_that_come_at_once_fetch_once(tmp_path: Path) -> None:
    counted = tmp_path / "fetches"
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_fetch_slowly, args=(tmp_path, counted)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert counted.read_text() == "x"


def test_what_killed_workers_leave_is_swept_and_what_is_used_is_not(tmp_path: Path) -> None:
    scratch, gone = Scratch("node", tmp_path), Scratch("gone", tmp_path)
    used, _ = scratch.keep_data("used", lambda: PIECES)
    unused, _ = gone.keep_data("unused", lambda: PIECES)
    alive, _lock = scratch.claim("slot-1")
    (alive / "data").symlink_to(used)
    dead, lock = gone.claim("slot-2")
    (dead / "data").symlink_to(unused)
    lock.release()
    scratch.sweep()
    assert dead.exists(), "it may be looked at for a while"
    scratch.sweep(older=-1)
    assert (alive.exists(), dead.exists(), used.exists(), unused.exists()) == (True, False, True, False)


def test_a_folder_of_another_user_is_not_used(tmp_path: Path) -> None:
    top = Scratch("node", tmp_path).home.parent
    aside = top.rename(tmp_path / "aside")
    top.symlink_to(aside)
    with pytest.raises(KerasSearchError, match="must be a folder of the user who runs Ray"):
        Scratch("node", tmp_path)
