"""A figure as SVG inside a page: text stays text, colours are the theme's, and marks know their trials."""

import colorsys
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from keras_search.tuner.report.plots import style

CROWD = 5_000
"""A figure with more marks than this has them as one picture: a browser is slow with so many shapes."""
RASTER_DPI = 100
CROWDED = 'class="crowded"'
"""What a drawing holds whose marks are a picture."""
PALETTE = {
    style.INK: "ink",
    style.MUTED: "mark",
    style.FAINT: "faint",
    style.PALE: "pale",
    style.TUNED: "tuned",
    style.BASELINE: "baseline",
    "#ffffff": "paper",
}
"""The variables of the page's style for the colours of `style`."""
NAMES = {colour.lower(): f"--{name}" for colour, name in PALETTE.items()}
SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"
METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
COLOUR = re.compile(r"#[0-9a-f]{6}\b")
LONG = re.compile(r"(\.\d\d)\d+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def vector(figure: Figure, salt: str, places: Mapping[str, int]) -> str:
    """Render a figure as an `<svg>` element for an HTML page.

    `salt` keeps the names of its parts apart from those of other figures in the page; `places` are the rows of the
    trials in the page's table, which their marks carry as `data-t`.
    """
    named = dict(_name_marks(figure))
    crowded = any(artist.get_rasterized() for artist in style.marks_of(figure))
    if crowded:
        figure.set_dpi(RASTER_DPI)
    buffer = io.BytesIO()
    with style.without_glyph_warnings(), matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata=METADATA)
    root = ElementTree.fromstring(buffer.getvalue())
    for gid, trials in named.items():
        _tell_trials(root, gid, [places.get(trial) for trial in trials])
    if crowded:
        root.set("class", "crowded")
    return CONTROL.sub("", _tidied(root))


def theme_colours(drawings: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Map the style variables of colours that are not in the palette to the colour by day and by night."""
    used = {name for drawing in drawings for name in re.findall(r"var\(--c([0-9a-f]{6})\)", drawing)}
    return {f"--c{name}": (f"#{name}", night(f"#{name}")) for name in sorted(used)}


def night(colour: str) -> str:
    """Turn light into dark: the colour of the same hue for a dark page."""
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    parts = colorsys.hls_to_rgb(hue, 0.97 - 0.86 * light, saturation)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _name_marks(figure: Figure) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name each artist that draws trials, or draw it as a picture if there are too many."""
    marks = style.marks_of(figure)
    crowded = sum(map(len, marks.values())) > CROWD
    for number, (artist, trials) in enumerate(marks.items()):
        if crowded and len(trials) > 1:
            artist.set_rasterized(True)
        else:
            artist.set_gid(f"trials{number}")
            yield f"trials{number}", trials


def _tell_trials(root: ElementTree.Element, gid: str, rows: list[int | None]) -> None:
    """Write the row of the trial into each mark of a group; nothing if the marks are not those expected."""
    group = next((each for each in root.iter(f"{SVG}g") if each.get("id") == gid), None)
    if group is None:
        return
    defined = {part for defs in group.iter(f"{SVG}defs") for part in defs.iter()}
    drawn = [each for each in group.iter() if each.tag in (f"{SVG}use", f"{SVG}path") and each not in defined]
    if len(rows) == 1:
        rows = rows * len(drawn)
    if len(drawn) != len(rows):
        return
    for part in defined:
        part.attrib.pop("style", None)  # a mark has its own, which the page changes when it is chosen
    for each, row in zip(drawn, rows, strict=True):
        if row is not None:
            each.set("data-t", str(row))


def _tidied(root: ElementTree.Element) -> str:
    """Write an SVG without what a page does not need, in the page's colours and font."""
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.attrib.pop("version", None)
    for parent in root.iter():
        for style_element in parent.findall(f"{SVG}style"):
            parent.remove(style_element)
        for text in ("text", "tail"):
            if not (getattr(parent, text) or "x").strip():
                setattr(parent, text, None)
        _tidy_attributes(parent)
        parent.tag = parent.tag.removeprefix(SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _tidy_attributes(element: ElementTree.Element) -> None:
    if element.tag == f"{SVG}g" and element.attrib.pop("id", "") == style.PHOTO:
        element.set("class", style.PHOTO)
    if XLINK in element.attrib:
        element.set("href", element.attrib.pop(XLINK).replace("\n", ""))
    for name in ("d", "x", "y", "transform"):
        if name in element.attrib:
            element.set(name, LONG.sub(r"\1", " ".join(element.attrib[name].split())))
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if "style" in element.attrib:
        words = element.attrib["style"].replace("font-family: 'DejaVu Sans'; ", "").replace(": ", ":")
        element.set("style", COLOUR.sub(_variable, words.replace("; ", ";")))


def _variable(found: re.Match[str]) -> str:
    colour = found[0]
    return f"var({NAMES.get(colour, f'--c{colour[1:]}')})"
