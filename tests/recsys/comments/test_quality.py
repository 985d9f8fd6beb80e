"""Comment quality is in [0, 1], a function of text, stars, raw reviews and settings."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.house.imports import ROOT
from recsys.comments import quality
from tests.recsys.comments.worlds import make, read_after, scored, shop


def test_quality_is_sentiment_drawn_to_no_comment_by_lack_of_evidence() -> None:
    found = quality.combine(
        np.array([1.0, 1, 0, 0.9]),
        np.array([1.0, 0, 0.5, 0.5]),
        np.array([5.0, 5, 3, 4]),
        make(),
    )
    assert found.tolist() == [1.0, 0.5, 0.25, 0.5 + 0.4 * 0.5]


def test_text_against_stars_costs_by_how_far_they_are_apart() -> None:
    one = np.ones(3)
    # 5 stars, 0.2 says: 0.8 apart, 0.6 of the excess range; 1 star, 0.9 says: 0.9 apart; 5 stars,
    # 0.5 says: just not
    found = quality.combine(
        np.array([0.2, 0.9, 0.5]), one, np.array([5.0, 1, 5]), make()
    )
    assert found == pytest.approx([0.2 * (1 - 0.5 * 0.6), 0.9 * (1 - 0.5 * 0.8), 0.5])
    without = quality.combine(
        np.array([0.2, 0.9, 0.5]),
        one,
        np.array([5.0, 1, 5]),
        make(mismatch_penalty=0.0),
    )
    assert without.tolist() == [0.2, 0.9, 0.5]


def test_known_values_of_simple() -> None:
    comments = ["", "  ", "tốt", "tốt tốt", "một hai ba", "a b a b a b"]
    found = scored(comments, np.full(6, 5.0), scorer="simple")
    word = [1 - np.exp(-count / 12) for count in range(4)]
    pairs = 2 / 5  # "a b" and "b a" among five pairs
    expected = [
        0.5,
        0.5,
        *(0.25 + 0.75 * part for part in (word[1], word[1], word[3], word[2] * pairs)),
    ]
    assert found.dtype == np.float32
    assert found.tolist() == np.round(expected, 4).astype(np.float32).tolist()


@pytest.mark.parametrize("scorer", ["reviews", "simple"])
def test_a_blank_comment_has_the_quality_of_none(scorer: str) -> None:
    comments, ratings = shop()
    blank = ["", "  ", "\n\t", "\u200b", "\u00a0"]
    found = scored(
        [*comments, *blank],
        np.append(ratings, np.full(5, 5.0)),
        scorer=scorer,
        no_comment=0.3,
    )
    assert found[-5:].tolist() == [np.float32(0.3)] * 5
    nulls = quality.score(
        pl.Series([None, None], dtype=pl.String),
        np.full(2, 5.0),
        np.ones(2, bool),
        make(),
        None,
    )
    assert nulls.tolist() == [0.5, 0.5]
    assert scored([], np.empty(0), scorer=scorer).shape == (0,)


def test_length_and_repetition_draw_to_no_comment() -> None:
    short, long, said_again = read_after(
        shop(),
        ["tốt lắm", "tốt lắm thấm nhanh rất thích mềm mịn dễ chịu", "tốt lắm " * 8],
        5.0,
    )
    assert 0.5 < short < long
    assert 0.5 < said_again < long


def test_a_glowing_text_with_one_star_is_worth_less_than_with_five() -> None:
    text = ["kem tốt lắm thấm nhanh rất thích mềm mịn dễ chịu sẽ mua lại"]
    assert read_after(shop(), text, 1.0) < read_after(shop(), text, 5.0)
    assert read_after(shop(), text, 1.0, mismatch_penalty=0.0) == read_after(
        shop(), text, 5.0, mismatch_penalty=0.0
    )


def test_order_and_company_do_not_show() -> None:
    comments, ratings = shop()
    order = np.random.Generator(np.random.PCG64(1)).permutation(160)
    shuffled = scored([comments[at] for at in order], ratings[order])
    assert shuffled.tobytes() == scored(comments, ratings)[order].tobytes()
    doubled = scored([*comments, *comments], np.append(ratings, ratings))
    assert doubled.tobytes() == np.tile(scored(comments, ratings), 2).tobytes()


@pytest.mark.parametrize("scorer", ["reviews", "simple"])
@settings(max_examples=12, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=30), st.sampled_from([1.0, 2, 3, 4, 5])), max_size=6
    )
)
def test_in_range_and_the_same_whatever_stands_beside(
    scorer: str, rows: list[tuple[str, float]]
) -> None:
    comments, ratings = shop()
    raw = np.arange(160 + len(rows)) < 160
    every = scored(
        [*comments, *(t for t, _ in rows)],
        np.append(ratings, [s for _, s in rows]),
        raw,
        scorer=scorer,
    )
    assert ((every >= 0) & (every <= 1)).all()
    assert (
        every.tolist() == np.round(every.astype(float), 4).astype(np.float32).tolist()
    )
    for at, (text, stars) in enumerate(rows[:1]):
        alone = scored(
            [*comments, text],
            np.append(ratings, stars),
            np.arange(161) < 160,
            scorer=scorer,
        )
        assert alone[-1] == every[160 + at]


def test_case_spaces_and_form_do_not_make_another_text() -> None:
    one, *others = read_after(
        shop(),
        [
            "Tốt lắm, thích!",
            "TỐT  LẮM, THÍCH!\n",
            "To\u0302\u0301t la\u0306\u0301m, thích!",
        ],
        5.0,
    )
    assert [one, one] == others


@pytest.mark.parametrize(
    "wrong",
    [
        {"no_comment": -0.1},
        {"no_comment": 1.1},
        {"no_comment": "0.5"},
        {"scorer": "best"},
        {"informative_words": 0.0},
        {"mismatch_penalty": 1.5},
        {"max_training_texts": 99},
        {"batch_size": 0},
        {"model": ""},
        {"words": 3},
    ],
)
def test_a_wrong_setting_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        make(**wrong)


def test_torch_is_loaded_only_when_it_is_needed() -> None:
    code = (
        "import sys; from recsys.comments import quality\n"
        "print({'torch', 'transformers', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
