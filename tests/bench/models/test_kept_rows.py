"""Lines that were measured are not measured again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.models import kept_rows
from bench.models.kept_rows import Kept, Row


def rows() -> list[Row]:
    one = np.array([[0.0, 1.0], [0.5, 0.25]])
    return [Row("als", [one, one / 2], "", "4 to 6", "3", "small"), Row("EASE", [one])]


def never() -> list[Row]:
    raise AssertionError("it was measured before")


def test_kept_rows_come_back_whole(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept", "shop 60")
    for found in (kept.rows("ours", rows), kept.rows("ours", never)):
        assert [one._replace(runs=[]) for one in found] == [
            one._replace(runs=[]) for one in rows()
        ]
        for own, other in zip(found, rows(), strict=True):
            assert np.array_equal(own.runs, other.runs)
    with pytest.raises(AssertionError, match="before"):
        Kept(tmp_path / "kept", "shop 61").rows("ours", never)


def test_without_a_folder_nothing_is_kept() -> None:
    kept = Kept(None, "shop 60")
    assert len(kept.rows("ours", rows)) == 2
    with pytest.raises(AssertionError, match="before"):
        kept.rows("ours", never)


def test_the_mean_is_over_seeds() -> None:
    assert rows()[0].mean().tolist() == [[0.0, 0.75], [0.375, 0.1875]]


def test_other_code_is_another_table(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(kept_rows, "ROOT", tmp_path)
    (tmp_path / "recsys").mkdir()
    (tmp_path / "params.yaml").write_text("a: 1\n")
    first = kept_rows.code()
    (tmp_path / "recsys" / "fit.py").write_text("x = 1\n")
    second = kept_rows.code()
    (tmp_path / "params.yaml").write_text("a: 2\n")
    assert len({first, second, kept_rows.code()}) == 3
