"""Damage to the text of a drop: comments swallow no rows, and the damage is what it says."""

import numpy as np
import pytest

from bench.damage import texts
from bench.damage.drops import sound, text_of
from tests.bench.damage.judged import HEADER, SEED, TIME, judged

FORGED = f"victim,p1,1,fake,{TIME}\n"


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
def test_no_row_comes_out_of_a_comment(shop, row):
    verdict = judged(shop, HEADER + row)
    assert verdict.accepted == []
    assert verdict.counts == {
        "read": 1,
        "accepted": 0,
        "duplicates": 0,
        "quarantined": 1,
    }


def test_ids_are_nfc(shop):
    verdict = judged(
        shop, HEADER + f"ng\u1ecdc,p1,5,,{TIME}\nngo\u0323c,p1,5,,{TIME}\n"
    )
    assert [row["user_id"] for row in verdict.accepted] == ["ng\u1ecdc"]
    assert verdict.counts["duplicates"] == 1


def test_a_long_quoted_comment_is_read(shop):
    verdict = judged(shop, HEADER + f'a,p1,5,"{"x," * 45_000}",{TIME}\n')
    assert [len(row["comment"]) for row in verdict.accepted] == [90_000]


def test_many_faulty_rows_are_no_hang(shop):
    rows = [
        f"u{at},p1,5,x,{TIME}\n" if at % 8 else f"u{at},p1,5,x,y,{TIME}\n"
        for at in range(20_000)
    ]
    assert judged(shop, HEADER + "".join(rows)).reasons() == {"cells": 2_500}


@pytest.mark.parametrize(
    ("mutation", "step"), [(texts.lost_quote, -1), (texts.added_quote, 1)]
)
def test_one_quote_is_lost_or_added(mutation, step):
    for number in range(20):
        rng = np.random.default_rng([SEED, number])
        data, _, file = mutation(rng, sound(rng))
        text = text_of(file)
        if '"' in text:
            assert data.decode().count('"') == text.count('"') + step


def test_an_accent_spoils_the_row_in_a_narrow_encoding():
    rng = np.random.default_rng(SEED)
    data, spoilt, file = texts.narrow_encoding(rng, sound(rng))
    assert not data.isascii()
    assert spoilt == {
        row["user_id"]
        for row in file.rows
        if not (row["user_id"] + row["comment"]).isascii()
    }


@pytest.mark.parametrize(
    ("char", "code", "form"),
    [("é", "latin-1", "é"), ("x", "cp1252", "x"), ("ễ", "latin-1", "é")],
)
def test_held(char, code, form):
    assert texts.held(char, code) == form
