"""How far a table is taken, by its drops."""

from datetime import UTC, datetime
from pathlib import Path

from ops.sql import taken
from ops.sql.window import Position
from recsys.intake import drops
from tests.ops.sql.entries import entry, places

NOW = datetime(2026, 1, 2, tzinfo=UTC)
TEXT = "user_id,product_id,rating,comment,timestamp\nu,p,5,x,2024-01-01T10:00:00Z\n"


def test_a_drop_counts_wherever_it_is_on_its_way(tmp_path: Path) -> None:
    where, key = places(tmp_path), taken.key_of(entry("sqlite:////x"))
    other = taken.key_of(entry("sqlite:////y"))
    assert taken.last_of(key, where.staging, where.batches) is None
    name = taken.name_of("reviews", key, 1, "", "100")
    assert name == f"sql-reviews-{key}-000001_start_100.csv"
    (where.staging / name).write_text(TEXT)
    assert taken.last_of(key, where.staging, where.batches).end == "100"  # type: ignore[union-attr] # it is there
    claim = where.staging / ".claimed/000001.0.1.0"
    claim.mkdir(parents=True)
    (where.staging / name).rename(claim / name)
    assert taken.last_of(key, where.staging, where.batches).at is None  # type: ignore[union-attr] # it is there
    drops.take(where.staging, where.batches, NOW, 0.0)
    last = taken.last_of(key, where.staging, where.batches)
    assert last is not None
    assert (last.number, last.rows, last.at) == (1, 1, NOW)
    assert taken.last_of(other, where.staging, where.batches) is None


def test_names_bear_any_cursor() -> None:
    name = taken.name_of("a", "0" * 8, 7, "2024-01-01 10:00:00", "2024-01-01/10_00+07")
    assert name == f"sql-a-{'0' * 8}-000007_2024-01-01T10:00:00_2024-01-01T10T00+07.csv"
    assert taken.NAME.fullmatch(name)


def test_a_position_is_kept_and_without_it_more_is_looked_at(tmp_path: Path) -> None:
    position = Position("100", "94", 94, frozenset([b"a" * 12, b"b" * 12]))
    name = taken.name_of("reviews", "0" * 8, 2, "50", "100")
    taken.keep("sql-reviews-00000000-000001_start_50.csv", position, tmp_path)
    taken.keep(name, position, tmp_path)
    taken.forget("0" * 8, name, tmp_path)
    assert len(list((tmp_path / "sql").iterdir())) == 1
    last = taken.Taken(name, "reviews", "0" * 8, 2, "100", None, None)
    assert taken.position_after(last, 30, tmp_path) == position
    (tmp_path / "sql" / f"{name[:-4]}.json").write_text("{torn")
    assert taken.position_after(last, 30, tmp_path) == Position("100", "70", -1)
    late = last._replace(name="gone", end="2024-01-05T10:00:00.5+07")
    found = taken.position_after(late, 86_400, tmp_path)
    assert (found.low, found.below) == ("2024-01-03", -1)
    assert taken.position_after(None, 1, tmp_path) == Position()
