"""What a time may look like, and which moment it is: declared formats, local times of one zone.

A local time that the zone skips or repeats is refused, never guessed; a date alone is the first
moment of its day. Everything works on whole
columns; the result for a cell depends on that cell and the rules only.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa

from recsys.shop_csv.cells import REASON, Cell, Read

FUTURE = timedelta(days=1)  # clocks of phones and shops differ
_PLAIN_FORMS = {"iso8601", "YYYY-MM-DD HH:MM:SS"}
_PLAIN_TIME = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
)
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r" ?(?:Z|UTC|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?)?"
)
_SLASHED = re.compile(
    r"([0-9]{2})/([0-9]{2})/([0-9]{4})(?: ([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?"
)
# after the date: 9:05, 09:05:07, 9:05 PM
_CLOCK = r"(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?: ?([AaPp])\.?[Mm]\.?)?)?"
_EPOCH = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,6})?")
_DIGITS_AFTER_SIXTH = re.compile(r"([.,][0-9]{6})[0-9]+")


@dataclass(frozen=True)
class TimeRules:
    """How a text becomes a time: formats in order, the zone of local times, the earliest that is
    believed.
    """

    formats: tuple[str, ...]
    zone: str
    earliest: date


def times(
    texts: pa.StringArray, rules: TimeRules, received: datetime
) -> Read[np.ndarray]:
    """Times (rows,) int64, in microseconds since 1970 UTC.

    Refused are also times before `rules.earliest`, and those more than a day after the file was
    `received`. Digits after the sixth of a second are cut.
    """
    column = pl.Series(pl.from_arrow(texts)).str.strip_chars(" \t")
    micros = np.zeros(len(column), dtype=np.int64)
    reasons = np.full(len(column), "", dtype=REASON)
    plain = _is_plain(column, rules)
    if plain.any():
        micros[plain], reasons[plain] = _plain_times(
            column.filter(pl.Series(plain)), rules
        )
    if not plain.all():
        micros[~plain], reasons[~plain] = _other_times(
            column.filter(pl.Series(~plain)), rules
        )
    early = datetime.combine(rules.earliest, time(), UTC)
    reasons[(reasons == "") & (micros < _micros(early))] = "time_early"
    reasons[(reasons == "") & (micros > _micros(received + FUTURE))] = "time_future"
    return Read(micros, reasons)


def _is_plain(column: pl.Series, rules: TimeRules) -> np.ndarray:
    """Which texts (rows,) bool can be read as whole columns."""
    if not _PLAIN_FORMS & set(rules.formats):
        return np.zeros(len(column), dtype=bool)
    plain = column.str.contains(_PLAIN_TIME)
    if "iso8601" not in rules.formats:
        plain &= ~column.str.contains("T", literal=True)
    return plain.to_numpy()


def _plain_times(column: pl.Series, rules: TimeRules) -> Read[np.ndarray]:
    """Local times `YYYY-MM-DD HH:MM:SS`, the whole column at once."""
    texts = column.str.replace("T", " ", literal=True)
    local = texts.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    aware = local.dt.replace_time_zone(
        rules.zone, ambiguous="null", non_existent="null"
    )
    faults = [local.is_null().to_numpy(), aware.is_null().to_numpy()]
    reasons = np.select(faults, ["time_format", "time_local"], "")
    return Read(aware.dt.epoch("us").fill_null(0).to_numpy(), reasons.astype(REASON))


def _other_times(column: pl.Series, rules: TimeRules) -> Read[np.ndarray]:
    """Times of any format, each text read once."""
    texts = column.to_list()
    known = {text: _time(text, rules) for text in dict.fromkeys(texts)}
    micros = np.array([known[text].value for text in texts], dtype=np.int64)
    reasons = np.array([known[text].reason for text in texts], dtype=REASON)
    return Read(micros, reasons)


def _time(text: str, rules: TimeRules) -> Cell[int]:
    """One text in microseconds since 1970 UTC."""
    if not text:
        return Cell(0, "time_empty")
    for form in rules.formats:
        try:
            moment = _READERS[form](text)
        except (ValueError, OverflowError):
            return Cell(0, "time_format")
        if moment is not None:
            return _to_utc(moment, ZoneInfo(rules.zone), is_date=":" not in text)
    return Cell(0, "time_format")


def _to_utc(moment: datetime, zone: ZoneInfo, is_date: bool) -> Cell[int]:
    """A date is the first moment of its day, where the zone skips or repeats midnight, too."""
    if moment.tzinfo is None:
        first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset() and not is_date:
            return Cell(0, "time_local")
        moment = first
    try:
        return Cell(_micros(moment))
    except OverflowError:
        return Cell(0, "time_format")


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


# ---- formats: a moment, None if the text has another format, ValueError if there is none such ----
def _read_iso(text: str) -> datetime | None:
    if not _ISO.fullmatch(text):
        return None
    text = text.replace("UTC", "Z")
    for sign in "+-Z":
        text = text.replace(f" {sign}", sign)
    return datetime.fromisoformat(_DIGITS_AFTER_SIXTH.sub(r"\1", text))


def _read_plain(text: str) -> datetime | None:
    is_plain = re.fullmatch(_PLAIN_TIME, text) and "T" not in text
    return _read_iso(text) if is_plain else None


def _read_slashed(text: str, *, day: int, month: int) -> datetime | None:
    match = _SLASHED.fullmatch(text)
    if not match:
        return None
    date_parts = int(match[3]), int(match[month]), int(match[day])
    hour, minute, second = (int(match[group] or 0) for group in (4, 5, 6))
    return datetime(*date_parts, hour, minute, second)  # noqa: DTZ001 - local, the zone follows


def _parted(order: str, mark: str) -> Callable[[str], datetime | None]:
    """A reader of dates without leading zeros: `order` is that of the parts D, M and Y."""
    digits = {"D": "([0-9]{1,2})", "M": "([0-9]{1,2})", "Y": "([0-9]{4})"}
    date_text = re.escape(mark).join(digits[part] for part in order)
    pattern = re.compile(date_text + _CLOCK)
    year, month, day = (order.index(part) + 1 for part in "YMD")

    def read(text: str) -> datetime | None:
        match = pattern.fullmatch(text)
        if not match:
            return None
        hour, minute, second = (int(match[group] or 0) for group in (4, 5, 6))
        if match[7]:
            hour = _hour_of_day(hour, match[7])
        parts = int(match[year]), int(match[month]), int(match[day])
        return datetime(*parts, hour, minute, second)  # noqa: DTZ001 - local, the zone follows

    return read


def _hour_of_day(hour: int, half: str) -> int:
    """12 AM is 0, 12 PM is 12. ValueError if there is no such hour."""
    if not 1 <= hour <= 12:
        raise ValueError(f"no hour {hour} {half}M")
    return hour % 12 + (12 if half in "Pp" else 0)


def _read_epoch(text: str, *, scale: int) -> datetime | None:
    return (
        datetime.fromtimestamp(float(text) / scale, UTC)
        if _EPOCH.fullmatch(text)
        else None
    )


_READERS: dict[str, Callable[[str], datetime | None]] = {
    "iso8601": _read_iso,
    "YYYY-MM-DD HH:MM:SS": _read_plain,
    "DD/MM/YYYY": lambda text: _read_slashed(text, day=1, month=2),
    "MM/DD/YYYY": lambda text: _read_slashed(text, day=2, month=1),
    "D/M/YYYY": _parted("DMY", "/"),
    "M/D/YYYY": _parted("MDY", "/"),
    "YYYY/M/D": _parted("YMD", "/"),
    "D.M.YYYY": _parted("DMY", "."),
    "D-M-YYYY": _parted("DMY", "-"),
    "M-D-YYYY": _parted("MDY", "-"),
    "epoch_s": lambda text: _read_epoch(text, scale=1),
    "epoch_ms": lambda text: _read_epoch(text, scale=1000),
    "epoch_us": lambda text: _read_epoch(text, scale=1_000_000),
}
TIME_FORMATS = tuple(_READERS)
_CONFLICTS = (
    ("DD/MM/YYYY", "MM/DD/YYYY"),
    ("DD/MM/YYYY", "M/D/YYYY"),
    ("D/M/YYYY", "MM/DD/YYYY"),
    ("D/M/YYYY", "M/D/YYYY"),
    ("D-M-YYYY", "M-D-YYYY"),
    ("epoch_s", "epoch_ms"),
    ("epoch_s", "epoch_us"),
    ("epoch_ms", "epoch_us"),
)


def check_formats(formats: Iterable[str]) -> None:
    """ValueError if a format is unknown, or two of them could read one text as different times."""
    declared = list(formats)
    for form in declared:
        if form not in TIME_FORMATS:
            raise ValueError(
                f"unknown time format {form!r}; known are {', '.join(TIME_FORMATS)}"
            )
    for pair in _CONFLICTS:
        if set(pair) <= set(declared):
            raise ValueError(
                f"{pair[0]} and {pair[1]} read one text as different times; declare one of them"
            )
