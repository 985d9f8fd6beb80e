"""A short form of the torture campaign (`python -m bench.damage.torture`): the same judges, few
files, and what it found.
"""

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.damage import corpora, torture
from bench.damage.cells import BAD_RATINGS, BAD_TIMES
from bench.damage.drops import COLUMNS, sound, text_of
from bench.damage.mutations import MUTATIONS
from bench.damage.verdicts import (
    RAW_FILES,
    Shop,
    Verdict,
    account,
    expected,
    expected_id,
    record_at,
    shop,
    wrong_rows,
)
from bench.house.imports import ROOT

SEED = 7
CORPORA = ROOT.parent / "shared" / "torture"
HEADER = "user_id,product_id,rating,comment,timestamp\n"
TIME = "2024-01-01 10:00:00"
FORGED = f"victim,p1,1,fake,{TIME}\n"

needs_corpora = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="the awkward public files (../shared/torture) are not here"
)


@pytest.fixture(scope="module")
def one() -> Iterator[Shop]:
    with shop(ROOT / "params.yaml") as made:
        yield made


def judged(one: Shop, text: str) -> Verdict:
    verdict = one.judge(text.encode("utf-8", "surrogatepass"))
    assert verdict.outcome == "merged", verdict.message
    assert account(text.encode("utf-8", "surrogatepass"), verdict) == []
    return verdict


# --- sound and damaged drops


@pytest.mark.parametrize("number", range(8))
def test_a_sound_drop_is_accepted_whole(one, number):
    tally = torture.Tally()
    file = sound(np.random.default_rng([SEED, number]))
    verdict = one.judge(text_of(file).encode())
    tally.add(
        "sound",
        verdict,
        [*account(text_of(file).encode(), verdict), *wrong_rows(verdict, file, set())],
    )
    assert tally.faults == []
    assert tally.rows == {"accepted": len(file.rows), "duplicates": 0}


@pytest.mark.parametrize("name", MUTATIONS)
def test_damage_never_makes_a_wrong_row(one, name):
    for number in range(3):
        data, file, spoilt = torture.mutate(name, number, SEED)
        verdict = one.judge(data)
        assert verdict.outcome in ("merged", "refused"), verdict.message
        if verdict.outcome == "merged":
            assert [*account(data, verdict), *wrong_rows(verdict, file, spoilt)] == []


def test_the_same_seed_makes_the_same_damage():
    assert torture.mutate("bad rating", 1, SEED)[0] == torture.mutate("bad rating", 1, SEED)[0]
    assert torture.mutate("bad rating", 1, SEED)[0] != torture.mutate("bad rating", 2, SEED)[0]


def rows_with(texts: tuple[str, ...], column: str) -> str:
    """A drop with one of the texts in each row, as a correct writer writes it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    row = {"user_id": "a", "product_id": "p1", "rating": "5", "comment": "", "timestamp": TIME}
    writer.writerows([({**row, column: text})[name] for name in COLUMNS] for text in texts)
    return out.getvalue()


@pytest.mark.parametrize(("column", "texts"), [("rating", BAD_RATINGS), ("timestamp", BAD_TIMES)])
def test_no_bad_rating_or_time_is_accepted(one, column, texts):
    verdict = judged(one, rows_with(texts, column))
    assert [
        row["rating"] if column == "rating" else row["timestamp"] for row in verdict.accepted
    ] == []
    assert {row["column"] for row in verdict.quarantined} == {column}
    assert verdict.counts["quarantined"] == len(texts)


def test_ids_lose_the_spaces_around_them_only(one):
    verdict = judged(
        one, rows_with((" 007", "7\u3000", "\u00a0a b\t", "NA\n", "\u200bx"), "user_id")
    )
    assert [row["user_id"] for row in verdict.accepted] == ["007", "7", "a b", "NA", "\u200bx"]


def test_a_file_cut_anywhere_in_its_last_row_loses_that_row_only(one):
    text = f"{HEADER}a,p1,5,x,{TIME}\nb,p1,4,y z,{TIME}\n"
    for cut in range(len(text) - len(f"b,p1,4,y z,{TIME}\n") + 1, len(text)):
        verdict = judged(one, text[:cut])
        assert [row["user_id"] for row in verdict.accepted] == ["a"], text[:cut]
        assert verdict.counts["quarantined"] == 1


# --- what the campaign found


@pytest.mark.parametrize(
    "row",
    [
        f'a,p1,5,"bad\0\n{FORGED}",{TIME}\n',
        f'a,p1,5,"bad\udc80\n{FORGED}",{TIME}\n',
        f'a,p1,5,"bad\n{FORGED}",{TIME},\n',
        f'a,p1,5,"bad\n{FORGED}{"x" * 1_100_000}",{TIME}\n',
        f'"a\n{FORGED}",p1,5,,{TIME}\n',
        f'a,p1,"6\n{FORGED}",,{TIME}\n',
        f'a,p1,5,"good,{TIME}\nb,p1,4,fine",{TIME}\n',
    ],
    ids=["control", "encoding", "cells", "long", "id", "rating", "two lost quotes"],
)
def test_no_row_comes_out_of_a_comment(one, row):
    verdict = judged(one, HEADER + row)
    assert verdict.accepted == []
    assert verdict.counts == {"read": 1, "accepted": 0, "duplicates": 0, "quarantined": 1}


def test_ids_are_nfc(one):
    verdict = judged(one, HEADER + f"ng\u1ecdc,p1,5,,{TIME}\nngo\u0323c,p1,5,,{TIME}\n")
    assert [row["user_id"] for row in verdict.accepted] == ["ng\u1ecdc"]
    assert verdict.counts["duplicates"] == 1


def test_a_long_quoted_comment_is_read(one):
    verdict = judged(one, HEADER + f'a,p1,5,"{"x," * 45_000}",{TIME}\n')
    assert [len(row["comment"]) for row in verdict.accepted] == [90_000]


def test_many_faulty_rows_are_no_hang(one):
    rows = [
        f"u{at},p1,5,x,{TIME}\n" if at % 8 else f"u{at},p1,5,x,y,{TIME}\n" for at in range(20_000)
    ]
    assert judged(one, HEADER + "".join(rows)).reasons() == {"cells": 2_500}


def test_a_process_of_its_own_ends_with_the_same_verdict(one):
    good = f"{HEADER}a,p1,5,,{TIME}\n".encode()
    assert torture.alone(one, "good", good, one.judge(good)) == []
    assert torture.alone(one, "no header", b"x,y\n1,2\n", one.judge(b"x,y\n1,2\n")) == []


# --- the public files


@needs_corpora
@pytest.mark.parametrize("corpus", sorted(path.name for path in CORPORA.glob("*") if path.is_dir()))
def test_public_files_have_a_verdict(one, corpus, monkeypatch):
    files = corpora.files_of(CORPORA / corpus)
    monkeypatch.setattr(torture, "files_of", lambda _: files[:: len(files) // 8 + 1])
    monkeypatch.setattr(torture, "ALONE_EVERY", 10**9)
    as_is, below = torture.Tally(), torture.Tally()
    torture.whole_files(CORPORA / corpus, one, as_is, below)
    assert as_is.faults + below.faults == []
    assert as_is.inputs == below.inputs == len(files[:: len(files) // 8 + 1])


@needs_corpora
@pytest.mark.parametrize(
    "corpus", ["blns", "csv-spectrum", "datatable", "jsontestsuite", "w3c-csvw"]
)
def test_public_cells_go_round(one, corpus):
    tally = torture.Tally()
    torture.single_cells(CORPORA / corpus, one, tally)
    assert tally.faults == []
    assert tally.rows["accepted"] > 1.5 * tally.rows["(cells put in)"]  # of three columns


@needs_corpora
def test_json_and_parquet_are_read_or_refused():
    report: torture.Report = {}
    torture.readers(CORPORA, report)
    assert [fault for tally in report.values() for fault in tally.faults] == []
    assert [tally.inputs for tally in report.values()] == [340, 8]


# --- the judges see what is wrong


@pytest.fixture(scope="module")
def merged(one) -> tuple[bytes, Verdict]:
    data = f'{HEADER}a,p1,5,"x\ny",{TIME}\nb,p1,9,,{TIME}\n\nc,p1,4,z,{TIME}\nc,p1,4,z,{TIME}\n'.encode()
    return data, one.judge(data)


def test_a_right_account_has_no_fault(merged):
    assert account(*merged) == []
    assert merged[1].counts == {"read": 4, "accepted": 2, "duplicates": 1, "quarantined": 1}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda verdict: verdict.accepted[0].update(comment="x"), "accepted"),
        (lambda verdict: verdict.accepted[0].update(user_id="b"), "accepted"),
        (lambda verdict: verdict.accepted[0].update(line=3), "accepted"),
        (lambda verdict: verdict.quarantined[0].update(line=3), "line 3 counts 2 times"),
        (lambda verdict: verdict.quarantined.clear(), "counts"),
        (lambda verdict: verdict.counts.update(duplicates=0), "counted as duplicates"),
    ],
)
def test_the_account_shows_a_planted_fault(one, merged, change, fault):
    data, _ = merged
    verdict = one.judge(data)
    change(verdict)
    assert any(fault in said for said in account(data, verdict)), account(data, verdict)


def test_a_wrong_value_is_seen(one):
    file = sound(np.random.default_rng(SEED))
    verdict = one.judge(text_of(file).encode())
    assert wrong_rows(verdict, file, {file.rows[0]["user_id"]}) != []
    for name, value in (
        ("user_id", "x"),
        ("product_id", "x"),
        ("rating", 0.0),
        ("comment", "?"),
        ("timestamp", None),
    ):
        changed = one.judge(text_of(file).encode())
        changed.accepted[0][name] = value or changed.accepted[1][name]
        assert len(wrong_rows(changed, file, set())) == 1, name


def test_a_crash_and_a_hang_are_seen(one, monkeypatch):
    def fail(error: BaseException) -> str:
        monkeypatch.setattr("stages.merge.main", lambda *_, **__: (_ for _ in ()).throw(error))
        return one.judge(b"").outcome

    assert fail(ValueError("bug")) == "crash"
    monkeypatch.setattr("bench.damage.verdicts.LIMIT_S", 0.05)
    monkeypatch.setattr("stages.merge.main", lambda *_, **__: os.read(os.pipe()[0], 1))
    assert one.judge(b"").outcome == "hang"


@pytest.mark.parametrize(
    ("cell", "column", "becomes"),
    [
        (" 007\u00a0", "user_id", ("007", "")),
        ("e\u0301", "user_id", ("\u00e9", "")),
        ("a\nb", "user_id", ("a\nb", "id_control")),
        ("\u3000", "product_id", ("", "id_empty")),
        ("x" * 129, "product_id", ("x" * 129, "id_long")),
        ("a\0", "comment", ("", "control")),
        ("a\rb", "comment", ("", "control")),
        ("a\r\nb\t", "comment", ("a\r\nb\t", "")),
        ("\ud800", "comment", ("", "encoding")),
    ],
)
def test_expected_cells(cell, column, becomes):
    assert expected(cell, column) == becomes
    assert column == "comment" or expected_id(cell) == becomes


@pytest.mark.parametrize(
    ("data", "record"),
    [
        (b"a,b\n", (["a", "b"], 4)),
        (b"a,\r\nx", (["a", ""], 4)),
        (b'"a""b","c\nd"\r\n', (['a"b', "c\nd"], 14)),
        (b'""', ([""], 3)),
        (b'a"b\n', None),
        (b'"a"b\n', None),
        (b'"a\n', None),
        (b"\xff\n", None),
    ],
)
def test_record_at(data, record):
    assert record_at(data, 0) == record


def test_strings_of_a_json_file(tmp_path: Path):
    (tmp_path / "x.json").write_text(json.dumps({"a": ["b", {"c": "d"}, 1]}), encoding="utf-8")
    assert corpora.all_cells(tmp_path) == ["a", "b", "c", "d"]
    assert set(RAW_FILES) == {
        "data_reviews_purchase.csv",
        "data_product.csv",
        "data_product_attribute.csv",
    }
