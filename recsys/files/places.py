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

    It is a join: a cast to Enum takes three times as long.
    """
    known = distinct.alias("value").to_frame().with_row_index("place")
    rows = values.alias("value").to_frame()
    found = rows.join(known, on="value", how="left", maintain_order="left")["place"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()
