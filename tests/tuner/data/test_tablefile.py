"""Files of tables as they come: packed, parted, encoded and commented in every way, or refused by their name."""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.data import Source, load_dataset, tablefile
from keras_search.tuner.data.tablefile import read_cells
from keras_search.tuner.data.tablenames import OTHER_KINDS, is_table, name_of

PLAIN = "a,b\n1,x\n2,\n"
ROWS = [["1", "x"], ["2", ""]]


def zipped(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


FILES: dict[str, bytes | str] = {
    "plain.csv": PLAIN,
    "crlf.csv": PLAIN.replace("\n", "\r\n"),
    "mac.csv": PLAIN.replace("\n", "\r"),
    "blanks.csv": " a , b \n\n 1, x\n2,\n\n",
    "mark.csv": "\ufeff" + PLAIN,
    "utf16.csv": PLAIN.encode("utf-16"),
    "big.csv": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "sep.csv": "sep=;\r\n" + PLAIN.replace(",", ";"),
    "quoted.csv": '"sep=\t"\n' + PLAIN.replace(",", "\t"),
    "tabs.tsv": PLAIN.replace(",", "\t"),
    "bars.csv": PLAIN.replace(",", "|"),
    "comments.csv": "# made in 2020, by hand\n#\n" + PLAIN + "# the end\n",
    "empty.csv": "a,b,\n1,x,\n2,,\n,,\n,,\n",
    "packed.csv.gz": gzip.compress(PLAIN.encode()),
    "packed.csv.bz2": bz2.compress(PLAIN.encode()),
    "packed.tsv.xz": lzma.compress(PLAIN.replace(",", "\t").encode()),
    "lines.jsonl": '{"a": "1", "b": "x"}\n\n{"a": "2", "b": ""}\n',
}
FILES["packed.zip"] = zipped(**{"data/rows.csv": PLAIN, "__MACOSX/._rows.csv": "?", "readme.md": "?"})


@pytest.mark.parametrize("name", FILES)
def test_a_table_is_read(tmp_path: Path, name: str) -> None:
    content = FILES[name]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    frame = read_cells(tmp_path / name).frame
    assert is_table(tmp_path / name)
    assert list(frame.columns)[:2] == ["a", "b"]
    assert frame[["a", "b"]].to_numpy().tolist() == ROWS


def test_a_name_without_its_endings() -> None:
    assert [name_of(Path(name)) for name in ("d/wine.csv", "wine.csv.gz", "wine.zip")] == ["wine"] * 3


@pytest.mark.parametrize(("text", "names"), [("#a,b\n1,x\n", ["#a", "b"]), ("# by me, 2020\na,b\n", ["a", "b"])])
def test_a_header_may_begin_with_a_hash(tmp_path: Path, text: str, names: list[str]) -> None:
    (tmp_path / "t.csv").write_text(text + "1,x\n")
    assert list(read_cells(tmp_path / "t.csv").frame.columns) == names


def test_cells_that_begin_with_a_hash_stay(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("c,y\n#ff0000,p\n#00ff00,q\n")
    assert read_cells(tmp_path / "t.csv").frame["c"].tolist() == ["#ff0000", "#00ff00"]


WRONG: dict[str, tuple[bytes, str]] = {
    "none.zip": (zipped(a_png="?"), "must hold one .csv file, it holds none (a_png). Unpack it and name the table."),
    "two.zip": (zipped(**{"a.csv": "?", "b.csv": "?"}), "must hold one .csv file, it holds 2 (a.csv, b.csv). Unpack it "
                "and name the table."),
    "no.csv.gz": (b"a,b", "is not a complete .gz file: Not a gzipped file (b'a,'). Compress it again."),
    "half.csv.gz": (gzip.compress(PLAIN.encode() * 99)[:30], "is not a complete .gz file: Compressed file ended before "
                    "the end-of-stream marker was reached. Compress it again."),
    "no.csv.zip": (b"a,b", "is not a complete .zip file: File is not a zip file. Compress it again."),
    "wide.csv": ("a,b\n1,é\n".encode("utf-16-le"), "seems to be UTF-16 without a byte order mark, it holds zero "
                 "bytes: save it as CSV in UTF-8."),
    "list.jsonl": (b'{"a": 1}\n[1]\n', "line 2, must be one JSON object, received '[1]'."),
    "torn.jsonl": (b'{"a": 1}\n{"a"', "line 2, must be one JSON object: Expecting ':' delimiter: line 1 column 5 "
                   "(char 4)."),
    "late.csv": (b'#x\na,b\n1,2\n"3,4\n', "has a quote in line 4 that is not closed: close it, or remove it."),
    "long.csv": (b"#x\n\na,b\n1,2\n3,4,5\n", "must have a value for each of its 2 columns in every row: line 5 has "
                 "3. Quote values that contain ',', or remove the extra ones."),
    "packed.parquet.gz": (b"?", "is a packed .parquet file: unpack it."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_line(tmp_path: Path, name: str) -> None:
    content, message = WRONG[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_cells(tmp_path / name)
    assert str(raised.value).removeprefix(str(tmp_path / name)).lstrip(" ,") == message


@pytest.mark.parametrize("ending", OTHER_KINDS)
def test_other_kinds_are_refused_by_their_name(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"t{ending}").write_bytes(b"?")
    with pytest.raises(UsageError) as raised:
        load_dataset(Source(str(tmp_path / f"t{ending}"), target="y"))
    assert str(raised.value) == f"{tmp_path / f't{ending}'} is {OTHER_KINDS[ending]}."


def test_excel_is_read_by_its_types(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    frame = pd.DataFrame({"size": [1.5, None], "when": pd.to_datetime(["2022-01-02", None]), "y": ["p", "q"]})
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    found = read_cells(tmp_path / "t.xlsx").frame
    assert list(found.columns) == ["size", "when", "y"]
    assert found["size"].tolist()[0] == 1.5
    assert pd.api.types.is_datetime64_any_dtype(found["when"])
    with pd.ExcelWriter(tmp_path / "two.xlsx") as writer:
        for sheet in ("first", "second"):
            frame.to_excel(writer, sheet_name=sheet, index=False)
    with pytest.raises(UsageError, match=r"it has 2, 'first', 'second': save the one that you want as \.csv\.$"):
        read_cells(tmp_path / "two.xlsx")


def test_a_table_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 500, encoding="utf-8")
    monkeypatch.setattr(tablefile, "usable_memory", lambda: 7 * path.stat().st_size)
    assert len(read_cells(path).frame) == 500
    monkeypatch.setattr(tablefile, "usable_memory", lambda: 7 * path.stat().st_size - 1)
    with pytest.raises(UsageError) as caught:
        read_cells(path)
    assert str(caught.value) == (
        f"{path} has 0.0 GB; a table takes 7 times that in memory and more, and 0.0 GB may be used. Take fewer rows, "
        "or save numbers with numpy.savez: an .npz file may be larger than the memory."
    )
