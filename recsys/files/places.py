"""Where values stand among their distinct ones."""

import numpy as np
import polars as pl


def places(values: pl.Series, distinct: pl.Series) -> np.ndarray:
    """The place of each value among the `distinct` ones, (rows,) int64, -1 if it is none of them.

    It is a join: a cast to Enum takes three times as long.
    """
    known = distinct.alias("value").to_frame().with_row_index("place")
    rows = values.alias("value").to_frame()
    found = rows.join(known, on="value", how="left", maintain_order="left")["place"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()
