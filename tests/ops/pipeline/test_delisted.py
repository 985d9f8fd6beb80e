"""What the catalogue does not have, and nobody buys, is written down for those who serve."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from bench.speed.counts import packages
from ops.pipeline import delisted, repro
from recsys.files.atomic import write_json
from recsys.files.tables import write_table
from recsys.program.errors import ConfigError, DataError
from recsys.serving import hidden
from tests.worlds import complains

NEWEST = datetime(2026, 11, 1, 8, tzinfo=UTC)
PARAMS = "deploy: {{service_url: '', timeout_s: 10, verify_s: 30, delisted_after_days: {}}}\n"
# of each product whether the catalogue has it, and how many days ago it was bought
SHOP = {
    "sold": (True, [0, 400]),
    "slow": (True, [400]),
    "unseen": (True, []),
    "newer than the catalogue": (False, [3, 400]),
    "just so": (False, [30]),
    "gone": (False, [30.01, 400]),
    "#gone": (False, [31]),
    "đã ngừng": (False, [200]),
}
GONE = ["#gone", "gone", "đã ngừng"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path)
    return tmp_path


def write(root: Path, shop: dict[str, tuple[bool, list[float]]] = SHOP) -> None:
    """The tables that stage process makes of a shop, and params.yaml."""
    items = {
        "item_index": range(len(shop)),
        "product_id": list(shop),
        "in_catalogue": [listed for listed, _ in shop.values()],
    }
    bought = [
        (item, NEWEST - timedelta(days=ago))
        for item, (_, days) in enumerate(shop.values())
        for ago in days
    ]
    events = {
        "item_index": pl.Series([item for item, _ in bought], dtype=pl.Int32),
        "timestamp": [time for _, time in bought],
    }
    (root / "data/processed").mkdir(parents=True, exist_ok=True)
    write_table(pl.DataFrame(items), root / delisted.ITEMS)
    write_table(pl.DataFrame(events), root / delisted.EVENTS)
    (root / "params.yaml").write_text(PARAMS.format(30))


def updated(root: Path) -> list[str]:
    """What it says."""
    said: list[str] = []
    delisted.update(root, root / "state", said.append)
    return said


def shown_to_nobody(root: Path) -> list[str]:
    """What a service reads from it, without the quotes that it takes away."""
    return sorted(line.strip('"') for line in hidden.read_both(root / "releases")[1])


def test_it_is_what_the_catalogue_lacks_and_nobody_buys(root: Path) -> None:
    found = delisted.delisted(root / delisted.ITEMS, root / delisted.EVENTS, 30)
    assert list(found) == GONE
    later = delisted.delisted(root / delisted.ITEMS, root / delisted.EVENTS, 2)
    assert list(later) == sorted([*GONE, "just so", "newer than the catalogue"])


def test_the_list_is_written_and_said_once(root: Path) -> None:
    (said,) = updated(root)
    assert said.startswith("3 products are no longer recommended") and "30 days" in said
    assert shown_to_nobody(root) == GONE
    before = (root / delisted.LIST).stat()
    assert updated(root) == []
    assert (root / delisted.LIST).stat() == before


def test_what_comes_back_to_the_catalogue_is_shown_again(root: Path) -> None:
    updated(root)
    write(root, SHOP | {"gone": (True, [400])})
    (said,) = updated(root)
    assert said.startswith("2 products") and shown_to_nobody(root) == [
        "#gone",
        "đã ngừng",
    ]
    write(root, {name: (True, days) for name, (_, days) in SHOP.items()})
    assert updated(root) == []
    assert not (root / delisted.LIST).exists()


def test_it_can_be_switched_off(root: Path) -> None:
    updated(root)
    (root / "params.yaml").write_text(PARAMS.format(0))
    assert updated(root) == [] and not (root / delisted.LIST).exists()
    (root / "params.yaml").write_text(PARAMS.format(-1))
    with complains(ConfigError, "delisted_after_days", "0"):
        updated(root)


@pytest.mark.parametrize("edit", ["edited", "deleted"])
def test_a_list_that_somebody_else_touched_is_written_again(
    root: Path, edit: str
) -> None:
    updated(root)
    path = root / delisted.LIST
    path.write_text("sold\n") if edit == "edited" else path.unlink()
    assert len(updated(root)) == 1
    assert shown_to_nobody(root) == GONE


def test_a_shop_without_delisted_products_gets_no_file(root: Path) -> None:
    write(root, {"sold": (True, [0]), "newer": (False, [1])})
    assert updated(root) == []
    assert not (root / "releases").exists()


def test_where_merge_found_all_in_the_catalogue_no_table_is_read(root: Path) -> None:
    (root / "metrics").mkdir()
    for count, listed in ((1, GONE), (0, [])):
        write_json(root / delisted.MERGED, {"products_without_catalogue_entry": count})
        (root / "state" / delisted.MADE).unlink(missing_ok=True)
        updated(root)
        assert shown_to_nobody(root) == listed
        (root / delisted.EVENTS).write_bytes(b"torn")  # with 0 it is not looked at


def test_before_the_first_data_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert updated(tmp_path) == []
    assert not (tmp_path / "state").exists()


def test_a_torn_table_is_told(root: Path) -> None:
    (root / delisted.EVENTS).write_bytes(b"torn")
    with complains(DataError, "interactions.parquet", "dvc repro"):
        updated(root)
    assert not (root / delisted.LIST).exists()


def test_a_repro_writes_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Done:
        """DVC, with nothing to do."""

        def __init__(self, *_: object) -> None: ...
        def __enter__(self) -> "Done":
            return self

        def __exit__(self, *_: object) -> None: ...
        def load(self) -> None: ...
        def stream(self) -> tuple[int, str]:
            return 0, ""

    monkeypatch.setattr(repro, "Child", Done)
    monkeypatch.setattr(repro, "check_params", lambda *_: 0)
    assert repro.steps(["process"], root, root / "state", {}) == 0
    assert shown_to_nobody(root) == GONE


def test_it_is_the_file_that_a_service_reads() -> None:
    assert delisted.LIST.name == hidden.DELISTED


def test_to_see_that_nothing_has_changed_costs_no_package_of_others() -> None:
    assert packages("ops.pipeline.delisted") == set()
