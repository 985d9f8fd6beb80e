"""Put awkward public files, their cells, and damaged drops of our own through merge, and say what
became of them.

reads   CORPORA/             folders of csv, json, txt and parquet files (any mixture)
        params.yaml          section merge; the share of refused rows and the wait for writers are set aside
writes  REPORT               counts by way and corpus, and every fault; exit 1 if there is one

Three ways: files as they are, also under our header; each cell in a row that a correct writer
writes; damage done to a sound drop (bench/damage/mutations.py). The same seed makes the same
damage.
"""

import argparse
import csv
import logging
import sys
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.damage.corpora import all_cells, check_cells, drop_of, files_of
from bench.damage.drops import COLUMNS, Quoting, sound, text_of
from bench.damage.mutations import MUTATIONS
from bench.damage.verdicts import Shop, Verdict, account, refusal, shop, time_limit, wrong_rows
from recsys.files.atomic import read_json, write_text
from recsys.files.tables import read_table
from recsys.program.errors import DataError

CELLS_A_DROP = 400
CELLS_A_CORPUS = 20_000  # of more, so many at equal distances
ALONE_EVERY = 60  # of so many files one is merged in a process of its own too
CELL_COLUMNS = ("comment", "user_id", "product_id")
SHOWN_FAULTS = 5  # a line of a table
AS_IS, BELOW, CELLS = (
    "Files as they are",
    "The same under our header",
    "Cells in rows that a correct writer wrote",
)
DAMAGE, READERS = "Damaged drops", "JSON and parquet"
HEAD = "# Awkward files against merge\n"
ABOUT = """\
A fault is a crash, a hang (10 s), a line that is in no row or in two, a row that nobody wrote, a value that differs
from the sound file, a cell that changed, or a wrong reason. The judge reads the files with a tokenizer of its own.

What no reader can see, and what is therefore not among the damage: user and product changing names in the header;
seconds cut off all times; text that was decoded wrongly and saved as UTF-8; line ends changed inside comments; a
backslash or an apostrophe doubled in a comment; bytes lost so that the head of one row and the tail of another make a
row; a file cut in the middle of a quoted comment, right after a newline in it, where the comment holds a whole row.
Counts of quarantined rows are by reason (recsys/shop_csv/contract.py), those of refused files by what the message says.
"""


@dataclass
class Tally:
    """Counts of one line of the report."""

    inputs: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, name: str, verdict: Verdict, faults: Iterable[str]) -> None:
        """Count a verdict; a crash or a hang is a fault."""
        self.inputs += 1
        if verdict.outcome == "refused":
            self.refused[refusal(verdict.message)] += 1
        self.rows["accepted"] += verdict.counts.get("accepted", 0)
        self.rows["duplicates"] += verdict.counts.get("duplicates", 0)
        self.rows.update(verdict.reasons())
        if verdict.outcome in ("crash", "hang"):
            self.faults.append(f"{name}: {verdict.outcome} {verdict.message}")
        self.faults += [f"{name}: {fault}" for fault in faults]


Report = dict[tuple[str, str], Tally]


# --- way a
def under_our_header(data: bytes) -> bytes:
    """The file below a header of ours that has as many columns as its first line."""
    width = data.split(b"\n", 1)[0].count(b",") + 1
    names = [*COLUMNS, *(f"extra{at}" for at in range(max(0, width - len(COLUMNS))))]
    return ",".join(names[:250]).encode() + b"\n" + data


def whole_files(corpus: Path, shop: Shop, tally: Tally, below: Tally) -> None:
    """Each file as a drop, as it is and under our header; some of them in processes of their own."""
    for at, path in enumerate(files_of(corpus)):
        data = path.read_bytes()
        for one, content in ((tally, data), (below, under_our_header(data))):
            verdict = shop.judge(content)
            one.add(
                path.name, verdict, account(content, verdict) if verdict.outcome == "merged" else ()
            )
            if at % ALONE_EVERY == ALONE_EVERY // 2:
                one.faults += alone(shop, path.name, content, verdict)


def alone(shop: Shop, name: str, data: bytes, verdict: Verdict) -> list[str]:
    """Faults of the same merge in a process of its own: exit 0 or 3 as in ours, one line of error,
    no traceback.
    """
    code, said = shop.judge_alone(data)
    if code != {"merged": 0, "refused": 3}.get(verdict.outcome, code) or "Traceback" in said:
        return [f"{name}: a process of its own ends with {code}: {said[-200:]}"]
    return []


# --- way b
def single_cells(corpus: Path, shop: Shop, tally: Tally) -> None:
    """Each cell of a corpus as comment, user and product."""
    cells = all_cells(corpus)
    cells = cells[:: -(-len(cells) // CELLS_A_CORPUS) or 1]
    tally.rows["(cells put in)"] += len(cells)
    for number, start in enumerate(range(0, len(cells), CELLS_A_DROP)):
        some = cells[start : start + CELLS_A_DROP]
        for column in CELL_COLUMNS:
            quoting: Quoting = csv.QUOTE_ALL if number % 2 else csv.QUOTE_MINIMAL
            end = ("\n", "\r\n")[number // 2 % 2]
            data = drop_of(some, column, quoting, end)
            verdict = shop.judge(data)
            faults = (
                [*account(data, verdict), *check_cells(some, column, verdict)]
                if verdict.outcome == "merged"
                else ["refused"]
            )
            tally.add(f"{column} {start}", verdict, faults)


# --- way c
def mutate(name: str, number: int, seed: int) -> tuple[bytes, Any, set[str]]:
    """The damaged drop number `number` of a kind, its sound file, and the users whose rows are
    spoilt.
    """
    rng = np.random.default_rng([seed, number, zlib.crc32(name.encode())])
    data, spoilt, file = MUTATIONS[name](rng, sound(rng))
    return data, file, spoilt


def mutations(count: int, seed: int, shop: Shop, report: Report) -> None:
    """About `count` damaged drops, as many of each kind."""
    for name in MUTATIONS:
        tally = report[(DAMAGE, name)] = Tally()
        for number in range(-(-count // len(MUTATIONS))):
            data, file, spoilt = mutate(name, number, seed)
            verdict = shop.judge(data)
            faults = (
                [*account(data, verdict), *wrong_rows(verdict, file, spoilt)]
                if verdict.outcome == "merged"
                else []
            )
            tally.add(f"{name} {number}", verdict, faults)
            if number % ALONE_EVERY == ALONE_EVERY // 2:
                tally.faults += alone(shop, name, data, verdict)


def sound_files(count: int, seed: int, shop: Shop, tally: Tally) -> None:
    """Undamaged drops: every row must be accepted."""
    for number in range(count):
        file = sound(np.random.default_rng([seed, number]))
        data = text_of(file).encode()
        verdict = shop.judge(data)
        lost = len(file.rows) - len(verdict.accepted)
        faults = [
            *account(data, verdict),
            *wrong_rows(verdict, file, set()),
            *([f"{lost} rows lost"] if lost else []),
        ]
        tally.add(str(number), verdict, faults)


# --- JSON and parquet
def readers(corpora: Path, report: Report) -> None:
    """JSON test files through read_json, corrupt parquet through read_table: a value or DataError."""
    for name, corpus, suffix, read in (
        ("read_json", "jsontestsuite", "json", read_json),
        ("read_table", "parquet-bad", "parquet", read_table),
    ):
        tally = report[(READERS, f"{name}, {corpus}")] = Tally()
        for path in files_of(corpora / corpus):
            if path.suffix == f".{suffix}":
                verdict = read_with(read, path)
                must = {"y": "merged", "n": "refused"}.get(
                    path.name[: path.name.find("_")], verdict.outcome
                )
                tally.add(
                    path.name,
                    verdict,
                    [] if verdict.outcome == must else [f"{verdict.outcome}, must be {must}"],
                )
                tally.rows["(loaded)"] += verdict.outcome == "merged"


def read_with(read: Any, path: Path) -> Verdict:
    """The verdict of a reader on a file."""
    try:
        with time_limit(10):
            read(path)
    except DataError:
        return Verdict("refused", "not readable")
    except BaseException as error:  # noqa: BLE001 - a panic is no Exception
        return Verdict("crash", f"{type(error).__name__}: {error}"[:300])
    return Verdict("merged")


# --- the report
def table(report: Report, way: str) -> list[str]:
    """The lines of one way as a markdown table."""
    lines = [
        f"\n## {way}\n",
        "| | inputs | rows accepted | duplicates | rows quarantined | files refused | faults |",
        "|---|---|---|---|---|---|---|",
    ]
    for (one, name), tally in report.items():
        if one == way:
            rest = Counter(
                {
                    key: value
                    for key, value in tally.rows.items()
                    if key not in ("accepted", "duplicates")
                }
            )
            cells = (
                name,
                tally.inputs,
                tally.rows["accepted"],
                tally.rows["duplicates"],
                said(rest),
                said(tally.refused),
                len(tally.faults),
            )
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def said(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()) if count)


def run(corpora: Path, count: int, seed: int, params: Path) -> Report:
    """The whole campaign."""
    report: Report = {}
    with shop(params) as one:
        sound_files(
            count // 20, seed, one, report.setdefault((DAMAGE, "none (sound drops)"), Tally())
        )
        mutations(count, seed, one, report)
        for corpus in sorted(path for path in corpora.iterdir() if path.is_dir()):
            as_is, below, cells = (
                report.setdefault((way, corpus.name), Tally()) for way in (AS_IS, BELOW, CELLS)
            )
            whole_files(corpus, one, as_is, below)
            single_cells(corpus, one, cells)
    readers(corpora, report)
    return report


def main(corpora: Path, out: Path, count: int, seed: int, params: Path) -> int:
    """Run the campaign and write the report; the number of faults."""
    report = run(corpora, count, seed, params)
    faults = [
        f"- {way}, {name}: {fault}"
        for (way, name), tally in report.items()
        for fault in tally.faults[:SHOWN_FAULTS]
    ]
    tables = [line for way in (AS_IS, BELOW, CELLS, DAMAGE, READERS) for line in table(report, way)]
    command = (
        f"    python -m bench.damage.torture ../shared/torture --mutations {count} --seed {seed}\n"
    )
    lines = [HEAD, command, ABOUT, *tables, "\n## Faults\n", *(faults or ["None."])]
    write_text(out, "\n".join(lines) + "\n")
    return sum(len(tally.faults) for tally in report.values())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--report", type=Path, default=Path("bench/results/torture.md"))
    parser.add_argument("--mutations", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--params", type=Path, default=Path("params.yaml"))
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    sys.exit(main(given.corpora, given.report, given.mutations, given.seed, given.params) > 0)
