"""Comment quality is in [0, 1], a function of text, stars, raw reviews and settings; a cache
changes speed only.
"""

import hashlib
import logging
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.house.imports import ROOT
from recsys.comments import learned, quality, score_cache

KEYS = {
    "scorer": "reviews",
    "no_comment": 0.5,
    "informative_words": 12.0,
    "mismatch_penalty": 0.5,
    "max_training_texts": 40000,
    "model": "none/none",
    "revision": "main",
    "batch_size": 2,
    "max_length": 16,
}
THINGS = ("kem", "son", "toner", "serum", "sữa rửa mặt", "mặt nạ")
GOOD = ("tốt lắm", "thấm nhanh rất thích", "mềm mịn dễ chịu", "sẽ mua lại")
BAD = ("tệ quá", "rất thất vọng", "kích ứng nổi mụn", "không mua nữa")


def make(**changes: object) -> quality.QualityParams:
    return quality.QualityParams.model_validate(KEYS | changes)


def shop(start: int = 0, stop: int = 160) -> tuple[list[str], np.ndarray]:
    """Comments and ratings: one in four is a dislike, and what it says fits."""
    comments, ratings = [], []
    for number in range(start, stop):
        good = number % 4 != 0
        phrase = (GOOD if good else BAD)[number // 4 % 4]
        comments.append(f"{THINGS[number % 6]} này {phrase} sau {number} ngày")
        ratings.append(5.0 if good else 1.0)
    return comments, np.array(ratings)


def scored(
    comments: Sequence[str],
    ratings: np.ndarray,
    raw: np.ndarray | None = None,
    cache: Path | None = None,
    **changes: object,
) -> np.ndarray:
    raw = np.ones(len(comments), dtype=bool) if raw is None else raw
    return quality.score(list(comments), ratings, raw, make(**changes), cache)


def read_after(
    raw: tuple[list[str], np.ndarray], texts: list[str], stars: float, **changes: object
) -> list[float]:
    """Quality of further texts with these stars, learned from the raw reviews."""
    ratings = np.append(raw[1], np.full(len(texts), stars))
    found = scored([*raw[0], *texts], ratings, np.arange(len(ratings)) < len(raw[0]), **changes)
    return [float(value) for value in found[len(raw[0]) :]]


# ---- the formula ----


def test_quality_is_sentiment_drawn_to_no_comment_by_lack_of_evidence() -> None:
    found = quality.combine(
        np.array([1.0, 1, 0, 0.9]), np.array([1.0, 0, 0.5, 0.5]), np.array([5.0, 5, 3, 4]), make()
    )
    assert found.tolist() == [1.0, 0.5, 0.25, 0.5 + 0.4 * 0.5]


def test_text_against_stars_costs_by_how_far_they_are_apart() -> None:
    one = np.ones(3)
    # 5 stars, 0.2 says: 0.8 apart, 0.6 of the excess range; 1 star, 0.9 says: 0.9 apart; 5 stars,
    # 0.5 says: just not
    found = quality.combine(np.array([0.2, 0.9, 0.5]), one, np.array([5.0, 1, 5]), make())
    assert found == pytest.approx([0.2 * (1 - 0.5 * 0.6), 0.9 * (1 - 0.5 * 0.8), 0.5])
    without = quality.combine(
        np.array([0.2, 0.9, 0.5]), one, np.array([5.0, 1, 5]), make(mismatch_penalty=0.0)
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
        [*comments, *blank], np.append(ratings, np.full(5, 5.0)), scorer=scorer, no_comment=0.3
    )
    assert found[-5:].tolist() == [np.float32(0.3)] * 5
    nulls = quality.score(
        pl.Series([None, None], dtype=pl.String), np.full(2, 5.0), np.ones(2, bool), make(), None
    )
    assert nulls.tolist() == [0.5, 0.5]
    assert scored([], np.empty(0), scorer=scorer).shape == (0,)


# ---- reviews ----


def test_it_learns_what_speaks_for_a_product() -> None:
    good, bad, strange = read_after(
        shop(),
        ["mặt nạ thấm nhanh mềm mịn tốt lắm", "mặt nạ kích ứng rất thất vọng", "xyz uvw rst"],
        5.0,
    )
    assert good > 0.6
    assert bad < 0.4
    assert bad < strange < good


def test_length_and_repetition_draw_to_no_comment() -> None:
    short, long, said_again = read_after(
        shop(), ["tốt lắm", "tốt lắm thấm nhanh rất thích mềm mịn dễ chịu", "tốt lắm " * 8], 5.0
    )
    assert 0.5 < short < long
    assert 0.5 < said_again < long


def test_a_glowing_text_with_one_star_is_worth_less_than_with_five() -> None:
    text = ["kem tốt lắm thấm nhanh rất thích mềm mịn dễ chịu sẽ mua lại"]
    assert read_after(shop(), text, 1.0) < read_after(shop(), text, 5.0)
    assert read_after(shop(), text, 1.0, mismatch_penalty=0.0) == read_after(
        shop(), text, 5.0, mismatch_penalty=0.0
    )


def test_no_text_is_scored_by_a_model_that_saw_it() -> None:
    """A word that only one text has cannot say anything about it, whatever its stars were."""
    comments, ratings = shop()
    ours = "qwerty asdfgh zxcvbn uiop hjkl vbnm"
    same = [
        scored([*comments, ours], np.append(ratings, stars), mismatch_penalty=0.0)[-1]
        for stars in (1.0, 5.0)
    ]
    assert abs(float(same[0]) - float(same[1])) < 0.02
    twice = [
        *comments,
        *[f"{ours} {number}" for number in range(60)],
    ]  # the others of its kind do say something
    low, high = (
        scored(twice, np.append(ratings, np.full(60, stars)), mismatch_penalty=0.0)
        for stars in (1.0, 5.0)
    )
    assert float(high[-1]) - float(low[-1]) > 0.2


def test_the_text_of_a_batch_teaches_nothing() -> None:
    comments, ratings = shop()
    new, stars = shop(500, 560)
    raw = np.arange(220) < 160
    plain = scored([*comments, *new], np.append(ratings, stars), raw)
    turned = scored([*comments, *new], np.append(ratings, 6 - stars), raw)
    assert plain[:160].tobytes() == turned[:160].tobytes()
    assert plain[:160].tobytes() == scored(comments, ratings).tobytes()
    taught = scored([*comments, *new], np.append(ratings, 6 - stars))
    assert taught[:160].tobytes() != plain[:160].tobytes()


def test_order_and_company_do_not_show() -> None:
    comments, ratings = shop()
    order = np.random.Generator(np.random.PCG64(1)).permutation(160)
    shuffled = scored([comments[at] for at in order], ratings[order])
    assert shuffled.tobytes() == scored(comments, ratings)[order].tobytes()
    doubled = scored([*comments, *comments], np.append(ratings, ratings))
    assert doubled.tobytes() == np.tile(scored(comments, ratings), 2).tobytes()


@pytest.mark.parametrize("scorer", ["reviews", "simple"])
@settings(max_examples=12, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.text(max_size=30), st.sampled_from([1.0, 2, 3, 4, 5])), max_size=6))
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
    assert every.tolist() == np.round(every.astype(float), 4).astype(np.float32).tolist()
    for at, (text, stars) in enumerate(rows[:1]):
        alone = scored(
            [*comments, text], np.append(ratings, stars), np.arange(161) < 160, scorer=scorer
        )
        assert alone[-1] == every[160 + at]


def test_case_spaces_and_form_do_not_make_another_text() -> None:
    one, *others = read_after(
        shop(),
        ["Tốt lắm, thích!", "TỐT  LẮM, THÍCH!\n", "To\u0302\u0301t la\u0306\u0301m, thích!"],
        5.0,
    )
    assert [one, one] == others


@pytest.mark.parametrize("ratings", [np.full(160, 5.0), np.full(160, 1.0)])
def test_nothing_to_learn_from_is_neutral_and_said(
    ratings: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    comments, _ = shop()
    with caplog.at_level(logging.WARNING):
        found = scored(comments, ratings, mismatch_penalty=0.0)
    assert set(found.tolist()) == {0.5}
    assert "160 raw texts are too few" in caplog.text


def test_the_rarer_class_has_first_choice_of_the_training_places() -> None:
    keys = np.arange(100, dtype=np.uint64)[::-1]
    rare = np.arange(100) % 10 != 0  # 90 positive, 10 not
    assert learned.choose(keys, rare, 200).tolist() == list(range(100))
    chosen = learned.choose(keys, rare, 30)
    assert (~rare[chosen]).sum() == 10
    assert (
        chosen[rare[chosen]].tolist() == [one for one in range(100) if rare[one]][-20:]
    )  # the smallest keys
    assert (~rare[learned.choose(keys, rare, 8)]).sum() == 4


def test_a_limit_of_training_texts_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    train = learned.train
    monkeypatch.setattr(
        learned, "train", lambda texts, *rest: seen.append(len(texts)) or train(texts, *rest)
    )
    comments, ratings = shop(0, 400)
    scored(comments, ratings, max_training_texts=120)
    assert seen == [120]


def test_words_and_pairs_of_a_text() -> None:
    words = learned.cut(["tốt tốt lắm lắm", "ok", "a☹b", "đẹppppp"])
    assert words.distinct.tolist() == [2, 1, 3, 1]
    assert words.variety.tolist() == [1, 1, 1, 1]  # tốt tốt, tốt lắm, lắm lắm
    columns = [set(words.column[words.text == text].tolist()) for text in range(4)]
    assert [len(one) for one in columns] == [5, 1, 5, 1]
    assert columns[3] == set(learned.cut(["đẹp"]).column.tolist())
    assert not columns[0] & columns[1]


def test_the_cut_in_chunks_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    comments, ratings = shop()
    whole = scored(comments, ratings)
    monkeypatch.setattr(learned, "CHUNK", 7)
    assert scored(comments, ratings).tobytes() == whole.tobytes()


def test_threads_hash_seed_and_locale_do_not_show() -> None:
    script = textwrap.dedent("""
        import hashlib
        import numpy as np
        from tests.recsys.comments.test_quality import scored, shop
        comments, ratings = shop(0, 300)
        print(hashlib.sha256(scored(comments, ratings).tobytes()).hexdigest())
    """)
    expected = hashlib.sha256(scored(*shop(0, 300)).tobytes()).hexdigest()
    for threads, seed, locale in (("1", "0", "C"), ("2", "12345", "C.UTF-8")):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")
        environment = dict.fromkeys(names, threads) | {
            "PYTHONHASHSEED": seed,
            "LC_ALL": locale,
            "PATH": "",
        }
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected


# ---- the cache ----


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "new" / "quality.bin"


def test_a_drop_scores_new_texts_only_and_equals_a_clean_run(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    comments, ratings = shop()
    new, stars = shop(150, 180)  # ten of them are known
    union, raw = ([*comments, *new], np.append(ratings, stars)), np.arange(190) < 160
    clean = scored(*union, raw)
    with caplog.at_level(logging.INFO):
        first = scored(comments, ratings, cache=cache)
        assert scored(*union, raw, cache).tobytes() == clean.tobytes()
        assert scored(*union, raw, cache).tobytes() == clean.tobytes()
    assert clean[:160].tobytes() == first.tobytes()
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        f"quality: reviews, {count} texts, {new} new"
        for count, new in ((160, 160), (180, 20), (180, 0))
    ]


def test_all_known_learns_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    comments, ratings = shop()
    first = scored(comments, ratings, cache=cache)
    monkeypatch.setattr(quality, "judge", None)
    assert scored(comments, ratings, cache=cache).tobytes() == first.tobytes()


def test_the_stars_of_a_known_text_still_count(cache: Path) -> None:
    comments, ratings = shop()
    raw = np.arange(161) < 160
    five, one = (np.append(ratings, stars) for stars in (5.0, 1.0))
    rows = [*comments, comments[1]]
    scored(rows, five, raw, cache)
    assert scored(rows, one, raw, cache).tobytes() == scored(rows, one, raw).tobytes()
    assert scored(rows, one, raw, cache)[-1] < scored(rows, five, raw, cache)[-1]


@pytest.mark.parametrize(
    "changes",
    [
        {"scorer": "simple"},
        {"informative_words": 3.0},
        {"max_training_texts": 100},
        {"no_comment": 0.1},
    ],
)
def test_other_settings_get_what_they_would_without_a_cache(
    cache: Path, changes: dict[str, object]
) -> None:
    comments, ratings = shop()
    scored(comments, ratings, cache=cache)
    assert (
        scored(comments, ratings, cache=cache, **changes).tobytes()
        == scored(comments, ratings, **changes).tobytes()
    )


def test_other_stars_in_the_raw_reviews_make_the_cache_anew(cache: Path) -> None:
    comments, ratings = shop()
    scored(comments, ratings, cache=cache)
    other = np.where(np.arange(160) < 40, 6 - ratings, ratings)
    assert scored(comments, other, cache=cache).tobytes() == scored(comments, other).tobytes()


def test_another_version_of_the_code_or_of_its_libraries_knows_nothing(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comments, ratings = shop()
    scored(comments, ratings, cache=cache)
    before = cache.read_bytes()
    monkeypatch.setattr(quality, "VERSION", quality.VERSION + 1)
    scored(comments, ratings, cache=cache)
    second = cache.read_bytes()
    assert before != second
    monkeypatch.setattr(quality, "version", "{}+patched".format)
    scored(comments, ratings, cache=cache)
    assert cache.read_bytes() != second
    assert len(cache.read_bytes()) == len(before)


def test_the_file_does_not_outgrow_the_texts(cache: Path) -> None:
    for start in (0, 160, 320):
        scored(*shop(start, start + 160), cache=cache)
    assert cache.stat().st_size == 64 + 160 * score_cache.RECORD.itemsize


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "header", "text"])
def test_a_torn_file_is_dropped_and_made_anew(
    cache: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    comments, ratings = shop()
    first = scored(comments, ratings, cache=cache)
    whole = cache.read_bytes()
    flipped = whole[:1000] + bytes([whole[1000] ^ 0x40]) + whole[1001:]
    torn = {
        "cut": whole[: len(whole) // 2],
        "flip": flipped,
        "empty": b"",
        "header": whole[:40],
        "text": b"no cache\n",
    }
    cache.write_bytes(torn[damage])
    assert scored(comments, ratings, cache=cache).tobytes() == first.tobytes()
    assert f"{cache} is torn" in caplog.text
    assert cache.read_bytes() == whole


def test_a_kill_while_it_is_written_leaves_the_former(cache: Path) -> None:
    """The child is really killed between the temp file and the rename."""
    comments, ratings = shop()
    scored(comments, ratings, cache=cache)
    before = cache.read_bytes()
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from tests.recsys.comments.test_quality import scored, shop
        Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
        scored(*shop(0, 170), cache=Path(sys.argv[1]))
    """)
    done = subprocess.run([sys.executable, "-c", script, str(cache)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert cache.read_bytes() == before
    assert len(list(cache.parent.glob(".*.part"))) == 1
    assert scored(*shop(0, 170), cache=cache).tobytes() == scored(*shop(0, 170)).tobytes()
    assert sorted(path.name for path in cache.parent.iterdir()) == [
        "quality.bin",
        "quality.models.npz",
    ]


@pytest.mark.parametrize("torn", [b"", b"PK\x03\x04 no archive"])
def test_models_that_are_kept_change_speed_only(cache: Path, torn: bytes | None) -> None:
    comments, ratings = shop()
    fresh = scored(comments, ratings, cache=cache).tobytes()
    models = cache.with_suffix(".models.npz")
    assert models.exists()
    cache.unlink()
    assert scored(comments, ratings, cache=cache).tobytes() == fresh  # by the kept models
    cache.unlink()
    models.write_bytes(torn)
    assert scored(comments, ratings, cache=cache).tobytes() == fresh  # learned anew


def test_keys_that_share_half_of_their_bits_are_told_apart() -> None:
    records = np.array([(7, 1, 0.25, 0.5)], dtype=score_cache.RECORD)
    table = np.zeros(2, dtype=score_cache.RECORD)
    table["high"], table["low"] = 7, [1, 2]
    assert score_cache.fill_known(table, records).tolist() == [True, False]
    assert table["sentiment"].tolist() == [0.25, 0]


# ---- params ----


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
