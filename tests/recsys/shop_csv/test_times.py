"""What a time may look like, and which moment it is: never guessed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.shop_csv import times

quick = settings(max_examples=200, deadline=None, derandomize=True, database=None)
RECEIVED = datetime(2100, 1, 1, tzinfo=UTC)


def texts(*cells: str) -> pa.StringArray:
    return pa.array(cells, pa.string())


def read_times(
    *cells: str, zone: str = "Asia/Ho_Chi_Minh", formats: tuple[str, ...] = ("iso8601",)
) -> list[str]:
    """Each time in UTC, or the reason why it is refused."""
    micros, reasons = times.times(
        texts(*cells), times.TimeRules(formats, zone, date(2000, 1, 1)), RECEIVED
    )
    return [
        reason
        or (
            datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
        ).isoformat()
        for value, reason in zip(micros.tolist(), reasons.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2024-03-01 10:00:00", "2024-03-01T03:00:00+00:00"),  # local, +07:00
        ("2024-03-01T10:00:00", "2024-03-01T03:00:00+00:00"),
        ("2024-03-01 10:00", "2024-03-01T03:00:00+00:00"),
        ("2024-03-01", "2024-02-29T17:00:00+00:00"),
        (" 2024-03-01 10:00:00\t", "2024-03-01T03:00:00+00:00"),
        ("2024-03-01T10:00:00Z", "2024-03-01T10:00:00+00:00"),
        ("2024-03-01T10:00:00+07:00", "2024-03-01T03:00:00+00:00"),
        ("2024-03-01T10:00:00+0700", "2024-03-01T03:00:00+00:00"),
        ("2024-03-01 10:00:00 +07", "2024-03-01T03:00:00+00:00"),
        ("2024-03-01 10:00:00 -05:30", "2024-03-01T15:30:00+00:00"),
        ("2024-03-01T10:00:00.5Z", "2024-03-01T10:00:00.500000+00:00"),
        ("2024-03-01T10:00:00,123456789Z", "2024-03-01T10:00:00.123456+00:00"),
        ("2024-02-29 23:59:59", "2024-02-29T16:59:59+00:00"),
    ],
)
def test_iso_times(cell: str, moment: str) -> None:
    assert read_times(cell) == [moment]


@pytest.mark.parametrize(
    "cell",
    [
        "2024-02-30 10:00:00",
        "2023-02-29",
        "2024-13-01",
        "2024-03-01 24:00:00",
        "2024-03-01 10:60:00",
        "2024-03-01 23:59:60",
        "01/02/2024",
        "20240301",
        "1709262000",
        "2024-3-1",
        "2024-03-01T10:00:00+25:00",
        "2024-03-01 10:00:00 PM",
        "yesterday",
        "٢٠٢٤-03-01",
        "2024-03-01T10",
        "2024-W09-5",
        "10000-01-01",
        "2024-03-01 10:00:00\n2024",
    ],
)
def test_times_in_no_declared_format_are_refused(cell: str) -> None:
    assert read_times("2024-03-01", cell) == [
        "2024-02-29T17:00:00+00:00",
        "time_format",
    ]


def test_an_empty_time_and_one_before_the_earliest_are_refused() -> None:
    assert read_times(
        "",
        " ",
        "1999-12-31T23:59:59Z",
        "2000-01-01T00:00:00Z",
        "1900-01-01 00:00:00",
        "0000-01-01 00:00:00",
    ) == [
        "time_empty",
        "time_empty",
        "time_early",
        "2000-01-01T00:00:00+00:00",
        "time_early",
        "time_early",
    ]


def test_a_local_time_that_the_zone_skips_or_repeats_is_refused_and_an_offset_mends_it() -> (
    None
):
    cells = (
        "2024-03-31 01:59:59",
        "2024-03-31 02:00:00",
        "2024-03-31 02:30",
        "2024-03-31T02:59:59.5",
        "2024-03-31 03:00:00",
        "2024-10-27 01:59:59",
        "2024-10-27 02:00:00",
        "2024-10-27 02:30",
        "2024-10-27 02:59:59",
        "2024-10-27 03:00:00",
        "2024-10-27 02:30:00+02:00",
        "2024-10-27 02:30:00+01:00",
    )
    assert read_times(*cells, zone="Europe/Berlin") == [
        "2024-03-31T00:59:59+00:00",
        *["time_local"] * 3,
        "2024-03-31T01:00:00+00:00",
        "2024-10-26T23:59:59+00:00",
        *["time_local"] * 3,
        "2024-10-27T02:00:00+00:00",
        "2024-10-27T00:30:00+00:00",
        "2024-10-27T01:30:00+00:00",
    ]


def test_a_date_is_the_first_moment_of_its_day_where_midnight_is_skipped_or_repeated() -> (
    None
):
    cells = ("2024-04-26", "2024-04-27", "2024-04-26 00:00:00", "2024-04-26 00:00")
    assert read_times(*cells, zone="Africa/Cairo") == [
        "2024-04-25T22:00:00+00:00",  # 01:00 there
        "2024-04-26T21:00:00+00:00",
        "time_local",
        "time_local",
    ]
    assert read_times("2024-11-03", zone="America/Havana") == [
        "2024-11-03T04:00:00+00:00"
    ]
    for form, cell in (("DD/MM/YYYY", "08/09/2024"), ("D/M/YYYY", "8/9/2024")):
        found = read_times(cell, formats=(form,), zone="America/Santiago")
        assert found == ["2024-09-08T04:00:00+00:00"]


@quick
@given(
    # local times: the zone is the point
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 31)),  # noqa: DTZ001
    st.sampled_from(
        [
            "Europe/Berlin",
            "America/New_York",
            "Asia/Ho_Chi_Minh",
            "Australia/Lord_Howe",
            "UTC",
        ]
    ),
)
def test_whole_columns_and_single_times_agree_with_the_zone(
    local: datetime, zone: str
) -> None:
    local = local.replace(microsecond=0)
    column, single = (
        f"{local:%Y-%m-%d %H:%M:%S}",
        f"{local:%Y-%m-%d %H:%M:%S}.0",
    )  # the second takes the other path
    early, late = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    expected = (
        early.astimezone(UTC).isoformat()
        if early.utcoffset() == late.utcoffset()
        else "time_local"
    )
    assert read_times(column, single, zone=zone) == [expected, expected]


@pytest.mark.parametrize(
    ("form", "cell", "moment"),
    [
        ("DD/MM/YYYY", "01/02/2024", "2024-01-31T17:00:00+00:00"),
        ("MM/DD/YYYY", "01/02/2024", "2024-01-01T17:00:00+00:00"),
        ("DD/MM/YYYY", "31/12/2024 23:59", "2024-12-31T16:59:00+00:00"),
        ("DD/MM/YYYY", "31/12/2024 23:59:58", "2024-12-31T16:59:58+00:00"),
        ("MM/DD/YYYY", "31/12/2024", "time_format"),  # never read the other way round
        ("DD/MM/YYYY", "12/31/2024", "time_format"),
        ("DD/MM/YYYY", "1/2/2024", "time_format"),
        ("DD/MM/YYYY", "2024-02-01", "time_format"),
        ("D/M/YYYY", "1/2/2024 9:05", "2024-02-01T02:05:00+00:00"),
        ("M/D/YYYY", "1/13/2024 9:05 PM", "2024-01-13T14:05:00+00:00"),
        ("M/D/YYYY", "1/13/2024 12:05 am", "2024-01-12T17:05:00+00:00"),
        ("M/D/YYYY", "1/13/2024 13:05 PM", "time_format"),
        ("M/D/YYYY", "13/1/2024", "time_format"),
        ("D.M.YYYY", "31.12.2024", "2024-12-30T17:00:00+00:00"),
        ("D-M-YYYY", "31-12-2024", "2024-12-30T17:00:00+00:00"),
        ("M-D-YYYY", "12-31-2024", "2024-12-30T17:00:00+00:00"),
        ("YYYY/M/D", "2024/12/31 10:00:01", "2024-12-31T03:00:01+00:00"),
        ("iso8601", "2019-10-01 00:00:00 UTC", "2019-10-01T00:00:00+00:00"),
        ("epoch_us", "1709262000123456", "2024-03-01T03:00:00.123456+00:00"),
        ("epoch_s", "1709262000", "2024-03-01T03:00:00+00:00"),
        ("epoch_s", "1709262000.5", "2024-03-01T03:00:00.500000+00:00"),
        ("epoch_ms", "1709262000123", "2024-03-01T03:00:00.123000+00:00"),
        (
            "epoch_ms",
            "1709262000",
            "time_early",
        ),  # seconds where milliseconds are declared
        ("epoch_s", "1709262000123", "time_format"),  # the year 56133
        ("epoch_s", "-1", "time_format"),
        ("YYYY-MM-DD HH:MM:SS", "2024-03-01 10:00:00", "2024-03-01T03:00:00+00:00"),
        ("YYYY-MM-DD HH:MM:SS", "2024-03-01 10:00", "time_format"),
        ("YYYY-MM-DD HH:MM:SS", "2024-03-01T10:00:00", "time_format"),
        ("YYYY-MM-DD HH:MM:SS", "2024-03-01 10:00:00Z", "time_format"),
    ],
)
def test_declared_formats(form: str, cell: str, moment: str) -> None:
    assert read_times(cell, formats=(form,)) == [moment]


def test_formats_hold_for_each_row_not_for_the_file() -> None:
    assert read_times(
        "2024-03-01 10:00:00",
        "01/03/2024",
        "13/01/2024",
        "x",
        formats=("iso8601", "DD/MM/YYYY"),
    ) == [
        "2024-03-01T03:00:00+00:00",
        "2024-02-29T17:00:00+00:00",
        "2024-01-12T17:00:00+00:00",
        "time_format",
    ]


@pytest.mark.parametrize(
    ("formats", "word"),
    [
        (["DD/MM/YYYY", "MM/DD/YYYY"], "declare one"),
        (["epoch_ms", "iso8601", "epoch_s"], "declare one"),
        (["%Y"], "unknown time format '%Y'"),
    ],
)
def test_formats_that_read_one_text_as_two_times_are_refused(
    formats: list[str], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        times.check_formats(formats)


def test_formats_that_agree_are_accepted() -> None:
    times.check_formats(["iso8601", "YYYY-MM-DD HH:MM:SS", "DD/MM/YYYY", "epoch_s"])


def test_a_time_more_than_a_day_after_the_file_came_is_refused() -> None:
    ruled = times.TimeRules(("iso8601",), "UTC", date(2000, 1, 1))
    received = datetime(2024, 3, 1, 10, tzinfo=UTC)
    _, reasons = times.times(
        texts("2024-03-02 10:00:00", "2024-03-02 10:00:01", "9999-12-31"),
        ruled,
        received,
    )
    assert reasons.tolist() == ["", "time_future", "time_future"]
