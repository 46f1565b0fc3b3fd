"""The folder of uploads: each a file or a folder of images, under a name of its own."""

import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data.tablenames import EXPECTED, OTHER_KINDS, TABLE_ENDINGS, ending_of
from keras_search.tuner.service.problems import UnknownName
from keras_search.tuner.service.uploads.archives import are_images, check_packed, members_of, opened, unpack_images
from keras_search.tuner.system.text import visible

Kind = Literal["arrays", "table", "images"]
NAME = re.compile(r"\w[\w .()+-]{0,99}")
INCOMING = ".incoming-"
LEAST_FREE = 200_000_000
"""Bytes of disk that uploads leave free."""
MOST_UNPACKED = 5
"""How many times as large as the limit of an upload an archive may be when it is unpacked."""


@dataclass(frozen=True)
class Kept:
    """An upload in its place: `data` is the path of the data in it, `left_out` how many files it does not use."""

    name: str
    data: Path
    kind: Kind
    left_out: int = 0

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return size_of(self.data)


def checked_name(name: str) -> str:
    """Return the name of an upload.

    Raises:
        UsageError: it is not the name of a file that a search can read.
    """
    plain = unicodedata.normalize("NFC", name)
    if not NAME.fullmatch(plain) or plain.endswith((".", " ")):
        raise UsageError(
            "The name of an upload has letters, digits and . _ - + ( ), begins with a letter or digit, and has at most "
            f"100 characters, received {visible(name[:100], lines=False)!r}."
        )
    ending = ending_of(Path(plain))
    if not (plain.lower().endswith((".npz", ".zip")) or ending in TABLE_ENDINGS):
        advice = OTHER_KINDS.get(Path(plain).suffix.lower())
        raise UsageError(
            f"An upload is {EXPECTED}, an .npz, or a .zip of images in a folder for each class, received {plain!r}"
            f"{f', {advice}' if advice else ''}."
        )
    return plain


@contextmanager
def incoming(uploads: Path) -> Iterator[Path]:
    """Give the path of a new file; whatever is left of it is deleted at the end.

    Raises:
        KerasSearchError: there is no room.
    """
    place = uploads / f"{INCOMING}{secrets.token_hex(8)}"
    try:
        yield place
    except OSError as error:
        raise KerasSearchError(f"The upload could not be kept: {error.strerror or error}.") from error
    finally:
        place.unlink(missing_ok=True)
        shutil.rmtree(_unpacked(place), ignore_errors=True)


def check_room(uploads: Path, size: int) -> None:
    """Make sure that there is room for so many bytes.

    Raises:
        KerasSearchError: there is not.
    """
    free = shutil.disk_usage(uploads).free
    if free - size < LEAST_FREE:
        raise KerasSearchError(f"The disk has {free:,} bytes free, too few for this upload: make room and try again.")


def keep(uploads: Path, received: Path, name: str, limit: int) -> Kept:
    """Check a received file, and move it, or its unpacked images, to its place.

    Raises:
        UsageError: it cannot be taken.
    """
    if received.stat().st_size == 0:
        raise UsageError(f"{name} is empty: upload a file that holds something.")
    most = MOST_UNPACKED * limit
    if name.lower().endswith((".npz", ".xlsx")):
        check_packed(received, most)
    if name.lower().endswith(".zip"):
        with opened(received) as archive:
            files = members_of(archive, most)
            if are_images(files):
                check_room(uploads, sum(info.file_size for info in files))
                left_out = unpack_images(archive, files, _unpacked(received))
                place = _moved(_unpacked(received), uploads, Path(name).stem, "")
                return Kept(place.name, _classes_in(place), "images", left_out)
            if len(files) != 1 or ending_of(Path(files[0].filename)) not in TABLE_ENDINGS:
                raise UsageError(f"{name} holds {len(files):,} files and no images: expected images or one table.")
    kind: Kind = "arrays" if name.lower().endswith(".npz") else "table"
    stem, _, rest = name.partition(".")
    place = _moved(received, uploads, stem, f".{rest}")
    return Kept(place.name, place, kind)


def all_kept(uploads: Path) -> list[Kept]:
    """List the uploads by name."""
    found = []
    for place in sorted(uploads.iterdir()) if uploads.is_dir() else []:
        if place.is_symlink() or place.name.startswith("."):
            continue
        if place.is_dir():
            found.append(Kept(place.name, _classes_in(place), "images"))
        else:
            found.append(Kept(place.name, place, "arrays" if place.suffix.lower() == ".npz" else "table"))
    return found


def delete(uploads: Path, name: str) -> None:
    """Delete an upload.

    Raises:
        UnknownName: there is none of that name.
    """
    place = next((uploads / each.name for each in all_kept(uploads) if each.name == name), None)
    if place is None:
        raise UnknownName(f"No upload named {visible(name[:100], lines=False)!r}.")
    shutil.rmtree(place) if place.is_dir() else place.unlink()


def forget_incoming(uploads: Path) -> None:
    """Delete what a service that was killed has left of uploads."""
    for place in uploads.glob(f"{INCOMING}*"):
        shutil.rmtree(place, ignore_errors=True) if place.is_dir() else place.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files in and below a folder."""
    if path.is_dir():
        return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def _unpacked(received: Path) -> Path:
    return received.with_name(f"{received.name}-unpacked")


def _moved(place: Path, uploads: Path, stem: str, ending: str) -> Path:
    """Move an upload to a free name, which ends in a number if the name is taken."""
    number = 1
    while (target := uploads / f"{stem}{f'-{number}' if number > 1 else ''}{ending}").exists():
        number += 1
    return place.rename(target)


def _classes_in(folder: Path) -> Path:
    """Return the folder whose subfolders are the classes: a zip often has all in one folder."""
    inside = [place for place in folder.iterdir() if not place.name.startswith(".")]
    while len(inside) == 1 and inside[0].is_dir() and inside[0].name != "train":
        folder = inside[0]
        inside = [place for place in folder.iterdir() if not place.name.startswith(".")]
    return folder
