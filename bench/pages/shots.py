"""Looks at pages in a real browser: pictures on desktop and phone, light and dark, and axe-core.

usage   python -m bench.pages.shots OUT PAGE ... [--axe axe.min.js] [--wait SECONDS]

    OUT     a folder for the pictures: NAME-desktop-light.png, NAME-phone-dark.png ...
    PAGE    files, or addresses on this machine; NAME=PAGE gives it a name
    --wait  before each picture, for pages that fill themselves, as those of MLflow do

A line a page: what axe finds that is serious, and whether it can be read without scrolling
sideways. Exit 1 if there is something. axe-core is `npm pack axe-core`, the file axe.min.js.
"""

import argparse
import sys
import time
from pathlib import Path

from bench.pages.browser import Tab, browsing, find

BLANK = "about:blank"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
SCHEMES = {"light": False, "dark": True}


def look(
    tab: Tab, name: str, address: str, out: Path, axe: str, wait_s: float = 0.0
) -> list[str]:
    """Pictures of a page in all sizes and schemes, and what is wrong with it."""
    wrong = []
    for size, (width, height) in SIZES.items():
        for scheme, dark in SCHEMES.items():
            tab.look(width, height, dark)
            tab.open(
                BLANK
            )  # a page is not loaded anew where only what follows # differs
            tab.open(address)
            time.sleep(wait_s)
            tab.picture(out / f"{name}-{size}-{scheme}.png")
            place = f"{name} ({size}, {scheme})"
            if over := tab.overflow():
                wrong.append(f"{place}: {over} pixels wider than the screen")
            for found in tab.findings(axe) if axe else ():
                wrong.append(
                    f"{place}: {found['impact']} {found['rule']}: {found['places'][0]}"
                )
    return wrong


def named(page: str) -> tuple[str, str]:
    """Name and address of what the command line calls a page."""
    name, equals, place = page.partition("=")
    if not equals:
        name, place = Path(page).stem, page
    if "://" not in place:
        place = Path(place).resolve().as_uri()
    return name, place


def main() -> int:
    """The exit code: 1 if something is wrong, 2 without a browser."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--axe", type=Path)
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS")
    asked = parser.parse_args()
    program = find()
    if program is None:
        print("no Chromium on this machine", file=sys.stderr)
        return 2
    asked.out.mkdir(parents=True, exist_ok=True)
    axe = asked.axe.read_text(encoding="utf-8") if asked.axe else ""
    wrong = []
    with browsing(program) as tab:
        for name, address in map(named, asked.pages):
            found = look(tab, name, address, asked.out, axe, asked.wait)
            print(f"{name}: {len(found)} findings", *found, sep="\n  ", flush=True)
            wrong += found
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
