"""What has moved, in words for alerts, reasons and pages; from metrics/drift.json as it stands.

Light: whoever tells of a drift need not load what has found it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from recsys.files.atomic import read_json
from recsys.program.errors import DataError

Report = Mapping[str, Any]

NAMES = {
    "rating": "stars",
    "top_items": "popular products",
    "quality": "comment quality",
    "bought": "kinds of products",
    "rate": "events a week",
    "new_users": "new users",
    "new_items": "new products",
    "unknown_products": "unknown products",
}
MOST = 3  # products that are named on either side
LONGEST_NAME = 40  # characters


def drift_of(path: Path) -> Report | None:
    """The report in a file; None without one, or if nothing drifts."""
    try:
        found = read_json(path)
    except DataError:
        return None
    drifts = isinstance(found, dict) and found.get("verdict") == "drift"
    return found if drifts else None


def in_short(report: Report) -> str:
    """The verdict, and of which measures."""
    names = report["drifted"] or report["watched"]
    verdict = str(report["verdict"]).replace("_", " ")
    if not names:
        return "no drift" if verdict == "none" else verdict
    return f"{verdict}: {', '.join(NAMES.get(name, name) for name in names)}"


def by_measure(report: Report) -> dict[str, str]:
    """Of each measure, in words: its verdict, and what has moved or why nothing is known."""
    found = {}
    for name, each in report["measures"].items():
        verdict = str(each["verdict"]).replace("_", " ")
        more = each["why_not"] or of(report, name)
        found[NAMES.get(name, name)] = f"{verdict}: {more}"
    return found


def all_of(report: Report, names: Iterable[str]) -> str:
    """These measures, each with what has moved of it."""
    return "; ".join(f"{NAMES.get(name, name)}: {of(report, name)}" for name in names)


def of(report: Report, name: str) -> str:
    """What has moved of a measure."""
    tell = _TELL.get(name, _by_effect)
    return tell(report, name) or _by_effect(report, name)


def when(report: Report, names: Iterable[str]) -> str:
    """From when to when the flagged windows of these measures are; "" without any."""
    flagged = _flagged(report, names)
    if not flagged:
        return ""
    begin = min(one["since"] for one in flagged)[:10]
    return f"{begin} to {max(one['until'] for one in flagged)[:10]}"


def product(one: Mapping[str, Any]) -> str:
    """A product that rose or fell."""
    name = str(one["name"])
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    shown = f"{short} ({one['product_id']})" if short else str(one["product_id"])
    return f"{shown} {change(one['before'], one['now'])}"


def how_many(stars: float) -> str:
    """`1 star`, `4.5 stars`."""
    return f"{stars:g} star{'' if stars == 1 else 's'}"


def change(before: float, now: float) -> str:
    """Two shares in percent."""
    return f"{100 * before:.1f} % -> {100 * now:.1f} %"


def _flagged(report: Report, names: Iterable[str]) -> list[Mapping[str, Any]]:
    return [
        one
        for name in names
        for one in report["measures"][name]["windows"]
        if one["flagged"]
    ]


def _stars(report: Report, _: str) -> str:
    """The two that have moved most."""
    stars = sorted(
        report["moved"]["stars"], key=lambda one: -abs(one["now"] - one["before"])
    )
    return ", ".join(
        f"{how_many(one['stars'])} {change(one['before'], one['now'])}"
        for one in stars[:2]
    )


def _products(report: Report, _: str) -> str:
    moved = report["moved"]
    sides: list[tuple[str, Sequence[Mapping[str, Any]]]] = [
        ("risen", moved["risen"]),
        ("fallen", moved["fallen"]),
    ]
    return ", ".join(
        f"{word} {', '.join(map(product, side[:MOST]))}" for word, side in sides if side
    )


def _weekly(report: Report, name: str) -> str:
    """Means of the weeks of the reference and of the flagged ones."""
    key = "events" if name == "rate" else name
    windows = _flagged(report, [name])
    known = [week for week in report["weeks"] if week[key] is not None]
    before = [week[key] for week in known if week["in_reference"]]
    now = [
        week[key]
        for week in known
        if not week["in_reference"]
        and any(one["since"] < week["until"] <= one["until"] for one in windows)
    ]
    if not before or not now:
        return ""
    was, is_ = sum(before) / len(before), sum(now) / len(now)
    return f"{was:,.0f} -> {is_:,.0f}" if name == "rate" else change(was, is_)


def _by_effect(report: Report, name: str) -> str:
    found = report["measures"][name]
    return f"moved by {found['effect']:.2f} (floor {found['floor']:g})"


_TELL: dict[str, Callable[[Report, str], str]] = {
    "rating": _stars,
    "top_items": _products,
    "bought": _products,
    "rate": _weekly,
    "new_users": _weekly,
    "new_items": _weekly,
    "unknown_products": _weekly,
}
