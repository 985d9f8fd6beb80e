"""A second `init`: what the first one named is not lost in silence."""

import json
import shutil
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.init import command
from ops.init.write import how_to_keep, no_longer_read
from recsys.program.errors import ConfigError
from recsys.program.params import read
from tests.ops.init.mapped import RATINGS
from tests.worlds import Shop, complains, make_shop

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
    command.main([MARCH], zone="UTC", yes=True, text="none")
    assert files(shop) == ["orders_03.csv"]


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
