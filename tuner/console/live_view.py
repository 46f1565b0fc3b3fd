"""Draw what a running study does, for a terminal of any size: pure functions of what is known."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from keras_search.tuner.console.terminal import cell
from keras_search.tuner.study.records import Values

GAP = 2
"""Characters between columns."""
LEAST_SETTINGS = 12
"""The column of the other settings is left out if it is narrower."""
LONGEST_NAME = 20
"""Characters of a setting's name before its value."""
LONGEST_CELL = 28
LONGEST_BAR = 60
_LEARNING_RATE = re.compile(r"learning_rate|(^|_)lr(_|$)")
_OPTIMIZER = re.compile(r"optimi[sz]er|(^|_)opt(_|$)")
"""The hyperparameters that have a column of their own."""
ORDER = ("run", "value", "epoch", "learning rate", "optimizer", "node")
LEAVE_OUT = ("node", "optimizer", "learning rate", "epoch")
"""The columns that a narrow terminal does without, in this order."""
CUT = ".."
"""What stands for the rest of a text; an ellipsis is not in every encoding."""


@dataclass(frozen=True)
class Row:
    """A run in the view: one of the best that have ended, or what a worker trains; `worker` is its number then."""

    run: str
    epoch: str
    value: str
    settings: Values
    node: str = ""
    leads: bool = False


@dataclass(frozen=True)
class View:
    """All that is shown.

    `head` names the stage and `state` describes how far it is; `share` of the bar, from 0 to 1, is full, None shows
    none. `ended` are runs that have ended under the title `titles[0]`, `training` those in work under `titles[1]`.
    """

    head: str
    state: tuple[str, ...]
    share: float | None
    titles: tuple[str, str]
    objective: str
    ended: tuple[Row, ...] = ()
    training: tuple[Row, ...] = ()
    failed: str = ""
    stopping: str = ""


def draw(view: View, widths: dict[str, int], width: int, height: int) -> RenderableType:
    """Draw a view for a width and a height in characters; `widths` keeps how wide each column has been."""
    parts: list[RenderableType] = [_head(view, width)]
    parts += [cell(line) for line in view.state if line]
    parts += [
        cell(text, "red" if text == view.failed else "bold yellow") for text in (view.failed, view.stopping) if text
    ]
    used = sum(-(-cell_len(str(line)) // width) for line in (*view.state, view.failed, view.stopping) if line) + 2
    ended, training = _fitting(view, height - used - 1)
    for row in _rows(view, ended, training, widths, width):
        parts.append(row)
    return Group(*parts)


def _head(view: View, width: int) -> RenderableType:
    if view.share is None:
        return cell(view.head, "bold")
    percent = f"{view.share:4.0%}"
    room = min(width - cell_len(view.head) - len(percent) - 2 * GAP, LONGEST_BAR)
    if room < LEAST_SETTINGS:
        return Text.assemble(cell(view.head, "bold"), f"  {percent}")
    line = Table.grid(padding=(0, GAP, 0, 0))
    bar = ProgressBar(total=1.0, completed=view.share, width=room, complete_style="cyan", finished_style="green")
    line.add_row(cell(view.head, "bold"), bar, percent)
    return line


def _fitting(view: View, lines: int) -> tuple[Sequence[Row], Sequence[Row]]:
    """Choose as many rows as there are lines for: the best first, but at least one of what is trained."""
    for_training = min(len(view.training), max(1, lines - len(view.ended) - 4))
    for_ended = max(0, min(len(view.ended), lines - for_training - 4))
    return view.ended[:for_ended], view.training[: max(0, min(for_training, lines - 2))]


def _rows(
    view: View, ended: Sequence[Row], training: Sequence[Row], widths: dict[str, int], width: int
) -> Iterable[Text]:
    """Yield the lines of both tables, in the same columns."""
    heads = {"run": max(view.titles, key=len), "value": view.objective}
    heads |= {name: name for name in ("epoch", "learning rate", "optimizer", "node")}
    cells = [_cells(row) for row in (*ended, *training)]
    for name, head in heads.items():
        longest = max([cell_len(each[name]) for each in cells], default=0)
        if longest or name in widths:
            longest = min(max(longest, cell_len(head)), LONGEST_CELL)
            widths[name] = max(widths.get(name, 0), longest)
    columns = _columns(widths, width)
    for title, rows in zip(view.titles, (ended, training), strict=True):
        if not rows:
            continue
        yield Text("")
        yield _line({**heads, "run": title, "settings": "other settings"}, columns, "dim")
        for row in rows:
            yield _line(_cells(row), columns, "green" if row.leads else "")
        hidden = len(view.training) - len(rows) if rows is training else 0
        if hidden > 0:
            yield cell(f"and {hidden} more", "dim")


def _cells(row: Row) -> dict[str, str]:
    rates = {name for name, value in row.settings.items() if isinstance(value, float) and _LEARNING_RATE.search(name)}
    rate = next(iter(sorted(rates, key=len)), "")
    optimizer = next((name for name, value in row.settings.items() if _names_one(name, value)), "")
    others = (f"{_name(key)}={_short(value)}" for key, value in row.settings.items() if key not in (rate, optimizer))
    return {
        "run": row.run,
        "value": row.value,
        "epoch": row.epoch,
        "learning rate": _short(row.settings.get(rate, "")),
        "optimizer": _short(row.settings.get(optimizer, "")),
        "node": row.node,
        "settings": ", ".join(others),
    }


def _names_one(name: str, value: object) -> bool:
    return isinstance(value, str) and _OPTIMIZER.search(name) is not None


def _columns(widths: dict[str, int], width: int) -> dict[str, int]:
    """Return the columns that fit, with their widths; what is left over shows the other settings."""
    columns = {name: widths[name] for name in ORDER if widths.get(name)}
    for name in LEAVE_OUT:
        if sum(columns.values()) + GAP * (len(columns) - 1) > width:
            columns.pop(name, None)
    rest = width - sum(columns.values()) - GAP * len(columns)
    return {**columns, "settings": rest} if rest >= LEAST_SETTINGS else columns


def _line(cells: dict[str, str], columns: dict[str, int], style: str) -> Text:
    """Write one line; numbers are flush right, and what is too long is cut."""
    parts = [_fitted(cells.get(name, ""), wide, right=name in {"value", "epoch"}) for name, wide in columns.items()]
    return cell((" " * GAP).join(parts).rstrip(), style)


def _fitted(text: str, wide: int, right: bool) -> str:
    whole = str(cell(text))
    if cell_len(whole) > wide:
        return set_cell_size(whole, max(wide - len(CUT), 0)) + CUT
    space = " " * (wide - cell_len(whole))
    return space + whole if right else whole + space


def _name(setting: str) -> str:
    """Cut a long name in the middle: its end tells the layer, and its value must be seen."""
    return setting if len(setting) <= LONGEST_NAME else f"{setting[:7]}{CUT}{setting[len(CUT) + 7 - LONGEST_NAME :]}"


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
