"""The checks of the data: files as dvc.lock has them, the sealed batches, and the age of the newest
event.

reads   dvc.lock, data/, metrics/merge.json, params.yaml (source), state/health.json,
        state/repro.lock
writes  nothing; state/health.json if the job looks

A file whose size and time are those of a look before is not read again. The age of the data is
judged from the first drop on, or when the shop's own files are read: the shipped sample grows old,
and nobody can mend that.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops import lock
from ops.health import checks, memory
from ops.health.checks import DAY, Check, Params, Subject
from ops.health.memory import Seen
from recsys.files.atomic import read_json, sha256_of
from recsys.intake import absent, last_run
from recsys.intake.batches import BATCH_NAME, FOLDED_NAME
from recsys.intake.drop_log import own_files
from recsys.intake.mended import read_mended
from recsys.program import place
from recsys.program.command_line import PARAMS_FILE
from recsys.program.errors import DataError
from recsys.program.params import load
from recsys.shop_csv import sample_shop
from recsys.source import shop_files
from recsys.source.params import Params as Source

LOCK = "dvc.lock"
STATS = "data/processed/data_stats.json"
RAW, SAMPLE, BATCHES = "data/raw", "data/sample", "data/batches"
REPRO = (
    "run `python runner.py repro`, which makes it anew from data/raw and data/batches"
)
DROP = (
    "see that the shop drops new interactions into data/staging, "
    "then run `python runner.py run refresh`"
)
SHOWN = 3  # files that are named


def look(subject: Subject) -> list[Check]:
    """Files, age, then batches."""
    return checks.of(
        "data",
        [
            ("data_files", lambda: check_files(subject)),
            ("data_age", lambda: _age(subject)),
            ("data_batches", lambda: check_batches(subject)),
        ],
    )


# ---- files ----
def check_files(subject: Subject) -> Check:
    """Whether all files under data/ are there and have the hashes of dvc.lock."""
    wanted = _outs(subject.root / LOCK)
    known = memory.read(subject.state)
    seen: dict[str, Seen] = {}
    wrong = list(_raw_missing(subject.root))
    for path, md5 in wanted.items():
        fault = _fault(subject.root / path, md5, known.files.get(path), path, seen)
        if fault:
            wrong.append(f"{path}: {fault}")
    if wrong and lock.holder(subject.state / "repro.lock") is not None:
        return Check("data", "data_files", "ok", "a repro is changing them just now")
    if subject.is_job and seen != known.files:
        memory.write(subject.state, known.model_copy(update={"files": seen}))
    if wrong:
        more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        value = f"{'; '.join(wrong[:SHOWN])}{more}"
        return Check("data", "data_files", "critical", value, "as in dvc.lock", REPRO)
    return Check("data", "data_files", "ok", f"{len(wanted)} files as in dvc.lock")


def _raw_missing(root: Path) -> Iterator[str]:
    """Files of the shop that are not there; that the sample stands in for them is no help."""
    paths = _shop_files(root)
    is_sample = any(path.parent == root / SAMPLE for path in paths)
    if is_sample and (own := own_files(root / BATCHES)):
        seen = place.away(root / RAW) or f"{RAW}: no CSV file in it"
        yield f"{seen}, but {own[-1]} was read from there before; put the files back"
    for path in paths:
        if not path.is_file():
            mend = place.away(path) or "missing; put the shop's file there"
            yield f"{path.relative_to(root)}: {mend}"


def _shop_files(root: Path) -> list[Path]:
    params = load(Source, "source", root / PARAMS_FILE)
    return shop_files.paths(params, root / RAW, root / SAMPLE)


def _fault(
    file: Path, md5: str, known: Seen | None, name: str, seen: dict[str, Seen]
) -> str:
    """What is wrong with a file, "" if nothing; what is known of it by now goes into `seen`."""
    try:
        stat = file.stat()
        if known and (known.size, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
            found = known.md5
        else:
            with file.open("rb") as handle:
                found = hashlib.file_digest(handle, "md5").hexdigest()  # as DVC has it
    except OSError as error:
        return (
            "missing" if isinstance(error, FileNotFoundError) else str(error.strerror)
        )
    seen[name] = Seen(size=stat.st_size, mtime_ns=stat.st_mtime_ns, md5=found)
    return "" if found == md5 else "other content than dvc.lock says"


def _outs(path: Path) -> dict[str, str]:
    """md5 by path of all outs under data/. DataError if there is no whole dvc.lock."""
    # here: only this check reads YAML
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content: Any = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        outs = [
            out for stage in content["stages"].values() for out in stage.get("outs", [])
        ]
        return {
            out["path"]: out["md5"] for out in outs if out["path"].startswith("data/")
        }
    except FileNotFoundError:
        raise DataError(
            f"{path}: no such file; run `python runner.py repro` to make data and models"
        ) from None
    except (YAMLError, ValueError, KeyError, TypeError, AttributeError):
        raise DataError(
            f"{path}: torn; run `python runner.py repro`, which mends it"
        ) from None


# ---- batches ----
def check_batches(subject: Subject) -> Check:
    """Whether all batches that were sealed are there: the next merge stops if one is not."""
    folder = subject.root / BATCHES
    found = absent.look(folder, last_run.of_project(subject.root))
    if found.missing:
        value, _, step = absent.fault(folder, found.missing).partition("; ")
        return Check("data", "data_batches", "critical", value, "none missing", step)
    if found.gone:
        value, _, step = absent.gone_words(folder, found.gone).partition("; ")
        return Check("data", "data_batches", "warning", value, "none missing", step)
    return Check("data", "data_batches", "ok", "none missing")


# ---- age ----
def _age(subject: Subject) -> Check:
    newest = newest_event(subject.root)
    return check_age(newest, is_sample(subject.root), subject.params, subject.now)


def check_age(
    newest_event: datetime, sample: bool, params: Params, now: datetime
) -> Check:
    """Age of the newest event. Critical above the limit; an event in the future is a warning.

    Of the untouched sample no age is too old.
    """
    age = (now - newest_event) / DAY
    level, step = checks.of_age(age, params.max_data_age_days, "critical", DROP)
    value = f"{age:.1f} days (newest event {newest_event:%Y-%m-%d})"
    limit = f"at most {params.max_data_age_days:g} days"
    if sample and level == "critical":
        note = "of the shipped sample; judged from the shop's first drop on"
        return Check("data", "data_age", "ok", f"{value}: {note}")
    return Check("data", "data_age", level, value, limit, step)


def is_sample(root: Path) -> bool:
    """Whether only the shipped sample was ever taken in, its refused rows too once they are mended.

    DataError if the list of mended rows is not whole.
    """
    for path in _shop_files(root):
        is_there = path.name in sample_shop.SHA256 and path.is_file()
        if not is_there or not sample_shop.is_part(path.name, sha256_of(path)):
            return False
    batches = root / BATCHES
    names = [path.name for path in batches.iterdir()] if batches.is_dir() else []
    mended = {drop[:16] for drop in read_mended(batches).values()}
    found = [BATCH_NAME.fullmatch(name) for name in names]
    is_dropped = any(batch and batch[2] not in mended for batch in found)
    return not is_dropped and not any(map(FOLDED_NAME.fullmatch, names))


def newest_event(root: Path) -> datetime:
    """When the newest event happened. DataError if that does not stand in data_stats.json."""
    stats = root / STATS
    content = read_json(stats)
    try:
        moment = datetime.fromisoformat(content["newest_event"])
    except (KeyError, TypeError, ValueError):
        raise DataError(
            f"{stats}: no newest_event in ISO 8601; run `dvc repro --force process`"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
