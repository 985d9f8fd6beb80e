"""`python runner.py init FILE ...`: take the files of a shop as they are, or a table of a database.

reads   the files, the first rows of the table, params.yaml
writes  params.yaml (section source; merge.zone, date_formats, rating_scale, earliest), and copies
        of the files in data/raw; nothing with --dry-run, or if something is not clear
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeVar

import typer

from ops.init import look, table, write
from ops.init.find import Found, find
from ops.init.params_text import flow
from ops.init.plan import Answers, UnclearError
from ops.init.sniff import Form, sniff
from ops.init.told_apart import told_apart
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError, DataError
from recsys.program.params import read
from recsys.shop_csv.rating_scale import Scale

RAW, BATCHES = Path("data/raw"), Path("data/batches")
REFERENCE = Path("data/reference/reference.json")
NEXT = "make repro"

Files = Annotated[
    list[Path] | None, typer.Argument(metavar="FILE...", help="Your files.")
]
Column = typer.Option(metavar="COLUMN")
T = TypeVar("T")


def answers_of(
    columns: dict[str, list[str] | None],
    weights: list[str],
    zone: str | None,
    dates: str | None,
    scale: str | None,
) -> Answers:
    """What a person has said on the command line. ConfigError if it is no answer."""
    named = {role: names for role, names in columns.items() if names}
    by_kind = {}
    for text in weights:
        kind, _, weight = text.rpartition("=")
        by_kind[kind] = _number(weight, "--weight", "view=0.2")
    if dates and dates.upper() not in ("DMY", "MDY"):
        raise ConfigError(f"--dates {dates}: must be DMY or MDY")
    ends = None if scale is None else _scale(scale)
    return Answers({}, by_kind, zone, dates, ends, named=named)


def _scale(text: str) -> Scale:
    low, _, high = text.partition(",")
    ends = [_number(end, "--scale", "1,10") for end in (low, high)]
    if ends[0] >= ends[1]:
        raise ConfigError(
            f"--scale {text}: the worst rating goes first, and is the lower number, e.g. 1,10; "
            f"where 1 is the best, turn the ratings round in the file first (1 to 6: 7 - rating)"
        )
    return Scale(*ends)


def _number(text: str, option: str, example: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(
            f"{option}: {text!r} is no number; write it like {option} {example}"
        ) from None


# ---- the command ----
def main(
    files: Files = None,
    sql: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="URL QUERY", help="A table or SELECT of a database."),
    ] = None,
    cursor: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Of a database: it grows with each row."),
    ] = None,
    products: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A file of products; repeatable."),
    ] = None,
    user: Annotated[list[str] | None, Column] = None,
    product: Annotated[list[str] | None, Column] = None,
    time: Annotated[list[str] | None, Column] = None,
    rating: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="none: purchases.")
    ] = None,
    event: Annotated[list[str] | None, Column] = None,
    text: Annotated[
        list[str] | None, typer.Option(metavar="A+B", help="Columns of the comment.")
    ] = None,
    product_name: Annotated[list[str] | None, Column] = None,
    products_id: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The product in the file of products."),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=W", help="Of events, -1 to 1; repeatable."),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Of times without one: Asia/Ho_Chi_Minh.")
    ] = None,
    dates: Annotated[
        str | None, typer.Option(metavar="DMY|MDY", help="If no date tells.")
    ] = None,
    scale: Annotated[
        str | None, typer.Option(metavar="LOW,HIGH", help="Worst and best rating.")
    ] = None,
    separator: Annotated[str | None, typer.Option()] = None,
    encoding: Annotated[str | None, typer.Option()] = None,
    header: Annotated[
        str | None,
        typer.Option(metavar="A,B,C", help="Columns of files without header line."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing, write.")] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Replace files in data/raw, and those of source."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    folder: Annotated[Path, typer.Option("--from", hidden=True)] = Path(),
) -> None:
    """Take the shop's own files, or a table of its database, as they are: what is user, product,
    time and rating in them.

    Shows what it takes for what and why, and writes it to params.yaml; asks where it is not clear.
    """
    columns = {
        "user": user,
        "product": product,
        "time": time,
        "rating": rating,
        "event": event,
        "text": text,
        "product_name": product_name,
    }
    answers = answers_of(columns, weight or [], zone, dates, scale)
    answers.products_id, answers.cursor = products_id, cursor
    names = header.split(",") if header else []
    now = datetime.now(UTC)

    def sniffed(paths: list[Path]) -> list[Form]:
        return [sniff(folder / path, encoding, separator, names) for path in paths]

    forms, product_forms = sniffed(files or []), sniffed(products or [])
    asks = sys.stdin.isatty() and not (yes or as_json or dry_run)
    with TemporaryDirectory(prefix="init-") as scratch:
        if sql:
            forms.append(
                _asking(
                    lambda: table.form_of(*sql, answers.cursor, folder, Path(scratch)),
                    answers,
                    asks=asks,
                )
            )
        if not forms:
            raise ConfigError("name your files, or a database with --sql URL QUERY")
        if not products:
            forms, product_forms = told_apart(forms, now)
        tree = read(Path(PARAMS_FILE))
        found = _asking(
            lambda: find(forms, product_forms, answers, tree, now),
            answers,
            asks=asks,
        )
    write.check_copies(found.paths, RAW, replaces=replace)
    gone = write.no_longer_read(tree["source"], found.source())
    way_out = write.how_to_keep(gone, found.paths, RAW, folder) if gone else ""
    otherwise = write.read_otherwise(tree["merge"], found.merge, BATCHES)
    if way_out and yes and not (replace or dry_run):
        raise ConfigError(way_out)
    fault = "" if dry_run else found.fault
    is_written = yes and not (dry_run or fault)
    _show(found, gone, otherwise, as_json=as_json, is_written=is_written)
    if fault:
        raise DataError(fault)
    if not as_json:
        no_more = f"{', '.join(gone)}: no longer read"
        _say(no_more if way_out and replace else way_out, otherwise)
    if dry_run or not (yes or (asks and typer.confirm("Write this?"))):
        _say_not_written(as_json=as_json, is_dry=dry_run)
        return
    _write(found)
    if not as_json:
        _say_written()


def _say(*texts: str) -> None:
    """Print what there is to say."""
    print("".join(f"{text}\n" for text in texts if text), end="")


def _say_written() -> None:
    if REFERENCE.exists():
        print(f"{REFERENCE} is of the former data; remove it, or drift will say so")
    print(f"written to params.yaml; next: {NEXT}")


def _asking(find_all: Callable[[], T], answers: Answers, *, asks: bool) -> T:
    """What is found; what is not clear is asked, or ends as a ConfigError."""
    while True:
        try:
            return find_all()
        except UnclearError as error:
            if not asks:
                raise ConfigError(str(error)) from None
            _take(answers, error, typer.prompt(error.question))


def _take(answers: Answers, error: UnclearError, answer: str) -> None:
    """Keep an answer to a question."""
    option = error.option
    name = option.removeprefix("--").replace("-", "_")
    if name in ("zone", "dates", "cursor"):
        setattr(answers, name, answer)
    elif name == "scale":
        answers.scale = _scale(answer)
    elif name == "weight":
        kind, _, weight = answer.rpartition("=")
        answers.weights[kind] = _number(weight, option, "view=0.2")
    elif error.place:
        answers.of_files.setdefault(error.place, {})[name] = answer
    else:
        names = [
            one for one in answers.named[name] if error.wrong not in one.split("+")
        ]
        answers.named[name] = [*names, answer]


def _show(
    found: Found, gone: list[str], otherwise: str, *, as_json: bool, is_written: bool
) -> None:
    zone = str(found.merge["zone"])
    tables = [
        (one.form, look.rows_of_interactions(one, zone), seen)
        for one, seen in zip(found.interactions, found.previews, strict=True)
    ]
    described = [(one.form, look.rows_of_products(one), None) for one in found.products]
    if as_json:
        said = {
            "files": [look.as_json(*one) for one in (*tables, *described)],
            "source": found.source(),
            "merge": found.merge,
            "no_longer_read": gone,
            "read_otherwise": otherwise,
            "written": is_written,
            "next": NEXT,
        }
        print(json.dumps(said, ensure_ascii=False, indent=2))
        return
    for form, rows, seen in (*tables, *described):
        print(look.of_form(form))
        print(look.table(rows, is_terminal=sys.stdout.isatty()))
        print(f"{look.of_preview(seen)}\n" if seen else "")
    if not found.products:
        print("no file of products: the products are those of the rows above")
    for key, value in found.merge.items():
        print(f"merge.{key}: {flow(value)}")


def _say_not_written(*, as_json: bool, is_dry: bool) -> None:
    if as_json:
        return
    if is_dry:
        print("nothing was written (--dry-run)")
    else:
        print("nothing was written; if it is right, run the same with --yes")


def _write(found: Found) -> None:
    params = Path(PARAMS_FILE)
    text = write.params_text(
        params.read_text(encoding="utf-8"), found.source(), found.merge
    )
    write.copy_files(found.paths, RAW)
    write.write_params(params, text)


if __name__ == "__main__":
    enter(main, "runner.py init")
