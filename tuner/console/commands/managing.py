"""The commands that delete, restore and rename studies."""

import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keras_search.tuner.console import completion
from keras_search.tuner.console.arguments import AsJson, ReportsDir, StudiesDir
from keras_search.tuner.console.checked import folder
from keras_search.tuner.console.streams import say
from keras_search.tuner.console.wrapping import tell
from keras_search.tuner.study.folder import STUDIES
from keras_search.tuner.system.plain import json_text

if TYPE_CHECKING:
    from keras_search.tuner.study.deleting import Emptied, Trashed

# What reads studies imports NumPy, which takes as long as the rest of `keras-search --help`: it is imported on use.

ExportsDir = Annotated[
    Path, typer.Option(help="The folder of the exports.", parser=folder("--exports-dir"), metavar="<dir>")
]
TrashId = Annotated[
    str, typer.Argument(help="A study in the trash, by its id or its name.", autocompletion=completion.trashed)
]


def delete(
    names: Annotated[
        list[str], typer.Argument(help="The studies.", metavar="NAME...", autocompletion=completion.studies)
    ],
    report: Annotated[bool, typer.Option("--report", help="Delete their reports too.")] = False,
    exports: Annotated[bool, typer.Option("--exports", help="Delete their exports too.")] = False,
    studies_dir: StudiesDir = Path("studies"),
    reports_dir: ReportsDir = Path("reports"),
    exports_dir: ExportsDir = Path("exports"),
) -> None:
    """Move studies to the trash; reports and exports stay unless asked for."""
    from keras_search.tuner.study import deleting

    moved = deleting.delete(studies_dir, names, reports_dir if report else None, exports_dir if exports else None)
    where = _where(studies_dir)
    for each in moved:
        tell(f"{each.name} is in the trash. Restore it: keras-search restore {each.id}{where}")
    tell(f"After {deleting.KEPT_DAYS} days in the trash, the next delete or trash deletes a study for good.")
    _print_expired(deleting.expire(studies_dir))


def trash(
    ids: Annotated[
        list[str] | None,
        typer.Argument(help="Only these, by id or name.", metavar="[ID...]", autocompletion=completion.trashed),
    ] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Delete them for good.")] = False,
    studies_dir: StudiesDir = Path("studies"),
    as_json: AsJson = False,
) -> None:
    """List the studies in the trash, or delete them for good."""
    from keras_search.tuner.study import deleting

    expired = deleting.expire(studies_dir)
    if empty:
        emptied = deleting.empty(studies_dir, ids or None)
        lines = "\n".join(_emptied_lines(emptied, "Deleted for good:"))
        say(_emptied_json(emptied)) if as_json else tell(lines)
        if emptied.kept:
            raise typer.Exit(1)
        return
    found = [deleting.find_trashed(studies_dir, id_) for id_ in ids] if ids else deleting.trashed(studies_dir)
    if as_json:
        say(json_text(list(map(_plain, found))))
        return
    _print_expired(expired)
    tell(_table(found, studies_dir))


def restore(
    id_: TrashId,
    name: Annotated[str | None, typer.Option("--as", help="Another name for it.", metavar="NAME")] = None,
    studies_dir: StudiesDir = Path("studies"),
    reports_dir: ReportsDir = Path("reports"),
    exports_dir: ExportsDir = Path("exports"),
) -> None:
    """Take a study out of the trash, with the report and the exports that were deleted with it."""
    from keras_search.tuner.study import deleting

    folder = deleting.restore(studies_dir, id_, name, reports_dir, exports_dir)
    tell(f"Restored {folder.name}: {folder.command('show')}")


def rename(
    old: Annotated[str, typer.Argument(help="The study.", autocompletion=completion.studies)],
    new: Annotated[str, typer.Argument(help="Its new name.")],
    studies_dir: StudiesDir = Path("studies"),
    reports_dir: ReportsDir = Path("reports"),
) -> None:
    """Rename a study, and the folder of its report."""
    from keras_search.tuner.study.renaming import rename as rename_study

    folder, report = rename_study(studies_dir, old, new, reports_dir)
    tell(f"{old} is now {folder.name}: {folder.command('show')}")
    if report is not None:
        tell(f"Its report is now {report}; its pages still have the old name: {folder.command('report')}")


def _where(studies_dir: Path) -> str:
    return "" if studies_dir == STUDIES else f" --studies-dir {studies_dir}"


def _table(found: "list[Trashed]", studies_dir: Path) -> str:
    """Format the trash as a table, with how to go on."""
    if not found:
        return f"The trash of {studies_dir} is empty."
    from keras_search.tuner.console.terminal import add_row, as_text, table
    from keras_search.tuner.study.deleting import KEPT_DAYS

    rows = table("id", "study", "size", "deleted", "for good from")
    for each in found:
        size = f"{each.bytes / 1e6:,.1f} MB"
        add_row(rows, each.id, each.name, size, _day(each.deleted), _day(each.expires))
    where = _where(studies_dir)
    return (
        f"{as_text(rows)}\n\nRestore one: keras-search restore ID{where}\n"
        f"Delete for good: keras-search trash --empty [ID...]{where}. After {KEPT_DAYS} days delete and trash do it."
    )


def _day(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def _plain(each: "Trashed") -> dict[str, Any]:
    return {**asdict(each), "folder": str(each.folder.root), "expires": each.expires}


def _print_expired(expired: "Emptied") -> None:
    from keras_search.tuner.study.deleting import KEPT_DAYS

    for line in _emptied_lines(expired, f"Deleted for good after {KEPT_DAYS} days:"):
        tell(line, error=True)


def _emptied_lines(emptied: "Emptied", head: str) -> Iterable[str]:
    if emptied.gone:
        yield f"{head} {', '.join(each.id for each in emptied.gone)}"
    for each, reason in emptied.kept:
        yield f"Kept {each.id}: {reason}. Delete {each.folder.root} yourself if you want it gone."
    if not emptied.gone and not emptied.kept and not head.endswith("days:"):
        yield "The trash is empty."


def _emptied_json(emptied: "Emptied") -> str:
    kept = [{**_plain(each), "reason": reason} for each, reason in emptied.kept]
    return json_text({"deleted": list(map(_plain, emptied.gone)), "kept": kept})
