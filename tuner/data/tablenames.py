"""Recognise the file of a table by its name."""

from pathlib import Path

TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".psv")
LINES_ENDINGS = (".jsonl", ".ndjson")
TABLE_ENDINGS = (*TEXT_ENDINGS, *LINES_ENDINGS, ".parquet", ".xlsx")
PACKED = (".gz", ".bz2", ".xz", ".zip")
EXPECTED = "a .csv, .tsv, .jsonl, .xlsx or .parquet file"
OTHER_KINDS = {
    ".xls": "an old Excel file: save it as .xlsx or .csv",
    ".xlsb": "a binary Excel file: save it as .xlsx or .csv",
    ".ods": "an OpenDocument table: save it as .xlsx or .csv",
    ".json": "JSON: write one object a line, as .jsonl, pandas.DataFrame.to_json(orient='records', lines=True) does",
    ".feather": "a Feather file: pandas.read_feather(...).to_parquet(...) makes a .parquet file of it",
    ".arrow": "an Arrow file: pandas.read_feather(...).to_parquet(...) makes a .parquet file of it",
    ".orc": "an ORC file: pandas.read_orc(...).to_parquet(...) makes a .parquet file of it",
    ".sav": "an SPSS file: pandas.read_spss(...).to_csv(...) makes a .csv file of it",
    ".dta": "a Stata file: pandas.read_stata(...).to_csv(...) makes a .csv file of it",
    ".sas7bdat": "a SAS file: pandas.read_sas(...).to_csv(...) makes a .csv file of it",
    ".arff": "an ARFF file: scipy.io.arff.loadarff reads it; write it as .csv",
    ".mat": "a MATLAB file: scipy.io.loadmat reads it; write its arrays with numpy.savez",
    ".h5": "an HDF5 file: write its arrays with numpy.savez, or its table as .csv",
    ".hdf5": "an HDF5 file: write its arrays with numpy.savez, or its table as .csv",
    ".pkl": "a pickle, which runs code when it is opened: write its arrays with numpy.savez, or its table as .csv",
    ".pickle": "a pickle, which runs code when it is opened: write its arrays with numpy.savez, or its table as .csv",
    ".npy": "one array: write x_train, y_train, x_test and y_test into one .npz with numpy.savez",
    ".db": "a database: write the table that you want as .csv",
    ".sqlite": "a database: write the table that you want as .csv",
    ".tfrecord": "TFRecords: give FILE.py:FUNCTION with a function that returns a tf.data.Dataset",
    ".7z": "a packed file: unpack it",
    ".rar": "a packed file: unpack it",
    ".tar": "a packed file: unpack it",
    ".tgz": "a packed file: unpack it",
    ".zst": "a packed file: unpack it",
}
"""Formats that are not read, by ending, and what to do."""


def is_table(path: Path) -> bool:
    """Return whether a file is a table, by its name."""
    return ending_of(path) in TABLE_ENDINGS or path.suffix.lower() == ".zip"


def is_data(path: Path) -> bool:
    """Return whether a file is one of data, by its name, whether it can be read or not."""
    return is_table(path) or ending_of(path) in OTHER_KINDS or path.suffix.lower() == ".npz"


def ending_of(path: Path) -> str:
    """Return the ending that shows the format of a file, `.csv` for `rows.csv.gz`."""
    unpacked_name = path.with_suffix("") if path.suffix.lower() in PACKED else path
    return unpacked_name.suffix.lower() or (".csv" if path.suffix.lower() == ".zip" else "")


def name_of(path: Path) -> str:
    """Return the name of a table without its endings."""
    return Path(path.stem).stem if path.suffix.lower() in PACKED else path.stem
