"""What process refuses, in one line that names it; and what it neither depends on nor loads."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.house.imports import ROOT
from recsys.program.errors import ConfigError, DataError
from tests.stages.environments import ENVIRONMENTS
from tests.stages.processing import (
    ROWS,
    SIMPLE,
    Row,
    merged_shop,
    run,
)
from tests.worlds import complains, snapshot


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (
            [(user, item, 3.0, text, time) for user, item, _, text, time in ROWS],
            "process.positive_threshold",
        ),
        ([ROWS[0], ROWS[6]], "process.min_interactions"),
        ([ROWS[0], ROWS[2]], "no user has a second positive"),
    ],
)
def test_nothing_to_learn_from_or_to_test_on_is_one_line_and_nothing_is_overwritten(
    tmp_path: Path, rows: list[Row], word: str
) -> None:
    run(merged_shop(tmp_path / "good", ROWS))
    shop = merged_shop(tmp_path / "bad", rows)
    shop.processed.mkdir()
    (shop.processed / "test.parquet").write_bytes(b"former")
    with complains(DataError, word):
        run(shop)
    assert snapshot(shop.processed) == {"test.parquet": b"former"}


@pytest.mark.parametrize("name", ["interactions.parquet", "products.parquet"])
@pytest.mark.parametrize("content", [None, b"", b"PAR1 torn"])
def test_a_missing_or_torn_table_is_one_line_that_names_it(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    shop = merged_shop(tmp_path, ROWS)
    path = shop.merged / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with complains(DataError, path, "dvc repro"):
        run(shop)
    assert not shop.processed.exists()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"split": "random"}, "split"),
        ({"test_share": 1.0}, "test_share"),
        ({"positive_threshold": 6.0}, "positive_threshold"),
        ({"min_interactions": 0}, "min_interactions"),
        ({"quality": {**SIMPLE, "no_comment": 2.0}}, "quality.no_comment"),
        ({"quality": {**SIMPLE, "scorer": "none"}}, "quality.scorer"),
    ],
)
def test_wrong_params_are_one_line_that_names_the_key(
    tmp_path: Path, changes: dict[str, Any], key: str
) -> None:
    shop = merged_shop(tmp_path, ROWS, **changes)
    with complains(ConfigError, f"process.{key}"):
        run(shop)
    assert not shop.processed.exists() and not shop.cache.exists()


def test_the_same_bytes_in_any_environment(tmp_path: Path) -> None:
    found = []
    for name, environment in ENVIRONMENTS.items():
        shop = merged_shop(tmp_path / name, ROWS)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "stages.process",
                shop.merged,
                shop.cache,
                shop.processed,
                "--params",
                shop.params,
            ],
            cwd=ROOT,
            check=True,
            capture_output=True,
            env={**os.environ, **environment},
        )
        found.append(snapshot(shop.processed))
    assert found[0] == found[1]


def test_neither_pandas_nor_scikit_learn_is_loaded(tmp_path: Path) -> None:
    """Forty comments are learned from: what that needs is the compiled solver alone."""
    rows: list[Row] = [
        (
            f"u{at % 7}",
            f"p{at % 4 + 1}",
            5 if at % 2 else 1,
            f"tốt {at}",
            f"2024-01-{at % 28 + 1:02} 10:00:00",
        )
        for at in range(60)
    ]
    shop = merged_shop(tmp_path, rows, quality=SIMPLE | {"scorer": "reviews"})
    heavy = {"pandas", "pyarrow", "sklearn", "numba", "torch", "mlflow"}
    code = (
        "import sys; from pathlib import Path; from stages import process\n"
        "process.main(*map(Path, sys.argv[1:]))\n"
        f"print(sorted(({heavy!r} | {{'scipy.stats'}}) & set(sys.modules)))"
    )
    paths = (shop.merged, shop.cache, shop.processed, shop.params)
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
