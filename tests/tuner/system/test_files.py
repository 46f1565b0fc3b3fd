"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from keras_search.tuner.system.files import replacing


def test_replacing_puts_the_new_content_in_the_place_of_the_old(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")
    with replacing(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_replacing_keeps_the_suffix_that_writers_look_at(tmp_path: Path) -> None:
    with replacing(tmp_path / "model.keras") as partial:
        assert (partial.parent, partial.suffix) == (tmp_path, ".keras")
        partial.touch()


def test_replacing_leaves_the_old_content_and_nothing_else_after_an_error(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")

    def fail(partial: Path) -> None:
        partial.write_text("half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"), replacing(target) as partial:
        fail(partial)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_replacing_starts_anew_over_what_a_killed_process_left(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    with replacing(target) as partial:
        name = partial.name
        partial.write_text("first")
    (tmp_path / name).write_text("a longer text that was torn by a kill")
    with replacing(target) as partial:
        partial.write_text("second")
    assert target.read_text() == "second"
    assert list(tmp_path.iterdir()) == [target]
