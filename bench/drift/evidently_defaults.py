"""What Evidently's defaults say of quiet years; run by the interpreter of a venv that has it.

usage   PYTHON bench/drift/evidently_defaults.py IN_FOLDER OUT_JSON
            python -m venv /tmp/evidently
            /tmp/evidently/bin/pip install evidently "pandas<3"
reads   IN_FOLDER/NAME.npz      week, product, stars, quality of each event (bench.drift.simulate)
writes  OUT_JSON                by NAME: a row a week with the columns that drift, and whether the
                                data set does

It imports nothing of this project. DataDriftPreset with its defaults: a test a column by its type
and the number of rows, drift of the data set where half of the columns drift.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

COLUMNS = DataDefinition(
    categorical_columns=["product", "stars"], numerical_columns=["quality"]
)


def drifted(reference: pd.DataFrame, window: pd.DataFrame) -> dict[str, Any]:
    """The columns that drift, and whether the data set does."""
    sides = [Dataset.from_pandas(each, COLUMNS) for each in (window, reference)]
    found = Report([DataDriftPreset()]).run(*sides).dict()
    columns, whole = [], 0.0
    for metric in found["metrics"]:
        name, value = (
            str(metric.get("metric_name", metric.get("metric_id"))),
            metric["value"],
        )
        if name.startswith("DriftedColumnsCount"):
            whole = float(value["share"])
        elif name.startswith("ValueDrift"):
            column = metric["config"]["column"]
            method = str(metric["config"].get("method") or _method(name))
            limit = float(metric["config"].get("threshold") or _limit(method))
            over = value < limit if "p_value" in method else value >= limit
            if over:
                columns.append(column)
    return {"columns": columns, "dataset": whole >= 0.5}


def _method(name: str) -> str:
    return name.partition("method=")[2].partition(",")[0]


def _limit(method: str) -> float:
    return 0.05 if "p_value" in method else 0.1


def main() -> None:
    """Judge all files of the folder."""
    folder, out = map(Path, sys.argv[1:3])
    told = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            table = pd.DataFrame({name: arrays[name] for name in arrays.files})
        table["product"] = table["product"].astype(str)
        table["stars"] = table["stars"].astype(str)
        reference = table[table["week"] < 0].drop(columns="week")
        told[path.stem] = [
            drifted(reference, table[table["week"] == week].drop(columns="week"))
            for week in range(int(table["week"].max()) + 1)
        ]
        out.write_text(json.dumps(told))
        print(path.stem, flush=True)


if __name__ == "__main__":
    main()
