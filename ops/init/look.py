"""What `init` has found, for a person: a table by rich on a terminal, plain text elsewhere."""

from typing import Any

from ops.init.plan import Interactions, Products
from ops.init.preview import Preview
from ops.init.roles import Role
from ops.init.sniff import Form
from ops.terminal import aligned, cut, printable
from recsys.shop_csv.rating_scale import STARS
from recsys.source.params import stars_of
from recsys.source.translate import EMPTY

HEADER = ("WHAT", "COLUMN", "FOR EXAMPLE", "BECOMES", "WHY")
WIDTHS = (12, 24, 30, 34, 30)
EXAMPLES = 3
MARKS = {"\t": "tab"}

Rows = list[tuple[str, ...]]


def of_form(form: Form) -> str:
    """A line about the file itself."""
    if form.table:
        return (
            f"{form.place}: its first {len(next(iter(form.rows.values()), []))} rows; the next "
            f"refresh knows what is new by {form.table.cursor!r} ({form.table.why})"
        )
    parts = [form.format]
    if form.format == "csv":
        parts.append(f"separator {MARKS.get(form.separator, form.separator)}")
        parts.append("no header line" if form.header else "a header line")
    if form.format != "parquet":
        sample = f", e.g. {form.encoding.sample}" if form.encoding.sample else ""
        parts.append(f"{form.encoding.name} ({form.encoding.why}{sample})")
    return f"{form.place}: {'; '.join(parts)}"


def rows_of_interactions(found: Interactions, zone: str | None) -> Rows:
    """The table of a file of interactions."""
    form, roles = found.form, found.roles
    rows = [
        _row(form, "user", roles.user, "user_id"),
        _row(form, "product", roles.product, "product_id"),
        _row(form, "time", roles.time, _time(found, zone)),
    ]
    if roles.event.columns:
        weights = [
            f"{kind or EMPTY} {stars_of(weight):g}"
            if weight
            else f"{kind or EMPTY}: left out"
            for kind, weight in found.entry["weights"].items()
        ]
        rows.append(_row(form, "event", roles.event, ", ".join(weights)))
    elif roles.rating.columns:
        scale = "1 to 5" if found.scale == STARS else f"{found.scale} as 1 to 5"
        comma = ", decimal comma" if found.entry["decimal_comma"] else ""
        slips = f"; {found.slips}" if found.slips else ""
        rows.append(_row(form, "rating", roles.rating, f"{scale}{comma}{slips}"))
    else:
        rows.append(("rating", "-", "", "5 for each row", "no rating: purchases"))
    rows.append(_row(form, "text", roles.text, "comment"))
    if roles.product_name.columns:
        rows.append(_row(form, "product name", roles.product_name, "product_name"))
    return rows


def rows_of_products(found: Products) -> Rows:
    """The table of a file of products."""
    form, roles = found.form, found.roles
    named = {
        "product": (roles.product, "product_id"),
        "name": (roles.name, "product_name"),
        "brand": (roles.brand, "brand"),
        "type": (roles.type, "type"),
        "price": (roles.price, "price"),
        "texts": (roles.texts, "description"),
    }
    return [_row(form, what, role, becomes) for what, (role, becomes) in named.items()]


def _time(found: Interactions, zone: str | None) -> str:
    times = found.roles.times
    where = ""
    if times is not None and times.is_local:
        where = f", in {zone or 'a zone that you must name'}"
    return f"{', '.join(found.formats)}{where}"


def _row(form: Form, what: str, role: Role, becomes: str) -> tuple[str, ...]:
    if not role.columns:
        return what, "-", "", "", role.why
    cells = [text for text in form.rows.get(role.column, []) if text.strip()]
    examples = ", ".join(list(dict.fromkeys(cells))[:EXAMPLES])
    return what, " + ".join(role.columns), examples, becomes, role.why


def table(rows: Rows, *, is_terminal: bool) -> str:
    """The rows below their header."""
    cells = [
        tuple(cut(cell, width) for cell, width in zip(row, WIDTHS, strict=True))
        for row in rows
    ]
    if not is_terminal:
        return "\n".join(aligned([HEADER, *cells]))
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(*HEADER, box=box.SIMPLE_HEAD, header_style="bold")
    for row in cells:
        shown.add_row(*(cell.replace("[", r"\[") for cell in row))
    console = Console()
    with console.capture() as captured:
        console.print(shown)
    return captured.get().rstrip()


def of_preview(found: Preview) -> str:
    """What became of the first rows."""
    whole = "all" if found.is_whole else "the first"
    refused = sum(found.reasons.values())
    lines = [
        f"{whole} {found.read} rows: {found.accepted} accepted, {refused} refused; "
        f"{found.users} users, {found.products} products"
    ]
    lines += [
        f"  {what}: {count}" for what, count in sorted(found.counts.converted.items())
    ]
    lines += [
        f"  left out, {what}: {count}"
        for what, count in sorted(found.counts.left_out.items())
    ]
    lines += [f"  {note}" for note in found.notes]
    lines += [f"  {hint}" for hint in found.hints()]
    lines += [
        f"    line {row.line}: {printable(row.raw)[:100]} ({row.reason})"
        for row in found.refused
    ]
    return "\n".join(lines)


def as_json(form: Form, rows: Rows, found: Preview | None) -> dict[str, Any]:
    """The same for programs."""
    described: dict[str, Any] = {
        "file": form.place,
        **form.params(),
        "taken": [dict(zip(map(str.lower, HEADER), row, strict=True)) for row in rows],
    }
    if found is not None:
        described |= {
            "rows": found.read,
            "accepted": found.accepted,
            "refused": found.reasons,
            "first_refused": [[row.line, row.reason, row.raw] for row in found.refused],
            "converted": found.counts.as_json(),
            "notes": list(found.notes),
        }
    return described
