"""What the shop's own reviews teach about a text that the model did not see."""

import hashlib
import logging
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.comments import learned, words
from tests.recsys.comments.worlds import read_after, scored, shop


def test_it_learns_what_speaks_for_a_product() -> None:
    good, bad, strange = read_after(
        shop(),
        [
            "mặt nạ thấm nhanh mềm mịn tốt lắm",
            "mặt nạ kích ứng rất thất vọng",
            "xyz uvw rst",
        ],
        5.0,
    )
    assert good > 0.6
    assert bad < 0.4
    assert bad < strange < good


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
        learned,
        "train",
        lambda texts, *rest: seen.append(len(texts)) or train(texts, *rest),
    )
    comments, ratings = shop(0, 400)
    scored(comments, ratings, max_training_texts=120)
    assert seen == [120]


def test_the_cut_in_chunks_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    comments, ratings = shop()
    whole = scored(comments, ratings)
    monkeypatch.setattr(words, "CHUNK", 7)
    assert scored(comments, ratings).tobytes() == whole.tobytes()


def test_threads_hash_seed_and_locale_do_not_show() -> None:
    script = textwrap.dedent("""
        import hashlib
        import numpy as np
        from tests.recsys.comments.worlds import scored, shop
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


def test_texts_are_learned_in_both_spellings(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["đẹp", "ok", "tệ", "tốt"]
    read, of = learned.both_spellings(texts)
    assert read == [*texts, "dep", "te", "tot"]
    assert of.tolist() == [0, 1, 2, 3, 0, 2, 3]
    monkeypatch.setattr(learned, "MANY", 3)
    monkeypatch.setattr(learned, "BARE", 2)
    read, of = learned.both_spellings(texts)
    assert read == ["đẹp", "ok", "tệ", "tot"]
    assert of.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("many", [learned.MANY, 10])
def test_what_is_typed_without_accents_reads_as_with_them(
    monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(learned, "MANY", many)
    good, bad = ("đẹp", "tốt", "thích"), ("tệ", "dở", "hỏng")
    texts = [f"{word} {number}" for number in range(80) for word in (*good, *bad)]
    texts = np.random.default_rng(0).permutation(texts).tolist()
    positive = np.array([text.split()[0] in good for text in texts])
    fold = np.arange(len(texts)) % learned.FOLDS
    models = learned.train(texts, fold, positive)
    words_ = ["dep", "tot", "thich", "te", "do", "hong"]
    chance = learned.chances(words.cut(words_), np.zeros(6, int), models)
    assert (chance[:3] > 0.6).all() and (chance[3:] < 0.4).all()
