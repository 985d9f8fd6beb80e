"""Parquet and JSON whose cells are no texts."""

import polars as pl

from recsys.program.errors import DataError
from tests.ops.init.test_odd_files import moment_of, project, taken, text
from tests.worlds import complains


# ---- Parquet and JSON ----
def test_parquet_with_bytes_and_floats_for_ids() -> None:
    frame = pl.DataFrame(
        {
            "user": [f"u{at}".encode() for at in range(30)],
            "item": [float(at % 4 + 1) for at in range(30)],
            "stars": [5] * 30,
            "date": [moment_of(at) for at in range(30)],
        }
    )
    with project() as shop:
        path = shop.folder / "b.parquet"
        frame.write_parquet(path)
        found = taken(shop, path.read_bytes(), "a.parquet")
    assert found == {
        f"u{at}": (str(at % 4 + 1), 5.0, "", moment_of(at)) for at in range(30)
    }


def test_ids_beyond_the_digits_of_a_float_are_refused() -> None:
    frame = pl.DataFrame(
        {
            "user": [1.2345678901234567e18 + 4096 * at for at in range(30)],
            "item": [f"p{at % 4}" for at in range(30)],
            "stars": [5] * 30,
            "date": [moment_of(at) for at in range(30)],
        }
    )
    with project() as shop:
        path = shop.folder / "b.parquet"
        frame.write_parquet(path)
        with complains(DataError, "none of its first 30 rows", "a spreadsheet"):
            taken(shop, path.read_bytes(), "a.parquet")


def test_nan_of_json_is_no_id() -> None:
    rows = [
        f'{{"user": {at if at else "NaN"}, "item": "p{at % 4}", "stars": 5, '
        f'"date": "2024-01-0{at % 9 + 1}T00:00:00Z"}}'
        for at in range(30)
    ]
    with project() as shop:
        found = taken(shop, text(rows), "a.jsonl")
    assert set(found) == {str(at) for at in range(1, 30)}
