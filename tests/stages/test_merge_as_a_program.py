"""Merge as it is run: in any environment the same bytes, an exit code, few packages."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from stages import merge
from tests.stages.environments import ENVIRONMENTS
from tests.stages.merging import (
    command,
    run,
)
from tests.worlds import (
    REVIEW_COLUMNS,
    REVIEW_LINES,
    lines,
    make_shop,
    snapshot,
)

# ---- as a program ----


def test_the_same_bytes_in_any_environment(tmp_path: Path) -> None:
    found = []
    for name, environment in ENVIRONMENTS.items():
        shop = make_shop(tmp_path / name, [*REVIEW_LINES, "x,p1,9,,,2024-01-01"])
        done = command(shop, **environment)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert (
            done.stderr.splitlines()[-1]
            == "merged: read 8, accepted 7, duplicates 0, quarantined 1; "
            "see the refused rows: python runner.py quarantine"
        )
        found.append((snapshot(shop.merged), shop.metrics.read_bytes()))
    assert found[0] == found[1]


def test_unusable_data_is_exit_3_and_wrong_params_are_exit_2_each_in_one_line(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path)
    shop.reviews.write_text(
        lines(REVIEW_COLUMNS.replace("rating", "stars"), REVIEW_LINES), encoding="utf-8"
    )
    done = command(shop)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1].startswith(
        f"error: {shop.reviews}, line 1: column 'rating' is missing"
    )
    assert "Traceback" not in done.stderr
    shop.configure(merge={"zone": 7})
    done = command(shop)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {shop.params}: merge.zone: ")


# ---- what is kept ----


def test_rows_that_are_kept_change_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsys.shop_csv.kept_reviews.FEWEST_ROWS", 1)
    shop = make_shop(tmp_path, [*REVIEW_LINES, "bad,p1,9,,,2024-01-01 10:00:00"])
    run(shop)
    clean = snapshot(shop.merged), shop.metrics.read_bytes()
    folder = tmp_path / "kept"
    for _ in range(3):  # nothing is kept; what is kept is read; what is kept is torn
        merge.main(
            *(shop.raw, shop.staging, shop.batches, shop.merged, shop.metrics),
            shop.params,
            folder,
        )
        assert (snapshot(shop.merged), shop.metrics.read_bytes()) == clean
        assert [path.suffix for path in sorted(folder.iterdir())] == [".arrow", ".json"]
        monkeypatch.setattr("recsys.shop_csv.reviews.read_interactions", None)


def test_neither_pandas_nor_what_only_training_needs_is_loaded(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, [*REVIEW_LINES, 'x,p1,5,a "b" c,,2024-01-01 10:00:00'])
    heavy = {"pandas", "scipy", "sklearn", "numba", "torch", "mlflow", "requests"}
    code = (
        "import sys; from pathlib import Path; from stages import merge\n"
        "merge.main(*map(Path, sys.argv[1:]))\n"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    paths = (shop.raw, shop.staging, shop.batches, shop.merged, shop.metrics)
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, paths), str(shop.params)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
