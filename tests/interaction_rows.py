"""Interactions as merge has them, by hand."""

import polars as pl


def interactions(*rows: tuple[str, str, float, str, str]) -> pl.DataFrame:
    """Merged interactions of (user, product, rating, comment, UTC time `YYYY-MM-DD HH:MM:SS`)."""
    frame = pl.DataFrame(
        rows,
        orient="row",
        schema={
            "user_id": pl.String,
            "product_id": pl.String,
            "rating": pl.Float64,
            "comment": pl.String,
            "timestamp": pl.String,
        },
    )
    return frame.with_columns(
        pl.col("timestamp").str.to_datetime(
            "%Y-%m-%d %H:%M:%S", time_unit="us", time_zone="UTC"
        )
    )
