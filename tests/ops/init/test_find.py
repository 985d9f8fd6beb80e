"""Several files together: one zone, one scale, formats that go together."""

from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.init.find import Found, find
from ops.init.plan import Answers, UnclearError
from ops.init.sniff import Form
from recsys.program.errors import ConfigError
from recsys.program.params import read
from recsys.source.params import Params
from tests.ops.init.mapped import RATINGS, form
from tests.ops.init.now import NOW
from tests.worlds import complains

TREE = read(ROOT / "params.yaml")


def together(*forms: Form, **answers: str) -> Found:
    return find(list(forms), [], Answers(**answers), TREE, NOW)  # type: ignore[arg-type] # of a test


def test_the_keys_of_merge(tmp_path: Path) -> None:
    found = together(form(tmp_path, *RATINGS), zone="UTC")
    assert found.merge == {
        "zone": "UTC",
        "date_formats": ["iso8601"],
        "earliest": "2000-01-01",
        "rating_scale": [1, 5],
    }
    assert found.previews[0].accepted == 2
    assert found.paths == [tmp_path / "a.csv"]


def test_a_zone_is_asked_for_never_guessed(tmp_path: Path) -> None:
    with pytest.raises(UnclearError, match="--zone"):
        together(form(tmp_path, *RATINGS))
    epochs = form(tmp_path, "user,item,stars,time", "1,2,3,1700000000")
    assert together(epochs).merge["zone"] == TREE["merge"]["zone"]


def test_files_that_do_not_go_together(tmp_path: Path) -> None:
    ten = form(tmp_path, RATINGS[0], "u1,p1,10,2024-01-05", name="b.csv")
    with complains(
        ConfigError, "several scales", "a.csv", "b.csv", "- 1) / 9 of 1 to 10"
    ):
        together(form(tmp_path, *RATINGS), ten, zone="UTC")
    bought = form(tmp_path, "user,item,date", "u1,p1,2024-01-05", name="d.csv")
    together(form(tmp_path, *RATINGS), bought, zone="UTC")
    seconds = form(tmp_path, "user,item,stars,time", "1,2,3,1700000000")
    thousandths = form(
        tmp_path, "user,item,stars,time", "1,2,3,1700000000000", name="c"
    )
    with complains(ConfigError, "do not go together", "epoch"):
        together(seconds, thousandths)


PRODUCTS = ("Handle,Title,SKU 2,Stock", "tea-1,Tea 1,p1,1", "tea-1,,p2,1")


@pytest.mark.parametrize(
    ("bought", "lines", "column", "why"),
    [
        (("p1", "p2"), PRODUCTS, "SKU 2", "it has the ids that were bought"),
        (("tea-1", "p2"), PRODUCTS, "Handle", "by its name"),  # as many as the other
        (("x", "y", "p1"), PRODUCTS, "Handle", "by its name"),  # none has most
        (("1", "1"), PRODUCTS, "Handle", "by its name"),  # a stock is no id
        (
            ("p1", "p2"),
            ("A,B", "p1,x1", "p2,x2"),
            "A",
            "it has the ids that were bought",
        ),
    ],
)
def test_the_id_of_a_product_is_the_one_that_was_bought(
    tmp_path: Path,
    bought: tuple[str, ...],
    lines: tuple[str, ...],
    column: str,
    why: str,
) -> None:
    rows = [f"u{at},{one},5,1700000000" for at, one in enumerate(bought)]
    interactions = form(tmp_path, "user,item,stars,time", *rows)
    products = form(tmp_path, *lines, name="p.csv")
    (one,) = find([interactions], [products], Answers(), TREE, NOW).products
    assert (one.roles.product.column, one.roles.product.why) == (column, why)
    answers = Answers(products_id=lines[0].split(",")[1])
    (given,) = find([interactions], [products], answers, TREE, NOW).products
    assert given.roles.product.why == "given"


def test_ratings_of_ten_beside_purchases_become_stars_by_themselves(
    tmp_path: Path,
) -> None:
    """Each purchase is 5 stars, whatever the ratings are on; drops are of 1 to 5, too."""
    rows = [f"u{at},p{at % 3},{1 + at % 10},2024-01-05" for at in range(30)]
    ten = form(tmp_path, RATINGS[0], *rows, name="b.csv")
    bought = form(tmp_path, "user,item,date", "u1,p1,2024-01-05", name="d.csv")
    alone = together(ten, zone="UTC")
    assert alone.merge["rating_scale"] == [1, 10]
    assert "scale" not in alone.interactions[0].entry
    found = together(ten, bought, zone="UTC")
    assert found.merge["rating_scale"] == [1, 5]
    assert found.interactions[0].entry["scale"] == [1, 10]
    assert "scale" not in found.interactions[1].entry
    assert [seen.accepted for seen in found.previews] == [30, 1]
    assert Params.model_validate(found.source()).gives_stars
