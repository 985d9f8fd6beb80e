"""Where values stand among their distinct ones."""

import numpy as np
import polars as pl


def first_seen(values: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """Codes (rows,) int64 from 0 in the order in which the values, none of them null, first appear,
    and the values by code.

    As categories of polars they are looked up once; distinct strings and a join take longer.
    """
    coded = values.cast(pl.Categorical(pl.Categories.random()))
    distinct = coded.unique(maintain_order=True)
    order = distinct.to_physical().to_numpy().astype(np.int64)
    code_of = np.empty(int(order.max(initial=-1)) + 1, np.int64)
    code_of[order] = np.arange(len(order))
    return code_of[coded.to_physical().to_numpy()], distinct.cast(values.dtype)


def places(values: pl.Series, distinct: pl.Series) -> np.ndarray:
    """The place of each value among the `distinct` ones, (rows,) int64, -1 if it is none of them.

    Equal values behind one another are looked up together: a table by user has few such runs.
    """
    begins = runs(values)
    if 2 * (len(begins) - 1) > len(values):
        return _joined(values, distinct)
    of_runs = _joined(values.gather(begins[:-1]), distinct)
    return np.repeat(of_runs, np.diff(begins))


def runs(values: pl.Series) -> np.ndarray:
    """Where each run of equal values, none of them null, begins, (runs,) int64; then the end."""
    begins = (values != values.shift()).fill_null(value=True).arg_true()
    return np.append(begins.to_numpy().astype(np.int64), len(values))


def _joined(values: pl.Series, distinct: pl.Series) -> np.ndarray:
    """A cast to Enum takes three times as long."""
    known = distinct.alias("value").to_frame().with_row_index("place")
    rows = values.alias("value").to_frame()
    found = rows.join(known, on="value", how="left", maintain_order="left")["place"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()
