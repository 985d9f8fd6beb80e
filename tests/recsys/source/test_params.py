"""The section `source` of params.yaml."""

import pytest
from pydantic import ValidationError

from recsys.source.params import Params, check_url, stars_of
from tests.recsys.source.mapping import interactions, products


def test_without_files_of_interactions_the_contract_holds() -> None:
    assert Params(interactions=[], products=[], sql=[]).is_contract
    mapped = Params(interactions=[interactions()], products=[products()], sql=[])
    assert not mapped.is_contract
    assert not mapped.gives_stars


def test_a_weight_is_a_rating_on_the_right_side_of_the_threshold() -> None:
    assert [stars_of(weight) for weight in (0.2, 0.5, 1.0)] == [4.2, 4.5, 5.0]
    assert [stars_of(weight) for weight in (-0.5, -1.0)] == [2.0, 1.0]


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"event": "kind"}, "not both"),
        ({"rating": "", "event": "kind"}, "belong together"),
        ({"rating": "", "event": "kind", "weights": {"a": 2.0}}, "from -1 to 1"),
        ({"scale": [10.0, 1.0]}, "the worst one before the best"),
        ({"scale": [1.0]}, "at least 2"),
        ({"rating": "", "scale": [1.0, 10.0]}, "scale belongs to a rating"),
        ({"encoding": "klingon"}, "no encoding is named"),
        ({"user": ""}, "at least 1"),
        ({"files": []}, "at least 1"),
        ({"format": "xlsx"}, "csv"),
    ],
)
def test_a_mapping_that_says_two_things_is_refused(
    keys: dict[str, object], fault: str
) -> None:
    with pytest.raises(ValidationError, match=fault):
        interactions(**keys)


def test_files_stand_there_once_and_products_belong_to_interactions() -> None:
    with pytest.raises(ValidationError, match="stands there twice"):
        Params(interactions=[interactions(), interactions()], products=[], sql=[])
    with pytest.raises(ValidationError, match="products without interactions"):
        Params(interactions=[], products=[products()], sql=[])


def test_purchases_and_events_give_stars_themselves() -> None:
    bought = interactions(rating="")
    assert Params(interactions=[bought], products=[], sql=[]).gives_stars
    assert bought.needed == {"user", "item", "when"}
    ten = interactions(scale=[1.0, 10.0])
    assert Params(interactions=[ten], products=[], sql=[]).gives_stars


def test_a_url_has_a_known_kind_and_no_password() -> None:
    check_url("postgresql://shop@db/shop")
    check_url("sqlite:////var/shop.db")
    for url in ("mysql://db/shop", "shop.db", "postgresql+psycopg://db/shop"):
        with pytest.raises(ValueError, match="postgresql://user@host"):
            check_url(url)
    for url in ("postgresql://a:b@db/shop", "postgresql://db/shop?password=b"):
        with pytest.raises(ValueError, match="mode 600"):
            check_url(url)


def test_a_table_makes_the_shop_one_of_its_own_and_stands_there_once() -> None:
    columns = interactions(rating="").model_dump()
    for key in ("files", "format", "encoding", "separator", "header"):
        del columns[key]
    table = {"url": "sqlite:////a", "query": "t", "cursor": "id", "overlap": 5}
    found = Params.model_validate(
        {"interactions": [], "products": [], "sql": [table | columns]}
    )
    assert not found.is_contract
    assert found.gives_stars
    with pytest.raises(ValidationError, match="stands there twice"):
        Params.model_validate(
            {"interactions": [], "products": [], "sql": [table | columns] * 2}
        )


def test_a_mapping_without_the_key_of_ignored_columns_is_read() -> None:
    assert interactions().ignored is None
    assert interactions(ignored=["status"]).ignored == ["status"]
