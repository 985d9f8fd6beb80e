"""New rows of a table become drops: each once, whatever happens."""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.speed.postgres import PASSWORD, Server
from ops.sql import pull as module
from ops.sql.address import VARIABLE
from ops.sql.pull import Places, look, pull
from recsys.intake import drops
from recsys.intake.batches import sealed
from recsys.program.errors import ConfigError
from recsys.source.params import SqlRows
from tests.ops.sql.entries import CREATE, add, entry, places, review, sqlite_shop
from tests.worlds import complains

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HEADER = "user_id,product_id,rating,comment,timestamp\n"


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return places(tmp_path / "shop")


def seal(where: Places) -> None:
    drops.take(where.staging, where.batches, NOW, 0.0)


def records(where: Places) -> Counter[str]:
    """The rows of all batches."""
    found: Counter[str] = Counter()
    for batch in sealed(where.batches):
        with batch.open() as handle:
            found.update(handle.read().decode().removeprefix(HEADER).splitlines())
    return found


def notes(where: Places) -> list[str]:
    """The comments of all batches."""
    return sorted(one.split(",")[3] for one in records(where).elements())


def test_the_second_pull_reads_what_is_new(tmp_path: Path, where: Places) -> None:
    url = sqlite_shop(tmp_path / "shop.db", map(review, range(1, 1001)))
    first = pull(entry(url), where)
    assert (first.rows, first.read) == (1000, 1000)
    seal(where)
    add(tmp_path / "shop.db", map(review, range(1001, 1011)))
    assert look(entry(url), where).waiting == 10
    second = pull(entry(url), where)
    assert (second.rows, second.read, second.late) == (10, 10, 0)
    assert second.drop.endswith("-000002_1000_1010.csv")
    third = pull(entry(url), where)
    assert (third.drop, third.read) == ("", 0)
    seal(where)
    assert sum(records(where).values()) == 1010
    assert records(where)["u1,p1,5,good,2024-01-02 10:00:00"] > 0
    assert not list(where.staging.glob("**/*.csv"))


def test_rows_that_commit_late_are_taken_once(tmp_path: Path, where: Places) -> None:
    url = sqlite_shop(tmp_path / "shop.db", map(review, [1, 2, 3, 5, 6]))
    one = entry(url)
    pull(one, where)
    add(tmp_path / "shop.db", [review(4, note="late"), review(7)])
    found = pull(one, where)  # the first drop is not even sealed
    assert (found.rows, found.late) == (2, 1)
    seal(where)
    assert len(notes(where)) == 7
    assert notes(where).count("late") == 1


def test_rows_later_than_the_overlap_bears_bring_all_again(
    tmp_path: Path, where: Places
) -> None:
    url = sqlite_shop(tmp_path / "shop.db", map(review, range(10, 500)))
    one = entry(url, overlap=20)
    pull(one, where)
    add(tmp_path / "shop.db", [review(3, note="much later")])
    assert look(one, where).too_late == 1
    found = pull(one, where)
    assert (found.seen.too_late, found.rows) == (1, 491)
    seal(where)
    assert notes(where).count("much later") == 1
    assert pull(one, where).drop == ""


def test_a_changed_row_comes_by_the_time_of_its_change(
    tmp_path: Path, where: Places
) -> None:
    url = sqlite_shop(tmp_path / "shop.db", map(review, range(1, 29)))
    one = entry(url, cursor="changed", overlap=3600)
    assert pull(one, where).rows == 28
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute(
            "UPDATE reviews SET note = 'changed', changed = '2024-02-01 00:00:00' "
            "WHERE id = 3"
        )
    assert pull(one, where).rows == 1
    assert pull(one, where).rows == 0
    seal(where)
    assert notes(where).count("changed") == 1


@pytest.mark.parametrize("end", ["", "Z", ".000", "+07:00", "T"])
def test_times_are_compared_as_the_database_does(
    tmp_path: Path, where: Places, end: str
) -> None:
    """A day's rows at midnight, the former day's at the end of what is looked at again."""

    def row(number: int, day: int) -> tuple[object, ...]:
        mark, tail = ("T", "") if end == "T" else (" ", end)
        return *review(number)[:-1], f"2024-01-{day:02d}{mark}00:00:00{tail}"

    rows = [row(number, 1 + number % 9) for number in range(90)]
    url = sqlite_shop(tmp_path / "shop.db", rows)
    table = entry(url, cursor="changed", overlap=86_400)
    assert pull(table, where).rows == 90
    assert (look(table, where).waiting, pull(table, where).drop) == (0, "")
    add(tmp_path / "shop.db", [row(90, 2)])  # an import of old rows
    assert look(table, where).too_late == 1
    assert pull(table, where).read == 91
    add(tmp_path / "shop.db", [row(91, 10)])
    assert (pull(table, where).rows, look(table, where).waiting) == (1, 0)


def test_numbers_in_a_column_of_text_are_taken_once(
    tmp_path: Path, where: Places
) -> None:
    url = sqlite_shop(tmp_path / "shop.db", map(review, range(1, 121)))
    query = "SELECT r.*, CAST(id AS text) AS nr FROM reviews r"
    table = entry(url, query=query, cursor="nr")
    assert pull(table, where).rows == 120
    assert pull(table, where).drop == ""
    add(tmp_path / "shop.db", [review(121)])
    assert (pull(table, where).drop > "", pull(table, where).drop) == (True, "")


def test_rows_without_a_cursor_are_said(tmp_path: Path, where: Places) -> None:
    url = sqlite_shop(tmp_path / "shop.db", [review(1), (None, *review(2)[1:])])
    found = pull(entry(url), where)
    assert (found.rows, found.seen.nameless) == (1, 1)


def test_events_that_are_left_out_count_as_taken(tmp_path: Path, where: Places) -> None:
    url = sqlite_shop(tmp_path / "shop.db", [review(1, note="view")])
    keys = {"rating": "", "event": "note", "weights": {"view": 0.0}, "text": []}
    found = pull(entry(url, **keys), where)
    assert (found.rows, found.counts.rows) == (1, 0)
    assert pull(entry(url, **keys), where).drop == ""
    seal(where)
    assert records(where) == Counter()


def test_again_takes_all_and_the_same_content_is_known(
    tmp_path: Path, where: Places
) -> None:
    url = sqlite_shop(tmp_path / "shop.db", map(review, range(1, 11)))
    pull(entry(url), where)
    seal(where)
    assert pull(entry(url), where, again=True).rows == 10
    seal(where)
    assert sum(records(where).values()) == 10


def test_a_column_that_is_gone_is_named(tmp_path: Path, where: Places) -> None:
    url = sqlite_shop(tmp_path / "shop.db", [review(1)])
    with complains(ConfigError, "no column 'buyer_id'", "buyer, item"):
        pull(entry(url, user="buyer_id"), where)


def test_lost_notes_of_the_window_cost_rows_that_are_known(
    tmp_path: Path, where: Places
) -> None:
    url = sqlite_shop(tmp_path / "shop.db", map(review, range(1, 201)))
    pull(entry(url), where)
    for path in (where.state / "sql").iterdir():
        path.unlink()
    add(tmp_path / "shop.db", [review(201)])
    assert pull(entry(url), where).rows == 101  # the overlap, and the new one


# ---- kills ----
CHANGES = ("open", "fsync", "rename", "mkdir", "unlink", "replace")


def test_a_kill_at_any_step_loses_no_row_and_takes_none_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each change of a file the second pull dies; the next one mends it."""
    url = sqlite_shop(tmp_path / "shop.db", map(review, [1, 2, 3, 5]))
    template = places(tmp_path / "template")
    pull(entry(url), template)
    seal(template)
    add(tmp_path / "shop.db", [review(4, note="late"), review(6), review(7)])
    tried, died = 0, True
    while died:
        tried += 1
        where = copied(template, tmp_path / f"run{tried}")
        died = killed(lambda where=where: pull(entry(url), where), tried)
        pull(entry(url), where)
        seal(where)
        assert len(notes(where)) == 7, tried
        assert notes(where).count("late") == 1, tried
        assert not list((where.staging / module.DESK).iterdir()), tried
        assert len(list((where.state / "sql").glob("*.json"))) == 1, tried
    assert tried > 6


def copied(template: Places, folder: Path) -> Places:
    import shutil

    shutil.copytree(template.staging.parent, folder)
    return places(folder)


def killed(act: Callable[[], object], at: int) -> bool:
    """Whether a fork that dies before its change number `at` dies."""
    child = os.fork()
    if child == 0:
        from tests import faults

        _, writer = os.pipe()
        faults.inject(faults.Injector("kill", at, writer))
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


# ---- a real PostgreSQL ----
@pytest.fixture
def table(server: Server, monkeypatch: pytest.MonkeyPatch) -> SqlRows:
    """An empty table whose ids count up by themselves."""
    monkeypatch.setenv(VARIABLE, PASSWORD)
    create = CREATE.replace("id bigint", "id bigserial PRIMARY KEY")
    server.run(f"DROP TABLE IF EXISTS reviews; {create};")
    return entry(server.url)


INSERT = (
    "INSERT INTO reviews (buyer, item, stars, note, written, changed) "
    "SELECT 'u' || n % 50, 'p' || n % 20, 5, '{note}', timestamp '2024-01-01' "
    "+ n * interval '1 s', now() FROM generate_series(1, {count}) n;"
)


def test_postgresql_second_pull_reads_what_is_new(
    server: Server, table: SqlRows, where: Places
) -> None:
    server.run(INSERT.format(note='old, "quoted" and 1;2', count=20_000))
    assert pull(table, where).rows == 20_000
    seal(where)
    server.run(INSERT.format(note="new", count=100))
    found = pull(table, where)
    assert (found.rows, found.read) == (100, 100)
    seal(where)
    assert sum(records(where).values()) == 20_100


@pytest.mark.parametrize("cursor", ["id", "changed"])
def test_postgresql_a_long_transaction_loses_nothing(
    server: Server, table: SqlRows, where: Places, cursor: str
) -> None:
    """It has its ids and its time before others that commit first."""
    one = table.model_copy(update={"cursor": cursor, "overlap": 3600})
    server.run(INSERT.format(note="first", count=50))
    slow = server.psql()
    slow.say("BEGIN;")
    slow.say(INSERT.format(note="slow", count=5))
    server.run(INSERT.format(note="quick", count=10))
    assert pull(one, where).rows == 60
    slow.say("COMMIT;")
    slow.communicate_all("")
    found = pull(one, where)
    assert (found.rows, found.late) == (5, 5)
    assert pull(one, where).rows == 0
    seal(where)
    assert Counter(notes(where)) == {"first": 50, "slow": 5, "quick": 10}


def test_no_password_is_written_anywhere(
    server: Server, table: SqlRows, where: Places
) -> None:
    server.run(INSERT.format(note="a", count=3))
    pull(table, where)
    seal(where)
    for path in where.staging.parent.rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes()
            assert b"cret" not in path.read_bytes()
