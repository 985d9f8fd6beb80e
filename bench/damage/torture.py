"""Put awkward public files, their cells and damaged drops through merge; say what became of them.

usage   python -m bench.damage.torture CORPORA [--mutations N] [--seed N] [--processes N]
            [--out FILE]
reads   CORPORA/             folders of csv, json, txt and parquet files (any mixture)
        params.yaml          section merge; the share of refused rows and the wait for writers are
                             set aside
writes  FILE                 counts by way and corpus, and every fault; without one, to the terminal
exit    1 if there is a fault

Three ways: files as they are, also under our header; each cell in a row that a correct writer
writes; damage done to a sound drop (bench/damage/mutations.py). The same seed makes the same
damage.
"""

import csv
import logging
import multiprocessing
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import command_line
from bench.damage.account import account
from bench.damage.corpora import all_cells, check_cells, drop_of, files_of
from bench.damage.drops import COLUMNS, Damaged, Quoting, everyone, sound, text_of
from bench.damage.expected import wrong_rows
from bench.damage.mutations import MUTATIONS
from bench.damage.tally import Report, Tally, table
from bench.damage.trial_shop import LIMIT_S, TrialShop, time_limit, trial_shop
from bench.damage.verdicts import Outcome, Verdict
from recsys.files.atomic import read_json
from recsys.files.tables import read_table
from recsys.program.errors import DataError

CELLS_A_DROP = 400
CELLS_A_CORPUS = 20_000  # of more, so many at equal distances
ALONE_EVERY = 60  # of so many files one is merged in a process of its own too
CELL_COLUMNS = ("comment", "user_id", "product_id")
MOST_COLUMNS = 250  # of a header of ours
SOUND_SHARE = 20  # of so many drops one more is put in undamaged
SHOWN_FAULTS = 5  # a line of a table
AS_IS = "Files as they are"
BELOW = "The same under our header"
CELLS = "Cells in rows that a correct writer wrote"
DAMAGE = "Damaged drops"
READERS = "JSON and parquet"
UNDAMAGED = "none (sound drops)"
HEAD = "# Awkward files against merge\n"
ABOUT = f"""\
A fault is a crash, a hang ({LIMIT_S} s), a line that is in no row or in two, a row that nobody
wrote, a value that differs from the sound file, a cell that changed, or a wrong reason. The judge
reads the files with a tokenizer of its own.

What no reader can see, and what is therefore not among the damage: user and product changing
names in the header; seconds cut off all times; text that was decoded wrongly and saved as UTF-8;
line ends changed inside comments; a backslash or an apostrophe doubled in a comment; bytes lost
so that the head of one row and the tail of another make a row; a file cut in the middle of a
quoted comment, right after a newline in it, where the comment holds a whole row. Counts of
quarantined rows are by reason (recsys/shop_csv/reasons.py), those of refused files by what the
message says.
"""


# --- files as they are
def under_our_header(data: bytes) -> bytes:
    """The file below a header of ours that has as many columns as its first line."""
    width = data.split(b"\n", 1)[0].count(b",") + 1
    more = range(max(0, width - len(COLUMNS)))
    names = [*COLUMNS, *(f"extra{at}" for at in more)]
    return ",".join(names[:MOST_COLUMNS]).encode() + b"\n" + data


def whole_files(corpus: Path, shop: TrialShop, as_is: Tally, below: Tally) -> None:
    """Each file as a drop, as it is and under our header; some in processes of their own too."""
    for at, path in enumerate(files_of(corpus)):
        data = path.read_bytes()
        for tally, content in ((as_is, data), (below, under_our_header(data))):
            verdict = shop.judge(content)
            faults = account(content, verdict) if verdict.outcome == "merged" else []
            tally.add(path.name, verdict, faults)
            if at % ALONE_EVERY == ALONE_EVERY // 2:
                tally.faults += alone(shop, path.name, content, verdict)


def alone(shop: TrialShop, name: str, data: bytes, verdict: Verdict) -> list[str]:
    """Faults of the same merge in a process of its own.

    It must end with exit 0 or 3, as in ours, in one line of error, and with no traceback.
    """
    code, said = shop.judge_alone(data)
    wanted = {"merged": 0, "refused": DataError.exit_code}.get(verdict.outcome, code)
    if code != wanted or "Traceback" in said:
        return [f"{name}: a process of its own ends with {code}: {said[-200:]}"]
    return []


# --- cells
def single_cells(corpus: Path, shop: TrialShop, tally: Tally) -> None:
    """Each cell of a corpus as comment, user and product."""
    cells = all_cells(corpus)
    cells = cells[:: -(-len(cells) // CELLS_A_CORPUS) or 1]
    tally.rows["(cells put in)"] += len(cells)
    for number, start in enumerate(range(0, len(cells), CELLS_A_DROP)):
        some = cells[start : start + CELLS_A_DROP]
        quoting: Quoting = csv.QUOTE_ALL if number % 2 else csv.QUOTE_MINIMAL
        end = ("\n", "\r\n")[number // 2 % 2]
        for column in CELL_COLUMNS:
            data = drop_of(some, column, quoting, end)
            verdict = shop.judge(data)
            faults = ["refused"]
            if verdict.outcome == "merged":
                faults = [*account(data, verdict), *check_cells(some, column, verdict)]
            tally.add(f"{column} {start}", verdict, faults)


# --- damage
def mutate(name: str, number: int, seed: int) -> Damaged:
    """The damaged drop number `number` of a kind."""
    rng = np.random.default_rng([seed, number, zlib.crc32(name.encode())])
    return MUTATIONS[name](rng, sound(rng))


def mutations(name: str, count: int, seed: int, shop: TrialShop) -> Tally:
    """So many damaged drops of a kind."""
    tally = Tally()
    for number in range(count):
        data, spoilt, file = mutate(name, number, seed)
        verdict = shop.judge(data)
        faults: list[str] = []
        if verdict.outcome == "merged":
            faults = [*account(data, verdict), *wrong_rows(verdict, file, spoilt)]
        tally.add(f"{name} {number}", verdict, faults)
        if number % ALONE_EVERY == ALONE_EVERY // 2:
            tally.faults += alone(shop, name, data, verdict)
    return tally


def sound_files(count: int, seed: int, shop: TrialShop, tally: Tally) -> None:
    """Undamaged drops: every row must be accepted."""
    for number in range(count):
        file = sound(np.random.default_rng([seed, number]))
        data = text_of(file).encode()
        verdict = shop.judge(data)
        faults = [*account(data, verdict), *wrong_rows(verdict, file, set())]
        if lost := len(everyone(file)) - len(verdict.accepted):
            faults.append(f"{lost} rows lost")
        tally.add(str(number), verdict, faults)


# --- JSON and parquet
def readers(corpora: Path, report: Report) -> None:
    """JSON test files through read_json, corrupt parquet through read_table: value or DataError."""
    for name, corpus, suffix, read in (
        ("read_json", "jsontestsuite", "json", read_json),
        ("read_table", "parquet-bad", "parquet", read_table),
    ):
        tally = report[(READERS, f"{name}, {corpus}")] = Tally()
        for path in files_of(corpora / corpus):
            if path.suffix == f".{suffix}":
                verdict = read_with(read, path)
                must = demanded(path, verdict)
                faults = (
                    [f"{verdict.outcome}, must be {must}"]
                    if verdict.outcome != must
                    else []
                )
                tally.add(path.name, verdict, faults)
                tally.rows["(loaded)"] += verdict.outcome == "merged"


def demanded(path: Path, verdict: Verdict) -> Outcome:
    """The outcome that the file's name demands: y_ is valid, n_ is not, others may be either."""
    if path.name.startswith("y_"):
        return "merged"
    return "refused" if path.name.startswith("n_") else verdict.outcome


def read_with(read: Callable[[Path], object], path: Path) -> Verdict:
    """The verdict of a reader on a file."""
    try:
        with time_limit(LIMIT_S):
            read(path)
    except DataError:
        return Verdict("refused", "not readable")
    except BaseException as error:  # noqa: BLE001 - a panic is no Exception
        return Verdict("crash", f"{type(error).__name__}: {error}"[:300])
    return Verdict("merged")


# --- the report
@contextmanager
def without_warnings() -> Iterator[None]:
    """Thousands of damaged drops warn; what they warn of is in the report."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


class Campaign(NamedTuple):
    """What is tried: the folders of `corpora`, and about `count` damaged drops, as many of each
    kind.
    """

    corpora: Path
    count: int
    seed: int
    params: Path

    def parts(self) -> list[str]:
        """What may be tried each by itself, in the order of the report."""
        folders = sorted(path.name for path in self.corpora.iterdir() if path.is_dir())
        return [UNDAMAGED, *MUTATIONS, *folders, READERS]

    def report_of(self, part: str) -> Report:
        """The tables of one part."""
        report: Report = {}
        with trial_shop(self.params) as shop, without_warnings():
            if part == UNDAMAGED:
                tally = report[(DAMAGE, part)] = Tally()
                sound_files(self.count // SOUND_SHARE, self.seed, shop, tally)
            elif part in MUTATIONS:
                many = -(-self.count // len(MUTATIONS))
                report[(DAMAGE, part)] = mutations(part, many, self.seed, shop)
            elif part == READERS:
                readers(self.corpora, report)
            else:
                for way in (AS_IS, BELOW, CELLS):
                    report[(way, part)] = Tally()
                as_is, below = report[(AS_IS, part)], report[(BELOW, part)]
                whole_files(self.corpora / part, shop, as_is, below)
                single_cells(self.corpora / part, shop, report[(CELLS, part)])
        return report


def run(campaign: Campaign, processes: int = 1) -> Report:
    """The whole campaign."""
    parts = campaign.parts()
    if processes == 1:
        reports = list(map(campaign.report_of, parts))
    else:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, spawn) as pool:
            reports = list(pool.map(campaign.report_of, parts))
    return {key: tally for report in reports for key, tally in report.items()}


def markdown(report: Report, command: str) -> str:
    """The report of the campaign that this command line has run."""
    faults = [
        f"- {way}, {name}: {fault}"
        for (way, name), tally in report.items()
        for fault in tally.faults[:SHOWN_FAULTS]
    ]
    ways = (AS_IS, BELOW, CELLS, DAMAGE, READERS)
    tables = [line for way in ways for line in table(report, way)]
    lines = [
        HEAD,
        f"    {command}\n",
        ABOUT,
        *tables,
        "\n## Faults\n",
        *(faults or ["None."]),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 1 if there is a fault."""
    parser = command_line.parser(__doc__)
    parser.add_argument("corpora", type=Path, metavar="CORPORA")
    parser.add_argument(
        "--mutations", type=int, default=5000, help="damaged drops, in all"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args(arguments)
    campaign = Campaign(given.corpora, given.mutations, given.seed, given.params)
    report = run(campaign, given.processes)
    options = f"--mutations {given.mutations} --seed {given.seed}"
    command = f"python -m bench.damage.torture {given.corpora} {options}"
    command_line.write(markdown(report, command), given.out)
    return int(any(tally.faults for tally in report.values()))


if __name__ == "__main__":
    sys.exit(main())
