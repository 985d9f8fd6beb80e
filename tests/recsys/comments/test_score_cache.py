"""A cache of scores and of learned models changes speed, never results."""

import logging
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.comments import quality, score_cache
from recsys.comments.learned import FOLDS, Model
from recsys.comments.words import BUCKETS
from tests.recsys.comments.worlds import scored, shop


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
    monkeypatch.setattr(quality, "read_texts", None)
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
    assert (
        scored(comments, other, cache=cache).tobytes()
        == scored(comments, other).tobytes()
    )


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
    sizes = []
    for start in (0, 160, 320):
        scored(*shop(start, start + 160), cache=cache)
        sizes.append(cache.stat().st_size)
    assert sizes[0] == sizes[1] == sizes[2] < 1024 + 160 * score_cache.RECORD.itemsize


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
    assert f"{cache}: torn" in caplog.text
    assert cache.read_bytes() == whole


def test_a_kill_while_it_is_written_leaves_the_former(cache: Path) -> None:
    """The child is really killed between the temp file and the rename."""
    comments, ratings = shop()
    scored(comments, ratings, cache=cache)
    before = cache.read_bytes()
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from tests.recsys.comments.worlds import scored, shop
        Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
        scored(*shop(0, 170), cache=Path(sys.argv[1]))
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, str(cache)], cwd=ROOT, check=False
    )
    assert done.returncode == -9
    assert cache.read_bytes() == before
    assert len(list(cache.parent.glob(".*.part"))) == 1
    assert (
        scored(*shop(0, 170), cache=cache).tobytes() == scored(*shop(0, 170)).tobytes()
    )
    assert sorted(path.name for path in cache.parent.iterdir()) == [
        "quality.bin",
        "quality.learned.npz",
    ]


@pytest.mark.parametrize("torn", [b"", b"PK\x03\x04 no archive"])
def test_models_that_are_kept_change_speed_only(
    cache: Path, torn: bytes | None
) -> None:
    comments, ratings = shop()
    fresh = scored(comments, ratings, cache=cache).tobytes()
    models = cache.with_suffix(".learned.npz")
    assert models.exists()
    cache.unlink()
    assert (
        scored(comments, ratings, cache=cache).tobytes() == fresh
    )  # by the kept models
    cache.unlink()
    models.write_bytes(torn)
    assert scored(comments, ratings, cache=cache).tobytes() == fresh  # learned anew


def test_keys_that_share_half_of_their_bits_are_told_apart() -> None:
    records = np.array([(7, 1, 0.25, 0.5)], dtype=score_cache.RECORD)
    table = np.zeros(2, dtype=score_cache.RECORD)
    table["high"], table["low"] = 7, [1, 2]
    assert score_cache.fill_known(table, records).tolist() == [True, False]
    assert table["sentiment"].tolist() == [0.25, 0]


@pytest.mark.parametrize("met", [0, 5, BUCKETS])
def test_models_come_back_as_they_were(tmp_path: Path, met: int) -> None:
    """Of no bucket that a text has met, of a few, and of all."""
    rng = np.random.default_rng(met)
    models = []
    for number in range(FOLDS):
        weight, square = np.zeros(BUCKETS), np.full(BUCKETS, 100.0 + number)
        at = rng.choice(BUCKETS, met, replace=False)
        weight[at], square[at] = rng.normal(size=met), rng.integers(0, 99, met)
        models.append(Model(weight, square, 0.25 * number))
    kept = score_cache.KeptModels(tmp_path / "learned.npz", b"key")
    kept.write(list(models))
    for ours, theirs in zip(models, kept.read(), strict=True):
        assert theirs is not None
        assert np.array_equal(ours.weight, theirs.weight)
        assert np.array_equal(ours.square, theirs.square)
        assert ours.intercept == theirs.intercept
    if met <= 5:
        assert kept.path.stat().st_size < 4096
    assert score_cache.KeptModels(kept.path, b"other").read() == []
