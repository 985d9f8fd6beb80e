"""A second `init`: what the first one named is not lost in silence."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.init import command
from ops.init.write import how_to_keep, no_longer_read, read_otherwise
from recsys.intake import batches
from recsys.program.errors import ConfigError
from recsys.program.params import read
from tests.ops.init.mapped import RATINGS
from tests.worlds import Shop, complains, make_shop

ROW = b"u1,p1,5,2024-01-05\n"
MARCH, APRIL = Path("orders_03.csv"), Path("orders_04.csv")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A project that reads orders_03.csv, its folder the present one."""
    shop = make_shop(tmp_path)
    shop.params.write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.chdir(shop.folder)
    MARCH.write_text("".join(f"{line}\n" for line in RATINGS))
    shutil.copyfile(MARCH, APRIL)
    command.main([MARCH], zone="UTC", yes=True)
    return shop


def files(shop: Shop) -> list[str]:
    source = read(shop.params)["source"]
    return [name for one in source["interactions"] for name in one["files"]]


def test_it_never_takes_the_place_of_a_file_unasked(shop: Shop) -> None:
    before = shop.params.read_bytes()
    with complains(
        ConfigError,
        "orders_03.csv is in source of params.yaml and would be read no more",
        "python runner.py init data/raw/orders_03.csv orders_04.csv;",
        "cp orders_04.csv data/staging/;",
        "--replace",
    ):
        command.main([APRIL], zone="UTC", yes=True)
    assert shop.params.read_bytes() == before
    assert not (shop.raw / APRIL).exists()


def test_the_two_ways_it_names(shop: Shop) -> None:
    command.main([shop.raw / MARCH, APRIL], zone="UTC", yes=True)
    assert files(shop) == ["orders_03.csv", "orders_04.csv"]
    command.main([shop.raw / APRIL], zone="UTC", yes=True, replace=True)
    assert files(shop) == ["orders_04.csv"]


def test_the_same_file_again_is_no_loss(shop: Shop) -> None:
    command.main([MARCH], zone="UTC", yes=True, text=["none"])
    assert files(shop) == ["orders_03.csv"]


def test_batches_that_would_be_read_otherwise_are_told(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main([MARCH], zone="Asia/Tokyo", yes=True)
    assert "data/batches" not in capsys.readouterr().out  # there is none
    batches.seal(shop.batches, 1, sha256(ROW).hexdigest(), [ROW])
    command.main([MARCH], zone="Asia/Tokyo", yes=True)
    assert "data/batches" not in capsys.readouterr().out
    command.main([MARCH], zone="UTC", scale="1,10", yes=True)
    said = capsys.readouterr().out
    assert "data/batches holds 1 file of rows that were taken in before" in said
    assert "merge.zone Asia/Tokyo -> UTC; merge.rating_scale [1, 5] -> [1, 10]" in said
    command.main([MARCH], zone="Asia/Tokyo", as_json=True)
    told = json.loads(capsys.readouterr().out)["read_otherwise"]
    assert "merge.zone UTC -> Asia/Tokyo" in told


def test_a_format_that_comes_in_addition_is_not_told(shop: Shop) -> None:
    batches.seal(shop.batches, 1, sha256(ROW).hexdigest(), [ROW])
    former = read(shop.params)["merge"]
    more = former | {"date_formats": [*former["date_formats"], "%d/%m/%Y"]}
    assert not read_otherwise(former, more, shop.batches)
    told = read_otherwise(more, former, shop.batches)
    assert "merge.date_formats [iso8601, " in told


def test_what_only_looks_says_it_too(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main([APRIL], zone="UTC", dry_run=True)
    assert "orders_03.csv is in source of params.yaml" in capsys.readouterr().out
    command.main([APRIL], zone="UTC", as_json=True)
    assert json.loads(capsys.readouterr().out)["no_longer_read"] == ["orders_03.csv"]
    assert files(shop) == ["orders_03.csv"]


def test_tables_are_kept_too(shop: Shop) -> None:
    source = read(shop.params)["source"]
    (entry,) = source["interactions"]
    own = ("files", "format", "encoding", "separator", "header")
    table = {key: value for key, value in entry.items() if key not in own} | {
        "url": "sqlite:////x.db",
        "query": "SELECT * FROM r",
        "cursor": "id",
        "overlap": 1,
    }
    both = source | {"sql": [table]}
    gone = no_longer_read(both, source)
    assert gone == ["--sql sqlite:////x.db 'SELECT * FROM r'"]
    assert f"init {gone[0]} a.csv;" in how_to_keep(
        gone, [Path("a.csv")], Path("data/raw"), Path()
    )
    assert no_longer_read(both, both) == []
    assert no_longer_read({"interactions": "?"}, source) == []
