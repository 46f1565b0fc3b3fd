"""Format an overview of a data set as text and tables."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keras_search.tuner.console import terminal
from keras_search.tuner.console.terminal import add_row, cell
from keras_search.tuner.data.dateforms import written
from keras_search.tuner.data.facts import Column, Input, Output
from keras_search.tuner.data.oddity import Oddity, plural
from keras_search.tuner.data.overview import Overview, Part

MOST_ROWS = 40
"""How many classes or columns are printed."""
LONGEST_NAME = 24
STYLES = {"bad": "red", "note": "yellow"}


def text(overview: Overview) -> RenderableType:
    """Format an overview for a rich console; names are printed as they are, never read as markup."""
    blocks: list[RenderableType] = [cell(_headline(overview))]
    blocks += [_parts_table(overview.parts)] if overview.parts else []
    blocks += [_inputs_table(overview.inputs)] if overview.inputs else []
    blocks += [_columns_table(overview.columns, overview.train)] if overview.columns else []
    blocks += [_output_table(output, overview.test > 0) for output in overview.outputs]
    blocks.append(_odd_table(overview.odd) if overview.odd else Text("Nothing odd was found."))
    return Group(blocks[0], *(part for block in blocks[1:] for part in (Text(), block)))


def _headline(overview: Overview) -> str:
    examples = f"{plural(overview.train, 'training example')} and {plural(overview.test, 'test example')}"
    if not overview.test:
        examples = f"{plural(overview.train, 'example')}, some of which a search sets aside for testing"
    return f"{overview.name}: {overview.kind}, {examples}."


def _parts_table(parts: Sequence[Part]) -> Table:
    table = _table(["to"], ["examples"], ["which"])
    for part in parts:
        add_row(table, part.use, f"{part.examples:,}", part.origin)
    return table


def _inputs_table(inputs: Sequence[Input]) -> Table:
    table = _table(["input", "holds", "shape", "type"], ["lowest", "highest", "always the same"])
    for about in inputs:
        shape = " x ".join(map(str, about.shape))
        constant = f"{about.constant:,} of {math.prod(about.shape):,}"
        add_row(
            table, about.name or "x", about.kind, shape, about.dtype, _number(about.low), _number(about.high), constant
        )
    return table


def _columns_table(columns: Sequence[Column], rows: int) -> Table:
    table = _table(["column", "holds"], ["missing", "different"], ["values"])
    for column in columns[:MOST_ROWS]:
        counts = f"{column.missing:,}", f"{column.distinct:,}"
        add_row(table, column.name, column.kind, *counts, _values(column, rows))
    return _ended(table, len(columns))


def _values(column: Column, rows: int) -> str:
    """Describe the values of a column; the most frequent text only if there is one."""
    if column.kind == "dates" and column.low is not None and column.high is not None:
        return f"{written(column.low)} to {written(column.high)}"
    if column.mean is not None:
        low, high, mean = _distinct(column.low, column.high, column.mean)
        return f"{low} to {high}, mean {mean}"
    if column.common is None or column.distinct == rows - column.missing:
        return ""
    return f"most often {column.common}"


def _output_table(output: Output, has_test: bool) -> Table:
    """Format the classes of an output with their counts, or the range of its values."""
    of = f" of {output.name}" if output.name else ""
    if not output.classes:
        table = _table([f"values{of}"], ["lowest", "mean", "highest"])
        add_row(table, f"{output.width} per example", *_distinct(output.low, output.mean, output.high))
        return table
    table = _table([f"class{of}"], ["train", "share", *["test"] * has_test])
    total = sum(count.train for count in output.classes)
    for count in output.classes[:MOST_ROWS]:
        cells = f"{count.train:,}", f"{count.train / total:.1%}", f"{count.test:,}"
        add_row(table, count.name, *cells[: 2 + has_test])
    return _ended(table, len(output.classes))


def _odd_table(odd: Iterable[Oddity]) -> Table:
    found = terminal.table("", "what is odd", "what to do")
    for oddity in odd:
        add_row(found, cell(oddity.weight, STYLES[oddity.weight]), oddity.what, oddity.advice)
    return found


def _table(texts: Sequence[str], numbers: Sequence[str], more_texts: Sequence[str] = ()) -> Table:
    """Make a table of text columns, then number columns, then text columns that wrap in a narrow terminal."""
    table = Table(box=None, pad_edge=False)
    sides: list[tuple[Sequence[str], Literal["left", "right"], bool]]
    sides = [(texts, "left", True), (numbers, "right", True), (more_texts, "left", False)]
    for names, justify, whole in sides:
        for name in names:
            width = LONGEST_NAME if not table.columns else None
            table.add_column(cell(name), justify=justify, no_wrap=whole, overflow="ellipsis", max_width=width)
    return table


def _ended(table: Table, count: int) -> Table:
    """Add a row that says how many rows are left out."""
    if count > MOST_ROWS:
        table.add_row(Text(f"and {count - MOST_ROWS:,} more: see --json", "dim"))
    return table


def _distinct(*values: float | None) -> list[str]:
    """Format numbers with four digits, or with as many as it takes to distinguish them."""
    written = [_number(value) for value in values]
    if len(set(written)) == len(set(values)):
        return written
    return ["" if value is None else f"{value:.12g}" for value in values]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
