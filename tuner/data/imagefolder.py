"""Read a folder of images with a subfolder for each class, like `keras.utils.image_dataset_from_directory`."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.data.dataset import Dataset, dataset_of
from keras_search.tuner.data.pixels import ENDINGS, read_images
from keras_search.tuner.data.source import Source
from keras_search.tuner.data.tree import Array, Labels, Tree
from keras_search.tuner.data.unread_images import notes_on_others

SPLITS = ("train", "val", "test")
VALIDATION = {"val", "valid", "validation", "dev", "eval"}
OTHER_SPLITS = {"training", "testing", *VALIDATION}
_EXPECTED = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"

Classes = dict[str, list[Path]]
"""The image files of each class, by its name, both sorted."""


def read_folder(path: Path, source: Source) -> Dataset:
    """Read a folder with a subfolder of images for each class, or with `train`, which has these inside.

    Beside `train` there may be `val` (or `validation`) and `test`. Images may lie further down in the subfolder of
    their class. Hidden files and files that are not images are skipped; notes mention the latter. Returns uint8
    `(n, height, width)` where all images are grey, else `(n, height, width, 3)`, in the order of the sorted paths, or
    float32 where a file holds more than 8 bits; the test part is empty where there is no `test`. The size is
    `source.image_size` squared, or as `pixels.common_shape` chooses it.

    Raises:
        UsageError: the folder has another layout, or an image cannot be read.
    """
    _check_options(source)
    found = list_folder(path)
    notes = notes_on_others(found.others, path)
    return replace(found.holding(read_images(found.files, source.image_size)), notes=notes)


@dataclass(frozen=True, eq=False)
class Listing:
    """The image files of a folder, those of each part in turn, `counts` by its name, with the labels `(n,)` of all.

    `others` are the files in the class folders that are not images.
    """

    path: Path
    files: list[Path]
    labels: Labels
    class_names: list[str]
    counts: Mapping[str, int]
    others: list[Path]

    def holding(self, x: Array) -> Dataset:
        """Return the data set whose examples are `x` `(n_files, ...)`, read from the files in their order."""
        arrays: dict[str, Tree] = {}
        start = 0
        for part, count in self.counts.items():
            arrays[f"x_{part}"], arrays[f"y_{part}"] = (every[start : start + count] for every in (x, self.labels))
            start += count
        return dataset_of(self.path.resolve().name, arrays, self.class_names, source=str(self.path), own_view="pixels")


def list_folder(path: Path) -> Listing:
    """List the images of a folder with a subfolder for each class, or with `train` and, optionally, `val` and `test`.

    Raises:
        UsageError: the folder has another layout.
    """
    folders = _parts(path)
    parts = {"train": _classes(folders["train"])}
    names = list(parts["train"])
    parts |= {
        part: _further_classes(folders[part], folders["train"], names) for part in ("val", "test") if part in folders
    }
    files = [file for part in parts.values() for listed in part.values() for file in listed]
    labels = np.array([names.index(name) for part in parts.values() for name, listed in part.items() for _ in listed])
    counts = {part: sum(map(len, found.values())) for part, found in parts.items()}
    places = [folders[part] / name for part, found in parts.items() for name in found]
    others = [file for place in places for file in sorted(_files(place)) if file.suffix.lower() not in ENDINGS]
    return Listing(path, files, labels, names, counts, others)


def _check_options(source: Source) -> None:
    if source.task == "regression":
        raise UsageError("--task regression is for numbers to predict; a folder of images has classes.")
    if source.image_size is not None and source.image_size < 1:
        raise UsageError(f"--image-size must be at least 1, received {source.image_size}.")


def _parts(path: Path) -> dict[str, Path]:
    """Find the training classes and, if they exist, the validation and the test split."""
    names = _subfolders(path)
    all_are_splits = bool(names) and {name.casefold() for name in names} <= {*SPLITS, *OTHER_SPLITS}
    if not all_are_splits and ("train" not in names or _images_in(path / "train")):
        return {"train": path}
    parts = {name: "val" if name.casefold() in VALIDATION else name for name in names}
    if "train" not in names or not set(parts.values()) <= set(SPLITS) or len(set(parts.values())) < len(parts):
        raise _wrong_splits(path, names)
    return {part: path / name for name, part in parts.items()}


def _wrong_splits(path: Path, names: list[str]) -> UsageError:
    """Make the error for splits that are not `train`, `val` and `test`."""
    others = [name for name in names if name not in SPLITS and name.casefold() not in VALIDATION]
    if "train" not in names or {name.casefold() for name in others} & {*SPLITS, "training", "testing"}:
        advice = "Rename the training folder to train, and the test folder to test."
    elif not others:
        advice = "Keep one folder to validate on."
    else:
        advice = f"Take {others[0]} away, or move it into train if it is a class."
    return UsageError(f"{path} must hold train and, optionally, val and test, it holds {', '.join(names)}. {advice}")


def _classes(folder: Path) -> Classes:
    """List the images of each class.

    Raises:
        UsageError: there are fewer than two classes, or one without an image.
    """
    names = _subfolders(folder)
    if not names:
        count = len(_images_in(folder))
        found = (
            f"{count} image{'s' * (count > 1)} directly" if count else f"no folder and no file that ends in {_EXPECTED}"
        )
        raise UsageError(f"{folder} must hold a subfolder of images for each class, it holds {found}.")
    if len(names) == 1:
        inside = _subfolders(folder / names[0])
        hint = f" If the classes are {', '.join(inside[:3])}, give {folder / names[0]}." if len(inside) > 1 else ""
        raise UsageError(f"{folder} must hold at least 2 class folders, it holds only {names[0]!r}.{hint}")
    return {name: _filled(folder / name) for name in names}


def _further_classes(folder: Path, train: Path, known: list[str]) -> Classes:
    """List the images of each class to validate or to test on; some classes may have none.

    Raises:
        UsageError: a class is unknown in training, or there is no image at all.
    """
    names = _subfolders(folder)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(
            f"{folder} must hold only classes that {train} holds, received {unknown[0]!r}. "
            f"Known: {', '.join(known)}. Add training images of it, or move the folder elsewhere."
        )
    found = {name: _images(folder / name) for name in names}
    if not any(found.values()):
        raise UsageError(f"{folder} holds no image in a class folder. Delete it to set aside a part of train.")
    return found


def _filled(folder: Path) -> list[Path]:
    """List the images of a class that must have some."""
    images = _images(folder)
    if images:
        return images
    endings = Counter(sorted(file.suffix.lower() or "without an ending" for file in _files(folder)))
    there = ", ".join(f"{count} {ending}" for ending, count in endings.most_common(3))
    raise UsageError(
        f"{folder} holds no image that ends in {_EXPECTED}{f' (found: {there})' * bool(there)}. "
        "Add some, convert them, or move the folder elsewhere."
    )


def _images(folder: Path) -> list[Path]:
    """List the images anywhere in a folder, sorted."""
    return sorted(file for file in _files(folder) if file.suffix.lower() in ENDINGS)


def _files(folder: Path) -> Iterator[Path]:
    """Walk through the visible files of a folder and its subfolders."""
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = filter(_is_visible, folders)
        yield from (Path(place, name) for name in names if _is_visible(name))


def _images_in(folder: Path) -> list[Path]:
    """List the visible images directly in a folder."""
    return [file for file in _entries(folder) if file.suffix.lower() in ENDINGS and file.is_file()]


def _subfolders(folder: Path) -> list[str]:
    """List the names of the visible folders in a folder, sorted.

    Raises:
        UsageError: a name cannot be written in reports.
    """
    names = sorted(entry.name for entry in _entries(folder) if entry.is_dir())
    for name in names:
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
            raise UsageError(f"{folder} holds a folder named {name!a}: rename it, in UTF-8 and on one line.")
    return names


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if _is_visible(entry.name)]
    except OSError as error:
        _refuse(error)


def _refuse(error: OSError) -> NoReturn:
    raise UsageError(f"{error.filename} cannot be read as a folder: {error.strerror}.") from error


def _is_visible(name: str) -> bool:
    """Return whether a file is the user's, and not one that a system left behind."""
    return not name.startswith(".") and name != "__MACOSX"
