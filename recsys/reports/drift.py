"""reports/drift.html: the verdict on drift, its measures over windows, what moved, what it costs.

It is made of metrics/drift.json alone (recsys/drift/report.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from recsys.drift import words
from recsys.reports import frame
from recsys.reports.bars import Bar, Bars, bars
from recsys.reports.plot import Plot, Row, Value, plot
from recsys.statistics.bootstrap import MeanInterval

TEMPLATE = "drift.j2"
SURE = 1.959963984540054  # standard errors on either side of a 95 % interval
HEADS = {
    "too_little_data": "too little data",
    "none": "none",
    "watch": "watch",
    "drift": "drift",
}
LEADS = {
    "too_little_data": "Not enough has happened since the live model was trained to say anything.",
    "none": "What has come since the live model was trained is like what it was trained on.",
    "watch": "Something has moved in one window. It may be chance: another one will tell.",
    "drift": "The shop has moved away from what the live model was trained on.",
}
ABOUT = {
    "rating": "other stars: the share of users whose latest review would have to be another one",
    "top_items": "other products are popular: 1 - Jaccard similarity of the most popular ones",
    "quality": "comments say more or less: the mean comment quality, 0 to 1",
    "bought": "other kinds of products are bought: 1 - cosine of the mean embedding",
    "rate": "more or fewer events a week, relative",
    "new_users": "share of a week's users who were not there in the weeks before",
    "new_items": "share of a week's events on products without one in the weeks before",
    "unknown_products": "share of a week's events on products that the catalogue does not have",
}
SHARES = ("new_users", "new_items", "unknown_products")


class Measure(NamedTuple):
    """A measure with its plot; None where no window of it is over."""

    name: str
    told: str
    about: str
    found: Mapping[str, Any]
    flags: int
    plot: Bars | None


def page(report: Mapping[str, Any]) -> str:
    """The page, HTML. KeyError if the report is no report."""
    moving = [*report["drifted"], *report["watched"]]
    served = report["served"]
    content = {
        "title": f"Drift: {HEADS[report['verdict']]}",
        "report": report,
        "reference": report["reference"],
        "head": HEADS[report["verdict"]],
        "heads": HEADS,
        "lead": LEADS[report["verdict"]],
        "moving": [
            (
                words.NAMES[name],
                report["measures"][name]["verdict"],
                words.of(report, name),
            )
            for name in moving
        ],
        "when": words.when(report, moving),
        "measures": list(_measures(report)),
        "weeks": weeks_plots(report["weeks"]) if report["weeks"] else [],
        "served": served,
        "hearings": served_plot(served) if served else None,
    }
    return frame.filled(TEMPLATE, content, day, percent, words.how_many)


def day(moment: str) -> str:
    """The day of an ISO 8601 moment."""
    return moment[:10]


def percent(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.1f} %"


def _measures(report: Mapping[str, Any]) -> Iterator[Measure]:
    for name, found in report["measures"].items():
        windows = found["windows"]
        drawn = measure_plot(name, windows, found["floor"]) if windows else None
        flags = sum(one["flagged"] for one in windows)
        yield Measure(name, words.NAMES[name], ABOUT[name], found, flags, drawn)


def measure_plot(name: str, windows: Sequence[Mapping[str, Any]], floor: float) -> Bars:
    """The effect in each window, oldest first."""
    values = []
    for one in windows:
        span = f"{day(one['since'])} to {day(one['until'])}"
        known = one["effect"] is not None
        told = (
            f"effect {one['effect']:.3f}, p {one['p']:.4f}"
            if known
            else f"too little data: {one['too_little_data']}"
        )
        flag = ", flagged" if one["flagged"] else ""
        look = "bpr" if one["flagged"] else "base"
        values.append(Bar(look, f"{span}: {told}{flag}", one["effect"], one["flagged"]))
    return bars(
        f"measure-{name}",
        f"{words.NAMES[name]}: effect in each window",
        "A bar a window, the oldest first; the dashed line is the floor; a mark above says that "
        "the window is flagged. The table has the newest figures.",
        values,
        (day(windows[0]["since"]), day(windows[-1]["until"])),
        floor,
    )


def weeks_plots(weeks: Sequence[Mapping[str, Any]]) -> list[Bars]:
    """Events a week, and shares of what is new, in the reference and since."""
    return [
        _weeks_plot(weeks, key, title)
        for key, title in (
            ("events", "events a week"),
            *((name, f"{words.NAMES[name]}, share of a week") for name in SHARES),
        )
    ]


def _weeks_plot(weeks: Sequence[Mapping[str, Any]], key: str, title: str) -> Bars:
    values = []
    for week in weeks:
        value = week[key]
        shown = "not known" if value is None else percent(value)
        if key == "events":
            shown = f"{value:,}"
        when = "reference" if week["in_reference"] else "since"
        look = "base" if week["in_reference"] else "als"
        told = f"week to {day(week['until'])} ({when}): {shown}"
        values.append(Bar(look, told, value))
    return bars(
        f"weeks-{key}",
        title,
        "A bar a week: grey those of the reference, blue those since.",
        values,
        (day(weeks[0]["until"]), day(weeks[-1]["until"])),
    )


def served_plot(served: Mapping[str, Any]) -> Plot:
    """What the served lists were worth at each hearing, beside the popular products."""
    rows = []
    for one in served["hearings"]:
        half = SURE * one["error"]
        mean = one["mean"]
        interval = MeanInterval(mean, max(0.0, mean - half), min(1.0, mean + half))
        popular = MeanInterval(*[one["popularity"]] * 3)
        values = [
            Value("als", one["model_id"], interval),
            Value("base", "popularity", popular),
        ]
        span = f"{day(one['since'])} to {day(one['until'])}"
        rows.append(Row(span, f"{one['users']:,} users", values))
    return plot(
        "served",
        f"{served['metric']} of the served lists by later purchases",
        "Two marks a hearing of the court: what was in production with its 95 % interval, and the "
        "popular products.",
        rows,
    )
