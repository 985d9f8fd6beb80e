"""From what the columns are to the section `source`; what is not clear is asked."""

from pathlib import Path

import pytest

from ops.init.look import rows_of_interactions
from ops.init.plan import (
    Answers,
    UnclearError,
    earliest_of,
    interactions_of,
    products_of,
    zone_is_needed,
)
from recsys.shop_csv.rating_scale import STARS, Scale
from recsys.source.params import InteractionFiles, ProductFiles
from tests.ops.init.mapped import RATINGS, form, planned
from tests.ops.init.now import NOW


def test_the_entry_is_one_of_the_section(tmp_path: Path) -> None:
    found = planned(tmp_path, *RATINGS)
    entry = InteractionFiles.model_validate(found.entry)
    assert (entry.user, entry.product, entry.time) == ("user", "item", "date")
    assert (entry.rating, entry.event, entry.weights) == ("stars", "", {})
    assert (found.formats, found.scale) == (("iso8601",), STARS)
    assert zone_is_needed([found])


@pytest.mark.parametrize(
    ("ratings", "scale"),
    [
        (("1", "5"), STARS),
        (("2", "4"), STARS),
        (("0.5", "4,5"), Scale(0.5, 5)),
        (("1", "10"), Scale(1, 10)),
        (("0", "1"), Scale(0, 1)),
        (("20", "100"), Scale(20, 100)),
    ],
)
def test_the_scale_of_the_ratings(
    tmp_path: Path, ratings: tuple[str, str], scale: Scale
) -> None:
    rows = [f'u{at},p1,"{text}",2024-01-05' for at, text in enumerate(ratings)]
    found = planned(tmp_path, RATINGS[0], *rows)
    assert found.scale == scale
    assert found.entry["decimal_comma"] is ("4,5" in ratings)


@pytest.mark.parametrize(
    ("lines", "option"),
    [
        (("who,item,date", "a,b,2024-01-05"), "--user"),
        (("user,what,date", "a,b,2024-01-05"), "--product"),
        (("user,item,other", "a,b,c"), "--time"),
        (("user,item,date", "a,b,01/02/2024"), "--dates"),
        (("user,item,date,event", "a,b,2024-01-05,gift"), "--weight"),
    ],
)
def test_what_only_a_person_can_say(
    tmp_path: Path, lines: tuple[str, ...], option: str
) -> None:
    with pytest.raises(UnclearError, match=option) as caught:
        planned(tmp_path, *lines)
    assert caught.value.option == option


def test_a_slip_beyond_five_stars_makes_no_scale_of_ten(tmp_path: Path) -> None:
    rows = [f"u{at},p1,{at % 5 + 1},2024-01-05" for at in range(20)]
    one = form(tmp_path, RATINGS[0], *rows, "u99,p1,9,2024-01-05")
    with pytest.raises(UnclearError, match="1 of 21 ratings are not from 1 to 5"):
        interactions_of(one, Answers(), NOW)
    assert interactions_of(one, Answers(scale=STARS), NOW).scale == STARS


def test_what_a_person_has_said_is_taken(tmp_path: Path) -> None:
    one = form(
        tmp_path, "user,item,date,event", "a,b,01/02/2024,gift", "a,c,02/02/2024,buy"
    )
    answers = Answers(weights={"gift": -0.5}, dates="mdy")
    found = interactions_of(one, answers, NOW)
    assert found.entry["weights"] == {"gift": -0.5, "buy": 1.0}
    assert found.formats == ("MM/DD/YYYY",)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    one = form(tmp_path, *RATINGS)
    with pytest.raises(UnclearError, match="no column 'nobody'"):
        interactions_of(one, Answers({"user": "nobody"}), NOW)


def test_an_older_file_moves_the_earliest_time(tmp_path: Path) -> None:
    old = planned(
        tmp_path, "user,item,stars,time", "1,2,3,881250949", "2,2,4,881250950"
    )
    assert earliest_of([old], "2000-01-01") == "1997-01-01"
    assert earliest_of([planned(tmp_path, *RATINGS)], "2000-01-01") == "2000-01-01"


def test_products(tmp_path: Path) -> None:
    one = form(tmp_path, "sku,title,about", "p1,Tea,green and fresh")
    entry = ProductFiles.model_validate(products_of(one, None).entry)
    assert (entry.product, entry.name, entry.texts) == ("sku", "title", ["about"])
    with pytest.raises(UnclearError, match="--products-id"):
        products_of(form(tmp_path, "one,two", "a,b"), None)


def test_few_slips_are_refused_rows_and_no_question(tmp_path: Path) -> None:
    """One rating of 200 is 0: where it is one of 20 a person is asked (above)."""
    rows = [f"u{at},p1,{5 - at % 5},2024-01-05" for at in range(199)]
    found = interactions_of(
        form(tmp_path, RATINGS[0], *rows, "u,p1,0,2024-01-05"), Answers(), NOW
    )
    assert found.scale == STARS
    assert found.slips == "1 of 200 is not, e.g. 0"
    told = rows_of_interactions(found, "UTC")
    assert ("rating", "1 to 5; 1 of 200 is not, e.g. 0") in {
        (row[0], row[3]) for row in told
    }


def test_half_stars_that_are_rare_are_no_slips(tmp_path: Path) -> None:
    rows = [f"u{at},p1,{0.5 * (1 + at % 10)},2024-01-05" for at in range(400)]
    found = interactions_of(form(tmp_path, RATINGS[0], *rows), Answers(), NOW)
    assert (found.scale, found.slips) == (Scale(0.5, 5), "")


def test_an_order_of_several_lines_says_what_is_empty(tmp_path: Path) -> None:
    """As small shops export them: the customer stands on the first line of an order alone."""
    rows = ("1,2025-01-05,k1@x.vn,A", ",,,B", ",,,C", "2,2025-01-06,k2@x.vn,A")
    with pytest.raises(UnclearError, match="'Email' is empty or 0 in 2 of 4 rows"):
        planned(tmp_path, "Mã đơn hàng,Ngày tạo,Email,Mã SKU", *rows)


def test_rows_without_a_time_are_told_what_may_be_wrong(tmp_path: Path) -> None:
    with pytest.raises(UnclearError, match=r"each row needs one.*--products"):
        planned(tmp_path, "user,item,weight", "u1,p1,300", "u2,p2,5")
