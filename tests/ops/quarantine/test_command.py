"""The command line of the quarantine: what it prints, its exit codes, what it leaves alone."""

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.explain import refused_rows
from ops.lock import no_repro
from ops.quarantine import command as quarantine
from recsys.program.errors import DataError, InstanceError
from recsys.shop_csv.contract import REVIEWS
from recsys.shop_csv.reasons import REASONS
from tests.ops.quarantine.worlds import (
    BAD,
    BROKEN,
    WRONG_IDS,
    command,
    exported,
    mend,
    merged,
)
from tests.worlds import REVIEW_LINES, Shop, complains, make_shop, snapshot


def test_the_counts_and_the_rows(printed: Callable[..., str]) -> None:
    assert printed(quarantine.list_rows).splitlines() == [
        "FILE                       REASON        ROWS",
        "data_reviews_purchase.csv  id_empty         1",
        "data_reviews_purchase.csv  quote            1",
        "data_reviews_purchase.csv  rating_range     1",
        "",
        "REASON        HOW TO MEND IT",
        f"id_empty      {REASONS['id_empty'].hint}",
        f"quote         {REASONS['quote'].hint}",
        f"rating_range  {REASONS['rating_range'].hint}",
        "",
        "3 rows; mend them: python runner.py quarantine export FILE.csv; "
        "see them: python runner.py quarantine --reason CODE",
    ]
    assert printed(quarantine.list_rows, "rating_range").splitlines()[:2] == [
        "FILE                       LINE  COLUMN  REASON        TEXT",
        f"data_reviews_purchase.csv  9     rating  rating_range  {BAD}",
    ]
    assert printed(quarantine.list_rows, "long") == "no such row is in quarantine\n"


def test_a_terminal_that_cannot_show_a_letter_gets_its_escape(shop: Shop) -> None:
    done = command(shop, "list", "--reason", "rating_range", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "x,007,9,=t\\u1ed1t,,2024" in done.stdout


def test_for_programs(printed: Callable[..., str]) -> None:
    whole = json.loads(printed(quarantine.list_rows, None, None, True))
    assert (
        whole["total"],
        [(each["reason"], each["rows"]) for each in whole["counts"]],
        "rows" in whole,
    ) == (
        3,
        [("id_empty", 1), ("quote", 1), ("rating_range", 1)],
        False,
    )
    text = printed(quarantine.list_rows, None, REVIEWS.file, True)
    assert text.isascii()
    assert [row["raw"] for row in json.loads(text)["rows"]] == [BAD, BROKEN, WRONG_IDS]


def test_what_nobody_knows_is_exit_2_and_names_what_is_known(shop: Shop) -> None:
    done = command(shop, "explain", "stars")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"error: unknown reason 'stars'; known are {', '.join(REASONS)}\n"
    )


def test_a_beginning_does_if_it_is_of_one_reason_only(shop: Shop) -> None:
    done = command(shop, "explain", "rating_ra")
    assert done.stdout.startswith("rating_range: ")
    done = command(shop, "explain", "rating")
    assert done.stderr == (
        "error: unknown reason 'rating'; known are rating_empty, rating_number, rating_range\n"
    )
    done = command(shop, "--reason", "quo", "--file", "data_rev", "--json")
    assert json.loads(done.stdout)["total"] == 1


def test_explain_without_a_code_lists_all_of_them(shop: Shop) -> None:
    lines = command(shop, "explain").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["REASON", *REASONS]


def test_a_blocked_batch_is_shown_even_after_the_first_run_of_a_shop(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path)
    shop.drop("a.csv", *["z,p1,five,,2024-02-01"] * 25)
    merged(shop)
    shown = command(shop, "list").stdout
    assert shown.splitlines()[0].startswith("000001-")
    assert "is blocked, none of its rows is merged: 25 of 25 rows" in shown
    assert "rating_number" in shown
    assert len(json.loads(command(shop, "--json").stdout)["blocked"]) == 1


def test_without_an_action_the_rows_are_listed(shop: Shop) -> None:
    assert command(shop).stdout == command(shop, "list").stdout != ""
    by_reason = command(shop, "list", "--reason", "quote").stdout
    assert command(shop, "--reason", "quote").stdout == by_reason
    assert BROKEN in by_reason
    assert json.loads(command(shop, "--json").stdout)["total"] == 3


def test_what_is_said_before_an_action_holds_for_it(shop: Shop) -> None:
    done = command(shop, "--reason", "quote", "list", "--json")
    assert [row["raw"] for row in json.loads(done.stdout)["rows"]] == [BROKEN]
    done = command(shop, "--reason", "quote", "export", "mend.csv")
    assert done.stdout.startswith("1 rows in mend.csv")


def test_a_file_is_named_from_the_folder_that_is_said(
    shop: Shop, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    done = command(shop, "--from", str(folder), "export", "mend.csv")
    assert done.stdout.startswith(f"3 rows in {folder / 'mend.csv'};")
    done = command(shop, "--from", str(folder), "replay", str(shop.folder / "none.csv"))
    assert done.stderr.startswith(f"error: {shop.folder / 'none.csv'}: no such file")


def test_the_help_names_every_action_and_what_happens_without_one(shop: Shop) -> None:
    done = command(shop, "--help", NO_COLOR="1")
    assert done.returncode == 0
    assert "runner.py quarantine [OPTIONS]" in done.stdout
    for word in (
        "list",
        "explain",
        "export",
        "replay",
        "set-aside",
        "Without a COMMAND",
    ):
        assert word in done.stdout
    assert "FILE" in command(shop, "replay", "--help", NO_COLOR="1").stdout


@pytest.mark.parametrize("words", [["mend"], ["export"], ["--reas", "x"]])
def test_words_that_are_no_command_are_exit_2_and_change_nothing(
    shop: Shop, words: list[str]
) -> None:
    before = snapshot(shop.folder)
    done = command(shop, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert snapshot(shop.folder) == before


def test_before_the_first_merge_there_is_one_line(tmp_path: Path) -> None:
    done = command(make_shop(tmp_path), "list")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(
        "error: data/merged/quarantine.parquet: no such file; run `dvc repro`"
    )


def test_rows_of_product_files_are_mended_there(
    shop: Shop, printed: Callable[..., str]
) -> None:
    shop.attributes.write_text(
        "product_id,ingredient\np1,nước\np9,nước\n", encoding="utf-8"
    )
    merged(shop)
    text = printed(quarantine.export, Path("mend.csv"))
    assert text.startswith("3 rows in mend.csv")
    assert text.endswith("\n1 rows are of product files: mend those files themselves\n")


def test_nothing_is_replayed_beside_a_repro_and_its_traces_stay(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    lock = shop.folder / "state/repro.lock"
    lock.parent.mkdir()
    lock.write_text('{"pid": 1, "token": "abc"}')
    with lock.open("r+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        done = command(shop, "replay", "mend.csv")
    assert done.returncode == 5
    assert (
        done.stderr
        == "error: a repro, an audit or a replay runs; wait until it ends, then run this again\n"
    )
    assert not list(shop.staging.glob("*.csv"))
    with no_repro(lock.parent), pytest.raises(InstanceError), no_repro(lock.parent):
        pass
    assert lock.read_text() == '{"pid": 1, "token": "abc"}'


def test_a_raw_file_that_blocks_on_the_first_run_shows_and_is_mended_by_a_replay(
    tmp_path: Path,
) -> None:
    """Its rows can be seen and exported though nothing was ever merged; then all is merged."""
    wrong = [f"z{at},p1,five,,,2024-02-0{1 + at}" for at in range(8)]
    shop = make_shop(tmp_path, [*REVIEW_LINES, *wrong])
    shop.configure(merge={"min_rows": 9})
    with complains(DataError, "8 of 15 rows"):
        merged(shop)
    assert not (shop.merged / "quarantine.parquet").exists()
    shown = command(shop, "list").stdout
    assert f"{REVIEWS.file} is blocked, none of its rows is merged: 8 of 15" in shown
    assert "rating_number" in shown
    assert refused_rows.blocked(shop.folder).keys() == {REVIEWS.file}
    assert command(shop, "export", "mend.csv").returncode == 0
    path = shop.folder / "mend.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace('"five"', '"5"'))
    assert "8 rows replayed" in command(shop, "replay", "mend.csv").stdout
    assert merged(shop) == (15, 15, 0, 8)
    assert refused_rows.blocked(shop.folder) == {}
    assert not (shop.merged / "blocked").exists()
