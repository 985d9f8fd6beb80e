"""What merge makes of a drop, and whether that is right: read by a tokenizer of its own, against
the sound file.
"""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl

from bench.damage.drops import Sound
from recsys.files.atomic import read_json, write_json
from recsys.program.errors import UserError
from recsys.program.params import read
from stages import merge

LIMIT_S = 10  # no file of a few MB may take longer
RAW_FILES = {
    "data_reviews_purchase.csv": "user_id,product_id,rating,comment,processed_comment,cmt_date\nr,p1,5,,,2024-01-01\n",
    "data_product.csv": "product_id,product_name\n" + "".join(f"p{at},Son\n" for at in range(5)),
    "data_product_attribute.csv": "product_id,brand\np1,Rosa\n",
}
CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
SPACES = "".join(
    chr(code)
    for code in range(0x3001)
    if chr(code).isspace() and chr(code) not in "\x1c\x1d\x1e\x1f"
)
REFUSALS = {
    "not a header": "no header",
    "is empty": "empty",
    "is blank": "blank line on top",
    "is missing": "column missing",
    "keep one": "column doubled",
    "looks like": "encoding",
    "stray quote": "stray quote in the header",
    "in CR only": "CR line ends",
    "columns, at most": "too many columns",
    "control": "control character in the header",
    "another order": "headers in two orders",
    "refused, more": "share",
    "not readable": "not readable",
}  # words of a message, and what it is about
_BARE = re.compile(rb"[^,\n]*")
_QUOTED = re.compile(rb'"((?:[^"]|"")*)"')

Record = tuple[list[str], int]


class Hang(BaseException):
    """The time is up. (No `except Exception` may swallow it.)"""


@dataclass
class Verdict:
    """What became of a drop: `outcome` is merged, refused (a message), crash or hang; rows by what
    merge wrote.
    """

    outcome: str
    message: str = ""
    accepted: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def reasons(self) -> Counter[str]:
        return Counter(row["reason"] for row in self.quarantined)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Hang after so many seconds."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Shop:
    """A folder with sound raw files, into which one drop after the other is put. All refusals of
    rows are allowed.
    """

    def __init__(self, folder: Path, params: Path) -> None:
        self.folder = folder
        (folder / "raw").mkdir(parents=True)
        for name, text in RAW_FILES.items():
            (folder / "raw" / name).write_text(text, encoding="utf-8")
        section = read(params)["merge"] | {"max_refused_share": 1.0, "settle_s": 0.0}
        write_json(folder / "params.yaml", {"merge": section})

    def arguments(self) -> list[Path]:
        """Of merge's `main`: raw, staging, batches, out, metrics; params is an option."""
        return [self.folder / name for name in ("raw", "staging", "batches", "out", "merge.json")]

    def lay(self, data: bytes) -> None:
        """Put the drop into an empty staging folder."""
        for name in ("staging", "batches", "out"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / "staging").mkdir()
        (self.folder / "staging" / "drop.csv").write_bytes(data)

    def judge(self, data: bytes) -> Verdict:
        """Merge the drop in this process."""
        self.lay(data)
        try:
            with time_limit(LIMIT_S):
                raw, staging, batches, out, metrics = self.arguments()
                merge.main(raw, staging, batches, out, metrics, self.folder / "params.yaml")
        except UserError as error:
            return Verdict("refused" if error.exit_code == 3 else "crash", str(error))
        except Hang:
            return Verdict("hang")
        except BaseException as error:  # a crash is what we look for
            if isinstance(error, KeyboardInterrupt):
                raise
            return Verdict("crash", f"{type(error).__name__}: {error}"[:300])
        return self._read()

    def judge_alone(self, data: bytes) -> tuple[int, str]:
        """Merge the drop in a process of its own: the exit code and what it said."""
        self.lay(data)
        command = [sys.executable, "-m", "stages.merge", *map(str, self.arguments())]
        command += ["--params", str(self.folder / "params.yaml")]
        root = Path(__file__).parents[2]
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, cwd=root
        )
        return ran.returncode, ran.stderr

    def _read(self) -> Verdict:
        ours = pl.col("file").cast(pl.String) != "data_reviews_purchase.csv"
        accepted = pl.read_parquet(self.folder / "out/interactions.parquet").filter(ours)
        refused = pl.read_parquet(self.folder / "out/quarantine.parquet").filter(ours)
        counts = [
            value
            for name, value in read_json(self.folder / "merge.json")["files"].items()
            if name not in RAW_FILES
        ]
        return Verdict(
            "merged", "", accepted.to_dicts(), refused.to_dicts(), counts[0] if counts else {}
        )


@contextmanager
def shop(params: Path) -> Iterator[Shop]:
    """A shop in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        yield Shop(Path(folder) / "shop", params)


def refusal(message: str) -> str:
    """A refusal without its names, places and numbers."""
    for words, reason in REFUSALS.items():
        if words in message:
            return reason
    return "other: " + re.sub(r"\S*/\S*|'[^']*'|\d+", "~", message)[:80]


def record_at(data: bytes, at: int) -> Record | None:
    """The cells of the well formed record at a place, and where the next line begins; None if it is
    not well formed.
    """
    found = raw_record_at(data, at)
    try:
        return found and ([cell.decode() for cell in found[0]], found[1])
    except UnicodeDecodeError:
        return None


def raw_record_at(data: bytes, at: int) -> tuple[list[bytes], int] | None:
    """The same in any encoding."""
    cells = []
    while True:
        quoted = _QUOTED.match(data, at)
        found = quoted or _BARE.match(data, at)
        assert found  # bare text may be empty
        at = found.end()
        if not quoted and b'"' in found[0]:
            return None
        cells.append(quoted[1].replace(b'""', b'"') if quoted else found[0])
        if data[at : at + 1] == b",":
            at += 1
        elif data[at : at + 2] == b"\r\n" or data[at : at + 1] in (b"\n", b""):
            cells[-1] = cells[-1] if quoted else cells[-1].removesuffix(b"\r")
            return cells, at + (2 if data[at : at + 1] == b"\r" else 1)
        else:
            return None


def account(data: bytes, verdict: Verdict) -> list[str]:
    """What is wrong in the account of a merged file: a row that is not in it, a line twice or
    never, wrong counts.
    """
    counts, faults = verdict.counts, []
    if not counts:
        return (
            [] if not verdict.accepted and not verdict.quarantined else ["rows without an account"]
        )
    if counts["accepted"] != len(verdict.accepted) or counts["quarantined"] != len(
        verdict.quarantined
    ):
        faults.append(
            f"counts {counts} of {len(verdict.accepted)} and {len(verdict.quarantined)} rows"
        )
    starts = _line_starts(data)
    header = [
        name.strip() for name in (record_at(data.removeprefix(b"\xef\xbb\xbf"), 0) or ([], 0))[0]
    ]
    covered: Counter[int] = Counter()
    for row in verdict.accepted:
        record = record_at(data, starts[row["line"]])
        if record is None or (wrong := _differs(dict(zip(header, record[0], strict=False)), row)):
            faults.append(f"line {row['line']}: accepted {row}, but it says {record and wrong}")
            continue
        covered.update(
            range(
                row["line"], row["line"] + data.count(b"\n", starts[row["line"]], record[1] - 1) + 1
            )
        )
    for row in verdict.quarantined:
        covered.update(range(row["line"], row["line"] + _lines_of(data, starts[row["line"]], row)))
    faults += [f"line {line} counts {count} times" for line, count in covered.items() if count > 1]
    return faults + _uncovered(data, starts, covered, verdict)


def _lines_of(data: bytes, start: int, row: dict[str, Any]) -> int:
    """How many lines a quarantined row takes: a stray quote costs its line, anything else the
    record.
    """
    record = None if row["reason"] == "quote" else raw_record_at(data, start)
    return data.count(b"\n", start, record[1] - 1) + 1 if record else row["raw"].count("\n") + 1


def _line_starts(data: bytes) -> dict[int, int]:
    """Where each line begins, 1-based; the last one is one after the end."""
    starts, at = {1: 0}, 0
    while (at := data.find(b"\n", at) + 1) > 0:
        starts[len(starts) + 1] = at
    return starts


def _uncovered(
    data: bytes, starts: dict[int, int], covered: Counter[int], verdict: Verdict
) -> list[str]:
    """Lines with text that are in no row must be the rows that were counted as duplicates."""
    line, duplicates = 2, 0
    while line in starts and starts[line] < len(data):
        record = None
        end = starts.get(line + 1, len(data))
        if not covered[line] and data[starts[line] : end].strip(b"\r\n"):
            duplicates += 1
            record = record_at(data, starts[line])
        line += data.count(b"\n", starts[line], record[1] - 1) + 1 if record else 1
    if duplicates != verdict.counts["duplicates"]:
        return [
            f"{duplicates} lines are in no row, {verdict.counts['duplicates']} are counted as duplicates"
        ]
    return []


def _differs(cells: dict[str, str], row: dict[str, Any]) -> str:
    """The first column in which an accepted row is not what its line says; "" if none."""
    for name in ("user_id", "product_id"):
        if expected_id(cells[name])[0] != row[name]:
            return name
    if float(cells["rating"]) != row["rating"]:
        return "rating"
    return "comment" if cells.get("comment", "") != row["comment"] else ""


def expected_id(cell: str) -> tuple[str, str]:
    """An id trimmed and in NFC, and the reason if it must be refused."""
    text = unicodedata.normalize("NFC", cell).strip(SPACES)
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") or char == "\ufeff" for char in text):
        return text, "id_control"
    if not text:
        return text, "id_empty"
    return text, "id_long" if len(text) > 128 else ""


def expected(cell: str, column: str) -> tuple[str, str]:
    """What a cell must become that a correct writer wrote into an otherwise good row, and the
    reason if refused.
    """
    if CONTROL.search(cell):
        return "", "control"
    if any("\ud800" <= char <= "\udfff" for char in cell):
        return "", "encoding"
    return (cell, "") if column == "comment" else expected_id(cell)


def wrong_rows(verdict: Verdict, file: Sound, spoilt: set[str]) -> list[str]:
    """Accepted rows that are not rows of the sound file, or that cannot have been read from the
    damaged one.
    """
    truth, faults = file.truth(), []
    for row in verdict.accepted:
        known = truth.get(row["user_id"])
        found = (row["product_id"], row["rating"], row["comment"], row["timestamp"])
        if known is None or row["user_id"] in spoilt or found != _utc(known, row["timestamp"]):
            faults.append(
                f"line {row['line']}: accepted {row['user_id']!r} {found!r:.200}, sound is {known!r:.200}"
            )
    return faults


def _utc(
    known: tuple[str, float, str, datetime], found: datetime
) -> tuple[str, float, str, datetime]:
    """The known row, its time in the zone of the found one."""
    return (*known[:3], known[3].astimezone(found.tzinfo))
