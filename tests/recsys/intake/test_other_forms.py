"""A batch whose ids stand in other files in another form is left out and named; no raw file is."""

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from recsys.files.atomic import sha256_of
from recsys.intake import other_forms
from recsys.intake.batches import sealed
from recsys.intake.mended import write_mended
from recsys.intake.other_forms import File
from recsys.shop_csv.accounts import MANY_ODD, Account
from recsys.shop_csv.cells import is_oddly_written
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.oddities import OddParams
from tests.stages.merging import counts, run
from tests.worlds import Shop, make_shop, shipped_params

PLAIN = [str(number) for number in range(1, 41)]
ZEROS = [one.zfill(6) for one in PLAIN]


def file(name: str, users: list[str], *, is_raw: bool = False) -> File:
    """A file of a row for each of these users, of one product."""
    account = Account(cast(Source, SimpleNamespace(name=name)), "")
    ids = pl.Series("user_id", users, dtype=pl.String)
    account.odd_users = set(ids.filter(is_oddly_written(ids)))
    text = "".join(users)
    account.cases = {"users upper"} if text != text.lower() else set()
    account.cases |= {"users lower"} if text != text.upper() else set()
    rows = pl.DataFrame({"user_id": ids, "product_id": ["p"] * len(users)})
    return File(account, rows, is_raw)


def odd(**stops: float) -> OddParams:
    tree: dict[str, Any] = json.loads(shipped_params())["merge"]["odd"]
    for name, stop in stops.items():
        tree[name] = {"warn": 0.0, "stop": stop}
    return OddParams.model_validate(tree)


def faults(*files: File, has_catalogue: bool = True, **stops: float) -> dict[str, str]:
    params = odd(**stops)
    found = other_forms.forms_in(files, params, has_catalogue=has_catalogue)
    return other_forms.faults(files, found, params, 20)


@pytest.mark.parametrize("raw", [PLAIN, ZEROS])
def test_a_batch_in_another_form_than_the_raw_file_is_told(raw: list[str]) -> None:
    one = file("raw", raw * 50, is_raw=True)
    other = file("b", ZEROS if raw is PLAIN else PLAIN)
    (fault,) = faults(one, other, file("c", raw)).items()
    assert fault == (
        "b",
        f"40 of 40 rows are of users that other files have in another form: "
        f"{other_forms.Forms(*pairs(other, one))}; write the ids as there and drop the file again, "
        f"or raise merge.odd.users_in_another_form.stop if they are not the same",
    )


def pairs(batch: File, raw: File) -> tuple[pl.Series, pl.Series]:
    """The ids of a batch in their order, and those of the raw file that are the same numbers."""
    ids = batch.rows["user_id"].sort()
    by_number = {int(one): one for one in raw.rows["user_id"]}
    return ids, pl.Series([by_number[int(one)] for one in ids])


def test_what_is_odd_with_raw_files_alone_blames_no_batch() -> None:
    raw = (file("a", PLAIN, is_raw=True), file("b", ZEROS, is_raw=True))
    assert faults(*raw) == {}
    assert faults(*raw, file("c", PLAIN), file("d", ZEROS)) == {}


@pytest.mark.parametrize("first", [PLAIN, ZEROS])
def test_among_batches_those_that_are_oddly_written_are_told(first: list[str]) -> None:
    files = [file("1", first), file("2", PLAIN), file("3", PLAIN), file("4", ZEROS)]
    told = {"4"} if first is PLAIN else {"1", "4"}
    assert set(faults(*files)) == told


def test_a_batch_that_was_told_is_no_witness_against_another() -> None:
    """Its users are plainly written in the first one alone, which is in another form than raw."""
    raw = file("raw", [f"0{number}" for number in range(500, 600)], is_raw=True)
    wrong = file("1", [*map(str, range(500, 600)), "7", "8", "9"])
    assert set(faults(raw, wrong, file("2", ["007", "008", "009"] * 10))) == {"1"}


def test_few_rows_or_ids_are_told_only_where_all_files_are_over_stop() -> None:
    many = file("raw", PLAIN * 50, is_raw=True)
    assert faults(many, file("b", ZEROS[:10]), file("c", ZEROS[:2] * 20)) == {}
    few = file("raw", PLAIN, is_raw=True)
    assert set(faults(few, file("b", ZEROS[:10]), file("c", ["x"] * 20))) == {"b"}
    assert faults(file("raw", ["x"], is_raw=True), file("b", ["7", "007"])) == {}


def test_a_share_of_the_rows_that_is_under_stop_is_used() -> None:
    raw = file("raw", PLAIN * 50, is_raw=True)
    assert faults(raw, file("b", ["x"] * 97 + ZEROS[:3])) == {}
    assert faults(raw, file("b", ZEROS), users_in_another_form=1.0) == {}


def test_more_odd_users_of_a_batch_than_its_account_keeps_are_told() -> None:
    raw = file("raw", [str(10**6 + number) for number in range(MANY_ODD)], is_raw=True)
    batch = file("b", [f"0{10**6 + number}" for number in range(MANY_ODD)])
    kept = set(sorted(batch.account.odd_users)[: MANY_ODD // 50])
    batch.account.odd_users.clear()
    batch.account.odd_users |= kept | {f"x{number}" for number in range(MANY_ODD)}
    (fault,) = faults(raw, batch).values()
    assert fault.startswith(f"{MANY_ODD} of {MANY_ODD} rows")


def test_ids_in_another_case_are_told_where_they_may_stop_the_run() -> None:
    raw = file("raw", [f"Ab{number}" for number in range(40)] * 2, is_raw=True)
    batch = file("b", [f"ab{number}" for number in range(40)])
    assert faults(raw, batch) == {}
    (fault,) = faults(raw, batch, users_in_two_cases=0.5).values()
    assert "40 of 40 rows are of users" in fault and "'ab0' for 'Ab0'" in fault


def test_products_are_looked_at_where_there_is_no_catalogue() -> None:
    raw, batch = file("raw", PLAIN, is_raw=True), file("b", ZEROS)
    exchanged = [
        File(
            one.account,
            cast(pl.DataFrame, one.rows).select(
                user_id="product_id", product_id="user_id"
            ),
            one.is_raw,
        )
        for one in (raw, batch)
    ]
    for one in exchanged:
        one.account.odd_users.clear()
    assert faults(*exchanged) == {}
    (fault,) = faults(*exchanged, has_catalogue=False).values()
    assert "40 of 40 rows are of products" in fault
    assert "merge.odd.products_in_another_form.stop" in fault


# ---- in a merge ----
def zero_padded(tmp_path: Path) -> Shop:
    """A shop of 30 users, with a drop of them in another form."""
    shop = make_shop(tmp_path, [f"{n},p1,5,,,2024-01-01 10:00:00" for n in range(30)])
    shop.drop("zeros.csv", *(f"{n:06},p2,5,,2024-02-01 10:00:00" for n in range(30)))
    return shop


def test_a_drop_in_another_form_blocks_neither_the_run_nor_later_drops(
    tmp_path: Path,
) -> None:
    shop = zero_padded(tmp_path)
    found = run(shop)
    ((name, fault),) = found["blocked"].items()
    assert name.startswith("000001-")
    assert fault.startswith("dropped as zeros.csv: 30 of 30 rows are of users")
    assert counts(found) == (30, 30, 0, 0)
    assert found["odd"]["users_in_another_form"] == 0.0
    shop.drop("good.csv", *(f"{n},p3,5,,2024-03-01 10:00:00" for n in range(30)))
    found = run(shop)
    assert counts(found) == (60, 60, 0, 0)
    assert list(found["blocked"]) == [name]


def test_it_is_told_once_in_the_log_with_the_way_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (name,) = run(zero_padded(tmp_path))["blocked"]
    told = Counter(one for one in caplog.messages if one.startswith(name))
    ((words, times),) = told.items()
    assert times == 1
    assert words.endswith(f"python runner.py quarantine set-aside {name}")


def test_rows_that_such_a_batch_replaces_are_refused_again(tmp_path: Path) -> None:
    shop = zero_padded(tmp_path)
    shop.reviews.write_text(shop.reviews.read_text() + "x,p1,five,,,2024-01-01\n")
    (batch,) = run(shop)["blocked"]
    (drop,) = (one.sha256 for one in sealed(shop.batches) if one.name == batch)
    write_mended(shop.batches, {(sha256_of(shop.reviews), 32): drop})
    found = run(shop)
    assert list(found["blocked"]) == [batch]
    assert (counts(found), found["mended"]) == ((31, 30, 0, 1), 0)
