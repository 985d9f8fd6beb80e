"""Refused rows are shown safely, go out to a spreadsheet, and come back once; nothing else changes."""

import csv
import fcntl
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.house.imports import ROOT
from ops import terminal
from ops.lock import no_repro
from ops.quarantine import command as quarantine
from ops.quarantine import export, replay
from ops.quarantine.export import NOTES, Refused
from ops.quarantine.places import Places
from recsys.intake import batches as sealing
from recsys.intake import compaction, mended
from recsys.program.errors import ConfigError, DataError, InstanceError
from recsys.shop_csv import reasons
from recsys.shop_csv.contract import ATTRIBUTES, PRODUCTS, REVIEWS, STAGING
from recsys.shop_csv.reasons import HINTS
from stages import merge
from tests.worlds import DROP_COLUMNS, REVIEW_LINES, Shop, complains, lines, make_shop, snapshot

NOW = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
BAD = "x,007,9,=tốt,,2024-01-01 10:00:00"
BROKEN = 'y,p1,5,"tốt" thật,,2024-01-01 10:00:00'
WRONG_IDS = ",p2,4,,,2024-01-01 10:00:00"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with three refused reviews, in lines 9, 10 and 11; merged."""
    made = make_shop(tmp_path, [*REVIEW_LINES, BAD, BROKEN, WRONG_IDS])
    merged(made)
    return made


def merged(shop: Shop) -> tuple[int, int, int, int]:
    """Merge; what it counts as read, accepted, quarantined and mended."""
    merge.main(shop.raw, shop.staging, shop.batches, shop.merged, shop.metrics, shop.params)
    found = json.loads(shop.metrics.read_text(encoding="utf-8"))
    return found["read"], found["accepted"], found["quarantined"], found["mended"]


def places(shop: Shop) -> Places:
    return Places(shop.folder)


def in_quarantine(shop: Shop) -> list[tuple[Any, ...]]:
    return (
        pl.read_parquet(shop.merged / "quarantine.parquet").select("file", "line", "reason").rows()
    )


def command(shop: Shop, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.quarantine.command", *args],
        cwd=shop.folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"} | environment,
    )


@pytest.fixture
def printed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """What a command of the shop prints, called without a process of its own."""
    monkeypatch.chdir(shop.folder)
    monkeypatch.setenv("COLUMNS", "100")

    def call(command: Callable[..., None], *args: Any) -> str:
        command(*args)
        return capsys.readouterr().out

    return call


def exported(shop: Shop, name: str = "mend.csv") -> Path:
    path = shop.folder / name
    rows = pl.read_parquet(shop.merged / "quarantine.parquet")
    export.export(export.refused(export.in_a_drop(rows), places(shop)), path)
    return path


def cells(path: Path, mark: str = ",") -> list[list[str]]:
    return list(
        csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=mark)
    )


def mend(path: Path, line: int, mark: str = ",", encoding: str = "utf-8", **changes: str) -> None:
    """What a person does in a spreadsheet to the row of the source's `line`."""
    header, *rows = cells(path)
    for row in rows:
        if row[header.index("quarantine_line")] == str(line):
            for name, value in changes.items():
                row[header.index(name)] = value
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle, delimiter=mark).writerows([header, *rows])


# ---- words ----


def test_every_reason_has_an_example() -> None:
    assert set(reasons.EXAMPLES) == set(HINTS)


def test_the_examples_are_true(tmp_path: Path) -> None:
    """Each refused row is refused for its reason, and each mended one is accepted, by the real
    merge.
    """
    shop = make_shop(tmp_path)
    shop.configure(
        merge={
            "zone": "America/New_York",
            "max_refused_share": 1.0,
            "limits": {"file_bytes": 10**6, "rows": 100, "columns": 20, "field_bytes": 280},
        }
    )
    untried = {"long", "unfinished", *reasons.HEADERS}  # these need more than a row to be shown
    wanted = {}
    for at, (code, (bad, good)) in enumerate(reasons.EXAMPLES.items()):
        if code not in untried:
            text = lines(DROP_COLUMNS, [bad, good.replace("u1", f"good{at}")])
            (shop.staging / f"{at:02d}.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
            wanted[at] = code
    merged(shop)
    assert [reason for _, _, reason in in_quarantine(shop)] == list(wanted.values())
    users = set(pl.read_parquet(shop.merged / "interactions.parquet")["user_id"])
    assert {f"good{at}" for at in wanted} <= users


def test_the_examples_of_product_files_are_true(tmp_path: Path) -> None:
    for code, path, header in (
        ("header", "products", PRODUCTS.columns[:2]),
        ("product_repeated", "products", PRODUCTS.columns[:2]),
        ("product_unknown", "attributes", ATTRIBUTES.columns[:2]),
    ):
        assert reasons.HEADERS[code] == header
        shop = make_shop(tmp_path / code)
        first = (
            ["p1,Lipstick", "p2,Soap", "p3,Cream"]
            if path == "products"
            else ["p2,water", "p3,water"]
        )
        rows = [*first, *reasons.EXAMPLES[code]]
        getattr(shop, path).write_text(lines(",".join(header), rows), encoding="utf-8")
        merged(shop)
        assert in_quarantine(shop) == [(getattr(shop, path).name, len(first) + 2, code)]


@pytest.mark.parametrize(
    ("text", "width", "seen"),
    [
        ("good", 4, "good"),
        ("goods", 4, "goo…"),
        ("\x1b[31mred", 20, "\\x1b[31mred"),
        ("\x1b[31mred", 6, "\\x1b[…"),
        ("a\r\nb\tc\x7f\x9b\u202e", 40, "a\\r\\nb\\tc\\x7f\\x9b\\u202e"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("tốt", 3, "tốt"),
        ("to\u0302\u0301t", 3, "to\u0302\u0301t"),
        ("to\u0302\u0301t nha", 4, "to\u0302\u0301t…"),
        ("", 5, ""),
    ],
)
def test_text_on_a_terminal(text: str, width: int, seen: str) -> None:
    assert terminal.cut(text, width) == seen


@given(st.text(), st.integers(20, 60))
def test_no_row_breaks_its_line_or_the_terminal(raw: str, width: int) -> None:
    rows = pl.DataFrame(
        {"file": ["a.csv"], "line": [2], "column": [""], "reason": ["control"], "raw": [raw]}
    )
    _, line = quarantine.row_table(rows, width + 30).split("\n")
    assert line.isprintable()
    assert terminal.columns_of(line) <= width + 30


def test_the_counts_and_the_rows(printed: Callable[..., str]) -> None:
    assert printed(quarantine.list_rows).splitlines() == [
        "FILE                       REASON        ROWS",
        "data_reviews_purchase.csv  id_empty         1",
        "data_reviews_purchase.csv  quote            1",
        "data_reviews_purchase.csv  rating_range     1",
        "",
        "REASON        HOW TO MEND IT",
        f"id_empty      {HINTS['id_empty']}",
        f"quote         {HINTS['quote']}",
        f"rating_range  {HINTS['rating_range']}",
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


def test_explain(shop: Shop) -> None:
    assert quarantine.explanation("encoding").splitlines() == [
        f"encoding: {HINTS['encoding']}",
        "",
        "header   user_id,product_id,rating,comment,timestamp",
        "refused  u1,p1,5,caf\\xe9,2024-03-01 10:00:00",
        "mended   u1,p1,5,café,2024-03-01 10:00:00",
    ]
    for code in HINTS:
        assert all(line.isprintable() for line in quarantine.explanation(code).splitlines())


def test_what_nobody_knows_is_exit_2_and_names_what_is_known(shop: Shop) -> None:
    done = command(shop, "explain", "rating")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: unknown reason 'rating'; known are {', '.join(HINTS)}\n"
    with complains(ConfigError, "\\x1b", "rating_range"):
        quarantine.chosen(places(shop), "\x1b[31m", None)
    with complains(ConfigError, "'a.csv'", REVIEWS.file):
        quarantine.chosen(places(shop), None, "a.csv")


def test_before_the_first_merge_there_is_one_line(tmp_path: Path) -> None:
    done = command(make_shop(tmp_path), "list")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(
        "error: data/merged/quarantine.parquet: no such file; run `dvc repro`"
    )


# ---- out ----


def test_the_export_as_a_spreadsheet_sees_it(shop: Shop) -> None:
    done = command(shop, "export", "mend.csv")
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = cells(shop.folder / "mend.csv")
    assert header == [*STAGING.columns, *NOTES]
    assert [row[:5] for row in rows] == [
        ["x", "'007", "9", "'=tốt", "'2024-01-01 10:00:00"],
        ["y", "p1", "5", "", ""],
        ["", "p2", "4", "", "'2024-01-01 10:00:00"],
    ]
    digest = pl.read_parquet(shop.merged / "quarantine.parquet")["sha256"][0]
    assert rows[0][5:] == [REVIEWS.file, digest, "9", "rating_range", HINTS["rating_range"], BAD]


@pytest.mark.parametrize(
    ("raw", "whole", "names", "wanted"),
    [
        ("u,p,9,c,d,t", True, REVIEWS.columns, ("u", "p", "9", "c", "t")),
        ("u,p,9,,d,t", True, REVIEWS.columns, ("u", "p", "9", "d", "t")),
        ('u,p,9,"a, ""b""\nc",d,t', True, REVIEWS.columns, ("u", "p", "9", 'a, "b"\nc', "t")),
        (
            "t,9,x,p,u",
            True,
            ("cmt_date", "rating", "shop", "product_id", "user_id"),
            ("u", "p", "9", "", "t"),
        ),
        ("u,p,9,c,d,e,t", False, REVIEWS.columns, ("u", "p", "9", "", "")),
        ('u,"p,9,c,d,t', False, REVIEWS.columns, ("u", "", "", "", "")),
        ("u,p", False, REVIEWS.columns, ("u", "p", "", "", "")),
        ('u,p,9,"c', True, REVIEWS.columns, ("u", "p", "9", "", "")),  # cut when it was refused
        ("", False, REVIEWS.columns, ("", "", "", "", "")),
    ],
)
def test_cells_of_a_refused_text(
    raw: str, whole: bool, names: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    assert export.parse(raw, whole, names, REVIEWS) == wanted


def test_a_file_that_exists_is_never_overwritten(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 9, rating="5")
    before = path.read_bytes()
    done = command(shop, "export", "mend.csv")
    assert (done.returncode, done.stderr) == (
        2,
        "error: mend.csv: exists already; name another file, or remove it\n",
    )
    assert path.read_bytes() == before


def test_a_place_that_takes_no_file_is_one_line(shop: Shop) -> None:
    with complains(ConfigError, shop.folder / "none"):
        exported(shop, "none/mend.csv")
    with complains(ConfigError, shop.products):
        replay.replay(shop.products / "mend.csv", places(shop))


def test_rows_of_product_files_are_mended_there(shop: Shop, printed: Callable[..., str]) -> None:
    shop.attributes.write_text("product_id,ingredient\np1,nước\np9,nước\n", encoding="utf-8")
    merged(shop)
    text = printed(quarantine.export, Path("mend.csv"))
    assert text.startswith("3 rows in mend.csv")
    assert text.endswith("\n1 rows are of product files: mend those files themselves\n")


def test_a_source_that_changed_is_not_taken_for_the_old_one(shop: Shop) -> None:
    shop.reviews.write_text(
        shop.reviews.read_text(encoding="utf-8").replace("rating", "comment2"), encoding="utf-8"
    )
    with complains(DataError, REVIEWS.file, "repro"):
        exported(shop)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(st.lists(st.lists(st.text(max_size=20), min_size=5, max_size=5), min_size=1, max_size=4))
def test_every_text_goes_out_and_comes_back(tmp_path: Path, texts: list[list[str]]) -> None:
    path = tmp_path / "mend.csv"
    path.unlink(missing_ok=True)
    clean = [tuple(text.encode("utf-8", "replace").decode() for text in row) for row in texts]
    export.export(
        (
            Refused(("0e1", n), row, ("f", "0e1", str(n), "r", "h", "raw"))
            for n, row in enumerate(clean)
        ),
        path,
    )
    assert [(row.key, row.cells) for row in replay.read_mended(path)] == [
        (("0e1", n), row) for n, row in enumerate(clean)
    ]


# ---- back ----


def test_a_mended_row_counts_once(shop: Shop, printed: Callable[..., str]) -> None:
    assert merged(shop) == (10, 7, 3, 0)
    path = exported(shop)
    mend(path, 9, rating="4")
    assert printed(quarantine.replay, path).splitlines() == [
        "1 rows replayed; the next `python runner.py repro` merges them",
        "rows as they were refused: 2, the first in line 3; they stay in quarantine",
    ]
    (drop,) = shop.staging.glob("*.csv")
    assert drop.read_text(encoding="utf-8").splitlines() == [
        '"user_id","product_id","rating","comment","timestamp"',
        '"x","007","4","=tốt","2024-01-01 10:00:00"',
    ]
    assert "wait for the next `python runner.py repro`: 1\n" in printed(quarantine.list_rows)
    assert merged(shop) == (10, 8, 2, 1)
    assert [line for _, line, _ in in_quarantine(shop)] == [10, 11]
    accepted = pl.read_parquet(shop.merged / "interactions.parquet").filter(
        pl.col("user_id") == "x"
    )
    assert accepted.select("product_id", "rating", "comment").rows() == [("007", 4.0, "=tốt")]


def test_the_format_of_mended_csv(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 11, user_id="z")
    mend(path, 9, rating="4")
    replay.replay(path, places(shop))
    merged(shop)
    source = pl.read_parquet(shop.merged / "quarantine.parquet")["sha256"][0]
    (batch,) = sealing.sealed(shop.batches)
    assert (shop.batches / "mended.csv").read_text(encoding="ascii").splitlines() == [
        "sha256,line,batch_sha256",
        f"{source},9,{batch.sha256}",
        f"{source},11,{batch.sha256}",
    ]


@pytest.mark.parametrize("after_a_merge", [False, True])
def test_the_same_file_again_adds_nothing(shop: Shop, after_a_merge: bool) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    replay.replay(path, places(shop))
    if after_a_merge:
        merged(shop)
    before = snapshot(shop.folder)
    assert replay.replay(path, places(shop)).splitlines()[:2] == [
        "0 rows replayed",
        "rows replayed before, nothing added: 1",
    ]
    assert snapshot(shop.folder) == before


def test_what_is_mended_later_in_the_same_file_is_added(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    replay.replay(path, places(shop))
    mend(path, 11, user_id="z")
    replay.replay(path, places(shop))
    assert merged(shop) == (10, 9, 1, 2)


def test_a_row_that_is_still_wrong_is_judged_again(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 9, rating="8")
    mend(path, 11, user_id="z")
    replay.replay(path, places(shop))
    assert merged(shop) == (10, 8, 2, 2)
    (batch,) = sealing.sealed(shop.batches)
    assert (batch.name, 2, "rating_range") in in_quarantine(shop)
    again = exported(shop, "again.csv")
    mend(again, 2, rating="3")
    replay.replay(again, places(shop))
    assert merged(shop) == (10, 9, 1, 3)


def test_a_refused_row_may_come_back_as_two(tmp_path: Path) -> None:
    swallowed = 'x,p1,5,"tốt\ny,p2,4,đẹp,,2024-01-02 10:00:00\n",,2024-01-01 10:00:00'
    shop = make_shop(tmp_path, [*REVIEW_LINES, swallowed])
    assert merged(shop) == (8, 7, 1, 0)
    path = exported(shop)
    header, row = cells(path)
    with path.open("w", encoding="utf-8", newline="") as handle:
        rest = row[5:]
        first, second = (
            ["x", "p1", "5", "tốt", "2024-01-01 10:00:00"],
            ["y", "p2", "4", "đẹp", "2024-01-02 10:00:00"],
        )
        csv.writer(handle).writerows([header, first + rest, second + rest])
    replay.replay(path, places(shop))
    assert merged(shop) == (9, 9, 0, 1)


def test_a_file_that_nobody_mended_is_refused_and_nothing_is_written(shop: Shop) -> None:
    path = exported(shop)
    before = snapshot(shop.folder)
    with complains(DataError, path, "rows as they were refused: 3", "line 2", "mend them"):
        replay.replay(path, places(shop))
    assert snapshot(shop.folder) == before


@pytest.mark.parametrize(
    ("mark", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-8"), (",", "utf-8-sig")]
)
def test_as_other_spreadsheets_save_it(shop: Shop, mark: str, encoding: str) -> None:
    path = exported(shop)
    mend(path, 9, mark, encoding, rating="4")
    replay.replay(path, places(shop))
    assert merged(shop) == (10, 8, 2, 1)


@pytest.mark.parametrize(
    ("old", "new", "kind", "words"),
    [
        ("quarantine_line", "line", DataError, ("line 1", "quarantine_line", "0 times")),
        ("quarantine_hint", "rating", DataError, ("line 1", "rating", "2 times")),
        (",9,rating_range", ",10^9,rating_range", DataError, ("line 2", "quarantine_line", "10^9")),
        (",9,rating_range", ",99,rating_range", DataError, ("line 2", "quarantine")),
        ("y,p1,5,", "y,p1,5,,,", DataError, ("line 3", "cells")),
        ("y,p1,5,", 'y,p1,5,"a"b', DataError, ("line 3",)),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_and_nothing_is_written(
    shop: Shop, old: str, new: str, kind: type, words: tuple[str, ...]
) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    before = snapshot(shop.folder)
    with complains(kind, path, *words):
        replay.replay(path, places(shop))
    assert snapshot(shop.folder) == before


def test_a_file_that_is_not_there_or_not_utf_8(shop: Shop) -> None:
    with complains(ConfigError, "none.csv", "export"):
        replay.replay(shop.folder / "none.csv", places(shop))
    path = exported(shop)
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("utf-16"))
    with complains(DataError, path, "UTF-8"):
        replay.replay(path, places(shop))


@pytest.mark.parametrize(
    "content", ["", "sha256,line\na,1\n", "sha256,line,batch_sha256\na,b,c\n", "sha256,line,batch"]
)
def test_a_mended_csv_that_is_not_ours_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mended.csv"
    path.write_text(content)
    with complains(DataError, path):
        mended.replacements(path)


@pytest.mark.parametrize("victim", ["mended.csv", "replay-"])
def test_killed_at_either_file_no_row_is_lost_and_the_next_replay_completes_it(
    shop: Shop, victim: str
) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    code = (
        "import os, pathlib\nfrom ops.quarantine import places, replay\nwrite = replay.write_text\n"
        f"replay.write_text = lambda p, t: os._exit(9) if p.name.startswith({victim!r}) else write(p, t)\n"
        "replay.replay(pathlib.Path('mend.csv'), places.Places(pathlib.Path()))"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=shop.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == 9
    assert merged(shop) == (10, 7, 3, 0)
    replay.replay(path, places(shop))
    assert merged(shop) == (10, 8, 2, 1)


def test_a_kill_may_fall_after_the_claim(shop: Shop) -> None:
    """Intake has renamed the drop and not sealed it yet: the same file again adds nothing."""
    path = exported(shop)
    mend(path, 9, rating="4")
    replay.replay(path, places(shop))
    (drop,) = shop.staging.glob("replay-*.csv")
    (shop.staging / ".claimed").mkdir(exist_ok=True)
    drop.rename(shop.staging / ".claimed" / drop.name)
    assert replay.replay(path, places(shop)).startswith(
        "0 rows replayed\nrows replayed before, nothing added: 1"
    )
    assert not list(shop.staging.glob("*.csv"))


# ---- aside ----


def test_set_aside_and_back(shop: Shop) -> None:
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00", "z,p2,7,mới,2024-02-01 10:00:00")
    assert merged(shop) == (12, 8, 4, 0)
    before = snapshot(shop.merged)
    (batch,) = sealing.sealed(shop.batches)
    done = command(shop, "set-aside", batch.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert merged(shop) == (10, 7, 3, 0)
    back = done.stdout.splitlines()[-1].removeprefix("bring it back with: ")
    assert back in (shop.batches / "aside" / f"{batch.name}.txt").read_text(encoding="utf-8")
    subprocess.run(back.split(), cwd=shop.folder, check=True)
    assert merged(shop) == (12, 8, 4, 0)
    assert snapshot(shop.merged) == before


def test_set_aside_frees_a_run_that_a_batch_blocks(shop: Shop) -> None:
    shop.drop("a.csv", "z,p1,7,mới,2024-02-01 10:00:00")
    with pytest.raises(DataError):
        merged(shop)
    (batch,) = sealing.sealed(shop.batches)
    quarantine.set_aside(places(shop), batch.name, NOW)
    assert merged(shop) == (10, 7, 3, 0)


def test_a_replay_that_is_set_aside_puts_its_rows_back(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    replay.replay(path, places(shop))
    merged(shop)
    (batch,) = sealing.sealed(shop.batches)
    quarantine.set_aside(places(shop), batch.name, NOW)
    assert merged(shop) == (10, 7, 3, 0)
    replay.replay(path, places(shop))
    assert merged(shop) == (10, 8, 2, 1)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../raw/data_product.csv",
        "mended.csv",
        "000009-0123456789abcdef.csv",
        "*",
        "\x1b[31m",
    ],
)
def test_only_a_sealed_batch_can_be_set_aside(shop: Shop, name: str) -> None:
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00")
    merged(shop)
    before = snapshot(shop.folder)
    (batch,) = sealing.sealed(shop.batches)
    with complains(ConfigError, batch.name) as _:
        quarantine.set_aside(places(shop), name, NOW)
    assert snapshot(shop.folder) == before


def test_a_folded_batch_says_how_to_unpack_it(shop: Shop) -> None:
    for day in (1, 2):
        shop.drop("a.csv", f"z,p{day},5,mới,2024-02-0{day} 10:00:00")
        merged(shop)
    compaction.compact(shop.batches)
    batch = sealing.sealed(shop.batches)[0]
    with pytest.raises(DataError) as caught:
        quarantine.set_aside(places(shop), batch.name, NOW)
    recipe = str(caught.value).split("`")[1].replace("python", sys.executable, 1)
    subprocess.run(recipe, shell=True, check=True)  # noqa: S602 - as the operator types it
    quarantine.set_aside(places(shop), batch.name, NOW)
    assert len(sealing.sealed(shop.batches)) == 1


# ---- alone ----


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
