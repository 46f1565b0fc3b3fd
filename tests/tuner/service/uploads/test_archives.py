"""The limits of archives that a test cannot reach with real sizes."""

import zipfile
from pathlib import Path

import pytest

from keras_search.errors import UsageError
from keras_search.tuner.service.uploads import archives


def packed(place: Path, count: int, size: int) -> Path:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            archive.writestr(f"a/{number}.png", b"\0" * size)
    return place


def test_the_count_of_files_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    with pytest.raises(UsageError, match="The zip holds 4 files, at most 3 are taken"):
        archives.check_packed(packed(tmp_path / "x.zip", 4, 1), 10**9)


def test_the_size_is_limited(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The zip holds 4,000 bytes when it is unpacked, at most 3,999 are taken"):
        archives.check_packed(packed(tmp_path / "x.zip", 4, 1000), 3999)
    archives.check_packed(tmp_path / "x.zip", 4000)


def test_what_unpacks_to_many_times_its_size_is_refused_unless_it_is_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed(tmp_path / "x.zip", 2, 100_000)
    archives.check_packed(tmp_path / "x.zip", 10**9)
    monkeypatch.setattr(archives, "SMALL", 1000)
    with pytest.raises(UsageError, match="times its size, which no images or tables do: at most 200"):
        archives.check_packed(tmp_path / "x.zip", 10**9)


def test_overlapping_files_unpack_to_no_more_than_is_checked(tmp_path: Path) -> None:
    """Many entries of a zip may share the same bytes, so that a small file unpacks to petabytes."""
    packed(tmp_path / "one.zip", 1, 100_000)
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        first = archive.infolist()[0]
        archive.filelist.extend([first] * 20)
        with pytest.raises(UsageError, match="twice"):
            archives.members_of(archive, 10**9)
        with pytest.raises(UsageError, match="2,100,000 bytes"):
            archives.members_of(archive, 10**6)
