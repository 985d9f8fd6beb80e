"""No count of work has grown: epochs, bytes read, packages loaded, deps of DVC, kernels."""

import ast
from pathlib import Path

import pytest
from tqdm import tqdm

from bench.house.imports import ROOT
from bench.speed import counts

pytestmark = pytest.mark.xdist_group("counts")


@pytest.fixture(scope="module")
def counted() -> counts.Counts:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)  # where params.yaml is
        return counts.counted()


def test_no_count_has_grown(counted) -> None:
    messages = counts.grown(counted, counts.bounds())
    assert not messages, "\n".join(["", *messages])


def test_every_bound_is_of_a_count_and_says_where_to_look(counted) -> None:
    limits = counts.bounds()
    assert set(limits) >= set(counted)
    assert set(limits) - set(counted) <= {"merge_tenths_of_raw_bytes_read"}
    assert all(str(limit["look"]) for limit in limits.values())


def test_the_message_says_from_what_to_what_and_where_to_look() -> None:
    limits = {"epochs": {"bound": 3, "look": "recsys/bpr"}, "fits": {"bound": 2}}
    assert counts.grown({"epochs": 3, "fits": 1}, limits) == []
    assert counts.grown({"epochs": 5}, limits) == [
        "epochs grew from 3 to 5: recsys/bpr"
    ]
    (unknown,) = counts.grown({"bytes": 5}, limits)
    assert "has no bound" in unknown
    (none,) = counts.grown({"fits": 0}, limits)
    assert "nothing was counted" in none


def test_the_steps_of_each_bar_are_counted() -> None:
    with counts.steps_counted() as fits:
        for steps in (2, 3):
            with tqdm(total=9, disable=True) as bar:
                for _ in range(steps):
                    bar.update()
    assert fits == [2, 3]
    with tqdm(total=1, disable=True) as bar:
        bar.update()
    assert fits == [2, 3]


def test_files_are_counted_each_time_and_in_their_folder_only(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in" / "a", tmp_path / "b"
    inside.parent.mkdir()
    for path in (inside, outside):
        path.write_text("x")
    with counts.opened(inside.parent) as paths:
        for path in (inside, outside, inside):
            path.read_text()
    inside.read_text()
    assert paths == [str(inside)] * 2


def test_packages_are_those_of_others() -> None:
    assert counts.packages("json, recsys.program.errors") == set()
    assert "pydantic" in counts.packages("recsys.program.params")


@pytest.mark.parametrize(
    "decorator", ["njit", "njit(cache=True)", "numba.njit(parallel=True)"]
)
def test_a_decorator_is_known_however_it_is_written(decorator: str) -> None:
    (function,) = ast.parse(f"@{decorator}\ndef f(): pass").body
    assert counts.decorator_name(function.decorator_list[0]) == "njit"
