"""Several times, users that are none, and words for what people think of a product."""

from pathlib import Path

import pytest

from ops.init.doubts import Doubt
from ops.init.mistaken import of_mistaken
from ops.init.plan import UnclearError
from ops.init.roles import roles_of
from tests.ops.init.mapped import form, planned
from tests.ops.init.now import NOW


def asked(folder: Path, *lines: str, **given: str) -> Doubt | None:
    one = form(folder, *lines)
    return of_mistaken(one, roles_of(one, given, NOW), given, NOW)


def opinions(folder: Path, name: str, *cells: str, **given: str) -> Doubt | None:
    rows = [f"u{at},p{at % 2},2024-01-05,{cell}" for at, cell in enumerate(cells)]
    return asked(folder, f"user,item,date,{name}", *rows, **given)


@pytest.mark.parametrize(
    ("name", "cells", "way_out"),
    [
        ("thumb", ("up", "down"), "--event thumb --weight up=1 --weight down=-1"),
        ("x", ("👍", "👎"), "--weight '👍=1' --weight '👎=-1'"),
        ("sentiment", ("positive", "negative", "neutral"), "--weight neutral=0"),
        ("is_recommended", ("True", "False"), "--weight True=1 --weight False=-1"),
        ("voted_up", ("1", "0", ""), "--weight 1=1 --weight 0=-1 --weight =0"),
        ("Ý kiến", ("thích", "không thích"), "--weight 'không thích=-1'"),
    ],
)
def test_what_they_think_of_a_product_is_asked_for(
    tmp_path: Path, name: str, cells: tuple[str, ...], way_out: str
) -> None:
    found = opinions(tmp_path, name, *cells)
    assert found is not None
    assert way_out in found.question
    assert (found.option, found.example) == ("--event", "none")
    assert opinions(tmp_path, name, *cells, event="none") is None
    assert opinions(tmp_path, name, *cells, event=name) is None
    assert opinions(tmp_path, name, *cells[:1]) is None


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("room", ("Küche", "Bad")),
        ("gift", ("yes", "no")),
        ("title", tuple(f"good {at}" for at in range(9))),
        ("size", ("S", "M", "")),
    ],
)
def test_other_words_are_no_opinions(
    tmp_path: Path, name: str, cells: tuple[str, ...]
) -> None:
    assert opinions(tmp_path, name, *cells) is None


def test_several_times_are_asked_for_where_no_name_tells(tmp_path: Path) -> None:
    header = "user,item,joined,bought"
    rows = ("u1,p1,2020-01-05,2024-01-05", "u2,p2,2020-01-06,2024-01-06")
    found = asked(tmp_path, header, *rows)
    assert found is not None
    assert "The cells of all these are times: joined, bought" in found.question
    assert found.option == "--time"
    assert asked(tmp_path, header, *rows, time="bought") is None
    assert asked(tmp_path, header.replace("bought", "date"), *rows) is None
    same = [row.replace("2020", "2024") for row in rows]
    assert asked(tmp_path, header, *same) is None


def test_the_plan_asks(tmp_path: Path) -> None:
    with pytest.raises(UnclearError, match="is this what they think"):
        planned(
            tmp_path, "user,item,date,thumb", "a,p,2024-01-05,up", "b,p,2024-01-05,down"
        )
