"""Report the files in a folder of images that are not read."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from keras_search.errors import UsageError
from keras_search.tuner.data.oddity import Oddity, listed, plural
from keras_search.tuner.data.pixels import KINDS

PICTURES = frozenset(
    (".heic", ".heif", ".avif", ".jp2", ".j2k", ".jxl", ".svg", ".psd", ".xcf", ".ico", ".ppm", ".pgm", ".pnm", ".tga",
     ".dcm", ".nii", ".dng", ".cr2", ".nef", ".arw", ".raw", ".exr", ".hdr")
)  # fmt: skip
"""Endings of pictures, which nobody would leave out on purpose."""
ENDINGS_SHOWN = 3


def notes_on_others(others: Sequence[Path], folder: Path) -> tuple[Oddity, ...]:
    """Count the files in the class folders that are not images.

    Raises:
        UsageError: some of them are pictures in a format that is not read.
    """
    pictures = [file for file in others if file.suffix.lower() in PICTURES]
    if pictures:
        count = f"{plural(len(pictures), f'{pictures[0].suffix.lower()} image')}" if _alike(pictures) else ""
        raise UsageError(
            f"{folder} holds {count or plural(len(pictures), 'image')} in a format that is not read, such as "
            f"{pictures[0].relative_to(folder)}: save as {KINDS}, or remove."
        )
    if not others:
        return ()
    endings = Counter(sorted(file.suffix.lower() or "without an ending" for file in others))
    kinds = listed([f"{count:,} {ending}" for ending, count in endings.most_common(ENDINGS_SHOWN)])
    verb = "is not an image" if len(others) == 1 else "are not images"
    what = f"{plural(len(others), 'file')} in the folders of the classes {verb}"
    return (Oddity("note", f"{what} ({kinds}).", "No action needed: they were skipped."),)


def _alike(files: Sequence[Path]) -> bool:
    return len({file.suffix.lower() for file in files}) == 1
