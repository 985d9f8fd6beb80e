"""Some changes of a cycle are tried; what went wrong is in the table."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.runner import kill_points
from bench.runner.points import Point
from recsys.files.atomic import read_json


@pytest.mark.xdist_group("kills")
def test_some_changes_of_a_cycle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kill_points, "CYCLES", 0)
    kill_points.main(["--most", "3", "--seed", "3", "--folder", str(tmp_path)])
    rows = read_json(tmp_path / "kill_points.json")["rows"]
    assert len(rows) == 3
    assert [row["problems"] for row in rows] == [[]] * 3
    assert sum(row["how"] != kill_points.NOT_MET for row in rows) >= 2
    text = (tmp_path / "kill_points.md").read_text()
    assert "0 were followed by something wrong" in text


class Tried:
    """A job of which one change leads to something wrong."""

    name = "train"
    points = (Point("a\topen\tx", 1), Point("a\topen\tx", 2), Point("b\topen\ty", 1))

    def tried(self, point: Point, how: str, _: Path) -> dict[str, Any]:
        problems = ["a row is lost"] if point.often == 2 else []
        return {
            "job": self.name,
            "point": str(point),
            "how": how,
            "reruns": 1,
            "problems": problems,
        }


def given(**named: Any) -> Any:
    usual = {"seed": 1, "minutes": 1.0, "workers": 2, "most": None, "job": ["train"]}
    return SimpleNamespace(**{**usual, **named})


def test_what_is_known_is_not_tried_again(tmp_path: Path) -> None:
    (known, *_) = rows = list(
        kill_points.campaign([Tried()], [], given(most=1), tmp_path)
    )
    assert len(rows) == 1
    rows += kill_points.campaign([Tried()], [known], given(), tmp_path)
    assert sorted(row["point"] for row in rows) == sorted(map(str, Tried.points))
    assert list(kill_points.campaign([Tried()], rows, given(), tmp_path)) == []
    other = given(job=["cleanup"])
    assert list(kill_points.campaign([Tried()], [], other, tmp_path)) == []
    late = given(minutes=-1.0)
    assert list(kill_points.campaign([Tried()], [], late, tmp_path)) == []


def test_the_table_names_what_was_wrong(tmp_path: Path) -> None:
    rows = list(kill_points.campaign([Tried()], [], given(), tmp_path))
    rows[0] = {**rows[0], "how": kill_points.NOT_MET, "problems": []}
    changes = dict.fromkeys(kill_points.JOBS, 3)
    text = kill_points.markdown(rows, changes, kill_points.machine.machine(()))
    wrong = [row for row in rows if row["problems"]]
    assert f"2 kills; {len(wrong)} were followed by something wrong" in text
    assert "| train | 3 | 3 |" in text and "- not met: train, " in text
    assert "some come in one run only" not in text
    few = dict.fromkeys(kill_points.JOBS, 2)
    about = kill_points.machine.machine(())
    text = kill_points.markdown(rows, few, about, ["a page was left"])
    assert "some come in one run only" in text
    assert text.endswith("mended and tried again:\n\n- a page was left\n")
