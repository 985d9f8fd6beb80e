"""A shop in a scratch folder, into which one drop after the other is put and merged."""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import polars as pl

from bench.damage.verdicts import Verdict
from bench.house.imports import ROOT
from recsys.files.atomic import read_json, write_json
from recsys.program.errors import DataError, UserError
from recsys.program.params import read
from stages import merge

LIMIT_S = (
    60  # no file of a few MB may take longer, on a machine that does other things, too
)
LIMIT_ALONE_S = 600
REVIEWS = "data_reviews_purchase.csv"
REVIEW_HEADER = "user_id,product_id,rating,comment,processed_comment,cmt_date"
RAW_FILES = {
    REVIEWS: f"{REVIEW_HEADER}\nr,p1,5,,,2024-01-01\n",
    "data_product.csv": "product_id,product_name\n"
    + "".join(f"p{at},Son\n" for at in range(5)),
    "data_product_attribute.csv": "product_id,brand\np1,Rosa\n",
}


class Hang(BaseException):
    """The time is up. (No `except Exception` may swallow it.)"""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Hang in the block after so many seconds."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class TrialShop:
    """A folder with sound raw files, where any share of a drop's rows may be refused."""

    def __init__(self, folder: Path, params: Path) -> None:
        self.folder = folder
        (folder / "raw").mkdir(parents=True)
        for name, text in RAW_FILES.items():
            (folder / "raw" / name).write_text(text, encoding="utf-8")
        known = read(params)
        section = known["merge"] | {
            "max_refused_share": 1.0,
            "min_rows": 10**9,  # no share says something: every row is judged by itself
            "settle_s": 0.0,
        }
        sections = {"merge": section, "source": known["source"]}
        write_json(folder / "params.yaml", sections)

    def arguments(self) -> list[Path]:
        """Of merge's `main`: raw, staging, batches, out, metrics; params is an option."""
        return [
            self.folder / name
            for name in ("raw", "staging", "batches", "out", "merge.json")
        ]

    def lay(self, data: bytes) -> None:
        """Put the drop into an empty staging folder."""
        for name in ("staging", "batches", "out"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / "staging").mkdir()
        (self.folder / "staging" / "drop.csv").write_bytes(data)

    def judge(self, data: bytes) -> Verdict:
        """Merge the drop in this process."""
        self.lay(data)
        raw, staging, batches, out, metrics = self.arguments()
        try:
            with time_limit(LIMIT_S):
                merge.main(
                    raw, staging, batches, out, metrics, self.folder / "params.yaml"
                )
        except UserError as error:
            is_refused = error.exit_code == DataError.exit_code
            return Verdict("refused" if is_refused else "crash", str(error))
        except Hang:
            return Verdict("hang")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a crash is what we look for
            return Verdict("crash", f"{type(error).__name__}: {error}"[:300])
        return self.merged()

    def judge_alone(self, data: bytes) -> tuple[int, str]:
        """Merge the drop in a process of its own: the exit code and what it said."""
        self.lay(data)
        command = [sys.executable, "-m", "stages.merge", *map(str, self.arguments())]
        command += ["--params", str(self.folder / "params.yaml")]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=LIMIT_ALONE_S,
            check=False,
            cwd=ROOT,
        )
        return done.returncode, done.stderr

    def merged(self) -> Verdict:
        """What stands in the files that merge wrote, without the raw files' rows."""
        of_drop = pl.col("file").cast(pl.String) != REVIEWS
        accepted = pl.read_parquet(self.folder / "out/interactions.parquet").filter(
            of_drop
        )
        refused = pl.read_parquet(self.folder / "out/quarantine.parquet").filter(
            of_drop
        )
        files = read_json(self.folder / "merge.json")["files"]
        counts = [counted for name, counted in files.items() if name not in RAW_FILES]
        return Verdict(
            "merged",
            accepted=accepted.to_dicts(),
            quarantined=refused.to_dicts(),
            counts=counts[0] if counts else {},
        )


@contextmanager
def trial_shop(params: Path) -> Iterator[TrialShop]:
    """A shop in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        yield TrialShop(Path(folder) / "shop", params)
