"""Check a zip before a byte of it is unpacked: its names, links, sizes and count; then unpack its images."""

import re
import stat
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from keras_search.errors import UsageError
from keras_search.tuner.data.pixels import ENDINGS
from keras_search.tuner.system.text import visible

MOST_FILES = 200_000
MOST_DEPTH = 8
LONGEST_PART = 200
"""Bytes of a file's or a folder's name."""
MOST_RATIO = 200
"""How many times as large as packed what is unpacked may be, if it is not small."""
SMALL = 100 * 2**20
"""Bytes below which a zip may unpack to any number of times its size."""
IGNORED = re.compile(r"(^|/)(__MACOSX|\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*)(/|$)")
DRIVE = re.compile(r"^[A-Za-z]:")
CHUNK = 1 << 20


def members_of(archive: zipfile.ZipFile, most_bytes: int) -> list[zipfile.ZipInfo]:
    """Return the files of a zip, none of which leads out of the folder that it is unpacked to.

    Raises:
        UsageError: one would, or the zip is too large, damaged or encrypted.
    """
    listed = archive.infolist()
    if len(listed) > MOST_FILES:
        raise UsageError(f"The zip holds {len(listed):,} files, at most {MOST_FILES:,} are taken.")
    for info in listed:
        _check_member(info)
    files = [info for info in listed if not info.is_dir() and not IGNORED.search(info.filename)]
    _check_sizes(files, most_bytes)
    _check_distinct(files)
    return files


def check_packed(path: Path, most_bytes: int) -> None:
    """Check a file that is a zip inside, such as an .npz or an .xlsx, and stays as it is.

    Raises:
        UsageError: it is not, or it is too large when it is unpacked.
    """
    with opened(path) as archive:
        members_of(archive, most_bytes)


def opened(path: Path) -> zipfile.ZipFile:
    """Open a zip.

    Raises:
        UsageError: it is none.
    """
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise UsageError(
            f"This is not a zip that can be read ({visible(error, lines=False)}): pack it again."
        ) from None


def are_images(files: Sequence[zipfile.ZipInfo]) -> bool:
    """Return whether there are images among the files of a zip."""
    return any(PurePosixPath(info.filename).suffix.lower() in ENDINGS for info in files)


def unpack_images(archive: zipfile.ZipFile, files: Sequence[zipfile.ZipInfo], target: Path) -> int:
    """Unpack the images of a checked zip into a new folder, and return how many other files were left out.

    Raises:
        UsageError: a file is damaged.
    """
    images = [info for info in files if PurePosixPath(info.filename).suffix.lower() in ENDINGS]
    target.mkdir(mode=0o700)
    for info in images:
        place = target.joinpath(*PurePosixPath(info.filename).parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            _unpack(archive, info, place)
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
            raise UsageError(f"{_shown(info)} in the zip is damaged ({visible(error, lines=False)}).") from None
    return len(files) - len(images)


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path) -> None:
    """Write one file, and never more than it claims to hold."""
    left = info.file_size
    with archive.open(info) as source, place.open("xb") as file:
        while part := source.read(min(CHUNK, left + 1)):
            left -= len(part)
            if left < 0:
                raise ValueError("it holds more than it says")
            file.write(part)
    if left:
        raise ValueError("it holds less than it says")


def _check_member(info: zipfile.ZipInfo) -> None:
    """Refuse a name that leads elsewhere, a link, or what can only be read with a password."""
    name = info.orig_filename
    path = PurePosixPath(name)
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UsageError(f"The zip holds {_shown(info)}, which is a link or no file: expected images in folders.")
    if info.flag_bits & 0x1:
        raise UsageError(f"The zip holds {_shown(info)} encrypted: pack it without a password.")
    elsewhere = path.is_absolute() or ".." in path.parts or "\\" in name or DRIVE.match(name)
    unfit = not path.parts or any(unicodedata.category(character) in ("Cc", "Cs") for character in name)
    if elsewhere or unfit:
        raise UsageError(f"The zip holds {_shown(info)}, whose name leads out of its folder: pack it again.")
    if len(path.parts) > MOST_DEPTH or any(len(part.encode()) > LONGEST_PART for part in path.parts):
        raise UsageError(f"The zip holds {_shown(info)}, whose name is too long or too deep: pack it again.")


def _check_sizes(files: Sequence[zipfile.ZipInfo], most_bytes: int) -> None:
    total, packed = sum(info.file_size for info in files), sum(info.compress_size for info in files)
    if total > most_bytes:
        raise UsageError(f"The zip holds {total:,} bytes when it is unpacked, at most {most_bytes:,} are taken.")
    if total > SMALL and total > MOST_RATIO * max(packed, 1):
        raise UsageError(
            f"The zip unpacks to {total // max(packed, 1):,} times its size, which no images or tables do: "
            f"at most {MOST_RATIO} times are taken."
        )


def _check_distinct(files: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse two files of one name, on any system, and a file with the name of a folder."""
    seen: set[str] = set()
    folders: set[str] = set()
    for info in files:
        path = PurePosixPath(unicodedata.normalize("NFC", info.filename).casefold())
        if str(path) in seen:
            raise UsageError(f"The zip holds {_shown(info)} twice: pack it again.")
        seen.add(str(path))
        folders |= {str(parent) for parent in path.parents}
    both = sorted(seen & folders)
    if both:
        raise UsageError(f"The zip holds {visible(both[0][:100], lines=False)!r} as a file and as a folder.")


def _shown(info: zipfile.ZipInfo) -> str:
    return repr(visible(info.orig_filename[:100], lines=False))
