"""The shop's own files: all of them, in their order, with names of products."""

from pathlib import Path

from recsys.intake.shop_source import opened
from recsys.source.params import Params
from tests.recsys.source.mapping import interactions, products

ROWS = "user,item,stars,when,note\nu1, p1,5,2024-01-01,Tea\nu2,p1,5,2024-01-01,Other\n"


def test_files_of_interactions_and_products_and_first_names(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(ROWS)
    (tmp_path / "p.csv").write_text("id,title,words\np1,Tea,\n")
    mapped = interactions(files=["a.csv", "b.csv"], product_name="note", text=[])
    params = Params(interactions=[mapped], products=[products()], sql=[])
    with opened(tmp_path, params, None) as shop:
        names = [account.source.name for account in shop.interactions]
        assert names == ["a.csv", "b.csv"]
        assert [account.source.name for account in shop.products] == ["p.csv"]
        assert shop.names.rows() == [("p1", "Tea")]
        assert {name: one["rows"] for name, one in shop.converted.items()} == {
            "a.csv": 2,
            "b.csv": 2,
            "p.csv": 1,
        }
