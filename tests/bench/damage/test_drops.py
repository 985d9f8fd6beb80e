"""Sound drops are accepted whole."""

import numpy as np
import pytest

from bench.damage.account import account
from bench.damage.drops import COLUMNS, everyone, sound, spoil, text_of
from bench.damage.expected import wrong_rows
from bench.damage.tally import Tally
from tests.bench.damage.judged import SEED


@pytest.mark.parametrize("number", range(8))
def test_a_sound_drop_is_accepted_whole(shop, number):
    tally = Tally()
    file = sound(np.random.default_rng([SEED, number]))
    verdict = shop.judge(text_of(file).encode())
    tally.add(
        "sound",
        verdict,
        [*account(text_of(file).encode(), verdict), *wrong_rows(verdict, file, set())],
    )
    assert tally.faults == []
    assert tally.rows == {"accepted": len(file.rows), "duplicates": 0}


def test_a_sound_drop_has_a_row_a_user_and_all_columns():
    file = sound(np.random.default_rng(SEED), rows=5)
    assert len(everyone(file)) == len(file.rows) == 5
    assert set(COLUMNS) <= set(file.columns)
    assert set(file.truth()) == everyone(file)
    assert all(moment.second for moment in file.when.values())


def test_header_and_lines_make_the_text():
    file = sound(np.random.default_rng(SEED))
    assert file.header() + "".join(file.lines()) == text_of(file)


def test_spoil_changes_one_row():
    file = sound(np.random.default_rng(SEED), rows=3)
    rows = spoil(file, 1, ["x"])
    assert rows == [file.cells()[0], ["x"], file.cells()[2]]
