"""The rules for a cell: ids, ratings and times, each with a reason for what is refused.

Everything works on whole columns; the result for a cell depends on that cell and the settings only.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from recsys.shop_csv.contract import MAX_ID_LENGTH, MAX_RATING, MIN_RATING

FUTURE = timedelta(days=1)  # clocks of phones and shops differ
_RATING = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,30})?")
_CONTROL = r"[\p{Cc}\p{Zl}\p{Zp}\x{FEFF}]"
_PLAIN_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r" ?(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?)?"
)
_SLASHED = re.compile(
    r"([0-9]{2})/([0-9]{2})/([0-9]{4})(?: ([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?"
)
_EPOCH = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,6})?")


@dataclass(frozen=True)
class TimeRules:
    """How a text becomes a time: formats in order, the zone of local times, the earliest that is
    believed.
    """

    formats: tuple[str, ...]
    zone: str
    earliest: date


def ids(texts: pa.StringArray) -> tuple[pa.StringArray, np.ndarray]:
    """Ids trimmed and in NFC (rows,), and the reason for each that is refused, `""` for the others
    (rows,).
    """
    coded = texts.dictionary_encode()
    values = coded.dictionary
    if not pc.all(pc.string_is_ascii(values)).as_py():
        values = pl.Series(pl.from_arrow(values)).str.normalize("NFC").to_arrow().cast(pa.string())
    values = pc.utf8_trim_whitespace(values)
    length = pc.utf8_length(values).to_numpy(zero_copy_only=False)
    control = pc.match_substring_regex(values, _CONTROL).to_numpy(zero_copy_only=False)
    reasons = np.select(
        [control, length == 0, length > MAX_ID_LENGTH], ["id_control", "id_empty", "id_long"], ""
    )
    at = coded.indices.to_numpy(zero_copy_only=False)
    return values.take(coded.indices), reasons[at] if len(at) else reasons[:0]


def ratings(texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Ratings (rows,) float64, NaN where refused, and the reasons (rows,)."""
    coded = texts.dictionary_encode()
    read = [_rating(text) for text in coded.dictionary.to_pylist()]
    values = np.array([value for value, _ in read], dtype=np.float64)
    reasons = np.array([reason for _, reason in read], dtype="U16")
    at = coded.indices.to_numpy(zero_copy_only=False)
    return values[at], reasons[at]


def _rating(text: str) -> tuple[float, str]:
    text = text.strip(" \t")
    if not text:
        return np.nan, "rating_empty"
    if not _RATING.fullmatch(text):
        return np.nan, "rating_number"
    value = float(text)
    if not MIN_RATING <= value <= MAX_RATING:
        return np.nan, "rating_range"
    return value, ""


def times(
    texts: pa.StringArray, rules: TimeRules, received: datetime
) -> tuple[np.ndarray, np.ndarray]:
    """Times (rows,) in microseconds since 1970 UTC, int64, and the reasons (rows,).

    A local time that the zone skips or repeats is refused, never guessed; so is one before
    `rules.earliest`, or more than a day after the file was `received`. Digits after the sixth of a
    second are cut.
    """
    column = pl.Series(pl.from_arrow(texts)).str.strip_chars(" \t")
    micros = np.zeros(len(column), dtype=np.int64)
    reasons = np.full(len(column), "", dtype="U16")
    plain = column.str.contains(_PLAIN_TIME).to_numpy() & bool(
        {"iso8601", "YYYY-MM-DD HH:MM:SS"} & set(rules.formats)
    )
    if "iso8601" not in rules.formats:
        plain &= ~column.str.contains("T", literal=True).to_numpy()
    if plain.any():
        micros[plain], reasons[plain] = _plain_times(column.filter(pl.Series(plain)), rules)
    others = np.flatnonzero(~plain)
    known: dict[str, tuple[int, str]] = {}
    for at, text in zip(others, column.filter(pl.Series(~plain)).to_list(), strict=True):
        if text not in known:
            known[text] = _time(text, rules)
        micros[at], reasons[at] = known[text]
    early = datetime.combine(rules.earliest, time(), UTC)
    reasons[(reasons == "") & (micros < _micros(early))] = "time_early"
    reasons[(reasons == "") & (micros > _micros(received + FUTURE))] = "time_future"
    return micros, reasons


def _plain_times(column: pl.Series, rules: TimeRules) -> tuple[np.ndarray, np.ndarray]:
    """Local times `YYYY-MM-DD HH:MM:SS`, the whole column at once."""
    local = column.str.replace("T", " ", literal=True).str.to_datetime(
        "%Y-%m-%d %H:%M:%S", time_unit="us", strict=False
    )
    aware = local.dt.replace_time_zone(rules.zone, ambiguous="null", non_existent="null")
    reasons = np.select(
        [local.is_null().to_numpy(), aware.is_null().to_numpy()], ["time_format", "time_local"], ""
    )
    return aware.dt.epoch("us").fill_null(0).to_numpy(), reasons.astype("U16")


def _time(text: str, rules: TimeRules) -> tuple[int, str]:
    """One text in microseconds since 1970 UTC, and the reason if it is refused."""
    if not text:
        return 0, "time_empty"
    for form in rules.formats:
        try:
            found = _READERS[form](text)
        except (ValueError, OverflowError):
            return 0, "time_format"
        if found is not None:
            return _to_utc(found, ZoneInfo(rules.zone))
    return 0, "time_format"


def _to_utc(moment: datetime, zone: ZoneInfo) -> tuple[int, str]:
    if moment.tzinfo is None:
        first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            return 0, "time_local"
        moment = first
    try:
        return _micros(moment), ""
    except OverflowError:
        return 0, "time_format"


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _read_iso(text: str) -> datetime | None:
    if not _ISO.fullmatch(text):
        return None
    text = re.sub(
        r"([.,][0-9]{6})[0-9]+",
        r"\1",
        text.replace(" +", "+").replace(" -", "-").replace(" Z", "Z"),
    )
    return datetime.fromisoformat(text)


def _read_slashed(text: str, *, day: int, month: int) -> datetime | None:
    found = _SLASHED.fullmatch(text)
    if not found:
        return None
    hour, minute, second = (int(found[group] or 0) for group in (4, 5, 6))
    return datetime(int(found[3]), int(found[month]), int(found[day]), hour, minute, second)  # noqa: DTZ001 - local, the zone follows


def _read_epoch(text: str, *, scale: int) -> datetime | None:
    return datetime.fromtimestamp(float(text) / scale, UTC) if _EPOCH.fullmatch(text) else None


_READERS: dict[str, Callable[[str], datetime | None]] = {
    "iso8601": _read_iso,
    "YYYY-MM-DD HH:MM:SS": lambda text: (
        _read_iso(text) if re.fullmatch(_PLAIN_TIME, text) and "T" not in text else None
    ),
    "DD/MM/YYYY": lambda text: _read_slashed(text, day=1, month=2),
    "MM/DD/YYYY": lambda text: _read_slashed(text, day=2, month=1),
    "epoch_s": lambda text: _read_epoch(text, scale=1),
    "epoch_ms": lambda text: _read_epoch(text, scale=1000),
}
TIME_FORMATS = tuple(_READERS)
_CONFLICTS = (("DD/MM/YYYY", "MM/DD/YYYY"), ("epoch_s", "epoch_ms"))


def check_formats(formats: Iterable[str]) -> None:
    """ValueError if a format is unknown, or two of them could read one text as different times."""
    declared = list(formats)
    for form in declared:
        if form not in TIME_FORMATS:
            raise ValueError(f"unknown time format {form!r}; known are {', '.join(TIME_FORMATS)}")
    for pair in _CONFLICTS:
        if set(pair) <= set(declared):
            raise ValueError(
                f"{pair[0]} and {pair[1]} read one text as different times; declare one of them"
            )
