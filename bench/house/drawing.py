"""Draw the house from its real imports: floors, wings, and the modules in each.

usage   python -m bench.house.drawing [FILE]        docs/house.svg if none is named

The floors are those of pyproject.toml ([tool.importlinter]); a line goes from a wing to each wing
of its house that it imports, save where a longer way says so already.
"""

import argparse
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from bench.house.imports import ROOT, direct

WIDTH = 1180  # of the drawing, in pixels
MARGIN, GAP, RISE = 20, 12, 34  # around, between two wings, between two floors
TITLE, LINE, PAD = 18, 13, 8  # heights in a wing's box
LETTER = 6.1  # width of a letter of a module's name
STYLE = """
  text { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 10.5px; fill: #444 }
  .wing { font-size: 13px; font-weight: 700; fill: #1a1a2e }
  .house { font-family: system-ui, sans-serif; font-size: 13px; font-weight: 700; fill: #777 }
  rect { fill: #f6f7fb; stroke: #b8bdd0; rx: 6 }
  .stages rect { fill: #eef7ee; stroke: #a9cbaa }
  .ops rect { fill: #fdf3e7; stroke: #dcbf95 }
  path { fill: none; stroke: #8a93b8; stroke-width: 1.2; opacity: .8 }
"""


@dataclass(frozen=True)
class Wing:
    """A folder (or a module beside the folders) of a house."""

    house: str
    name: str
    modules: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.house}/{self.name}"


@dataclass(frozen=True)
class Box:
    """Where a wing stands in the drawing, in pixels."""

    wing: Wing
    x: float
    y: float
    width: float
    height: float


def floors(root: Path) -> list[tuple[str, list[list[str]]]]:
    """Each house with its floors from the top; a floor is the names of its wings."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    found = []
    for contract in config["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers" and contract.get("containers"):
            layers = [layer.split(" | ") for layer in contract["layers"]]
            found.append((contract["containers"][0], layers))
    return found


def wing(root: Path, house: str, name: str) -> Wing:
    """The wing with the names of its modules; `.` stands for a house without wings."""
    folder = root / house / name
    stems = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    return Wing(house, "programs of dvc.yaml" if name == "." else name, tuple(stems))


def imports_between_wings(root: Path, wings: list[Wing]) -> list[tuple[str, str]]:
    """Pairs (importing wing, imported wing) of one house by their keys, sorted."""
    known = {each.key for each in wings}
    pairs = set()
    for each in wings:
        folder = root / each.house / each.name
        files = sorted(folder.rglob("*.py")) or [folder.with_suffix(".py")]
        for imported in (path for file in files for path in direct(file)):
            parts = imported.relative_to(root).with_suffix("").parts
            other = "/".join(parts[:2])
            if other in known and other != each.key and parts[0] == each.house:
                pairs.add((each.key, other))
    return sorted(pairs)


def without_shortcuts(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs that no longer way stands for (transitive reduction; there is no circle)."""
    below: dict[str, set[str]] = {}
    for upper, lower in pairs:
        below.setdefault(upper, set()).add(lower)

    def reached(start: str) -> set[str]:
        direct_ones = below.get(start, set())
        return direct_ones.union(*map(reached, direct_ones))

    return [
        (upper, lower)
        for upper, lower in pairs
        if not any(lower in reached(between) for between in below[upper] - {lower})
    ]


# ---- layout ----


def columns_of(each: Wing, width: float) -> int:
    """How many modules stand side by side in a box of this width."""
    longest = max((len(name) for name in each.modules), default=1)
    return max(1, int((width - 2 * PAD) // ((longest + 2) * LETTER)))


def height_of(each: Wing, width: float) -> float:
    """The height of a wing's box."""
    rows = -(-len(each.modules) // columns_of(each, width))
    return 2 * PAD + TITLE + rows * LINE


def placed(wings: list[Wing], y: float) -> list[Box]:
    """The boxes of one floor, as wide as their modules ask for."""
    room = WIDTH - 2 * MARGIN - GAP * (len(wings) - 1)
    shares = [1.5 + len(each.modules) ** 0.5 for each in wings]
    widths = [room * share / sum(shares) for share in shares]
    height = max(
        height_of(each, width) for each, width in zip(wings, widths, strict=True)
    )
    boxes, x = [], float(MARGIN)
    for each, width in zip(wings, widths, strict=True):
        boxes.append(Box(each, x, y, width, height))
        x += width + GAP
    return boxes


def layout(root: Path) -> tuple[list[tuple[str, float]], list[Box]]:
    """Titles of the houses with their heights, and all boxes, from the top down."""
    titles, boxes = [], []
    y = float(MARGIN)
    houses = [*reversed(floors(root))]
    for house, levels in [("stages", [["."]]), *houses]:
        titles.append((house, y + 12))
        y += 24
        for names in levels:
            floor = placed([wing(root, house, name) for name in names], y)
            boxes += floor
            y += floor[0].height + RISE
    return titles, boxes


# ---- SVG ----


def box_lines(box: Box) -> Iterator[str]:
    """A wing: its frame, its name, its modules."""
    yield f'<g class="{box.wing.house}">'
    yield (
        f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}"/>'
    )
    title = escape(box.wing.name)
    yield f'<text class="wing" x="{box.x + PAD:.0f}" y="{box.y + PAD + 12:.0f}">{title}</text>'
    columns = columns_of(box.wing, box.width)
    step = (box.width - 2 * PAD) / columns
    for at, name in enumerate(box.wing.modules):
        x = box.x + PAD + step * (at % columns)
        y = box.y + PAD + TITLE + LINE * (at // columns) + 9
        yield f'<text x="{x:.0f}" y="{y:.0f}">{escape(name)}</text>'
    yield "</g>"


def edge_line(importing: Box, imported: Box) -> str:
    """A line from the foot of one wing to the top of another."""
    x, y = importing.x + importing.width / 2, importing.y + importing.height
    to_x, to_y = imported.x + imported.width / 2, imported.y
    bend = (y + to_y) / 2
    points = f"M{x:.0f} {y:.0f} C{x:.0f} {bend:.0f} {to_x:.0f} {bend:.0f} {to_x:.0f} {to_y:.0f}"
    return f'<path d="{points}"/>'


def svg(root: Path) -> str:
    """The drawing; the same bytes for the same imports."""
    titles, boxes = layout(root)
    by_key = {box.wing.key: box for box in boxes}
    wings = [box.wing for box in boxes if box.wing.house != "stages"]
    pairs = without_shortcuts(imports_between_wings(root, wings))
    height = max(box.y + box.height for box in boxes) + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img">',
        "<title>The house: wings, their modules, and which wing imports which</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height:.0f}" style="fill:#fff;stroke:none"/>',
    ]
    lines += [edge_line(by_key[one], by_key[other]) for one, other in pairs]
    for name, y in titles:
        lines.append(
            f'<text class="house" x="{MARGIN}" y="{y:.0f}">{escape(name)}/</text>'
        )
    for box in boxes:
        lines += box_lines(box)
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "file", type=Path, nargs="?", default=ROOT / "docs" / "house.svg"
    )
    parser.parse_args().file.write_text(svg(ROOT), encoding="utf-8")


if __name__ == "__main__":
    main()
